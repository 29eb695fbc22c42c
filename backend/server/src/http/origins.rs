//! Pages of other origins that may use this server: the shop's, where the widget stands. In: origins from the
//! configuration. Out: the CORS rules, and who may embed which answer.
//!
//! Without any origin there are no rules: nothing but the server's own page can read its answers.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use stl_types::wire::paths;
use tower::ServiceExt as _;
use tower_http::cors::{AllowOrigin, CorsLayer, Vary};

/// How long a browser may remember the answer to a preflight; Chromium takes at most two hours.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(2 * 60 * 60);

/// What a page of another origin may do: search and read.
const METHODS: [Method; 3] = [Method::GET, Method::HEAD, Method::POST];

/// The administration's paths: no page may use them.
const ADMINISTRATION: &str = "/api/v1/admin";

/// The origin of a page, exactly as browsers write it: `https://shop.example`, `http://127.0.0.1:8000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// Why something is no origin that can be allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// All pages of the web.
    #[error(
        "* would let every page of the web search here and spend this server's time: name each origin, e.g. \
         https://shop.example"
    )]
    Everybody,
    /// Sandboxed frames and files share this one.
    #[error("null is the origin of every sandboxed frame and local file, so it names nobody")]
    Null,
    /// Not `scheme://host[:port]`.
    #[error("expected an origin such as https://shop.example, without path or trailing slash, got {0:?}")]
    Malformed(String),
    /// Browsers leave default ports out, so it would never match.
    #[error("browsers write {expected} for this origin, and only that would match: got {received:?}")]
    NotAsSent {
        /// As browsers write it.
        expected: String,
        /// The flag's value.
        received: String,
    },
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let malformed = || OriginError::Malformed(text.to_owned());
        match text {
            "*" => return Err(OriginError::Everybody),
            "null" => return Err(OriginError::Null),
            _ => {}
        }
        let (scheme, authority) = text.split_once("://").ok_or_else(malformed)?;
        let default_port = match scheme.to_ascii_lowercase().as_str() {
            "http" => 80,
            "https" => 443,
            _ => return Err(malformed()),
        };
        // `Uri` reads a missing path as none and refuses spaces; whoever writes a user, a path or a star means something else.
        if authority.contains(['/', '?', '#', '@', '*']) || !authority.is_ascii() {
            return Err(malformed());
        }
        let uri: Uri = text.parse().map_err(|_| malformed())?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(malformed)?;
        let port = match (uri.port_u16(), authority.strip_prefix(host)) {
            (Some(port), _) if port != default_port => format!(":{port}"),
            (Some(_), _) | (None, Some("")) => String::new(),
            _ => return Err(malformed()),
        };
        let expected = format!("{scheme}://{host}{port}").to_ascii_lowercase();
        if text != expected {
            return Err(OriginError::NotAsSent { expected, received: text.to_owned() });
        }
        Ok(Self(HeaderValue::from_str(text).map_err(|_| malformed())?))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// The server with its answers readable by pages of these origins, all but the administration's.
pub(crate) fn with_cors(server: Router, origins: &[Origin]) -> Router {
    if origins.is_empty() {
        return server;
    }
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().map(|origin| origin.0.clone())))
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

/// What the answer for `path` says of other origins, beside the rules of CORS, when some are allowed.
///
/// Scripts that a worker imports and pictures in `img` are fetched without CORS: they say themselves that other origins may
/// embed them. The loader is readable by every page, so that it can say why it does nothing where it is not allowed.
pub(crate) fn embedding(path: &str, headers: &mut HeaderMap) {
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
    path.strip_prefix(ADMINISTRATION).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_taken_as_browsers_send_them() {
        for text in
            ["https://shop.example", "http://127.0.0.1:8000", "http://localhost", "https://xn--bcher-kva.example"]
        {
            assert_eq!(text.parse::<Origin>().expect("an origin").to_string(), text);
        }
        assert_eq!("http://[::1]:8080".parse::<Origin>().expect("an origin").to_string(), "http://[::1]:8080");
    }

    #[test]
    fn everything_else_is_refused_with_a_reason() {
        assert_eq!("*".parse::<Origin>(), Err(OriginError::Everybody));
        assert_eq!("null".parse::<Origin>(), Err(OriginError::Null));
        for text in [
            "",
            "shop.example",
            "https://",
            "https://shop.example/",
            "https://shop.example/page",
            "https://*.shop.example",
            "https://me@shop.example",
            "ftp://shop.example",
            "https://bücher.example",
            "https://shop.example:port",
            "https://shop .example",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(OriginError::Malformed(text.to_owned())));
        }
        for (text, expected) in
            [("https://shop.example:443", "https://shop.example"), ("HTTPS://Shop.example", "https://shop.example")]
        {
            let (expected, received) = (expected.to_owned(), text.to_owned());
            assert_eq!(text.parse::<Origin>(), Err(OriginError::NotAsSent { expected, received }));
        }
    }

    #[test]
    fn only_the_administration_is_the_administration() {
        assert!(is_administration("/api/v1/admin") && is_administration("/api/v1/admin/feeds"));
        assert!(!is_administration("/api/v1/administrators") && !is_administration("/api/v1/search"));
    }
}
