//! Clients that are slow or silent, and visitors beside them.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_make_room_for_a_visitor() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let listeners = [Listener::Tcp(listener)];
    let app = Router::new().route("/", axum::routing::get(async || "hello"));
    let server = tokio::spawn(async move { accept(&listeners, None, &app, &GracefulShutdown::new(), (4, None)).await });
    let took = tokio::task::spawn_blocking(move || {
        // More than there are places; none of them says a word.
        let idle: Vec<TcpStream> = (0..9).map(|_| TcpStream::connect(address).expect("connected")).collect();
        let begin = Instant::now();
        let mut visitor = TcpStream::connect(address).expect("connected");
        visitor.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        visitor.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("hello"), "{answer}");
        drop(idle);
        begin.elapsed()
    });
    let took = took.await.expect("answered");
    assert!(took < Duration::from_secs(10), "{took:?}");
    server.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_whose_headers_come_slowly_is_cut_off() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let listeners = [Listener::Tcp(listener)];
    let app = Router::new().route("/", axum::routing::get(async || "hello"));
    // There are places enough, so that it is not closed for another.
    let limits = Limits { most: 4, per_client: None, headers: Duration::from_millis(500), write: WRITE_TIMEOUT };
    let server = tokio::spawn(async move {
        accept_with(&listeners, None, &app, &GracefulShutdown::new(), limits).await;
    });
    let cut_off = tokio::task::spawn_blocking(move || {
        let mut client = TcpStream::connect(address).expect("connected");
        client.set_read_timeout(Some(Duration::from_millis(20))).expect("set");
        let begin = Instant::now();
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nX: ").expect("sent");
        let mut answer = Vec::new();
        // A byte now and then: each alone is in time.
        while begin.elapsed() < Duration::from_secs(20) && client.write_all(b"a").is_ok() {
            let mut bytes = [0; 512];
            match client.read(&mut bytes) {
                Ok(0) => break,
                Ok(count) => answer.extend_from_slice(&bytes[..count]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(_) => break,
            }
        }
        (begin.elapsed(), String::from_utf8_lossy(&answer).into_owned())
    });
    let (took, answer) = cut_off.await.expect("cut off");
    assert!((Duration::from_millis(450)..Duration::from_secs(15)).contains(&took), "{took:?}");
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_takes_nothing_of_its_answer_is_cut_off() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let listeners = [Listener::Tcp(listener)];
    // More than the system's buffers take.
    let app = Router::new().route("/", axum::routing::get(async || vec![b'a'; 64 << 20]));
    let limits = Limits { most: 1, per_client: None, headers: HEADER_TIMEOUT, write: Duration::from_millis(300) };
    let server = tokio::spawn(async move {
        accept_with(&listeners, None, &app, &GracefulShutdown::new(), limits).await;
    });
    let answered = tokio::task::spawn_blocking(move || {
        let ask = || {
            let mut client = TcpStream::connect(address).expect("connected");
            client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").expect("sent");
            client
        };
        // It has the only place.
        let silent = ask();
        std::thread::sleep(Duration::from_millis(100));
        let mut answer = Vec::new();
        ask().read_to_end(&mut answer).expect("an answer");
        drop(silent);
        answer.len()
    });
    let answered = tokio::time::timeout(Duration::from_secs(20), answered).await;
    assert!(answered.expect("in time").expect("answered") > 64 << 20);
    server.abort();
}

/// An answer by a connection from an address; none if the connection was closed before.
#[cfg(target_os = "linux")]
async fn asked_from(client: &str, server: std::net::SocketAddr, path: &str) -> Option<String> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind(format!("{client}:0").parse().expect("an address")).expect("bound");
    let mut stream = socket.connect(server).await.expect("connected");
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    // One that is closed already may refuse it.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer.starts_with("HTTP/1.1 200").then_some(answer)
}

// Only Linux has all of 127.0.0.0/8 as addresses of its own.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_holds_as_many_connections_as_it_may_and_another_one_is_answered() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let listeners = [Listener::Tcp(listener)];
    let (begun, go_on) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let waits = {
        let (begun, go_on) = (Arc::clone(&begun), Arc::clone(&go_on));
        async move || {
            begun.add_permits(1);
            go_on.acquire().await.expect("never closed").forget();
            "at last"
        }
    };
    let app = Router::new().route("/", axum::routing::get(async || "hello")).route("/waits", axum::routing::get(waits));
    let limits = Limits { most: 16, per_client: NonZero::new(2), headers: HEADER_TIMEOUT, write: WRITE_TIMEOUT };
    let server = tokio::spawn(async move {
        accept_with(&listeners, None, &app, &GracefulShutdown::new(), limits).await;
    });
    let (one, other) = ("127.0.0.1", "127.0.0.2");
    let waiting = [(); 2].map(|()| tokio::spawn(asked_from(one, address, "/waits")));
    begun.acquire_many(2).await.expect("never closed").forget();
    // Both are being answered, so that none of them is closed for a third one.
    for _ in 0..3 {
        assert_eq!(asked_from(one, address, "/").await, None);
        assert!(asked_from(other, address, "/").await.is_some_and(|answer| answer.ends_with("hello")));
    }
    go_on.add_permits(2);
    for answer in waiting {
        assert!(answer.await.expect("a client").is_some_and(|answer| answer.ends_with("at last")));
    }
    assert!(within_seconds(|| asked_from(one, address, "/")).await, "both places are free again");

    // Silent ones make room after a second.
    let silent = [(); 2].map(|()| TcpStream::connect(address).expect("connected"));
    assert!(within_seconds(|| asked_from(one, address, "/")).await, "a silent connection was closed");
    drop(silent);
    server.abort();
}

/// Whether an answer comes within some seconds.
#[cfg(target_os = "linux")]
async fn within_seconds<F: Future<Output = Option<String>>>(ask: impl Fn() -> F) -> bool {
    for _ in 0..100 {
        if ask().await.is_some() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}
