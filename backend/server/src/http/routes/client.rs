//! The page's files, built by Trunk. In: a path. Out: a file, precompressed if there is such a copy.

use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use stl_types::wire::paths;
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

use super::share;
use crate::http::error::AppError;

/// Files whose name contains their content's hash never change.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Browsers revalidate all other files.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// The fewest hexadecimal digits of a hash in a name: Trunk writes 16, and no word has 12.
const MIN_HASH_DIGITS: usize = 12;

/// The folder of the page's files.
#[derive(Clone, Debug)]
pub struct Client {
    folder: PathBuf,
}

impl Client {
    /// The files of this folder, which need not exist yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    async fn file(&self, request: Request) -> Response {
        let files = ServeDir::new(&self.folder).precompressed_br().precompressed_gzip();
        files.oneshot(request).await.into_response()
    }
}

/// Serves a file; or the page itself, if a browser navigates to a path that is no file.
pub(super) async fn serve(client: Client, mut request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if path == "/api" || path.starts_with("/api/") {
        return AppError::UnknownPath.into_response();
    }
    if path == paths::SHARE && *request.method() == Method::POST {
        return share::missed().into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return AppError::Method.into_response();
    }
    let is_navigation = accepts_html(&request);
    let mut page = Request::new(Body::empty());
    (*page.method_mut(), *page.headers_mut()) = (request.method().clone(), request.headers().clone());
    *request.body_mut() = Body::empty();

    let mut response = client.file(request).await;
    let mut name = path.rsplit('/').next().unwrap_or_default();
    if response.status() == StatusCode::NOT_FOUND && is_navigation {
        *page.uri_mut() = Uri::from_static("/index.html");
        response = client.file(page).await;
        name = "index.html";
    }
    if response.status() == StatusCode::NOT_FOUND {
        return AppError::UnknownPath.into_response();
    }
    let is_found = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, if is_found && carries_hash(name) { FOREVER } else { REVALIDATE });
    if let Some(media_type) = media_type(name).filter(|_| headers.contains_key(header::CONTENT_TYPE)) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    response
}

fn accepts_html(request: &Request) -> bool {
    request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| {
        accept.split(',').any(|media_type| media_type.split(';').next().unwrap_or_default().trim() == "text/html")
    })
}

/// Media types that the usual tables lack, or give as something that browsers refuse.
fn media_type(name: &str) -> Option<&'static str> {
    match Path::new(name).extension()?.to_str()? {
        "js" | "mjs" => Some("text/javascript"),
        "wasm" => Some("application/wasm"),
        "webmanifest" => Some("application/manifest+json"),
        "bin" => Some("application/octet-stream"),
        // The tables take TypeScript's declarations for MPEG streams.
        "ts" => Some("text/plain; charset=utf-8"),
        _ => None,
    }
}

/// Whether a part of the name that follows a hyphen begins with at least [`MIN_HASH_DIGITS`] hexadecimal digits and ends
/// there: `stl-frontend-0123456789abcdef_bg.wasm`.
fn carries_hash(name: &str) -> bool {
    name.split('-').skip(1).any(|part| {
        let digits = part.bytes().take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).count();
        digits >= MIN_HASH_DIGITS && matches!(part.as_bytes().get(digits), None | Some(b'.' | b'_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_are_kept_forever() {
        for name in ["stl-frontend-0123456789abcdef.js", "a-0123456789ab_bg.wasm", "model-00112233445566778899.bin"] {
            assert!(carries_hash(name), "{name}");
        }
        for name in
            ["index.html", "segmenter.json", "a-0123456789.js", "0123456789abcdef.js", "a-0123456789abcdefgh.js"]
        {
            assert!(!carries_hash(name), "{name}");
        }
    }
}
