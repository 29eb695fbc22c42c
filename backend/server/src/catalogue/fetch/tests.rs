//! A host of the test answers as hosts do.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::*;

fn fetcher_for(accepts: fn(IpAddr) -> bool) -> Fetcher {
    Fetcher::with(accepts, (Duration::from_secs(2), PICTURES), &FetchOptions::default(), StopFlag::default())
}

fn file(fetched: Result<Fetched, FetchError>) -> Result<Vec<u8>, FetchError> {
    fetched.map(|fetched| match fetched {
        Fetched::File { file, .. } => file,
        Fetched::Unchanged => panic!("no version was given"),
    })
}

/// A host that answers each request by its path; its origin.
fn host(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> String {
    let answer = Arc::new(answer);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                let length = stream.read(&mut request).unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..length]);
                answer(request.split(' ').nth(1).unwrap_or_default(), &mut stream);
            });
        }
    });
    origin
}

fn answer(path: &str, stream: &mut TcpStream) {
    let head = match path {
        "/ten" => "200 OK\r\nContent-Length: 10\r\n\r\n0123456789",
        "/moved" => "302 Found\r\nLocation: /ten\r\nContent-Length: 0\r\n\r\n",
        "/elsewhere" => "302 Found\r\nLocation: http://127.0.0.2/ten\r\nContent-Length: 0\r\n\r\n",
        "/loop" => "302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n",
        "/unsized" => "200 OK\r\n\r\n01234567890123456789",
        "/torn" => "200 OK\r\nContent-Length: 10\r\n\r\n01234",
        "/slow" => "200 OK\r\nContent-Length: 10\r\n\r\n0",
        "/spaced" => "301 Moved\r\nLocation: /a b/gr\u{fc}n\r\nContent-Length: 0\r\n\r\n",
        "/a%20b/gr%C3%BCn" => "200 OK\r\nContent-Length: 2\r\nETag: \"v1\"\r\n\r\nok",
        "/mail" => "302 Found\r\nLocation: mailto:me\r\nContent-Length: 0\r\n\r\n",
        "/busy" => "429 Too Many Requests\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n",
        _ => "404 Not Found\r\nContent-Length: 0\r\n\r\n",
    };
    let _ = write!(stream, "HTTP/1.1 {}", head.replacen("\r\n", "\r\nConnection: close\r\n", 1));
    if path == "/slow" {
        std::thread::sleep(Duration::from_secs(5));
    }
}

#[test]
fn a_file_is_fetched_within_its_bounds() {
    let origin = host(answer);
    let fetcher = fetcher_for(|_| true);
    let fetch = |path: &str, limit_bytes| file(fetcher.fetch(&format!("{origin}{path}"), limit_bytes, None));
    assert_eq!(fetch("/ten", 10).expect("a file"), b"0123456789");
    assert_eq!(fetch("/moved", 10).expect("a file"), b"0123456789");
    assert_eq!(fetch("/spaced", 10).expect("a file"), b"ok");
    assert!(matches!(fetch("/ten", 9), Err(FetchError::TooLong { limit_bytes: 9 })));
    assert!(matches!(fetch("/unsized", 10), Err(FetchError::TooLong { limit_bytes: 10 })));
    assert!(matches!(fetch("/loop", 10), Err(FetchError::TooManyRedirects)));
    assert!(matches!(fetch("/none", 10), Err(FetchError::Status(404))));
    assert!(matches!(fetch("/torn", 10), Err(FetchError::Connection(_))));
    assert!(matches!(fetch("/slow", 10), Err(FetchError::TooSlow { .. })));
    assert!(matches!(fetch("/busy", 10), Err(FetchError::Busy { status: 429, .. })), "an hour is not waited for");
    assert!(matches!(fetch("/mail", 10), Err(FetchError::Address { error: AddressError::Scheme, .. })));
    assert!(matches!(fetcher.fetch("http://a b/", 10, None), Err(FetchError::Address { .. })));
}

#[test]
fn private_addresses_are_refused_by_number_name_and_redirect() {
    let origin = host(answer);
    let port = origin.rsplit(':').next().expect("a port");
    let fetcher = Fetcher::new(false, &FetchOptions::default(), StopFlag::default());
    for address in [format!("{origin}/ten"), format!("http://localhost:{port}/ten"), "http://[::1]/".to_owned()] {
        let error = fetcher.fetch(&address, 10, None).expect_err("refused");
        assert!(matches!(error, FetchError::NotPublic(_)), "{address}: {error}");
        assert!(error.to_string().contains("--allow-private-addresses"), "{error}");
    }
    // The first address is accepted here, the one that it leads to is not.
    let fetcher = fetcher_for(|address| address == IpAddr::V4(Ipv4Addr::LOCALHOST));
    assert!(fetcher.fetch(&format!("{origin}/moved"), 10, None).is_ok());
    let error = fetcher.fetch(&format!("{origin}/elsewhere"), 10, None).expect_err("refused");
    assert!(matches!(&error, FetchError::NotPublic(NotPublic { host }) if host == "127.0.0.2"), "{error}");
}

#[test]
fn a_busy_host_and_a_torn_connection_are_tried_again() {
    static SEEN: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let origin = host(|path, stream| {
        let number = usize::from(path == "/torn");
        let failure =
            ["503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n", "200 OK\r\nContent-Length: 9\r\n\r\n"];
        let head = match SEEN[number].fetch_add(1, Ordering::Relaxed) {
            0 => failure[number],
            _ => "200 OK\r\nContent-Length: 2\r\n\r\nok",
        };
        let _ = write!(stream, "HTTP/1.1 {}", head.replacen("\r\n", "\r\nConnection: close\r\n", 1));
    });
    let fetcher = fetcher_for(|_| true);
    for path in ["/busy", "/torn"] {
        let begin = Instant::now();
        assert_eq!(file(fetcher.fetch(&format!("{origin}{path}"), 10, None)).expect("the second try"), b"ok");
        assert!(begin.elapsed() >= Duration::from_millis(900), "after the pause");
    }
    assert_eq!(SEEN.each_ref().map(|seen| seen.load(Ordering::Relaxed)), [2, 2]);
}

#[test]
fn a_file_of_a_known_version_is_not_sent_again() {
    let origin = host(|path, stream| {
        let _ = match path {
            "/a" => write!(stream, "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 2\r\n\r\nok"),
            _ => write!(stream, "HTTP/1.1 304 Not Modified\r\n\r\n"),
        };
    });
    let fetcher = fetcher_for(|_| true);
    let Ok(Fetched::File { validators, .. }) = fetcher.fetch(&format!("{origin}/a"), 10, None) else {
        panic!("a file")
    };
    assert_eq!(validators.etag.as_deref(), Some("\"v1\""));
    let again = fetcher.fetch(&format!("{origin}/b"), 10, Some(&validators));
    assert_eq!(again.expect("an answer"), Fetched::Unchanged);
    assert!(matches!(fetcher.fetch(&format!("{origin}/b"), 10, None), Err(FetchError::Status(304))));
}

#[test]
fn a_file_that_the_host_has_compressed_is_unpacked_within_its_bound() {
    let origin = host(|_, stream| {
        let body = gzip::tests::packed(b"0123456789");
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len());
        let _ = stream.write_all(&body);
    });
    let fetcher = fetcher_for(|_| true);
    assert_eq!(file(fetcher.fetch(&origin, 100, None)).expect("a file"), b"0123456789");
}

#[test]
fn a_pause_is_read_in_seconds_and_as_a_moment() {
    let headers = |text: &str| HeaderMap::from_iter([(header::RETRY_AFTER, text.parse().expect("a header"))]);
    assert_eq!(retry_after(&headers("7")), Some(Duration::from_secs(7)));
    assert_eq!(retry_after(&headers("Wed, 21 Oct 2015 07:28:00 GMT")), Some(Duration::ZERO));
    assert_eq!(retry_after(&headers("soon")), None);
}

/// A host that grants so many requests in a tenth of a second, redirects each third picture, fails one of fifty and lets one of a hundred
/// hang, each once.
#[derive(Default)]
struct Throttling {
    granted: usize,
    /// The window of a tenth of a second, and its requests.
    window: Option<(Instant, usize)>,
    /// Requests that were too many.
    refused: usize,
    /// Requests of each path that were not.
    asked: HashMap<String, usize>,
    /// How often each picture was sent.
    sent: HashMap<usize, usize>,
}

impl Throttling {
    /// The status and the headers of an answer; none if the request hangs.
    fn head(&mut self, path: &str, number: usize) -> Option<String> {
        let now = Instant::now();
        let window = self.window.filter(|(begin, _)| now - *begin < Duration::from_millis(100));
        let (begin, requests) = window.unwrap_or((now, 0));
        self.window = Some((begin, requests + 1));
        if requests >= self.granted {
            self.refused += 1;
            let heads = ["429 Too Many Requests", "430 Shopify Security Rejection", "429 Slow Down\r\nRetry-After: 1"];
            return Some(heads[self.refused % 3].to_owned());
        }
        let asked = self.asked.entry(path.to_owned()).or_default();
        *asked += 1;
        let is_first = *asked == 1 && path.starts_with("/p/");
        if is_first && number % 50 == 7 {
            Some("503 Busy".to_owned())
        } else if is_first && number % 100 == 33 {
            None
        } else if number.is_multiple_of(3) && path.starts_with("/p/") {
            Some(format!("302 Found\r\nLocation: /moved/{number}"))
        } else {
            *self.sent.entry(number).or_default() += 1;
            Some("200 OK".to_owned())
        }
    }
}

/// Fetches `count` pictures of a host that grants so many requests in a tenth of a second, and checks that each comes once.
fn every_picture_comes_once(count: usize, granted: usize) {
    let throttling = Arc::new(Mutex::new(Throttling { granted, ..Throttling::default() }));
    let seen = Arc::clone(&throttling);
    let origin = host(move |path, stream| {
        let number: usize = path.rsplit('/').next().and_then(|number| number.parse().ok()).expect("a number");
        let Some(head) = throttling.lock().expect("no panic").head(path, number) else {
            // Until the client has enough of it.
            _ = stream.read(&mut [0; 1]);
            return;
        };
        let body = if head.starts_with("200") { format!("picture {number}") } else { String::new() };
        let _ = write!(stream, "HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    });
    let fetcher = fetcher_for(|_| true);
    let numbers: Vec<usize> = (0..count).collect();
    let fetch = |number: &usize| file(fetcher.fetch(&format!("{origin}/p/{number}"), 100, None));
    let begin = Instant::now();
    let Ok(()) = crate::parallel::for_each_in_order(&numbers, 12, fetch, |number, fetched| {
        let picture = fetched.unwrap_or_else(|error| panic!("picture {number}: {error}"));
        assert_eq!(picture, format!("picture {number}").as_bytes());
        Ok::<(), std::convert::Infallible>(())
    });
    let seen = seen.lock().expect("no panic");
    println!("{count} pictures in {:.0?}, {} requests refused", begin.elapsed(), seen.refused);
    assert!(seen.refused > 0, "it throttled");
    assert_eq!(seen.sent.len(), count);
    assert!(seen.sent.values().all(|sent| *sent == 1), "none twice");
}

#[test]
fn failures_are_counted_by_kind() {
    let mut failures = Failures::default();
    let busy = || FetchError::Busy { status: 429, retry_after: None };
    let slow = || FetchError::TooSlow { timeout: Duration::from_secs(2) };
    for _ in 0..3 {
        assert!(!failures.is_last(&busy(), false));
    }
    assert!(!failures.is_last(&slow(), false), "slow once, after it was busy");
    assert!(!failures.is_last(&busy(), false));
    assert!(failures.is_last(&slow(), false), "slow twice");
    assert!(Failures::default().is_last(&slow(), true), "where others fail as well, once is enough");
}

#[test]
fn of_a_host_that_throttles_fails_and_hangs_every_picture_comes_once() {
    every_picture_comes_once(400, 20);
}

#[test]
#[ignore = "takes ten minutes"]
fn of_a_hundred_thousand_pictures_every_one_comes_once() {
    every_picture_comes_once(100_000, 100);
}

#[test]
fn the_shops_headers_go_to_its_host_and_not_where_that_leads() {
    static HEADERS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let listen = |leads_to: Option<String>| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut request = [0; 4096];
                let length = stream.read(&mut request).unwrap_or(0);
                HEADERS.lock().expect("no panic").push(String::from_utf8_lossy(&request[..length]).to_lowercase());
                let head = leads_to.as_ref().map_or("200 OK".to_owned(), |to| format!("302 Found\r\nLocation: {to}"));
                let _ = write!(stream, "HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            }
        });
        origin
    };
    let elsewhere = listen(None);
    let origin = listen(Some(format!("{elsewhere}/b")));
    let options = FetchOptions {
        user_agent: Some(options::user_agent("Shop/1.0").expect("a text")),
        ..FetchOptions::default()
            .with_header(options::header_line("X-Key: secret").expect("a header"))
            .expect("one header")
    };
    let fetcher = Fetcher::with(|_| true, (Duration::from_secs(2), PICTURES), &options, StopFlag::default());
    file(fetcher.fetch(&format!("{origin}/a"), 10, None)).expect("a file");
    let headers = HEADERS.lock().expect("no panic");
    assert_eq!(headers.len(), 2);
    assert!(headers.iter().all(|request| request.contains("user-agent: shop/1.0\r\n")), "{headers:?}");
    assert!(headers[0].contains("x-key: secret\r\n") && !headers[1].contains("secret"), "{headers:?}");
}

#[test]
fn a_fetch_that_waits_for_its_turn_does_not_wait_for_the_host() {
    let origin = host(|path, stream| {
        if path == "/late" {
            std::thread::sleep(Duration::from_secs(1));
        }
        answer("/ten", stream);
    });
    let (waits, begin) = (Waits::default(), Instant::now());
    // One in four seconds.
    let options = FetchOptions { requests_per_s: Some(0.25), ..FetchOptions::default() };
    let timeout = Duration::from_secs(10);
    let fetcher = Fetcher::with(|_| true, (timeout, PICTURES), &options, StopFlag::default()).noting(&waits);
    let fetch = |path: &str| file(fetcher.fetch(&format!("{origin}{path}"), 10, None)).expect("a file");
    assert_eq!(fetch("/ten"), b"0123456789");
    std::thread::scope(|scope| {
        let late = scope.spawn(|| fetch("/late"));
        let mut first_wait = None;
        while !late.is_finished() {
            if first_wait.is_none() && waits.longest(Duration::ZERO).is_some() {
                first_wait = Some(begin.elapsed());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(first_wait.is_some_and(|wait| wait >= Duration::from_millis(3900)), "{first_wait:?}");
    });
    assert_eq!(waits.longest(Duration::ZERO), None);
}
