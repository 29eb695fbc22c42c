//! `/api/v1/admin/…`: a shop's own systems import feeds, change prices and stock, delete products, store rules, and read counts of events. In: a bearer token.
//! Out: jobs and reports. If the configuration has no token, these paths do not exist.

use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::state::AppState;

mod access;
mod catalogue;
mod change;
mod events;
mod feeds;
mod insight;
mod jobs;
mod preview;
mod products;
mod rules;
mod upload;

pub(super) use access::may_read;

/// The administration's routes, closed to requests without the token.
pub(super) fn described_routes(state: &AppState) -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(feeds::feeds, feeds::scheduled))
        .routes(routes!(jobs::jobs))
        .routes(routes!(jobs::job, jobs::cancel))
        .routes(routes!(products::change, insight::find))
        .routes(routes!(products::delete, insight::sight))
        .routes(routes!(preview::preview))
        .routes(routes!(catalogue::catalogue))
        .routes(routes!(events::events))
        .routes(routes!(rules::show, rules::put, rules::clear))
        // Feeds and rules have limits of their own.
        .layer(DefaultBodyLimit::disable())
        .route_layer(from_fn_with_state(state.clone(), access::authorised))
}
