//! `POST /share`. Out: the way back to the page, which says what to do.
//!
//! A photo that another app shares is for the service worker, on the visitor's device. Where none runs (its files were
//! deleted), the browser sends the photo here. Nobody may have it, so nobody reads it: this takes no request, the body is
//! dropped with the connection, and the log has method and path as of any request.

use axum::http::header;
use axum::response::{IntoResponse, Redirect};

/// The page's address that says so.
const MISSED: &str = "/?shared=missed";

/// Sends the browser back to the page.
pub(super) fn missed() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Redirect::to(MISSED))
}
