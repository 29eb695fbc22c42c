//! A host of a feed and of pictures, which holds its pictures back when a test wants it to.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::{RED, png, rectangle};

/// Longest wait for a request.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Answers `/feed…` with the feed, and all other paths with a picture.
pub(crate) struct Host {
    /// `http://127.0.0.1:PORT`.
    pub(crate) origin: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    feed: Mutex<String>,
    picture: Vec<u8>,
    feeds: AtomicUsize,
    pictures: AtomicUsize,
    is_holding: AtomicBool,
}

impl Host {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(State { picture: png(&rectangle(90, 120, RED)), ..State::default() });
        let answering = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&answering);
                std::thread::spawn(move || state.answer(stream));
            }
        });
        Self { origin, state }
    }

    /// Sets the feed.
    pub(crate) fn set_feed(&self, feed: String) {
        *self.state.feed.lock().expect("no panic") = feed;
    }

    /// How often the feed was fetched.
    pub(crate) fn feeds(&self) -> usize {
        self.state.feeds.load(Ordering::SeqCst)
    }

    /// Holds pictures back from now on, or sends them.
    pub(crate) fn hold(&self, is_holding: bool) {
        self.state.is_holding.store(is_holding, Ordering::SeqCst);
    }

    /// Waits until pictures were asked for so often.
    pub(crate) fn wait_for_pictures(&self, count: usize) {
        let begin = Instant::now();
        while self.state.pictures.load(Ordering::SeqCst) < count {
            assert!(begin.elapsed() < TIMEOUT, "{count} pictures are asked for");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// How often pictures were asked for.
    pub(crate) fn pictures(&self) -> usize {
        self.state.pictures.load(Ordering::SeqCst)
    }
}

impl State {
    fn answer(&self, mut stream: TcpStream) {
        let mut request = [0; 4096];
        let count = stream.read(&mut request).unwrap_or(0);
        let body = if request[..count].starts_with(b"GET /feed") {
            self.feeds.fetch_add(1, Ordering::SeqCst);
            self.feed.lock().expect("no panic").clone().into_bytes()
        } else {
            self.pictures.fetch_add(1, Ordering::SeqCst);
            while self.is_holding.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(20));
            }
            self.picture.clone()
        };
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        // Who has asked may have been killed.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
    }
}
