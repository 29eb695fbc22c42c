//! `GET /api/v1/admin/products` and `GET /api/v1/admin/products/{id}`. In: a text, or an id. Out: [`FoundProducts`]; a [`ProductSight`].

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use stl_types::wire::{FoundProducts, ProductSight};
use utoipa::IntoParams;

use crate::catalogue::Article;
use crate::http::error::AppError;
use crate::http::extract::{MarketRequest, Params, PathPart, ReadyEngine};
use crate::http::params::{cards, market, value};
use crate::http::routes::images::fetch_missing;
use crate::http::state::AppState;
use crate::pipeline::cards::product;

/// Products of an answer if the request does not say.
const USUAL_LIMIT: usize = 20;

/// Neighbours of a product.
const NEIGHBOURS: usize = 10;

/// Characters of a text that is looked for.
const MAX_CHARS: usize = 200;

/// The query string of a look-up.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FindRequest {
    /// A part of an id or a title, in any case; all products without
    #[param(value_type = Option<String>)]
    #[serde(deserialize_with = "text")]
    text: String,
    /// The most products in the answer [default: 20]
    #[param(minimum = 1, maximum = 50)]
    #[serde(deserialize_with = "limit")]
    limit: usize,
    /// The market; the first one if not given
    #[param(value_type = Option<String>)]
    #[serde(deserialize_with = "market")]
    market: String,
}

impl Default for FindRequest {
    fn default() -> Self {
        Self { text: String::new(), limit: USUAL_LIMIT, market: String::new() }
    }
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    value(deserializer, |text| match text.chars().count() {
        ..=MAX_CHARS => Ok(text.trim().to_lowercase()),
        received => Err(format!("expected at most {MAX_CHARS} characters, got {received}")),
    })
}

fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    value(deserializer, cards)
}

/// Products of a market by a part of their ids or titles.
#[utoipa::path(
    get,
    path = "/api/v1/admin/products",
    tag = "admin",
    params(FindRequest),
    responses((status = 200, description = "The products that have the text, and how many there are", body = FoundProducts), AppError)
)]
pub(super) async fn find(
    State(state): State<AppState>,
    Params(FindRequest { text, limit, market }): Params<FindRequest>,
    ReadyEngine(engine): ReadyEngine,
) -> Result<Json<FoundProducts>, AppError> {
    let find = move || -> Result<FoundProducts, AppError> {
        let market = engine.catalogue.market(&market)?;
        let mut found: Vec<(u8, &Article)> =
            market.articles().iter().filter_map(|article| Some((rank(article, &text)?, article))).collect();
        // Stable: articles are in the order of ids.
        found.sort_by_key(|(rank, _)| *rank);
        let (count, now) = (found.len(), Timestamp::now());
        Ok(FoundProducts {
            products: found.iter().take(limit).map(|(_, article)| product(article, now)).collect(),
            count,
        })
    };
    state.queue.run(find).await?.map(Json)
}

/// Where an article has a text in small letters: as its id, in its id, in its title, or nowhere.
fn rank(article: &Article, text: &str) -> Option<u8> {
    let id = article.id.to_lowercase();
    match () {
        () if id == text => Some(0),
        () if id.contains(text) => Some(1),
        () if article.title.to_lowercase().contains(text) => Some(2),
        () => None,
    }
}

/// What a product looks like to the networks: the categories that they see in its picture, and its nearest neighbours.
#[utoipa::path(
    get,
    path = "/api/v1/admin/products/{id}",
    tag = "admin",
    params(("id" = String, Path, description = "The shop's own id"), MarketRequest),
    responses((status = 200, description = "The product, as it is seen", body = ProductSight), AppError)
)]
pub(super) async fn sight(
    State(state): State<AppState>,
    PathPart(id): PathPart<String>,
    Params(MarketRequest { market }): Params<MarketRequest>,
    ReadyEngine(engine): ReadyEngine,
) -> Result<Json<ProductSight>, AppError> {
    if let Some(article) = engine.catalogue.find(&id) {
        fetch_missing(&state, &engine.catalogue.picture_path(&article.picture_sha256)).await;
    }
    let sight = move || -> Result<ProductSight, AppError> {
        let market = engine.catalogue.market(&market)?;
        let Some(article) = market.find(&id) else { return Err(AppError::UnknownProduct(id)) };
        Ok(engine.sight(market, article, NEIGHBOURS)?)
    };
    state.queue.run(sight).await?.map(Json)
}
