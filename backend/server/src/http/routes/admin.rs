//! `/api/v1/admin/…`: a shop's own systems import feeds, change prices and stock, delete. In: a bearer token. Out: jobs, reports.
//!
//! Without a token in the server's environment nothing is here.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;
use stl_types::wire::{CatalogueStats, EditResult, ImportJob, Problem};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;

use crate::catalogue::edit::{self, EditReport};
use crate::catalogue::feed::{self, FeedOptions, RowProblem};
use crate::catalogue::{EditError, LockError, Store, StoreError};
use crate::http::admin::Admin;
use crate::http::app::AppState;
use crate::http::error::AppError;

/// Bytes of an uploaded feed: a quarter of a million products of a kilobyte.
const MAX_FEED_BYTES: u64 = 256 << 20;
/// Rows left out that an answer names.
const MOST_PROBLEMS: usize = 100;

/// Lets requests with the token through; without one in the server's environment, there is nothing at these addresses.
pub(super) async fn authorised(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let Some(admin) = &state.admin else { return AppError::UnknownPath.into_response() };
    if bearer(request.headers()).is_some_and(|token| admin.token.is(token)) {
        next.run(request).await
    } else {
        ([(header::WWW_AUTHENTICATE, "Bearer")], AppError::Unauthorised).into_response()
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn admin(state: &AppState) -> Result<&Arc<Admin>, AppError> {
    state.admin.as_ref().ok_or(AppError::UnknownPath)
}

/// Import a feed: the catalogue then holds its products and no others.
///
/// The body is the feed's file, at most 256 MiB; its pictures are fetched from their addresses.
#[utoipa::path(
    post,
    path = "/api/v1/admin/feeds",
    tag = "admin",
    params(
        ("format" = String, Query, description = "jsonl, google-xml, google-tsv, google-csv or shopify-csv"),
        ("currency" = Option<String>, Query, description = "Of prices without one, as all of Shopify's are (ISO 4217)"),
        ("shop_url" = Option<String>, Query, description = "The shop's address, which Shopify's export leaves out"),
    ),
    request_body(description = "The feed", content_type = "application/octet-stream"),
    responses(
        (status = 202, description = "The job, which goes on by itself", body = ImportJob),
        (status = 400, description = "A wrong parameter", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Not the token", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Another import is running", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too many bytes", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn feeds(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, AppError> {
    let options = feed_options(query.as_deref().unwrap_or_default())?;
    let (upload, feed) = stored(request.into_body()).await?;
    let job = admin(&state)?.start(upload, feed, options).map_err(|_| AppError::ImportRunning)?;
    let location = format!("/api/v1/admin/jobs/{}", job.id);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(job)).into_response())
}

/// How far an import is.
#[utoipa::path(
    get,
    path = "/api/v1/admin/jobs/{id}",
    tag = "admin",
    params(("id" = u64, Path, description = "The job's number")),
    responses(
        (status = 200, description = "The job", body = ImportJob),
        (status = 401, description = "Not the token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such job is remembered", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn job(
    State(state): State<AppState>,
    id: Result<Path<u64>, PathRejection>,
) -> Result<Json<ImportJob>, AppError> {
    let Path(id) = id.map_err(|_| AppError::UnknownPath)?;
    admin(&state)?.job(id).map(Json).ok_or(AppError::UnknownPath)
}

/// Change prices and availabilities; no picture is looked at.
#[utoipa::path(
    patch,
    path = "/api/v1/admin/products",
    tag = "admin",
    params(
        ("format" = String, Query, description = "jsonl, google-xml, google-tsv or google-csv"),
        ("currency" = Option<String>, Query, description = "Of prices without one (ISO 4217)"),
    ),
    request_body(description = "Rows of id, price and availability", content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "What was changed and what was not", body = EditResult),
        (status = 400, description = "No such rows", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Not the token", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "An import is running", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Json<EditResult>, AppError> {
    let options = feed_options(query.as_deref().unwrap_or_default())?;
    let (upload, feed) = stored(request.into_body()).await?;
    let admin = Arc::clone(admin(&state)?);
    let work = move || {
        let (changes, problems) =
            feed::read_changes(&feed, &options).map_err(|error| AppError::Feed(error.to_string()))?;
        drop(upload);
        Ok(result(&edit::update(&admin.catalogue, &changes)?, &problems))
    };
    blocking(work).await
}

/// Delete a product.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/products/{id}",
    tag = "admin",
    params(("id" = String, Path, description = "The shop's own id")),
    responses(
        (status = 200, description = "It is gone", body = EditResult),
        (status = 401, description = "Not the token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "An import is running", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<EditResult>, AppError> {
    let Path(id) = id.map_err(|_| AppError::UnknownPath)?;
    let admin = Arc::clone(admin(&state)?);
    let work = move || {
        let report = edit::delete(&admin.catalogue, &admin.models, std::slice::from_ref(&id))?;
        if report.edited == 0 { Err(AppError::UnknownProduct(id)) } else { Ok(result(&report, &[])) }
    };
    blocking(work).await
}

/// What the catalogue holds, and which version of it is served.
#[utoipa::path(
    get,
    path = "/api/v1/admin/catalogue",
    tag = "admin",
    responses(
        (status = 200, description = "The published version and the served one", body = CatalogueStats),
        (status = 401, description = "Not the token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn catalogue(State(state): State<AppState>) -> Result<Json<CatalogueStats>, AppError> {
    let folder = admin(&state)?.catalogue.clone();
    let served = state.engine().ok();
    let work = move || {
        let published = match Store::open(&folder).and_then(|store| store.published()) {
            Ok(published) => Some(published.version),
            Err(StoreError::Missing { .. }) => None,
            Err(error) => return Err(AppError::Internal(error.into())),
        };
        Ok(CatalogueStats {
            published_version: published,
            served_version: served.as_ref().map(|engine| engine.catalogue.version()),
            products: served.as_ref().map_or(0, |engine| engine.catalogue.len()),
        })
    };
    blocking(work).await
}

/// Runs what waits for the disk off the threads that answer.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<Json<T>, AppError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| AppError::Internal(error.into()))?.map(Json)
}

fn result(report: &EditReport, problems: &[RowProblem]) -> EditResult {
    EditResult {
        edited: report.edited,
        left_out: report.unknown.len() + problems.len(),
        problems: problems
            .iter()
            .map(ToString::to_string)
            .chain(report.unknown.iter().map(|id| format!("there is no product {id:?}")))
            .take(MOST_PROBLEMS)
            .collect(),
    }
}

/// Writes an upload into a folder of its own, which goes when it is dropped.
async fn stored(mut body: Body) -> Result<(TempDir, PathBuf), AppError> {
    let internal = |error: std::io::Error| AppError::Internal(error.into());
    let folder = tempfile::tempdir().map_err(internal)?;
    let path = folder.path().join("feed");
    let mut file = tokio::fs::File::create(&path).await.map_err(internal)?;
    let mut received = 0;
    while let Some(frame) = body.frame().await {
        let Ok(bytes) = frame.map_err(|_| AppError::BrokenBody)?.into_data() else { continue };
        received += bytes.len() as u64;
        if received > MAX_FEED_BYTES {
            return Err(AppError::FeedTooLarge(MAX_FEED_BYTES >> 20));
        }
        file.write_all(&bytes).await.map_err(internal)?;
    }
    file.flush().await.map_err(internal)?;
    Ok((folder, path))
}

fn feed_options(query: &str) -> Result<FeedOptions, AppError> {
    let mut options = FeedOptions::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let refused = |reason: String| AppError::Parameter { name: name.chars().take(40).collect(), reason };
        match &*name {
            "format" => options.format = Some(value.parse().map_err(refused)?),
            "currency" => options.currency = Some(feed::currency(&value).map_err(refused)?),
            "shop_url" => options.shop_url = Some(value.into_owned()),
            _ => return Err(refused("is not known: expected format, currency or shop_url".to_owned())),
        }
    }
    if options.format.is_none() {
        let reason = "expected jsonl, google-xml, google-tsv, google-csv or shopify-csv, got none".to_owned();
        return Err(AppError::Parameter { name: "format".to_owned(), reason });
    }
    Ok(options)
}

impl From<EditError> for AppError {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Lock(LockError::Busy { .. }) => Self::ImportRunning,
            EditError::NothingLeft => Self::Feed(error.to_string()),
            other => Self::Internal(other.into()),
        }
    }
}
