//! Each request has an id, which log, answer and problem details name. In: headers. Out: a [`RequestId`].

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

/// The header of an id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Characters of an id that a proxy gives.
const MAX_CHARS: usize = 64;

tokio::task_local! {
    /// The id of the request that this task answers, or that this thread works for.
    static CURRENT: RequestId;
}

/// A request's id: 1 to 64 letters, digits, `-` or `_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The id that a proxy has given, or a new one.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let given = given.filter(|id| (1..=MAX_CHARS).contains(&id.len()) && id.bytes().all(is_plain));
        given.map_or_else(Self::new, |id| Self(id.to_owned()))
    }

    fn new() -> Self {
        thread_local! {
            static RANDOM: std::cell::RefCell<rand_chacha::ChaCha8Rng> =
                std::cell::RefCell::new(rand_chacha::ChaCha8Rng::from_os_rng());
        }
        Self(format!("{:016x}", RANDOM.with_borrow_mut(|random| random.next_u64())))
    }

    /// The id of the request that this task answers, or that this thread works for.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// Answers a request of this id.
    pub async fn scope<T>(&self, answered: impl Future<Output = T>) -> T {
        CURRENT.scope(self.clone(), answered).await
    }

    /// Works for a request of this id, on a thread without tasks.
    pub fn scope_of_work<T>(self, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self, work)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The header's value.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        // Letters, digits and the like are a value.
        HeaderValue::from_str(&self.0).unwrap_or(HeaderValue::from_static("unknown"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_works_for_a_request_knows_its_id() {
        assert_eq!(RequestId::current(), None);
        let id = RequestId("3f-A_9".to_owned());
        let known = std::thread::spawn({
            let id = id.clone();
            move || (id.scope_of_work(RequestId::current), RequestId::current())
        });
        assert_eq!(known.join().expect("no panic"), (Some(id), None));
    }

    #[test]
    fn a_proxys_id_is_kept_if_it_is_plain_and_others_are_new() {
        let of = |id: &str| {
            let value = HeaderValue::from_bytes(id.as_bytes()).expect("a value");
            RequestId::of(&HeaderMap::from_iter([(REQUEST_ID, value)]))
        };
        assert_eq!(of("3f-A_9").as_str(), "3f-A_9");
        for id in ["", "a b", "a\tb", "ü", "<b>", &"a".repeat(65)] {
            let new = of(id);
            assert!(new.as_str() != id && new.as_str().len() == 16, "{id:?}: {new:?}");
        }
        assert_ne!(RequestId::of(&HeaderMap::new()), RequestId::of(&HeaderMap::new()));
    }
}
