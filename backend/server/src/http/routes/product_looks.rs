//! `/api/v1/products/{id}/looks`. In: a product's id. Out: [`ProductLooks`].

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Deserializer};
use stl_types::wire::ProductLooks;
use utoipa::IntoParams;

use super::explain::Explain;
use super::search::request::{rules_off, variant};
use crate::catalogue::RuleChoice;
use crate::http::error::AppError;
use crate::http::extract::{Params, PathPart, ReadyEngine};
use crate::http::params::{cards, market, value};
use crate::http::state::AppState;
use crate::pipeline::search::{SearchEngine, SeenPeople};

/// Products of a row if the request does not say: what a page of a product has room for.
const USUAL_LIMIT: usize = 12;

/// The query string of a product's looks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LooksRequest {
    /// The most products in each row [default: 12]
    #[param(minimum = 1, maximum = 50)]
    #[serde(deserialize_with = "limit")]
    limit: usize,
    /// `off`: without the shop's rules, but for what is excluded in all variants; `on` if not given
    #[param(value_type = Option<String>)]
    #[serde(rename = "rules", deserialize_with = "rules_off")]
    are_rules_off: bool,
    /// The variant of an A/B test, whose rules apply as well
    #[param(value_type = Option<String>)]
    #[serde(deserialize_with = "variant")]
    variant: String,
    /// The market; the first one if not given
    #[param(value_type = Option<String>)]
    #[serde(deserialize_with = "market")]
    market: String,
}

impl Default for LooksRequest {
    fn default() -> Self {
        Self { limit: USUAL_LIMIT, are_rules_off: false, variant: String::new(), market: String::new() }
    }
}

fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    value(deserializer, cards)
}

/// What people wear with a product in the shop's own pictures.
///
/// For the first of the product's further pictures that shows another garment: the products that are similar to each of the other
/// garments. They are similar, and need not be the same. Without such a picture, `looks` is empty.
#[utoipa::path(
    get,
    path = "/api/v1/products/{id}/looks",
    tag = "search",
    params(("id" = String, Path, description = "The shop's own id"), LooksRequest),
    responses((status = 200, description = "At most one look of the product", body = ProductLooks), AppError)
)]
pub(super) async fn looks(
    State(state): State<AppState>,
    PathPart(id): PathPart<String>,
    Params(request): Params<LooksRequest>,
    ReadyEngine(engine): ReadyEngine,
    explain: Explain,
) -> Result<Response, AppError> {
    let (in_stock_first, events) = (state.shop.in_stock_first, state.events.is_some());
    let LooksRequest { limit, are_rules_off: off, variant, market } = request;
    let rules = RuleChoice { off, variant };
    let seen = SeenPeople::default();
    let looks = move |engine: &SearchEngine| {
        let of_market = engine.catalogue.market(&market)?;
        let Some(article) = of_market.find(&id) else { return Err(AppError::UnknownProduct(id.clone())) };
        let found = engine.looks(of_market, article, &rules, limit, in_stock_first, &seen)?;
        explain.answer(&engine.catalogue, (&market, &rules), &ProductLooks { events, ..found })
    };
    state.answered(engine, looks).await
}
