//! The page's files, as they were built. In: a path. Out: a file, precompressed if there is such a copy.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use stl_types::wire::{MARKET, paths, product_of_page};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

use super::share;
use crate::digest::Digest;
use crate::http::caching::is_known;
use crate::http::error::AppError;
use crate::http::notice::NoticePage;
use crate::http::page::Page;
use crate::http::state::AppState;
use crate::pipeline::cards;

/// Files whose name contains their content's hash never change.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Browsers revalidate all other files.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

const HTML: HeaderValue = HeaderValue::from_static("text/html");

/// The file of [`paths::PRIVACY`].
const PRIVACY_FILE: &str = "/privacy.html";

/// The file of [`paths::ADMIN_PAGE`].
const ADMIN_FILE: &str = "/admin.html";

/// The fewest hexadecimal digits of a hash in a name: the build writes 16, and no word has 12.
const MIN_HASH_DIGITS: usize = 12;

/// The page's document and the folder of its other files.
#[derive(Clone, Debug)]
pub struct Client {
    folder: PathBuf,
    page: Option<Page>,
    notice: Option<Arc<NoticePage>>,
}

impl Client {
    /// The files of this folder, which need not exist.
    #[must_use]
    pub fn new(folder: &Path, page: Option<Page>) -> Self {
        Self { folder: folder.to_owned(), page, notice: None }
    }

    /// The same with the paragraph for the shop's privacy notice.
    #[must_use]
    pub fn with_notice(self, notice: Option<NoticePage>) -> Self {
        Self { notice: notice.map(Arc::new), ..self }
    }

    /// The page's document.
    pub(super) const fn page(&self) -> Option<&Page> {
        self.page.as_ref()
    }

    async fn file(&self, request: Request) -> Response {
        let files = ServeDir::new(&self.folder).precompressed_br().precompressed_gzip();
        files.oneshot(request).await.into_response()
    }
}

/// Serves a file; or the page itself, for its own addresses and if a browser navigates to a path that is no file.
pub(super) async fn serve(client: Client, state: AppState, mut request: Request) -> Response {
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
    // What reads a link for its title, such as a messenger, seldom says that it accepts HTML.
    let is_page = matches!(path.as_str(), "/" | "/index.html") || product_of_page(&path).is_some();
    if let Some(page) = client.page.as_ref().filter(|_| is_page) {
        return document(page, &state, &request);
    }
    if path == paths::NOTICE
        && let Some(notice) = &client.notice
    {
        return match &**notice {
            NoticePage::Html(page) => html(StatusCode::OK, page.clone(), request.headers()),
            NoticePage::Elsewhere(address) => Redirect::temporary(address).into_response(),
        };
    }
    // Without a token there is no administration.
    if state.admin.is_none() && [paths::ADMIN_PAGE, ADMIN_FILE].contains(&path.as_str()) {
        return AppError::UnknownPath.into_response();
    }
    match path.as_str() {
        paths::PRIVACY => *request.uri_mut() = Uri::from_static(PRIVACY_FILE),
        paths::ADMIN_PAGE => *request.uri_mut() = Uri::from_static(ADMIN_FILE),
        _ => {}
    }
    let (is_navigation, headers) = (accepts_html(&request), request.headers().clone());
    *request.body_mut() = Body::empty();
    let mut response = client.file(request).await;
    if response.status() == StatusCode::NOT_FOUND {
        let Some(page) = client.page.filter(|_| is_navigation) else { return AppError::UnknownPath.into_response() };
        return html(StatusCode::OK, page.html(None), &headers);
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_found = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, if is_found && carries_hash(name) { FOREVER } else { REVALIDATE });
    if let Some(media_type) = media_type(name).filter(|_| headers.contains_key(header::CONTENT_TYPE)) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    response
}

/// The page, about the product that the address names. While the catalogue is loaded, nothing is known of any product.
fn document(page: &Page, state: &AppState, request: &Request) -> Response {
    let (uri, query) = (request.uri(), request.uri().query().unwrap_or_default());
    // `/?product=ID` is the address of a product as it was before products had addresses of their own.
    let Some(id) = product_of_page(uri.path()).or_else(|| parameter(query, "product")) else {
        return html(StatusCode::OK, page.html(None), request.headers());
    };
    let Ok(engine) = state.engine() else { return html(StatusCode::OK, page.html(None), request.headers()) };
    let market = engine.catalogue.market(&parameter(query, MARKET).unwrap_or_default()).ok();
    match market.and_then(|market| Some((market, market.find(&id)?))) {
        Some((market, article)) => {
            let product = cards::product(article, Timestamp::now());
            // The first market's pages have no parameter, whatever its name.
            let is_first = engine.catalogue.markets().first().is_some_and(|first| first.name() == market.name());
            let name = if is_first { "" } else { market.name() };
            html(StatusCode::OK, page.html_in(Some(&product), name), request.headers())
        }
        // The page says so, and search engines forget the address.
        None => html(StatusCode::NOT_FOUND, page.html(None), request.headers()),
    }
}

/// A parameter of the page's address.
fn parameter(query: &str, wanted: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}

fn html(status: StatusCode, html: String, known: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", Digest::of(html.as_bytes()).short());
    let caching = [(header::CACHE_CONTROL, REVALIDATE.clone()), (header::CONTENT_TYPE, HTML)];
    if status == StatusCode::OK && is_known(known, &etag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)], caching).into_response();
    }
    (status, [(header::ETAG, etag)], caching, html).into_response()
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
