//! `POST /api/v1/search`. In: a cutout's bytes, alone or in a form, or numbers of it. Out: a [`SearchResponse`].

use axum::extract::State;
use axum::response::Response;
use stl_types::wire::{NumbersSearch, SearchResponse};

use crate::http::error::AppError;
use crate::http::extract::{Params, ReadyEngine};
use crate::http::routes::explain::Explain;
use crate::http::state::AppState;
use crate::metrics;
use crate::pipeline::search::{Query, SearchEngine, SearchError, SearchParams, Upload};

mod body;
mod form;
pub(super) mod request;

use body::SearchBody;
use form::SearchForm;
pub(super) use request::SearchRequest;

/// Searches any version of the catalogue with one body.
type Find = Box<dyn Fn(&SearchEngine, &SearchParams) -> Result<SearchResponse, SearchError> + Send + Sync>;

/// The products of each category that are most similar to what a person wears.
///
/// The body is the person cut out of a photo, on white: PNG, WebP or JPEG, at most 4 MiB and 4 megapixels. If it is a form
/// with `regions`, each garment seen is searched for separately, and the categories seen come first. A category that was
/// not seen is then searched with the garment on the same part of the body, if one was seen there.
///
/// Instead of a picture, `application/json` holds numbers that the visitor's browser has computed of one: f(I) of all that it shows and of
/// each garment. Then only the match is left to do.
///
/// With `subject=garment` the picture shows one garment that nobody wears. Its row has the products of the categories that it is likely of.
///
/// Filters exclude products before the best are chosen. A product passes `gender`, `color` or `brand` if it matches one
/// of the values given.
///
/// Only products that the market sells are found, with its prices, and filters are of its products. The shop's rules apply; with the administration's token, each card has `rules`, a list of what moved it.
#[utoipa::path(
    post,
    path = "/api/v1/search",
    tag = "search",
    params(SearchRequest),
    request_body(
        description = "The cutout, alone or with its regions, or numbers of it",
        content(
            ("image/png"), ("image/webp"), ("image/jpeg"), ("application/octet-stream"),
            (SearchForm = "multipart/form-data"), (NumbersSearch = "application/json")
        )
    ),
    responses((status = 200, description = "The best products of each category", body = SearchResponse), AppError)
)]
pub(super) async fn search(
    State(state): State<AppState>,
    Params(request): Params<SearchRequest>,
    ReadyEngine(engine): ReadyEngine,
    explain: Explain,
    body: SearchBody,
) -> Result<Response, AppError> {
    let subject = request.subject.unwrap_or_default();
    let params = SearchParams { in_stock_first: state.shop.in_stock_first, ..request.into() };
    let events = state.events.is_some();
    let find: Find = match body {
        SearchBody::Picture(upload) => {
            let query = Query::new(Upload { subject, ..upload });
            Box::new(move |engine, params| engine.search_query(&query, params))
        }
        SearchBody::Numbers(numbers) => {
            Box::new(move |engine, params| engine.search_numbers(&numbers, subject, params))
        }
    };
    let search = move |engine: &SearchEngine| {
        let found = find(engine, &params)?;
        metrics::search(&found.timing);
        explain.answer(&engine.catalogue, (&params.market, &params.rules), &SearchResponse { events, ..found })
    };
    state.answered(engine, search).await
}
