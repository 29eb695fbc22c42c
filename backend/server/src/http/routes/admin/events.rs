//! `GET /api/v1/admin/events`. Out: [`EventStats`].

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Deserializer};
use stl_types::wire::EventStats;
use utoipa::IntoParams;

use super::access::Administration;
use crate::catalogue::StoreError;
use crate::catalogue::store::KEPT_HOURS;
use crate::http::admin::Admin;
use crate::http::error::AppError;
use crate::http::events::stored_stats;
use crate::http::extract::Params;
use crate::http::params::value;
use crate::http::state::AppState;

/// A week, if the request does not say.
const USUAL_HOURS: u32 = 7 * 24;

/// The query string of the counted events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct EventsRequest {
    /// Of how many hours, this one among them [default: 168]
    #[param(minimum = 1, maximum = 2160)]
    #[serde(deserialize_with = "hours")]
    hours: u32,
}

impl Default for EventsRequest {
    fn default() -> Self {
        Self { hours: USUAL_HOURS }
    }
}

fn hours<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    value(deserializer, |text| {
        let hours = text.parse().ok().filter(|hours| (1..=KEPT_HOURS).contains(hours));
        hours.ok_or_else(|| format!("expected a number from 1 to {KEPT_HOURS}, got {text:?}"))
    })
}

/// What was counted of the events of shoppers.
///
/// Also of the time before the server was started, and if it counts none now. Events are kept for 90 days. If several servers share the
/// catalogue, what all of them have counted, some seconds later.
#[utoipa::path(
    get,
    path = "/api/v1/admin/events",
    tag = "admin",
    params(EventsRequest),
    responses((status = 200, description = "The counts", body = EventStats), AppError)
)]
pub(super) async fn events(
    State(state): State<AppState>,
    Params(EventsRequest { hours }): Params<EventsRequest>,
    administration: Administration,
) -> Result<Json<EventStats>, AppError> {
    let counter = state.events.clone();
    let stats = move |admin: &Arc<Admin>| {
        let failed = |error: StoreError| AppError::Internal(error.into());
        if admin.is_shared() {
            let stats = admin.counts(|folder| stored_stats(folder, hours).map_err(failed))?;
            return Ok(EventStats { counting: counter.is_some(), ..stats });
        }
        let stats = match &counter {
            Some(counter) => counter.stats(hours),
            None => stored_stats(&admin.catalogue, hours),
        };
        stats.map_err(failed)
    };
    administration.run(stats).await
}
