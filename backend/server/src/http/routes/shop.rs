//! The shop's own files: its style sheet, its logo, and the manifest with its name. In: a request. Out: the file.

use axum::Router;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::digest::Digest;
use crate::http::caching::is_known;
use crate::http::page::{Asset, Page};
use crate::http::state::AppState;

/// An address with the file's version always means the same file.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Without the version, the settings may have changed.
const REVALIDATE: &str = "no-cache";

const MANIFEST: &str = "/manifest.webmanifest";

/// Routes of the files that the settings have.
pub(super) fn routes(page: Option<&Page>) -> Router<AppState> {
    let mut router = Router::new();
    let Some(page) = page else { return router };
    let assets = [Some(page.style_sheet()).filter(|sheet| !sheet.url.is_empty()), page.logo()];
    for asset in assets.into_iter().flatten().cloned() {
        let path = asset.url.split('?').next().unwrap_or_default().to_owned();
        router = router.route(&path, get(async move |RawQuery(query), known: HeaderMap| file(&asset, query, &known)));
    }
    if let Some(manifest) = page.manifest().cloned() {
        let headers = [(header::CONTENT_TYPE, "application/manifest+json"), (header::CACHE_CONTROL, REVALIDATE)];
        router = router.route(MANIFEST, get(async move || (headers, manifest)));
    }
    router
}

fn file(asset: &Asset, query: Option<String>, known: &HeaderMap) -> Response {
    let is_versioned = asset.url.split_once('?').map(|(_, version)| version) == query.as_deref();
    let etag = format!("\"{}\"", Digest::of(&asset.file).short());
    let caching = if is_versioned { FOREVER } else { REVALIDATE };
    let headers = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, caching.to_owned())];
    if is_known(known, &etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, [(header::CONTENT_TYPE, asset.media_type)], asset.file.clone()).into_response()
}
