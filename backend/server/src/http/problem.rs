//! Errors become answers. In: an [`AppError`]. Out: RFC 9457 problem details, safe to show.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use stl_types::wire::Problem;
use utoipa::openapi::{self, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema as _};

use crate::errors::with_sources;
use crate::http::error::AppError;
use crate::pipeline::search::SearchError;
use crate::request_id::RequestId;

/// Media type of problem details (RFC 9457).
const MEDIA_TYPE: &str = "application/problem+json";

/// A search takes well below a second, so that a place in the queue is free soon.
const SEARCH_RETRY_AFTER_S: u32 = 2;

/// The limit on searches is one a minute.
const SEARCHES_RETRY_AFTER_S: u32 = 60;

/// The limit on events is one a second.
const EVENTS_RETRY_AFTER_S: u32 = 1;

/// A few tokens a second are compared.
const TOKENS_RETRY_AFTER_S: u32 = 2;

/// An import takes from seconds to hours.
const IMPORT_RETRY_AFTER_S: u32 = 10;

/// A problem, and when the client may try again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The body.
    pub problem: Problem,
    /// Seconds for the header `Retry-After`.
    pub retry_after_s: Option<u32>,
}

/// The body as it is sent. Page and widget need no id.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    problem: &'a Problem,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        let (status, code, title) = error.kind();
        let detail = if status == StatusCode::INTERNAL_SERVER_ERROR {
            // The reasons are for the log only; the client gets the title.
            tracing::error!("{}", with_sources(&error));
            format!("{title}.")
        } else {
            sentence(&error.to_string())
        };
        let retry_after_s = match error {
            AppError::NotReady
            | AppError::WaitsForShards(_)
            | AppError::Busy
            | AppError::Search(SearchError::Shards(_)) => Some(SEARCH_RETRY_AFTER_S),
            AppError::TooManySearches => Some(SEARCHES_RETRY_AFTER_S),
            AppError::TooManyTokens => Some(TOKENS_RETRY_AFTER_S),
            AppError::TooManyEvents => Some(EVENTS_RETRY_AFTER_S),
            AppError::ImportRunning | AppError::Away => Some(IMPORT_RETRY_AFTER_S),
            _ => None,
        };
        let problem = Problem {
            kind: format!("/problems/{code}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail,
            code: code.to_owned(),
        };
        Self { problem, retry_after_s }
    }
}

/// Makes a sentence of an error message: a capital first, a full stop last.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let request_id = RequestId::current();
        let body = Body { problem: &self.problem, request_id: request_id.as_ref().map(RequestId::as_str) };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        ApiError::from(self).into_response()
    }
}

/// Describes what every handler answers when it fails: a client's errors and the server's.
impl IntoResponses for AppError {
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        let problem = |description: &str| {
            let schema = Ref::from_schema_name(Problem::name());
            let content = openapi::Content::new(Some(schema));
            RefOr::T(ResponseBuilder::new().description(description).content(MEDIA_TYPE, content).build())
        };
        BTreeMap::from([
            ("4XX".to_owned(), problem("The request is refused; `code` names the reason, `detail` describes it")),
            (
                "5XX".to_owned(),
                problem("The server is busy, still loading (try again after `Retry-After`) or has failed"),
            ),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internals_stay_inside() {
        let error = AppError::Internal("/home/shop/catalogue.sqlite is on fire".into());
        let ApiError { problem, .. } = error.into();
        assert_eq!((problem.status, problem.code.as_str()), (500, "internal"));
        assert!(!format!("{problem:?}").contains("fire"));
    }

    #[test]
    fn a_problem_is_a_sentence_with_a_stable_code() {
        let ApiError { problem, retry_after_s } =
            AppError::parameter("limit", "expected a number from 1 to 50, got \"0\"").into();
        insta::assert_json_snapshot!(problem, @r#"
        {
          "type": "/problems/bad-parameter",
          "title": "A parameter is wrong",
          "status": 400,
          "detail": "The parameter limit: expected a number from 1 to 50, got \"0\".",
          "code": "bad-parameter"
        }
        "#);
        assert_eq!(retry_after_s, None);
        assert_eq!(ApiError::from(AppError::Busy).retry_after_s, Some(2));
    }
}
