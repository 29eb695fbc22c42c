//! `POST /share`. Out: a redirect to the page, which explains what to do.
//!
//! Another app shared a photo with the page. The service worker handles this on the visitor's device. If no service worker
//! runs (its files were deleted), the browser sends the photo to the server. The server must not receive photos, so it
//! never reads the body: this handler takes no request, the body is dropped with the connection, and the log contains
//! only method and path, as for any request.

use axum::http::header;
use axum::response::{IntoResponse, Redirect};

/// The page's address with the message that the photo was not received.
const MISSED: &str = "/?shared=missed";

/// Redirects the browser to the page.
pub(super) fn missed() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Redirect::to(MISSED))
}
