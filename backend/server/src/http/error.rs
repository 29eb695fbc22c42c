//! What goes wrong becomes an answer. In: an [`AppError`]. Out: RFC 9457 problem details, safe to show.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use stl_types::limits::{MAX_CARDS_PER_CATEGORY, MAX_UPLOAD_BYTES};
use stl_types::picture::PictureError;
use stl_types::wire::Problem;

use crate::http::queue::QueueError;
use crate::networks::encode::EncodeError;
use crate::pictures::decode::DecodeError;
use crate::pipeline::regions::RegionsError;
use crate::pipeline::search::SearchError;

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Networks and catalogue are still being loaded.
    #[error("the server is still loading its catalogue: try again in a few seconds")]
    NotReady,
    /// The work queue is full, or the work was too slow.
    #[error("the server is busy: try again in a few seconds")]
    Busy,
    /// The request, its body included, took too long.
    #[error("the request took too long to arrive or to be answered")]
    RequestTimeout,
    /// The body is larger than the limit.
    #[error("expected a picture of at most {} MB", MAX_UPLOAD_BYTES / (1024 * 1024))]
    UploadTooLarge,
    /// The body did not arrive whole.
    #[error("the request's body could not be read to its end")]
    BrokenBody,
    /// The body is declared to be something else than a picture.
    #[error("expected the content type image/png, image/webp, image/jpeg or multipart/form-data, got {0:?}")]
    MediaType(String),
    /// The parts of a form are not those of a search.
    #[error("expected a form with the part `cutout` and, at most, a part `regions`: {0}")]
    Parts(String),
    /// The body is no picture that can be searched for.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// A query parameter has a value that it cannot have.
    #[error("the parameter {name}: {reason}")]
    Parameter {
        /// The parameter.
        name: String,
        /// Expected and received.
        reason: String,
    },
    /// The query string is malformed.
    #[error("the query string cannot be read")]
    Query,
    /// No product has this id.
    #[error("there is no product {0:?}")]
    UnknownProduct(String),
    /// No bearer token, or another one.
    #[error("expected the administration's bearer token")]
    Unauthorised,
    /// The catalogue is being written.
    #[error("another import or update is running: try again when it has ended")]
    ImportRunning,
    /// An uploaded feed has more bytes than it may, in MiB.
    #[error("expected a feed of at most {0} MiB")]
    FeedTooLarge(u64),
    /// An uploaded feed cannot be used.
    #[error("{0}")]
    Feed(String),
    /// Nothing is served here.
    #[error("there is nothing at this address")]
    UnknownPath,
    /// Something is served here, but not by this method.
    #[error("this address does not answer to this method")]
    Method,
    /// A defect of the server; the reason is logged, never sent.
    #[error("something went wrong on the server")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A problem and when to try again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// What is sent.
    pub problem: Problem,
    /// Seconds for the header `Retry-After`.
    pub retry_after_s: Option<u32>,
}

impl AppError {
    /// The reason why `limit` is refused.
    #[must_use]
    pub fn limit(received: &str) -> Self {
        let reason = format!("expected a number from 1 to {MAX_CARDS_PER_CATEGORY}, got {received:?}");
        Self::Parameter { name: "limit".to_owned(), reason }
    }

    /// Status, stable code and title.
    fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::NotReady => (S::SERVICE_UNAVAILABLE, "not-ready", "The server is not ready"),
            Self::Busy => (S::SERVICE_UNAVAILABLE, "busy", "The server is busy"),
            Self::RequestTimeout => (S::REQUEST_TIMEOUT, "request-timeout", "The request took too long"),
            Self::UploadTooLarge => (S::PAYLOAD_TOO_LARGE, "upload-too-large", "The picture is too large"),
            Self::BrokenBody => (S::BAD_REQUEST, "broken-body", "The picture did not arrive whole"),
            Self::MediaType(_) => (S::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Not a picture"),
            Self::Parts(_) => (S::BAD_REQUEST, "bad-form", "The form is not a search"),
            Self::Search(error) => search_kind(error),
            Self::Parameter { .. } => (S::BAD_REQUEST, "bad-parameter", "A parameter is wrong"),
            Self::Query => (S::BAD_REQUEST, "bad-query", "The query string is malformed"),
            Self::UnknownProduct(_) => (S::NOT_FOUND, "unknown-product", "Unknown product"),
            Self::Unauthorised => (S::UNAUTHORIZED, "unauthorised", "Not authorised"),
            Self::ImportRunning => (S::CONFLICT, "import-running", "Another import is running"),
            Self::FeedTooLarge(_) => (S::PAYLOAD_TOO_LARGE, "feed-too-large", "The feed is too large"),
            Self::Feed(_) => (S::BAD_REQUEST, "bad-feed", "The feed cannot be used"),
            Self::UnknownPath => (S::NOT_FOUND, "not-found", "Not found"),
            Self::Method => (S::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed"),
            Self::Internal(_) => INTERNAL,
        }
    }
}

const INTERNAL: (StatusCode, &str, &str) =
    (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on the server");

fn search_kind(error: &SearchError) -> (StatusCode, &'static str, &'static str) {
    use StatusCode as S;
    match error {
        SearchError::Decode(DecodeError::TooManyBytes { .. }) => {
            (S::PAYLOAD_TOO_LARGE, "upload-too-large", "The picture is too large")
        }
        SearchError::Decode(DecodeError::Picture(error)) => match error {
            PictureError::Empty => (S::BAD_REQUEST, "empty-body", "There is no picture"),
            PictureError::NotAPicture | PictureError::Heif => {
                (S::UNPROCESSABLE_ENTITY, "not-a-picture", "Not a picture")
            }
            PictureError::Truncated => (S::UNPROCESSABLE_ENTITY, "picture-truncated", "The picture is cut short"),
            PictureError::Damaged => (S::UNPROCESSABLE_ENTITY, "picture-damaged", "The picture is damaged"),
            PictureError::TooManyPixels { .. } => {
                (S::PAYLOAD_TOO_LARGE, "picture-too-large", "The picture has too many pixels")
            }
        },
        SearchError::Decode(DecodeError::Damaged(_)) => {
            (S::UNPROCESSABLE_ENTITY, "picture-damaged", "The picture is damaged")
        }
        SearchError::Regions(RegionsError::TooManyBytes { .. }) => {
            (S::PAYLOAD_TOO_LARGE, "regions-too-large", "The regions are too large")
        }
        SearchError::Regions(_) => (S::UNPROCESSABLE_ENTITY, "bad-regions", "The regions do not fit the cut-out"),
        SearchError::Encode(EncodeError::Blank) => {
            (S::UNPROCESSABLE_ENTITY, "nothing-to-search", "Nothing to search for")
        }
        SearchError::Encode(_) => INTERNAL,
    }
}

impl From<QueueError> for AppError {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Full | QueueError::TooSlow(_) => Self::Busy,
            QueueError::Lost => Self::Internal(error.into()),
        }
    }
}

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        let (status, code, title) = error.kind();
        let detail = if status == StatusCode::INTERNAL_SERVER_ERROR {
            let mut reasons = vec![error.to_string()];
            let mut source = std::error::Error::source(&error);
            while let Some(reason) = source {
                reasons.push(reason.to_string());
                source = reason.source();
            }
            tracing::error!("{}", reasons.join(": "));
            format!("{title}.")
        } else {
            sentence(&error.to_string())
        };
        let retry_after_s = match error {
            AppError::NotReady | AppError::Busy => Some(2),
            AppError::ImportRunning => Some(10),
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

/// Error messages begin small and end without a full stop; sentences do not.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
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
        let ApiError { problem, retry_after_s } = AppError::limit("0").into();
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
