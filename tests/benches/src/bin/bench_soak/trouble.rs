//! Clients that behave badly. In: the server's address. Out: the number of them; an error if an answer is not a refusal.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};

/// Time between two of them.
const INTERVAL: Duration = Duration::from_millis(100);

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is sent, and the statuses of which one answers it; an empty list for whoever hangs up.
const REQUESTS: [(&str, &[u16]); 9] = [
    // Hang up: before the head's end, in the middle of a body, before the answer.
    ("POST /api/v1/search HTTP/1.1\r\nhost: a\r\ncontent-le", &[]),
    (
        "POST /api/v1/search HTTP/1.1\r\nhost: a\r\ncontent-type: image/png\r\ncontent-length: 100000\r\n\r\n\u{89}PNG",
        &[],
    ),
    ("GET /api/v1/facets HTTP/1.1\r\nhost: a\r\n\r\n", &[]),
    // No requests, and requests that are refused.
    ("\u{16}\u{3}\u{1}\u{2}hello\r\n\r\n", &[400]),
    ("GET /api/v1/products/nothing HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", &[404]),
    (
        "POST /api/v1/search HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: image/png\r\ncontent-length: 9\r\n\r\nno a PNG!",
        &[415, 422, 400],
    ),
    (
        "POST /api/v1/search HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 4\r\n\r\n[[[[",
        &[400, 422],
    ),
    (
        "POST /api/v1/search?category=hats HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: image/png\r\ncontent-length: 0\r\n\r\n",
        &[400, 422],
    ),
    (
        "POST /api/v1/search HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: image/png\r\ncontent-length: 99999999\r\n\r\n",
        &[413],
    ),
];

/// Sends one after the other until `stop`.
pub(crate) fn keep_troubling(address: &str, stop: &AtomicBool) -> Result<()> {
    for (request, statuses) in REQUESTS.iter().cycle() {
        std::thread::sleep(INTERVAL);
        if stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        match outcome(address, request, statuses.is_empty()) {
            Ok(status) => {
                ensure!(
                    statuses.is_empty() || statuses.contains(&status) || status == 503,
                    "expected one of {statuses:?}, got {status} for {request:?}"
                );
            }
            // The server is told to end while this runs.
            Err(error) => ensure!(stops_soon(stop), "no answer to {request:?}: {error}"),
        }
    }
    Ok(())
}

/// Whether the end comes within seconds.
fn stops_soon(stop: &AtomicBool) -> bool {
    (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        stop.load(Ordering::Relaxed)
    })
}

/// The status of the answer; 0 of a client that hangs up.
fn outcome(address: &str, request: &str, hangs_up: bool) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    // ISO 8859-1: control characters and the PNG's first byte are one byte each.
    let bytes: Vec<u8> = request.chars().map(|letter| letter as u8).collect();
    stream.write_all(&bytes)?;
    if hangs_up {
        stream.shutdown(Shutdown::Both)?;
        return Ok(0);
    }
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    let status = std::str::from_utf8(&head).ok().and_then(|head| head.split(' ').nth(1)?.parse().ok());
    status.ok_or_else(|| std::io::Error::other(format!("no status in {head:?}")))
}
