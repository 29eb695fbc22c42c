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
    let server = tokio::spawn(async move { accept(&listeners, None, &app, &GracefulShutdown::new(), 4).await });
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
    let limits = Limits { most: 4, headers: Duration::from_millis(500), write: WRITE_TIMEOUT };
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
    let limits = Limits { most: 1, headers: HEADER_TIMEOUT, write: Duration::from_millis(300) };
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
