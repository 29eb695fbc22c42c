//! `/api/v1/products`. In: ids. Out: [`Product`]s.

use axum::Json;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use stl_types::limits::MAX_CARDS_PER_CATEGORY;
use stl_types::wire::{Product, WholeProduct};
use utoipa::IntoParams;

use crate::http::error::AppError;
use crate::http::extract::{MarketRequest, Params, PathPart, ReadyEngine};
use crate::http::params::{market, values};
use crate::pipeline::cards;

/// The query string of a list of products.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ProductsRequest {
    /// The shop's own id; given 1 to 50 times
    #[serde(deserialize_with = "ids")]
    id: Vec<String>,
    /// The market; the first one if not given
    #[param(value_type = Option<String>)]
    #[serde(deserialize_with = "market")]
    market: String,
}

/// Some products of a market.
///
/// They are in the order of the ids. Ids of products that the market does not have, or has no longer, are left out.
#[utoipa::path(
    get,
    path = "/api/v1/products",
    tag = "catalogue",
    params(ProductsRequest),
    responses((status = 200, description = "The products", body = Vec<Product>), AppError)
)]
pub(super) async fn products(
    Params(ProductsRequest { id: ids, market }): Params<ProductsRequest>,
    ReadyEngine(engine): ReadyEngine,
) -> Result<Json<Vec<Product>>, AppError> {
    if ids.is_empty() {
        return Err(AppError::parameter("id", format!("expected 1 to {MAX_CARDS_PER_CATEGORY} ids, got none")));
    }
    let now = Timestamp::now();
    let market = engine.catalogue.market(&market)?;
    let articles = ids.iter().filter_map(|id| market.find(id));
    Ok(Json(articles.map(|article| cards::product(article, now)).collect()))
}

/// One product of a market, with all of its sizes.
///
/// An id of a size or of a group of colours finds the product, or the group's first one.
#[utoipa::path(
    get,
    path = "/api/v1/products/{id}",
    tag = "catalogue",
    params(("id" = String, Path, description = "The shop's own id"), MarketRequest),
    responses((status = 200, description = "The product", body = WholeProduct), AppError)
)]
pub(super) async fn product(
    PathPart(id): PathPart<String>,
    Params(MarketRequest { market }): Params<MarketRequest>,
    ReadyEngine(engine): ReadyEngine,
) -> Result<Json<WholeProduct>, AppError> {
    match engine.catalogue.market(&market)?.find(&id) {
        Some(article) => Ok(Json(cards::whole_product(article, Timestamp::now()))),
        None => Err(AppError::UnknownProduct(id)),
    }
}

/// Not more than the cards of a row.
fn ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let ids = values(deserializer, |text| Ok::<_, std::convert::Infallible>(text.to_owned()))?;
    if ids.len() > MAX_CARDS_PER_CATEGORY {
        let reason = format!("expected 1 to {MAX_CARDS_PER_CATEGORY} ids, got {}", ids.len());
        return Err(serde::de::Error::custom(reason));
    }
    Ok(ids)
}
