//! The span that a request continues, of a proxy or a front. In: headers. Out: its context; and the headers of requests to other servers.

use axum::http::{HeaderMap, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;

/// The header of W3C's Trace Context. Its other one, `tracestate`, holds texts that nothing here needs.
const TRACEPARENT: &str = "traceparent";

/// The span that `traceparent` names; none without one, or with one that is malformed.
pub(crate) fn parent_of(headers: &HeaderMap) -> Option<Context> {
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &Traceparent(headers));
    context.has_active_span().then_some(context)
}

/// Names the span of the request of this thread or task in `traceparent`; nothing if there is none.
pub(crate) fn name_parent(headers: &mut HeaderMap) {
    TraceContextPropagator::new().inject_context(&Context::current(), &mut Named(headers));
}

/// The one header that is written.
struct Named<'a>(&'a mut HeaderMap);

impl Injector for Named<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (TRACEPARENT, Ok(value)) = (key, HeaderValue::try_from(value)) {
            self.0.insert(TRACEPARENT, value);
        }
    }
}

/// The one header that is read.
struct Traceparent<'a>(&'a HeaderMap);

impl Extractor for Traceparent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        if key == TRACEPARENT { self.0.get(key)?.to_str().ok() } else { None }
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    #[test]
    fn a_parent_is_read_and_whatever_is_none_is_not() {
        let of = |value: &'static str| {
            let headers = [(TRACEPARENT, value), ("tracestate", "anna=at-the-lake")];
            let headers = headers.map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_static(value)));
            parent_of(&HeaderMap::from_iter(headers))
        };
        let parent = of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").expect("a parent");
        let span = parent.span().span_context().clone();
        assert_eq!(span.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!((span.span_id().to_string().as_str(), span.is_sampled()), ("b7ad6b7169203331", true));
        assert!(span.is_remote() && span.trace_state().header().is_empty());
        let unsampled = of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00").expect("a parent");
        assert!(!unsampled.span().span_context().is_sampled());
        for value in ["", "00", "00-00000000000000000000000000000000-b7ad6b7169203331-01", "anna at the lake"] {
            assert!(of(value).is_none(), "{value:?}");
        }
        assert!(parent_of(&HeaderMap::new()).is_none());
    }

    #[test]
    fn another_server_is_told_the_parent_and_nothing_else() {
        let mut headers = HeaderMap::new();
        name_parent(&mut headers);
        assert!(headers.is_empty(), "no request: {headers:?}");
        let value = HeaderValue::from_static("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
        let parent = parent_of(&HeaderMap::from_iter([(HeaderName::from_static(TRACEPARENT), value.clone())]));
        let _request = parent.expect("a parent").attach();
        name_parent(&mut headers);
        assert_eq!(headers, HeaderMap::from_iter([(HeaderName::from_static(TRACEPARENT), value)]));
    }
}
