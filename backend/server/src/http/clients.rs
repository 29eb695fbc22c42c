//! How many searches a client may make. In: requests with their clients' addresses. Out: the same, or 429.
//!
//! A client is an address; of IPv6 the first 64 bits, which one household has. Behind a proxy all connections come from the proxy, so that
//! a header that it writes names the client. Addresses are in memory only, for as long as their limit needs them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use stl_types::wire::paths;

use crate::config::ClientLimit;
use crate::http::bucket::Bucket;
use crate::http::error::AppError;
use crate::parallel::locked;

/// Clients that are told apart; as many again that were seen before them. Together some megabytes.
const MAX_CLIENTS: usize = 32_768;

/// The address of the other end of a connection; an extension of its requests. A Unix socket has none: 0.0.0.0 stands for it.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// Limits clients.
#[derive(Debug)]
pub struct Clients {
    limit: ClientLimit,
    seen: Mutex<Seen>,
}

/// Buckets of clients. When `now` is full it becomes `before`, whose clients are forgotten.
#[derive(Debug, Default)]
struct Seen {
    now: HashMap<IpAddr, Bucket>,
    before: HashMap<IpAddr, Bucket>,
}

impl Clients {
    /// Limits clients from now on.
    #[must_use]
    pub fn new(limit: ClientLimit) -> Self {
        Self { limit, seen: Mutex::default() }
    }

    /// Whether a client may search at a moment.
    fn admits(&self, client: IpAddr, now: Instant) -> bool {
        let mut seen = locked(&self.seen);
        let Seen { now: recent, before } = &mut *seen;
        if recent.len() >= MAX_CLIENTS && !recent.contains_key(&client) {
            *before = std::mem::take(recent);
        }
        let per_minute = self.limit.searches_per_minute;
        let bucket = recent.entry(client).or_insert_with(|| {
            let known = before.remove(&client);
            known.unwrap_or_else(|| Bucket::full(per_minute.get(), f64::from(per_minute.get()) / 60.0, now))
        });
        bucket.take(now)
    }
}

/// Refuses searches of clients that make too many.
pub(crate) async fn within_limit(State(clients): State<Arc<Clients>>, request: Request, next: Next) -> Response {
    if is_search(request.method(), request.uri().path()) {
        let peer = request.extensions().get::<Peer>().map(|Peer(address)| *address);
        let named = clients.limit.header.as_ref().and_then(|header| client_of(request.headers(), header));
        if let Some(client) = named.or(peer)
            && !clients.admits(household(client), Instant::now())
        {
            return AppError::TooManySearches.into_response();
        }
    }
    next.run(request).await
}

/// Whether a request takes the match, and mostly an encoding.
fn is_search(method: &Method, path: &str) -> bool {
    let is_of_a_product =
        || path.starts_with(paths::PRODUCTS) && (path.ends_with("/similar") || path.ends_with("/looks"));
    path == paths::SEARCH && method == Method::POST || is_of_a_product()
}

/// The client that the nearest proxy has named: the last address of `X-Forwarded-For`, the last `for` of `Forwarded`. What stands before it came
/// from the client, who may have written anything.
fn client_of(headers: &HeaderMap, name: &HeaderName) -> Option<IpAddr> {
    let last = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    let last = last.rsplit(',').next()?.trim();
    let node = if name == "forwarded" {
        let of = |part: &str| {
            let (key, value) = part.split_once('=')?;
            key.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"').to_owned())
        };
        last.split(';').find_map(of)?
    } else {
        last.to_owned()
    };
    // [2001:db8::1]:4711, 192.0.2.1:4711, or an address alone.
    let address = |text: &str| text.trim_matches(['[', ']']).parse().ok();
    address(&node).or_else(|| address(node.rsplit_once(':')?.0))
}

/// What of an address tells clients apart: all of IPv4, the first 64 bits of IPv6.
pub(crate) fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;
    use std::time::Duration;

    use axum::http::HeaderValue;

    use super::*;

    fn clients(searches_per_minute: u32) -> Clients {
        let searches_per_minute = NonZero::new(searches_per_minute).expect("a number");
        Clients::new(ClientLimit { searches_per_minute, header: None })
    }

    #[test]
    fn a_client_that_searches_too_often_waits_and_others_do_not() {
        let (clients, start) = (clients(6), Instant::now());
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse::<IpAddr>().expect("an address"));
        let made = |client, s| (0..20).filter(|_| clients.admits(client, start + Duration::from_secs(s))).count();
        assert_eq!((made(one, 0), made(one, 5), made(one, 10)), (6, 0, 1));
        assert_eq!(made(other, 10), 6);
        assert_eq!(made(one, 1000), 6);
    }

    #[test]
    fn no_number_of_clients_fills_the_memory_and_the_latest_are_known() {
        let (clients, start) = (clients(1), Instant::now());
        let address = |number: u32| IpAddr::from(std::net::Ipv4Addr::from(number));
        for number in 0..5 * MAX_CLIENTS as u32 {
            assert!(clients.admits(address(number), start));
        }
        let seen = locked(&clients.seen);
        assert!(seen.now.len() <= MAX_CLIENTS && seen.before.len() <= MAX_CLIENTS);
        drop(seen);
        assert!(!clients.admits(address(5 * MAX_CLIENTS as u32 - 1), start));
    }

    #[test]
    fn the_nearest_proxy_names_the_client() {
        let of = |name: &'static str, values: &[&'static str]| {
            let name = HeaderName::from_static(name);
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(&name, HeaderValue::from_static(value));
            }
            client_of(&headers, &name).map(|address| address.to_string())
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(of("x-forwarded-for", &["203.0.113.9, 192.0.2.1"]), some("192.0.2.1"));
        assert_eq!(of("x-forwarded-for", &["192.0.2.1", "192.0.2.7:4711"]), some("192.0.2.7"));
        assert_eq!(of("x-real-ip", &["2001:db8::1"]), some("2001:db8::1"));
        assert_eq!(of("forwarded", &["for=1.1.1.1, for=\"[2001:db8::2]:80\";proto=https"]), some("2001:db8::2"));
        assert_eq!(of("forwarded", &["proto=https;For=192.0.2.1"]), some("192.0.2.1"));
        for (name, values) in
            [("x-forwarded-for", &["unknown"][..]), ("forwarded", &["proto=https"]), ("x-real-ip", &[])]
        {
            assert_eq!(of(name, values), None);
        }
        let home = |text: &str| household(text.parse().expect("an address")).to_string();
        assert_eq!(
            (home("2001:db8:1:2:3::4"), home("::ffff:192.0.2.1")),
            ("2001:db8:1:2::".into(), "192.0.2.1".into())
        );
    }

    #[test]
    fn only_what_takes_the_match_is_limited() {
        for (method, path, is) in [
            (Method::POST, "/api/v1/search", true),
            (Method::GET, "/api/v1/products/a/similar", true),
            (Method::GET, "/api/v1/products/a/looks", true),
            (Method::GET, "/api/v1/products/a", false),
            (Method::GET, "/healthz", false),
            (Method::OPTIONS, "/api/v1/search", false),
        ] {
            assert_eq!(is_search(&method, path), is, "{path}");
        }
    }
}
