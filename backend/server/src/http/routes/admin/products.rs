//! `/api/v1/admin/products`. In: new prices and availabilities, or an id to delete. Out: an [`EditResult`].

use std::sync::Arc;

use axum::Json;
use stl_types::wire::EditResult;

use super::access::Administration;
use super::upload::{FeedFile, FeedParams, FeedRequest};
use crate::catalogue::edit::{self, EditReport};
use crate::catalogue::feed::{self, FeedChanges, RowProblem};
use crate::http::admin::{Admin, MAX_PROBLEMS, without_path};
use crate::http::error::AppError;
use crate::http::extract::{MarketRequest, Params, PathPart};

/// Change prices and availabilities of a market.
///
/// No picture is fetched or encoded. A change that is made while an import runs stays. The formats `shopify-csv` and `woocommerce-csv`
/// are not supported here.
#[utoipa::path(
    patch,
    path = "/api/v1/admin/products",
    tag = "admin",
    params(FeedRequest),
    request_body(description = "Rows of id, price and availability", content_type = "application/octet-stream"),
    responses((status = 200, description = "What was changed and what was not", body = EditResult), AppError)
)]
pub(super) async fn change(
    administration: Administration,
    FeedParams { options, market }: FeedParams,
    FeedFile { folder, path }: FeedFile,
) -> Result<Json<EditResult>, AppError> {
    let change = move |admin: &Arc<Admin>| {
        let FeedChanges { changes, problems, hints } = feed::read_changes(&path, &options)
            .map_err(|error| AppError::Feed(without_path(&error.to_string(), &path)))?;
        drop(folder);
        let mut report = admin.change_offers(|folder| Ok(edit::update(folder, &market, &changes)?))?;
        report.notes.splice(0..0, hints);
        Ok(edit_result(&report, &problems))
    };
    administration.run(change).await
}

/// Delete a product of a market.
///
/// It leaves the catalogue when no market sells it.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/products/{id}",
    tag = "admin",
    params(("id" = String, Path, description = "The shop's own id"), MarketRequest),
    responses((status = 200, description = "The product is deleted", body = EditResult), AppError)
)]
pub(super) async fn delete(
    administration: Administration,
    PathPart(id): PathPart<String>,
    Params(MarketRequest { market }): Params<MarketRequest>,
) -> Result<Json<EditResult>, AppError> {
    let delete = move |admin: &Arc<Admin>| {
        let ids = std::slice::from_ref(&id);
        let report = admin.change(|folder| Ok(edit::delete(folder, &admin.models, &market, ids)?))?;
        if report.edited == 0 { Err(AppError::UnknownProduct(id)) } else { Ok(edit_result(&report, &[])) }
    };
    administration.run(delete).await
}

fn edit_result(report: &EditReport, problems: &[RowProblem]) -> EditResult {
    EditResult {
        edited: report.edited,
        left_out: report.unknown.len() + report.other_currency.len() + problems.len(),
        notes: report.notes.clone(),
        problems: problems.iter().map(ToString::to_string).chain(report.reasons()).take(MAX_PROBLEMS).collect(),
    }
}
