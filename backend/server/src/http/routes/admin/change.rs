//! What a request to the administration needs, and the note of what it changed. In: method and route. Out: a [`Need`]; entries of the audit log.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use stl_types::wire::paths;

use crate::audit::AuditEntry;
use crate::http::admin::notes::Notes;
use crate::request_id::RequestId;
use crate::tokens::Scope;

/// What a token must be for, and what the request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) scope: Scope,
    /// The change; none of a request that only reads.
    pub(super) action: Option<&'static str>,
}

impl Need {
    /// What a request to a route needs; none of routes that nobody has thought of here.
    pub(super) fn of(method: &Method, route: &str) -> Option<Self> {
        let reads = Some(Self { scope: Scope::Read, action: None });
        let changes = |scope, action| Some(Self { scope, action: Some(action) });
        match (method.as_str(), route.strip_prefix(paths::ADMIN)?) {
            ("GET" | "HEAD", _) | ("POST", "/preview") => reads,
            ("POST", "/feeds") => changes(Scope::Catalogue, "feed.import"),
            ("DELETE", "/jobs/{id}") => changes(Scope::Catalogue, "import.cancel"),
            ("PATCH", "/products") => changes(Scope::Catalogue, "products.change"),
            ("DELETE", "/products/{id}") => changes(Scope::Catalogue, "product.delete"),
            ("PUT", "/rules") => changes(Scope::Rules, "rules.store"),
            ("DELETE", "/rules") => changes(Scope::Rules, "rules.remove"),
            _ => None,
        }
    }
}

/// A change that is being made. It is noted when it is answered, and also if the client leaves before.
pub(super) struct Change {
    log: Arc<Notes>,
    entry: Option<AuditEntry>,
}

impl Change {
    /// A change that a request asks for with a token of this name.
    pub(super) fn begin(log: &Arc<Notes>, request: &Request, token: &str, action: &str) -> Self {
        let entry = AuditEntry {
            time: Timestamp::now().to_string(),
            token: token.to_owned(),
            action: action.to_owned(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            outcome: "cut off".to_owned(),
            request_id: RequestId::current().map(|id| id.as_str().to_owned()).unwrap_or_default(),
            ..AuditEntry::default()
        };
        Self { log: Arc::clone(log), entry: Some(entry) }
    }

    /// Notes with which status it was answered, and which import it began.
    pub(super) async fn answered(mut self, status: StatusCode, job: Option<u64>) {
        let Some(mut entry) = self.entry.take() else { return };
        entry.outcome = outcome(status).to_owned();
        entry.status = Some(status.as_u16());
        entry.job = job;
        let log = Arc::clone(&self.log);
        let _ = tokio::task::spawn_blocking(move || log.write(entry)).await;
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        if let (Some(entry), Ok(runtime)) = (self.entry.take(), tokio::runtime::Handle::try_current()) {
            let log = Arc::clone(&self.log);
            runtime.spawn_blocking(move || log.write(entry));
        }
    }
}

fn outcome(status: StatusCode) -> &'static str {
    match () {
        () if status.is_success() => "done",
        () if status.is_client_error() => "refused",
        () => "failed",
    }
}

/// The import that an answer leads to.
pub(super) fn job(response: &Response) -> Option<u64> {
    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    location.rsplit_once("/jobs/")?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_changes_something_needs_a_scope_that_is_not_reading() {
        let need = |method: Method, path: &str| Need::of(&method, &format!("{}{path}", paths::ADMIN));
        for (method, path) in [(Method::GET, "/products"), (Method::HEAD, "/rules"), (Method::POST, "/preview")] {
            assert_eq!(need(method, path), Some(Need { scope: Scope::Read, action: None }));
        }
        let scope = |method, path| need(method, path).map(|need| (need.scope, need.action.is_some()));
        assert_eq!(scope(Method::POST, "/feeds"), Some((Scope::Catalogue, true)));
        assert_eq!(scope(Method::PUT, "/rules"), Some((Scope::Rules, true)));
        assert_eq!(scope(Method::POST, "/rules"), None);
        assert_eq!(scope(Method::PUT, "/everything"), None);
    }
}
