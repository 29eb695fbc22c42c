//! Every reason why a request fails. In: the errors of each step. Out: an [`AppError`] with its status and stable code.

use axum::http::StatusCode;
use stl_types::limits::MAX_UPLOAD_BYTES;
use stl_types::picture::PictureError;
use stl_types::wire::MAX_NUMBERS_BYTES;

use crate::catalogue::rules::MAX_RULES_BYTES;
use crate::catalogue::{EditError, StoreError, UnknownMarket};
use crate::cluster::ClusterError;
use crate::http::params::ParamsError;
use crate::http::queue::QueueError;
use crate::networks::encode::EncodeError;
use crate::pictures::decode::DecodeError;
use crate::pipeline::regions::RegionsError;
use crate::pipeline::search::SearchError;
use crate::pipeline::told::ToldError;
use crate::shards::ShardsError;
use crate::tokens::Scope;

/// Why a request fails. The message is the `detail` of the [problem](crate::http::problem) that is sent.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Networks and catalogue are still being loaded.
    #[error("the server is still loading its catalogue: try again in a few seconds")]
    NotReady,
    /// The catalogue is loaded, and shards do not have it yet.
    #[error("{0}: try again in a few seconds")]
    WaitsForShards(String),
    /// The work queue is full, or the search took too long.
    #[error("the server is busy: try again in a few seconds")]
    Busy,
    /// The request, including its body, took too long.
    #[error("the request took too long to arrive or to be answered")]
    RequestTimeout,
    /// An uploaded feed stopped arriving, or arrives too slowly.
    #[error("the feed stopped arriving: expected some of it every 30 seconds, and 240 kB a minute")]
    SlowUpload,
    /// The body is compressed in a way that is not read.
    #[error("expected a body without content encoding, or with gzip, got {0:?}")]
    ContentEncoding(String),
    /// The disk is full.
    #[error("the server's disk is full")]
    DiskFull,
    /// The body is larger than the limit.
    #[error("expected a picture of at most {} MB", MAX_UPLOAD_BYTES / (1024 * 1024))]
    UploadTooLarge,
    /// The body did not arrive whole.
    #[error("the request's body could not be read to its end")]
    BrokenBody,
    /// The content type is neither a picture nor a form.
    #[error(
        "expected the content type image/png, image/webp, image/jpeg, multipart/form-data or application/json, got {0:?}"
    )]
    MediaType(String),
    /// The parts of a form are not those of a search.
    #[error("expected a form with the part `cutout` and, at most, a part `regions`: {0}")]
    Form(String),
    /// The parts of a form are not those of a preview.
    #[error("expected a form with the part `rules`, and `product` or `photo`: {0}")]
    PreviewForm(String),
    /// The server accepts numbers only.
    #[error("this shop takes numbers only, no pictures: expected the content type application/json")]
    OnlyNumbers,
    /// The numbers of a search cannot be read.
    #[error("expected the numbers of a search as JSON, at most {most} kB: {0}", most = MAX_NUMBERS_BYTES / 1024)]
    Numbers(String),
    /// The picture or its regions cannot be searched for.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The query string is malformed, or a parameter is wrong.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// No product has this id.
    #[error("there is no product {0:?}")]
    UnknownProduct(String),
    /// No market has the name that was asked for.
    #[error(transparent)]
    UnknownMarket(#[from] UnknownMarket),
    /// The bearer token is missing or wrong.
    #[error("expected the administration's bearer token")]
    Unauthorised,
    /// The bearer token is not for this.
    #[error("this token may not do this: expected one with the scope {0}")]
    MissingScope(Scope),
    /// Too many tokens came that were not seen before.
    #[error("too many tokens that were not used before: try again in a few seconds")]
    TooManyTokens,
    /// What several servers share cannot be reached.
    #[error("the catalogue's database or its object storage cannot be used: try again in some seconds")]
    Away,
    /// Another job is writing the catalogue.
    #[error("another import or update is running: try again when it has ended")]
    ImportRunning,
    /// The job cannot be cancelled any more.
    #[error("the job has ended: only a running one can be cancelled")]
    JobEnded,
    /// An uploaded feed is larger than the limit, in MiB.
    #[error("expected a feed of at most {0} MiB")]
    FeedTooLarge(u64),
    /// An uploaded feed cannot be used.
    #[error("{0}")]
    Feed(String),
    /// The shop's rules cannot be used.
    #[error("{0}")]
    Rules(String),
    /// The shop's rules are too long.
    #[error("expected at most {} kB of rules", MAX_RULES_BYTES / 1024)]
    RulesTooLarge,
    /// The rules' content type is neither that of TOML nor that of JSON.
    #[error("expected the content type application/toml or application/json, got {0:?}")]
    RulesType(String),
    /// The client searches too often.
    #[error("too many searches: try again in a minute")]
    TooManySearches,
    /// Events come too often.
    #[error("too many events: try again in a second")]
    TooManyEvents,
    /// The events' content type is not that of JSON.
    #[error("expected the content type application/json, got {0:?}")]
    EventsType(String),
    /// Events cannot be read.
    #[error("expected events as JSON: {0}")]
    Events(String),
    /// The path is not served.
    #[error("there is nothing at this address")]
    UnknownPath,
    /// The path is served, but not with this method.
    #[error("this address does not answer to this method")]
    Method,
    /// A defect of the server; the reason is logged, never sent.
    #[error("something went wrong on the server")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl AppError {
    /// The parameter `name` is refused for a reason that says what was expected and received.
    pub(super) fn parameter(name: &str, reason: impl Into<String>) -> Self {
        Self::Params(ParamsError::of(name, reason))
    }

    /// An error of the disk.
    pub(super) fn from_io(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Internal(error.into()),
        }
    }

    /// Status, stable code and title. Clients depend on the codes: they never change.
    pub(super) fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::NotReady | Self::WaitsForShards(_) => {
                (S::SERVICE_UNAVAILABLE, "not-ready", "The server is not ready")
            }
            Self::Busy => BUSY,
            Self::RequestTimeout => (S::REQUEST_TIMEOUT, "request-timeout", "The request took too long"),
            Self::SlowUpload => (S::REQUEST_TIMEOUT, "request-timeout", "The feed arrives too slowly"),
            Self::ContentEncoding(_) => (S::UNSUPPORTED_MEDIA_TYPE, "unsupported-encoding", "Unknown content encoding"),
            Self::DiskFull => (S::INSUFFICIENT_STORAGE, "disk-full", "The disk is full"),
            Self::JobEnded => (S::CONFLICT, "job-ended", "The job has ended"),
            Self::UploadTooLarge => (S::PAYLOAD_TOO_LARGE, "upload-too-large", "The picture is too large"),
            Self::BrokenBody => (S::BAD_REQUEST, "broken-body", "The picture did not arrive whole"),
            Self::MediaType(_) => (S::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Not a picture"),
            Self::Form(_) => (S::BAD_REQUEST, "bad-form", "The form is not a search"),
            Self::PreviewForm(_) => (S::BAD_REQUEST, "bad-form", "The form is not a preview"),
            Self::OnlyNumbers => (S::FORBIDDEN, "only-numbers", "Pictures are not accepted"),
            Self::Numbers(_) => (S::BAD_REQUEST, "bad-numbers", "The numbers cannot be read"),
            Self::Search(error) => search_kind(error),
            Self::Params(ParamsError::Parameter { .. }) => (S::BAD_REQUEST, "bad-parameter", "A parameter is wrong"),
            Self::Params(ParamsError::Malformed) => (S::BAD_REQUEST, "bad-query", "The query string is malformed"),
            Self::UnknownMarket(_) => UNKNOWN_MARKET,
            Self::UnknownProduct(_) => (S::NOT_FOUND, "unknown-product", "Unknown product"),
            Self::Unauthorised => (S::UNAUTHORIZED, "unauthorised", "Not authorised"),
            Self::MissingScope(_) => (S::FORBIDDEN, "missing-scope", "The token is not for this"),
            Self::TooManyTokens => (S::TOO_MANY_REQUESTS, "too-many-tokens", "Too many tokens"),
            Self::Away => (S::SERVICE_UNAVAILABLE, "catalogue-away", "The catalogue cannot be changed now"),
            Self::ImportRunning => (S::CONFLICT, "import-running", "Another import is running"),
            Self::FeedTooLarge(_) => (S::PAYLOAD_TOO_LARGE, "feed-too-large", "The feed is too large"),
            Self::Feed(_) => (S::BAD_REQUEST, "bad-feed", "The feed cannot be used"),
            Self::Rules(_) => (S::BAD_REQUEST, "bad-rules", "The rules cannot be used"),
            Self::RulesTooLarge => (S::PAYLOAD_TOO_LARGE, "rules-too-large", "The rules are too long"),
            Self::RulesType(_) => (S::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Not rules"),
            Self::TooManySearches => (S::TOO_MANY_REQUESTS, "too-many-searches", "Too many searches"),
            Self::TooManyEvents => (S::TOO_MANY_REQUESTS, "too-many-events", "Too many events"),
            Self::EventsType(_) => (S::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Not events"),
            Self::Events(_) => (S::BAD_REQUEST, "bad-events", "The events cannot be read"),
            Self::UnknownPath => (S::NOT_FOUND, "not-found", "Not found"),
            Self::Method => (S::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed"),
            Self::Internal(_) => INTERNAL,
        }
    }
}

const BUSY: (StatusCode, &str, &str) = (StatusCode::SERVICE_UNAVAILABLE, "busy", "The server is busy");

const UNKNOWN_MARKET: (StatusCode, &str, &str) = (StatusCode::NOT_FOUND, "unknown-market", "Unknown market");

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
        SearchError::Regions(_) => (S::UNPROCESSABLE_ENTITY, "bad-regions", "The regions do not fit the cutout"),
        SearchError::Encode(EncodeError::Blank) => {
            (S::UNPROCESSABLE_ENTITY, "nothing-to-search", "Nothing to search for")
        }
        SearchError::Market(_) => UNKNOWN_MARKET,
        SearchError::Nothing(_) => (S::UNPROCESSABLE_ENTITY, "nothing-to-search", "Nothing to search for"),
        SearchError::Shards(ShardsError::OtherVersion) => {
            (S::SERVICE_UNAVAILABLE, "catalogue-changing", "The products are being renewed")
        }
        SearchError::Shards(ShardsError::Busy) => BUSY,
        SearchError::Shards(ShardsError::Missing { .. }) => {
            (S::SERVICE_UNAVAILABLE, "shards-missing", "A part of the products cannot be searched")
        }
        SearchError::Encode(_) | SearchError::Segment(_) | SearchError::Shards(_) => INTERNAL,
        SearchError::Told(ToldError::OtherNetwork { .. }) => {
            (S::CONFLICT, "other-network", "The numbers are of another network")
        }
        SearchError::Told(_) => (S::UNPROCESSABLE_ENTITY, "bad-numbers", "The numbers are not a look's"),
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

impl From<ClusterError> for AppError {
    fn from(error: ClusterError) -> Self {
        match error {
            error if error.is_busy() => Self::ImportRunning,
            ClusterError::Missing { .. } | ClusterError::Store(StoreError::Missing { .. }) => Self::NotReady,
            error if error.is_passing() => {
                // It names machines: it is logged, not sent.
                tracing::warn!("{error}");
                Self::Away
            }
            ClusterError::File { source, .. } => Self::from_io(source),
            ClusterError::Store(error) => Self::from(EditError::Store(error)),
            other => Self::Internal(other.into()),
        }
    }
}

impl From<EditError> for AppError {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Store(error) if error.is_busy() => Self::ImportRunning,
            EditError::Store(StoreError::Market(error)) => Self::UnknownMarket(error),
            EditError::Store(error) if error.is_disk_full() => Self::DiskFull,
            EditError::Write { source, .. } => Self::from_io(source),
            EditError::NothingLeft => Self::Feed(error.to_string()),
            EditError::Lock(_) => Self::ImportRunning,
            other => Self::Internal(other.into()),
        }
    }
}
