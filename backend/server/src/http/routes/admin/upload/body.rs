//! The body of an uploaded feed. In: bytes as they arrive, plain, compressed by gzip, or in a form. Out: the feed as a file.
//!
//! A large feed may take long on a slow line, so that the request has no time limit as a whole. Instead the silence between two parts
//! is limited, and so is the time for each bit of the feed.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use tokio::io::AsyncWriteExt as _;

use crate::catalogue::feed::gzip::{self, GzipError, is_gzip};
use crate::http::admin::upload_folder::{UploadFolder, upload_folder};
use crate::http::error::AppError;
use crate::http::state::AppState;

/// Bytes of an uploaded feed, unpacked: a quarter of a million products of a kilobyte.
const MAX_FEED_BYTES: u64 = 256 << 20;

/// How slowly a feed may arrive.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// The longest silence.
    silence: Duration,
    /// The time in which `min_bytes` must arrive.
    window: Duration,
    min_bytes: u64,
}

/// A client that sends nothing for half a minute has gone. 240 kB a minute are 32 kbit/s, less than any line of today.
const PACE: Pace = Pace { silence: Duration::from_secs(30), window: Duration::from_secs(60), min_bytes: 240_000 };

/// An uploaded feed in a folder of its own, which is deleted with `folder`.
pub(in crate::http::routes::admin) struct FeedFile {
    pub(in crate::http::routes::admin) folder: UploadFolder,
    pub(in crate::http::routes::admin) path: PathBuf,
}

impl FromRequest<AppState> for FeedFile {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, AppError> {
        let admin = state.admin.clone().ok_or(AppError::UnknownPath)?;
        let is_packed = is_packed(request.headers())?;
        let _permit = admin.upload_permit().ok_or(AppError::Busy)?;
        let folder = upload_folder(&admin.catalogue).map_err(AppError::from_io)?;
        let path = folder.path().join("feed");
        let mut file = Receiver::create(&path, PACE).await?;
        if is_form(request.headers()) {
            receive_form(request, state, &mut file).await?;
        } else {
            receive_body(request.into_body(), &mut file).await?;
        }
        file.finish().await?;
        let unpacking = tokio::task::spawn_blocking({
            let folder = folder.path().to_owned();
            move || unpacked(&folder, path, is_packed)
        });
        let path = unpacking.await.map_err(|error| AppError::Internal(error.into()))??;
        Ok(Self { folder, path })
    }
}

/// A file that is being received, within the limits.
struct Receiver {
    file: tokio::fs::File,
    pace: Pace,
    received_bytes: u64,
    window_begin: Instant,
    window_bytes: u64,
}

impl Receiver {
    async fn create(path: &Path, pace: Pace) -> Result<Self, AppError> {
        let file = tokio::fs::File::create(path).await.map_err(AppError::from_io)?;
        Ok(Self { file, pace, received_bytes: 0, window_begin: Instant::now(), window_bytes: 0 })
    }

    /// Waits for the next part of the body, not longer than a client may be silent.
    async fn next<T>(&self, part: impl Future<Output = T>) -> Result<T, AppError> {
        tokio::time::timeout(self.pace.silence, part).await.map_err(|_| AppError::SlowUpload)
    }

    /// Counts a part against the limits.
    fn count(&mut self, bytes: &Bytes) -> Result<(), AppError> {
        self.received_bytes += bytes.len() as u64;
        self.window_bytes += bytes.len() as u64;
        if self.received_bytes > MAX_FEED_BYTES {
            return Err(AppError::FeedTooLarge(MAX_FEED_BYTES >> 20));
        }
        if self.window_begin.elapsed() > self.pace.window {
            if self.window_bytes < self.pace.min_bytes {
                return Err(AppError::SlowUpload);
            }
            (self.window_begin, self.window_bytes) = (Instant::now(), 0);
        }
        Ok(())
    }

    async fn write(&mut self, bytes: &Bytes) -> Result<(), AppError> {
        self.count(bytes)?;
        self.file.write_all(bytes).await.map_err(AppError::from_io)
    }

    async fn finish(mut self) -> Result<(), AppError> {
        if self.received_bytes == 0 {
            return Err(AppError::Feed("expected a feed in the body, got nothing".to_owned()));
        }
        self.file.flush().await.map_err(AppError::from_io)
    }
}

async fn receive_body(mut body: Body, file: &mut Receiver) -> Result<(), AppError> {
    while let Some(frame) = file.next(body.frame()).await? {
        let Ok(bytes) = frame.map_err(|_| AppError::BrokenBody)?.into_data() else { continue };
        file.write(&bytes).await?;
    }
    Ok(())
}

/// Receives the first file of a form; other parts are skipped.
async fn receive_form(request: Request, state: &AppState, file: &mut Receiver) -> Result<(), AppError> {
    let refused = |reason: String| AppError::Feed(format!("the form cannot be read: {reason}"));
    let mut form = Multipart::from_request(request, state).await.map_err(|error| refused(error.body_text()))?;
    while let Some(field) = file.next(form.next_field()).await?.map_err(|error| refused(error.body_text()))? {
        let is_feed = field.file_name().is_some() || field.name() == Some("feed");
        receive_field(field, file, is_feed).await?;
        if is_feed {
            return Ok(());
        }
    }
    Err(AppError::Feed("expected a form with the feed as a file, got none".to_owned()))
}

async fn receive_field(mut field: Field<'_>, file: &mut Receiver, is_feed: bool) -> Result<(), AppError> {
    while let Some(bytes) = file.next(field.chunk()).await?.map_err(|_| AppError::BrokenBody)? {
        if is_feed {
            file.write(&bytes).await?;
        } else {
            file.count(&bytes)?;
        }
    }
    Ok(())
}

fn is_form(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type.trim_start().to_ascii_lowercase().starts_with("multipart/form-data")
}

/// Whether the header says that the body is compressed by gzip. Other encodings are refused.
fn is_packed(headers: &HeaderMap) -> Result<bool, AppError> {
    let encoding = headers.get(header::CONTENT_ENCODING).map_or("", |value| value.to_str().unwrap_or("?"));
    match encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(false),
        "gzip" | "x-gzip" => Ok(true),
        other => Err(AppError::ContentEncoding(other.chars().take(40).collect())),
    }
}

/// The feed's file, unpacked if it is compressed, whether the header says so or not.
fn unpacked(folder: &Path, path: PathBuf, is_packed: bool) -> Result<PathBuf, AppError> {
    let mut start = Vec::new();
    let mut packed = File::open(&path).map_err(AppError::from_io)?;
    packed.by_ref().take(2).read_to_end(&mut start).map_err(AppError::from_io)?;
    if !is_gzip(&start) {
        if is_packed {
            return Err(AppError::Feed(
                "expected a body compressed by gzip, as the header says, got another".to_owned(),
            ));
        }
        return Ok(path);
    }
    let to = folder.join("unpacked");
    let mut file = File::create(&to).map_err(AppError::from_io)?;
    let unpacking = gzip::unpack(start.as_slice().chain(packed), &mut file, MAX_FEED_BYTES);
    unpacking.map_err(|error| match error {
        GzipError::TooLarge { .. } => AppError::FeedTooLarge(MAX_FEED_BYTES >> 20),
        GzipError::Damaged(error) if error.kind() == std::io::ErrorKind::StorageFull => AppError::from_io(error),
        error => AppError::Feed(error.to_string()),
    })?;
    std::fs::remove_file(&path).map_err(AppError::from_io)?;
    // Messages name the feed by its file.
    std::fs::rename(&to, &path).map_err(AppError::from_io)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    /// What becomes of a body that sends `bytes` and then waits for `pause`, `times` times.
    async fn received(bytes: usize, pause: Duration, times: usize) -> Result<(), AppError> {
        let pace = Pace { silence: Duration::from_millis(200), window: Duration::from_millis(300), min_bytes: 100 };
        let folder = tempfile::tempdir().expect("a folder");
        let mut file = Receiver::create(&folder.path().join("feed"), pace).await?;
        let parts = stream::unfold(0, move |number| async move {
            if number > 0 {
                tokio::time::sleep(pause).await;
            }
            (number < times).then(|| (Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; bytes])), number + 1))
        });
        receive_body(Body::from_stream(parts), &mut file).await
    }

    #[tokio::test]
    async fn silence_and_trickles_end_an_upload_and_patience_does_not() {
        assert!(received(100, Duration::from_millis(50), 20).await.is_ok(), "a second in all");
        assert!(matches!(received(100, Duration::from_secs(5), 2).await, Err(AppError::SlowUpload)), "silence");
        assert!(matches!(received(1, Duration::from_millis(50), 20).await, Err(AppError::SlowUpload)), "a trickle");
    }
}
