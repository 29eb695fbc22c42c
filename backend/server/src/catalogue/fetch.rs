//! Fetches a product's picture from the web. In: an http or https address of a feed. Out: the file's bytes, bounded in
//! size, time and redirects, and never from this machine or a private network unless that is allowed.
//!
//! Each host is asked no more often, and with no more requests at once, than the [`FetchOptions`] say, and more slowly while it throttles.
//! A picture that was fetched before is asked for with its validators, and not sent again if it is unchanged. What fails for a reason
//! that may pass (a busy host, a torn connection) is tried again, after the pause that the host asks for.

use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime};

use ureq::Body;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;
use url::Url;

use self::error::MAX_REDIRECTS;
use self::hosts::Hosts;
use self::public::{GuardedResolver, is_public};
use super::address::{AddressError, web_address};
use super::feed::gzip::{self, GzipError, is_gzip};
use crate::parallel::StopFlag;

mod error;
mod hosts;
pub mod options;
mod public;
mod waits;

pub use error::FetchError;
pub use options::FetchOptions;
pub use public::NotPublic;
pub use waits::Waits;

/// For one picture, from looking up the host to the last byte, redirects included: 8 MB at 2 Mbit/s.
const TIMEOUT: Duration = Duration::from_secs(35);

/// For a feed: 256 MiB at 4 Mbit/s.
const FEED_TIMEOUT: Duration = Duration::from_secs(600);

/// What a picture may be.
const PICTURES: &str = "image/jpeg, image/png, image/webp, image/gif, image/bmp, image/tiff";

/// Tries for one picture.
const TRIES: u32 = 3;

/// Tries for one picture of a host that throttles: while it does so, all pictures wait, and a later try comes after a longer pause.
const THROTTLED_TRIES: u32 = 8;

/// The pause before the second try, doubled before the third, unless the host asks for another.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause that a host is granted. Whoever asks for more is not waited for.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// Bytes of a validator that are kept.
const MAX_VALIDATOR_BYTES: usize = 1000;

/// Fetches pictures. Threads share it and its open connections.
#[derive(Debug)]
pub struct Fetcher {
    agent: ureq::Agent,
    timeout: Duration,
    hosts: Hosts,
    /// Sent to the hosts that the feed names.
    headers: Vec<(HeaderName, HeaderValue)>,
    waits: Waits,
    stop: StopFlag,
}

/// What a host said of a file's version (RFC 9110, 8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The header `ETag`.
    pub etag: Option<String>,
    /// The header `Last-Modified`.
    pub last_modified: Option<String>,
}

/// What an address holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// A file.
    File {
        /// Its bytes.
        file: Vec<u8>,
        /// Its version.
        validators: Validators,
    },
    /// The file whose version was given.
    Unchanged,
}

/// How often one picture has failed so far, by kind: a host that throttles first and is slow once has not failed twice.
#[derive(Default)]
struct Failures {
    slow: u32,
    throttled: u32,
    others: u32,
}

impl Failures {
    /// Counts a failure; whether the picture is not tried again after it. What was slow once took all the time that it has: only a host that
    /// sends the others is asked again.
    fn is_last(&mut self, error: &FetchError, host_fails: bool) -> bool {
        let (count, tries) = match error {
            FetchError::TooSlow { .. } => (&mut self.slow, if host_fails { 1 } else { 2 }),
            error if error.is_throttling() => (&mut self.throttled, THROTTLED_TRIES),
            _ => (&mut self.others, TRIES),
        };
        *count += 1;
        *count >= tries
    }
}

impl Fetcher {
    /// With `private_allowed`, it also fetches from loopback, link-local and private addresses.
    #[must_use]
    pub fn new(private_allowed: bool, options: &FetchOptions, stop: StopFlag) -> Self {
        Self::with(if private_allowed { |_| true } else { is_public }, (TIMEOUT, PICTURES), options, stop)
    }

    /// The same for feeds.
    #[must_use]
    pub fn for_feeds(private_allowed: bool, options: &FetchOptions, stop: StopFlag) -> Self {
        Self::with(if private_allowed { |_| true } else { is_public }, (FEED_TIMEOUT, "*/*"), options, stop)
    }

    fn with(
        accepts: fn(IpAddr) -> bool,
        (timeout, wanted): (Duration, &str),
        options: &FetchOptions,
        stop: StopFlag,
    ) -> Self {
        let program = concat!("shop-the-look/", env!("CARGO_PKG_VERSION"));
        let user_agent = options.user_agent.as_ref().and_then(|agent| agent.to_str().ok()).unwrap_or(program);
        let config = ureq::Agent::config_builder()
            // Redirects are followed here, since hosts write addresses in them that only browsers accept.
            .max_redirects(0)
            .http_status_as_error(false)
            // A proxy would look up the host itself, and `GuardedResolver` would see only the proxy's address.
            .proxy(None)
            .user_agent(user_agent)
            .accept(wanted)
            .build();
        let resolver = GuardedResolver { system: DefaultResolver::default(), accepts };
        let agent = ureq::Agent::with_parts(config, DefaultConnector::default(), resolver);
        let hosts = Hosts::new(options.requests_per_s, options.connections);
        Self { agent, timeout, hosts, headers: options.headers.clone(), waits: Waits::default(), stop }
    }

    /// The same, which notes what it waits for.
    #[must_use]
    pub fn noting(self, waits: &Waits) -> Self {
        Self { waits: waits.clone(), ..self }
    }

    /// The file at an address, at most `limit_bytes` long. With `known`, a file of just that version is not sent again.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub fn fetch(&self, address: &str, limit_bytes: u64, known: Option<&Validators>) -> Result<Fetched, FetchError> {
        let url = web_address(address)
            .map_err(|error| FetchError::Address { error, received: address.chars().take(80).collect() })?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let (mut wait_for_host, mut pause) = (None, PAUSE);
        let mut failures = Failures::default();
        loop {
            if self.hosts.is_given_up(&host) {
                return Err(FetchError::GivenUp { host });
            }
            let outcome = {
                let _turn = self.hosts.turn(&host, &self.stop).ok_or(FetchError::Stopped)?;
                // Until here the host was not asked: the import's own limits let it wait.
                wait_for_host.get_or_insert_with(|| self.waits.begin(&host));
                self.fetch_once(url.clone(), limit_bytes, known)
            };
            let error = match outcome {
                Err(error) if error.is_transient() => error,
                outcome => {
                    self.hosts.answered(&host);
                    return outcome;
                }
            };
            let asked = if let FetchError::Busy { retry_after, .. } = &error { *retry_after } else { None };
            let wait = asked.unwrap_or(pause);
            if failures.is_last(&error, self.hosts.fails(&host)) || wait > MAX_PAUSE {
                self.hosts.failed(&host);
                return Err(error);
            }
            if error.is_throttling() {
                self.hosts.throttled(&host, wait);
            } else if asked.is_some() {
                self.hosts.pause(&host, wait);
            } else {
                self.stop.wait_until(Instant::now() + wait);
            }
            pause = (2 * pause).min(MAX_PAUSE);
        }
    }

    /// Fetches without another try.
    fn fetch_once(&self, mut url: Url, limit_bytes: u64, known: Option<&Validators>) -> Result<Fetched, FetchError> {
        let (deadline, named) = (Instant::now() + self.timeout, url.clone());
        for _ in 0..=MAX_REDIRECTS {
            // Headers may hold a secret of the host that the feed names.
            let headers = if url.origin() == named.origin() { &self.headers[..] } else { &[] };
            let response = self.request(&url, headers, known, deadline)?;
            match response.status().as_u16() {
                200 => return self.file(response, limit_bytes),
                304 if known.is_some() => return Ok(Fetched::Unchanged),
                301 | 302 | 303 | 307 | 308 => url = redirected(&url, response.headers())?,
                status @ (408 | 425 | 429 | 430 | 500 | 502 | 503 | 504) => {
                    return Err(FetchError::Busy { status, retry_after: retry_after(response.headers()) });
                }
                status => return Err(FetchError::Status(status)),
            }
        }
        Err(FetchError::TooManyRedirects)
    }

    fn request(
        &self,
        url: &Url,
        headers: &[(HeaderName, HeaderValue)],
        known: Option<&Validators>,
        deadline: Instant,
    ) -> Result<Response<Body>, FetchError> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(FetchError::TooSlow { timeout: self.timeout });
        }
        let mut request = self.agent.get(url.as_str());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(Validators { etag, last_modified }) = known {
            let conditions = [(header::IF_NONE_MATCH, etag), (header::IF_MODIFIED_SINCE, last_modified)];
            for (name, value) in conditions {
                if let Some(value) = value.as_ref().and_then(|value| HeaderValue::from_str(value).ok()) {
                    request = request.header(name, value);
                }
            }
        }
        let request = request.config().timeout_global(Some(left)).build();
        request.call().map_err(|error| self.fetch_error(error))
    }

    fn file(&self, response: Response<Body>, limit_bytes: u64) -> Result<Fetched, FetchError> {
        let validators = validators(response.headers());
        // One byte more than accepted, so that a file of just that length is read to its end.
        let read = response.into_body().into_with_config().limit(limit_bytes + 1).read_to_vec();
        let too_long = FetchError::TooLong { limit_bytes };
        let file = match read {
            Ok(file) if file.len() as u64 > limit_bytes => return Err(too_long),
            Ok(file) => file,
            Err(ureq::Error::BodyExceedsLimit(_)) => return Err(too_long),
            Err(error) => return Err(self.fetch_error(error)),
        };
        // Some hosts compress what nobody asked them to; no picture begins like a gzip file.
        if !is_gzip(&file) {
            return Ok(Fetched::File { file, validators });
        }
        let mut unpacked = Vec::new();
        match gzip::unpack(&file[..], &mut unpacked, limit_bytes) {
            Ok(_) => Ok(Fetched::File { file: unpacked, validators }),
            Err(GzipError::TooLarge { .. }) => Err(too_long),
            Err(error) => Err(FetchError::Packed(error.to_string())),
        }
    }

    fn fetch_error(&self, error: ureq::Error) -> FetchError {
        match error {
            ureq::Error::Timeout(_) => FetchError::TooSlow { timeout: self.timeout },
            ureq::Error::Other(other) => match other.downcast::<NotPublic>() {
                Ok(not_public) => FetchError::NotPublic(*not_public),
                Err(other) => FetchError::Connection(Box::new(ureq::Error::Other(other))),
            },
            error => FetchError::Connection(Box::new(error)),
        }
    }
}

/// The address that a redirect leads to, read as browsers do.
fn redirected(from: &Url, headers: &HeaderMap) -> Result<Url, FetchError> {
    let location = headers.get(header::LOCATION).map_or(&b""[..], HeaderValue::as_bytes);
    let location = match std::str::from_utf8(location) {
        Ok(text) => text.to_owned(),
        Err(_) => location.iter().map(|&byte| char::from(byte)).collect(),
    };
    let refused = |error| FetchError::Address { error, received: location.chars().take(80).collect() };
    let url = from.join(&location).map_err(|error| refused(AddressError::Malformed(error)))?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err(refused(AddressError::Scheme)) }
}

/// The header `Retry-After`: seconds or a moment.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = text.parse().ok().map(Duration::from_secs);
    seconds
        .or_else(|| Some(httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::now()).unwrap_or_default()))
}

fn validators(headers: &HeaderMap) -> Validators {
    let text = |name| {
        let text = headers.get(name)?.to_str().ok()?;
        (text.len() <= MAX_VALIDATOR_BYTES && !text.is_empty()).then(|| text.to_owned())
    };
    Validators { etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED) }
}

#[cfg(test)]
mod tests;
