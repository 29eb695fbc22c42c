//! Pages of other origins that may use this server: those of shops with the widget. In: the allowed origins of the
//! configuration. Out: the CORS rules, and which answers other origins may embed.
//!
//! Without an allowed origin there are no rules: only the server's own page can read its answers.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use stl_types::wire::paths;
use tower::ServiceExt as _;
use tower_http::cors::{AllowOrigin, CorsLayer, Vary};

use crate::config::Origin;

/// How long a browser may cache the answer to a preflight; Chromium caches it for at most two hours.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(2 * 60 * 60);

/// What a page of another origin may do: search and read.
const METHODS: [Method; 3] = [Method::GET, Method::HEAD, Method::POST];

/// Lets pages of these origins read the server's answers, except the administration's.
pub(crate) fn with_cors(server: Router, origins: &[Origin]) -> Router {
    if origins.is_empty() {
        return server;
    }
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().map(|origin| origin.header_value().clone())))
        .allow_methods(METHODS)
        .allow_headers([header::ACCEPT, header::CONTENT_TYPE])
        .expose_headers([header::RETRY_AFTER])
        .max_age(PREFLIGHT_MAX_AGE)
        .vary(Vary::list([header::ORIGIN]));
    let open = server.clone().layer(layer);
    Router::new().fallback(move |request: Request| {
        let is_open = !is_administration(request.uri().path());
        let router = if is_open { open.clone() } else { server.clone() };
        router.oneshot(request)
    })
}

/// Sets the headers with which the answer for `path` lets other origins embed it.
///
/// Browsers fetch scripts that a worker imports, and pictures in `img`, without CORS: `cross-origin-resource-policy`
/// allows them. Every page may read the loader, so that it can report that the page's origin is not allowed.
pub(crate) fn with_resource_policy(path: &str, headers: &mut HeaderMap) {
    const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
    let is_picture = path.starts_with(paths::PRODUCT_IMAGES);
    let is_html = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_picture || !(path.starts_with("/api/") || is_html) {
        headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    }
    if path == paths::WIDGET {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
}

fn is_administration(path: &str) -> bool {
    path.strip_prefix(paths::ADMIN).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_administration_is_the_administration() {
        assert!(is_administration("/api/v1/admin") && is_administration("/api/v1/admin/feeds"));
        assert!(!is_administration("/api/v1/administrators") && !is_administration("/api/v1/search"));
    }
}
