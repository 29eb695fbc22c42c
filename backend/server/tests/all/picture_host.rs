//! A host of pictures on this machine, which fails when a test wants it to.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Answers each path with the file that has the name of its last part.
#[derive(Clone)]
pub(crate) struct PictureHost {
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    state: Arc<HostState>,
}

#[derive(Default)]
struct HostState {
    folder: PathBuf,
    /// A part of a path, the status that answers it, and how often.
    failures: Mutex<HashMap<String, (u16, usize)>>,
    sent: AtomicUsize,
    unchanged: AtomicUsize,
}

impl PictureHost {
    /// Serves the files of a folder until the process ends.
    pub(crate) fn of_folder(folder: &Path) -> Self {
        let state = Arc::new(HostState { folder: folder.to_owned(), ..HostState::default() });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        listener.set_nonblocking(true).expect("not blocking");
        let app = Router::new().fallback(answer).with_state(Arc::clone(&state));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                axum::serve(listener, app).await.expect("served");
            });
        });
        Self { address, state }
    }

    /// The next `times` requests whose path has this part are answered with a status.
    pub(crate) fn fail(&self, part: &str, status: u16, times: usize) {
        self.state.failures.lock().expect("no panic").insert(part.to_owned(), (status, times));
    }

    /// Files that were sent.
    pub(crate) fn sent(&self) -> usize {
        self.state.sent.load(Ordering::Relaxed)
    }

    /// Requests that were answered with 304.
    pub(crate) fn unchanged(&self) -> usize {
        self.state.unchanged.load(Ordering::Relaxed)
    }
}

async fn answer(State(host): State<Arc<HostState>>, request: Request) -> Response {
    let path = request.uri().path();
    let mut failures = host.failures.lock().expect("no panic");
    if let Some((_, (status, times))) =
        failures.iter_mut().find(|(part, (_, times))| *times > 0 && path.contains(*part))
    {
        *times -= 1;
        let status = StatusCode::from_u16(*status).expect("a status");
        return (status, [(header::RETRY_AFTER, "1")]).into_response();
    }
    drop(failures);
    let name = decoded(path.rsplit('/').next().unwrap_or_default());
    let Ok(file) = fs::read(host.folder.join(name)) else { return StatusCode::NOT_FOUND.into_response() };
    let etag = format!("\"{}\"", file.len());
    if request.headers().get(header::IF_NONE_MATCH).is_some_and(|known| known == etag.as_str()) {
        host.unchanged.fetch_add(1, Ordering::Relaxed);
        return StatusCode::NOT_MODIFIED.into_response();
    }
    host.sent.fetch_add(1, Ordering::Relaxed);
    ([(header::ETAG, etag)], file).into_response()
}

/// A part of a path without its percent encoding.
fn decoded(part: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), part.as_bytes());
    while let [first, others @ ..] = rest {
        let code = others.get(..2).and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        match code.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}
