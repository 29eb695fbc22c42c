//! `POST /api/v1/events`. In: [`ShopEvents`]. Out: nothing. If the server counts no events, the path does not exist.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use stl_types::limits::MAX_CARDS_PER_CATEGORY;
use stl_types::wire::{MAX_EVENT_NAME_CHARS, MAX_EVENTS, MAX_EVENTS_BYTES, ShopEvent, ShopEvents};

use crate::http::error::AppError;
use crate::http::state::AppState;

/// Count what shoppers do with products.
///
/// 1 to 100 events, at most 64 KiB. Counted are kind, position, rule, variant and product, by hour. Neither the sender nor the moment is
/// stored, and an event with other fields is refused. Events of products that the catalogue does not have are not counted. The content type
/// has to be `application/json`, so that browsers ask before a page of another origin sends any.
#[utoipa::path(
    post,
    path = "/api/v1/events",
    tag = "events",
    request_body(description = "The events", content = ShopEvents),
    responses((status = 204, description = "The events are counted"), AppError)
)]
pub(super) async fn events(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, AppError> {
    let Some(counter) = &state.events else { return Err(AppError::UnknownPath) };
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Err(AppError::EventsType(media_type.chars().take(MAX_EVENT_NAME_CHARS).collect()));
    }
    if !counter.admits() {
        return Err(AppError::TooManyEvents);
    }
    let body = body.map_err(|_| AppError::Events(format!("at most {} kB", MAX_EVENTS_BYTES / 1024)))?;
    let ShopEvents { events } = serde_json::from_slice(&body).map_err(|error| AppError::Events(error.to_string()))?;
    if events.is_empty() || events.len() > MAX_EVENTS {
        return Err(AppError::Events(format!("1 to {MAX_EVENTS} events, got {}", events.len())));
    }
    for (event, number) in events.iter().zip(1..) {
        check(event).map_err(|expected| AppError::Events(format!("event {number}: {expected}")))?;
    }
    let engine = state.engine()?;
    // A shop's page may name a size.
    let of_product = |event: ShopEvent| {
        let product = engine.catalogue.find(&event.product)?.id.clone();
        Some(ShopEvent { product, ..event })
    };
    let events: Vec<ShopEvent> = events.into_iter().filter_map(of_product).collect();
    counter.count(events.iter());
    Ok(StatusCode::NO_CONTENT)
}

/// What is wrong with an event.
fn check(event: &ShopEvent) -> Result<(), String> {
    if let Some(position) = event.position
        && !(1..=MAX_CARDS_PER_CATEGORY as u32).contains(&position)
    {
        return Err(format!("expected a position from 1 to {MAX_CARDS_PER_CATEGORY}, got {position}"));
    }
    for (field, text) in [("rule", &event.rule), ("variant", &event.variant)] {
        if text.chars().any(char::is_control) {
            return Err(format!("expected a {field} without control characters"));
        }
        let chars = text.chars().count();
        if chars > MAX_EVENT_NAME_CHARS {
            return Err(format!("expected a {field} of at most {MAX_EVENT_NAME_CHARS} characters, got {chars}"));
        }
    }
    Ok(())
}
