//! `/api/v1/admin/rules`. In: the shop's rules, TOML or JSON. Out: a [`RulesReport`].

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use http_body_util::LengthLimitError;
use jiff::Timestamp;
use stl_types::wire::{RulesReport, ShopRules};

use super::access::Administration;
use crate::catalogue::rules::stored::{self, StoredRules, StoredRulesError};
use crate::catalogue::rules::{MAX_RULES_BYTES, Rules, RulesError, report};
use crate::http::admin::Admin;
use crate::http::error::AppError;
use crate::http::state::AppState;
use crate::pipeline::search::SearchEngine;

/// The media type of TOML (registered with IANA).
const TOML: &str = "application/toml";

const JSON: &str = "application/json";

/// The shop's rules, which products they meet, and what is wrong with them.
///
/// With `Accept: application/toml`, the rules as they were stored.
#[utoipa::path(
    get,
    path = "/api/v1/admin/rules",
    tag = "admin",
    responses(
        (status = 200, description = "The rules in force", body = RulesReport),
        AppError
    )
)]
pub(super) async fn show(
    State(state): State<AppState>,
    administration: Administration,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let engine = state.engine().ok();
    let is_toml = header_text(&headers, &header::ACCEPT).contains(TOML);
    let read = move |admin: &Arc<Admin>| {
        let stored = stored::read(&admin.catalogue).map_err(from_stored)?;
        let report = if is_toml { None } else { Some(report_of(engine.as_deref(), admin, &stored.rules)?) };
        Ok((stored, report))
    };
    let Json((stored, report)) = administration.run(read).await?;
    Ok(match report {
        Some(report) => Json(report).into_response(),
        None => ([(header::CONTENT_TYPE, TOML)], stored.text.to_string()).into_response(),
    })
}

/// Replace the shop's rules.
///
/// The body is TOML, `application/toml`, or JSON of the same fields, at most 1 MiB and 2000 rules. Rules that cannot be read change nothing.
/// The next search follows the new ones.
#[utoipa::path(
    put,
    path = "/api/v1/admin/rules",
    tag = "admin",
    request_body(description = "The rules", content((ShopRules = "application/toml"), (ShopRules = "application/json"))),
    responses((status = 200, description = "The rules, and what is wrong with them", body = RulesReport), AppError)
)]
pub(super) async fn put(
    State(state): State<AppState>,
    administration: Administration,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<RulesReport>, AppError> {
    let media_type = header_text(&headers, &header::CONTENT_TYPE);
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = match media_type.as_str() {
        JSON => true,
        TOML => false,
        _ => return Err(AppError::RulesType(media_type.chars().take(64).collect())),
    };
    let body = to_bytes(body, MAX_RULES_BYTES).await.map_err(|error| {
        let is_too_large = std::error::Error::source(&error).is_some_and(|source| source.is::<LengthLimitError>());
        if is_too_large { AppError::RulesTooLarge } else { AppError::BrokenBody }
    })?;
    let engine = state.engine().ok();
    let store = move |admin: &Arc<Admin>| {
        let text = std::str::from_utf8(&body).map_err(|_| AppError::Rules("expected UTF-8".to_owned()))?;
        let rules = if is_json { Rules::from_json(text) } else { Rules::from_toml(text) }.map_err(from_rules)?;
        let written = if is_json { rules.to_toml().map_err(from_rules)? } else { text.to_owned() };
        let report = report_of(engine.as_deref(), admin, &rules)?;
        let stored = admin.change(|folder| stored::write(folder, rules, &written).map_err(from_stored))?;
        follow(engine.as_deref(), admin, stored)?;
        Ok(report)
    };
    administration.run(store).await
}

/// Remove the shop's rules.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/rules",
    tag = "admin",
    responses((status = 204, description = "There are no rules any more"), AppError)
)]
pub(super) async fn clear(
    State(state): State<AppState>,
    administration: Administration,
) -> Result<StatusCode, AppError> {
    let engine = state.engine().ok();
    let clear = move |admin: &Arc<Admin>| {
        admin.change(|folder| stored::clear(folder).map_err(from_stored))?;
        follow(engine.as_deref(), admin, StoredRules::default())
    };
    let Json(()) = administration.run(clear).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Searches follow other rules from now on: those that were `stored`, or what of them has come to the folder that is served, if they were stored elsewhere.
fn follow(engine: Option<&SearchEngine>, admin: &Admin, stored: StoredRules) -> Result<(), AppError> {
    let Some(engine) = engine else { return Ok(()) };
    let served = if admin.is_shared() { stored::read(&admin.catalogue).map_err(from_stored)? } else { stored };
    engine.catalogue.rules.replace(served);
    Ok(())
}

/// What rules meet in the catalogue that is served, or in the one of the folder before any is.
fn report_of(engine: Option<&SearchEngine>, admin: &Admin, rules: &Rules) -> Result<RulesReport, AppError> {
    let now = Timestamp::now();
    if let Some(engine) = engine {
        return Ok(engine.catalogue.rules_report(rules, now));
    }
    report::of_folder(rules, &admin.catalogue, now).map_err(|error| AppError::Internal(error.into()))
}

fn header_text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

pub(super) fn from_rules(error: RulesError) -> AppError {
    match error {
        RulesError::TooLong { .. } => AppError::RulesTooLarge,
        error => AppError::Rules(error.to_string()),
    }
}

fn from_stored(error: StoredRulesError) -> AppError {
    match error {
        StoredRulesError::Io { source, .. } => AppError::from_io(source),
        // Somebody has changed the file by hand.
        StoredRulesError::Rules { source, .. } => from_rules(source),
    }
}
