//! Where spans are sent. In: the address of a collector, and a share. Out: a checked [`TraceExport`].

use url::Url;

/// Where a collector takes spans, below its address (OTLP over HTTP).
const PATH: &str = "/v1/traces";

/// Where spans are sent, and how many.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceExport {
    /// The address with its path.
    pub(super) url: String,
    /// The share of the requests whose spans are sent, 0 to 1.
    pub(super) sample: f64,
}

/// Why an address of a collector cannot be used. The address is not repeated: it may have a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// No address of HTTP.
    #[error("expected an address such as http://127.0.0.1:4318, got something else")]
    Address,
    /// A user, a query or a fragment.
    #[error("expected an address without user, password, query and fragment, got one with {received}")]
    Parts {
        /// What is too much.
        received: &'static str,
    },
}

impl TraceExport {
    /// Checks the address of a collector. `sample` is the share of the requests whose spans are sent, 0 to 1.
    ///
    /// # Errors
    /// See [`EndpointError`].
    pub fn new(endpoint: &str, sample: f64) -> Result<Self, EndpointError> {
        let url = Url::parse(endpoint.trim()).map_err(|_| EndpointError::Address)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(EndpointError::Address);
        }
        let parts = [
            (!url.username().is_empty() || url.password().is_some(), "a user"),
            (url.query().is_some(), "a query"),
            (url.fragment().is_some(), "a fragment"),
        ];
        if let Some((_, received)) = parts.into_iter().find(|(is_there, _)| *is_there) {
            return Err(EndpointError::Parts { received });
        }
        let base = url.as_str().trim_end_matches('/').trim_end_matches(PATH);
        Ok(Self { url: format!("{base}{PATH}"), sample })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_its_path_and_others_are_refused() {
        let url = |endpoint: &str| TraceExport::new(endpoint, 1.0).map(|export| export.url);
        for (endpoint, expected) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("http://[::1]:4318/", "http://[::1]:4318/v1/traces"),
            ("https://collector.example/otlp/", "https://collector.example/otlp/v1/traces"),
            ("https://collector.example/v1/traces", "https://collector.example/v1/traces"),
        ] {
            assert_eq!(url(endpoint).as_deref(), Ok(expected));
        }
        for endpoint in ["", "127.0.0.1:4318", "grpc://collector:4317", "http://", "collector"] {
            assert_eq!(url(endpoint), Err(EndpointError::Address), "{endpoint}");
        }
        for (endpoint, received) in
            [("http://me:geheim@a", "a user"), ("http://a?key=geheim", "a query"), ("http://a#b", "a fragment")]
        {
            assert_eq!(url(endpoint), Err(EndpointError::Parts { received }));
        }
    }
}
