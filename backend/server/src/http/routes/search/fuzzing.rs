//! Requests of any bytes, for the programs of `fuzz/`. In: bytes. Out: nothing: what counts is that it ends without a panic.

use axum::body::Body;
use axum::extract::{FromRequest as _, Request};
use axum::http::header;

use super::SearchRequest;
use super::form::{SearchForm, numbers as read_numbers};
use crate::http::extract::params;
use crate::pipeline::search::SearchParams;

/// The boundary of the forms.
const FORM: &str = "multipart/form-data; boundary=x";

fn request(kind: &str, bytes: &[u8]) -> Request {
    let mut request = Request::new(Body::from(bytes.to_vec()));
    if let Ok(kind) = kind.parse() {
        request.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    request
}

/// Reads bytes as the form of a search, whose boundary is `x`.
pub fn form(bytes: &[u8]) {
    let _ = pollster::block_on(SearchForm::from_request(request(FORM, bytes), &()));
}

/// Reads a text as the query string of a search.
pub fn query(text: &str) {
    if let Ok(request) = params::<SearchRequest>(text) {
        let _: SearchParams = request.into();
    }
}

/// Reads bytes as a search by numbers, and unpacks its embeddings.
pub fn numbers(bytes: &[u8]) {
    let Ok(numbers) = pollster::block_on(read_numbers(request("application/json", bytes))) else { return };
    let _ = numbers.count();
    let _ = numbers.whole.numbers(768);
}
