//! Which version of the catalogue an answer is of. In: the engine that a handler has asked for. Out: the header `Catalogue-Version`.
//!
//! Several servers behind one address may be at different versions for a moment; each answer is of one.

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// The header's name.
pub const CATALOGUE_VERSION: HeaderName = HeaderName::from_static("catalogue-version");

/// What the handler of a request has asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct AnsweredBy(Arc<OnceLock<u64>>);

impl AnsweredBy {
    /// Notes the version; a request asks for one engine.
    pub(super) fn note(&self, version: u64) {
        // The first one is the answer's.
        let _ = self.0.set(version);
    }
}

/// Adds the header to answers that a version of the catalogue has given.
pub(super) async fn with_version(mut request: Request, next: Next) -> Response {
    let answered_by = AnsweredBy::default();
    request.extensions_mut().insert(answered_by.clone());
    let mut response = next.run(request).await;
    if let Some(&version) = answered_by.0.get() {
        // A front may have answered with another one than the handler has asked for, which it has written.
        response.headers_mut().entry(CATALOGUE_VERSION).or_insert(HeaderValue::from(version));
    }
    response
}
