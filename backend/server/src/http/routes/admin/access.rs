//! Access to the administration. In: a bearer token. Out: the [`Administration`], and a note of what was changed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::change::{Change, Need, job};
use crate::http::admin::{Access, Admin, Denied};
use crate::http::error::AppError;
use crate::http::state::AppState;
use crate::tokens::Scope;

/// Passes on requests whose token is for them. If the configuration has no token, the answer is 404.
pub(super) async fn authorised(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let Some(admin) = &state.admin else { return AppError::UnknownPath.into_response() };
    if admin.is_shared() && state.replica().is_none() {
        // The cache may still be another process's.
        return AppError::NotReady.into_response();
    }
    // The request itself must not be held while the token is looked up: its body is of one thread.
    let token = bearer(request.headers()).map(str::to_owned);
    let access = match access(admin, token.as_deref()).await {
        Ok(access) => access,
        Err(Denied::TooMany) => return AppError::TooManyTokens.into_response(),
        Err(Denied::Unknown) => {
            return ([(header::WWW_AUTHENTICATE, "Bearer")], AppError::Unauthorised).into_response();
        }
    };
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    let Some(Need { scope, action }) = Need::of(request.method(), route) else {
        // Another method of a route; and whatever nobody has given a scope is closed.
        return AppError::Method.into_response();
    };
    let change = action.map(|action| Change::begin(&admin.audit, &request, &access.name, action));
    let response =
        if access.may(scope) { next.run(request).await } else { AppError::MissingScope(scope).into_response() };
    if let Some(change) = change {
        change.answered(response.status(), job(&response)).await;
    }
    response
}

/// Whether headers carry a token that may read; never if the configuration has none.
pub(in crate::http::routes) async fn may_read(state: &AppState, headers: &HeaderMap) -> bool {
    let Some(admin) = &state.admin else { return false };
    access(admin, bearer(headers)).await.is_ok_and(|access| access.may(Scope::Read))
}

async fn access(admin: &Admin, token: Option<&str>) -> Result<Access, Denied> {
    admin.keys.access(token.ok_or(Denied::Unknown)?).await
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The administration, if there is one.
#[derive(Clone, Debug)]
pub(super) struct Administration(pub(super) Arc<Admin>);

impl Administration {
    /// Runs work that waits for the disk or a database, away from the threads that serve connections.
    pub(super) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(&Arc<Admin>) -> Result<T, AppError> + Send + 'static,
    ) -> Result<Json<T>, AppError> {
        let work = tokio::task::spawn_blocking(move || work(&self.0));
        work.await.map_err(|error| AppError::Internal(error.into()))?.map(Json)
    }
}

impl FromRequestParts<AppState> for Administration {
    type Rejection = AppError;

    async fn from_request_parts(_: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        state.admin.clone().map(Self).ok_or(AppError::UnknownPath)
    }
}
