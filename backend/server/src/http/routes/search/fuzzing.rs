//! Requests of any bytes, for the programs of `fuzz/`. In: bytes. Out: nothing: what counts is that it ends without a panic.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, header};

use super::form::SearchForm;
use super::request::SearchRequest;
use crate::http::params::params;
use crate::pipeline::search::params::SearchParams;

/// The boundary of the forms.
const FORM: &str = "multipart/form-data; boundary=x";

/// Reads bytes as the form of a search, whose boundary is `x`.
pub fn form(bytes: &[u8]) {
    let mut request = Request::new(Body::from(bytes.to_vec()));
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(FORM));
    let _ = pollster::block_on(SearchForm::read(request, &()));
}

/// Reads a text as the query string of a search.
pub fn query(text: &str) {
    if let Ok(request) = params::<SearchRequest>(text) {
        let _: SearchParams = request.into();
    }
}
