//! Access to the administration. In: a bearer token. Out: the [`Administration`].

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::http::admin::Admin;
use crate::http::error::AppError;
use crate::http::state::AppState;

/// Passes on requests with the token. If the configuration has no token, the answer is 404.
pub(super) async fn authorised(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if state.admin.is_none() {
        return AppError::UnknownPath.into_response();
    }
    if is_authorised(&state, request.headers()) {
        next.run(request).await
    } else {
        ([(header::WWW_AUTHENTICATE, "Bearer")], AppError::Unauthorised).into_response()
    }
}

/// Whether headers carry the token; never if the configuration has none.
pub(in crate::http::routes) fn is_authorised(state: &AppState, headers: &HeaderMap) -> bool {
    let token = bearer(headers);
    state.admin.as_ref().is_some_and(|admin| token.is_some_and(|token| admin.token.matches(token)))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The administration, if there is one.
#[derive(Clone, Debug)]
pub(super) struct Administration(pub(super) Arc<Admin>);

impl Administration {
    /// Runs work that waits for the disk, away from the threads that serve connections.
    pub(super) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(&Admin) -> Result<T, AppError> + Send + 'static,
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
