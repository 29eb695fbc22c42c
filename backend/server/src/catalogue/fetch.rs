//! Fetches a product's picture from the web. In: an http or https address of a feed. Out: the file's bytes, bounded in
//! size, time and redirects, and never from this machine or a private network unless that is allowed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// For one picture, from looking up the host to the last byte, redirects included: 8 MB at 2 Mbit/s.
const TIMEOUT: Duration = Duration::from_secs(35);

/// A shop's picture host redirects once or twice: to https, to its content delivery network.
const MAX_REDIRECTS: u32 = 5;

/// Fetches pictures. Threads share it and its open connections.
#[derive(Debug)]
pub struct Fetcher {
    agent: ureq::Agent,
    timeout: Duration,
}

/// Why an address gave no picture.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The host answered, but not with the file.
    #[error("the server answered with status {0}: expected 200")]
    Status(u16),
    /// The file is longer than a picture may be.
    #[error("the file has more than {limit_bytes} bytes, the most that are accepted")]
    TooLong {
        /// The most bytes that are accepted.
        limit_bytes: u64,
    },
    /// It took longer than a picture may take.
    #[error("it did not arrive within {} s", timeout.as_secs_f32())]
    TooSlow {
        /// For the whole transfer.
        timeout: Duration,
    },
    /// The host redirects from one address to the next without end.
    #[error("it leads through more than {MAX_REDIRECTS} redirects")]
    TooManyRedirects,
    /// A feed must not reach what only this machine may reach.
    #[error(transparent)]
    NotPublic(NotPublic),
    /// The connection failed.
    #[error(transparent)]
    Connection(Box<ureq::Error>),
}

/// All addresses of a host are reserved for this machine, private networks or special uses.
#[derive(Debug, thiserror::Error)]
#[error("{host} is not a public address: allow it with --allow-private-addresses if the feed may reach it")]
pub struct NotPublic {
    host: String,
}

impl Fetcher {
    /// With `private_allowed`, it also fetches from loopback, link-local and private addresses.
    #[must_use]
    pub fn new(private_allowed: bool) -> Self {
        Self::with(if private_allowed { |_| true } else { is_public }, TIMEOUT)
    }

    fn with(accepts: fn(IpAddr) -> bool, timeout: Duration) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(timeout))
            .max_redirects(MAX_REDIRECTS)
            // A proxy would look up the host itself, and `GuardedResolver` would see only the proxy's address.
            .proxy(None)
            .user_agent(concat!("shop-the-look/", env!("CARGO_PKG_VERSION")))
            .accept("image/jpeg, image/png, image/webp")
            .build();
        let resolver = GuardedResolver { system: DefaultResolver::default(), accepts };
        Self { agent: ureq::Agent::with_parts(config, DefaultConnector::default(), resolver), timeout }
    }

    /// The file at an address, at most `limit_bytes` long.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub fn fetch(&self, address: &str, limit_bytes: u64) -> Result<Vec<u8>, FetchError> {
        let body = self.agent.get(address).call().map(ureq::http::Response::into_body);
        // One byte more than accepted, so that a file of just that length is read to its end.
        let read = body.and_then(|body| body.into_with_config().limit(limit_bytes + 1).read_to_vec());
        let too_long = FetchError::TooLong { limit_bytes };
        match read {
            Ok(file) if file.len() as u64 > limit_bytes => Err(too_long),
            Ok(file) => Ok(file),
            Err(ureq::Error::BodyExceedsLimit(_)) => Err(too_long),
            Err(error) => Err(self.fetch_error(error)),
        }
    }

    fn fetch_error(&self, error: ureq::Error) -> FetchError {
        match error {
            ureq::Error::StatusCode(status) => FetchError::Status(status),
            ureq::Error::TooManyRedirects => FetchError::TooManyRedirects,
            ureq::Error::Timeout(_) => FetchError::TooSlow { timeout: self.timeout },
            ureq::Error::Other(other) => match other.downcast::<NotPublic>() {
                Ok(not_public) => FetchError::NotPublic(*not_public),
                Err(other) => FetchError::Connection(Box::new(ureq::Error::Other(other))),
            },
            error => FetchError::Connection(Box::new(error)),
        }
    }
}

/// Looks hosts up as the system does and keeps the accepted addresses. Every redirect is resolved here as well, and the
/// connection goes to the address that was checked, so a second look-up cannot change it.
#[derive(Debug)]
struct GuardedResolver {
    system: DefaultResolver,
    accepts: fn(IpAddr) -> bool,
}

impl Resolver for GuardedResolver {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.system.resolve(uri, config, timeout)?;
        let mut kept = self.empty();
        for address in found.iter().filter(|address| (self.accepts)(address.ip())) {
            kept.push(*address);
        }
        if kept.is_empty() {
            let host = uri.host().unwrap_or_default().to_owned();
            return Err(ureq::Error::Other(Box::new(NotPublic { host })));
        }
        Ok(kept)
    }
}

/// Whether an address belongs to the public internet, by IANA's registries of special-purpose addresses.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => match embedded_v4(v6) {
            Some(v4) => is_public_v4(v4),
            // Only 2000::/3 is given out; in it, 2001::/23, 2001:db8::/32 and 3fff::/20 have special uses.
            None => {
                let [first, second, ..] = v6.segments();
                let is_special = match first {
                    0x2001 => second < 0x200 || second == 0xdb8,
                    0x3fff => second < 0x1000,
                    _ => false,
                };
                first & 0xe000 == 0x2000 && !is_special
            }
        },
    }
}

const fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_special = match (first, second, third) {
        // This network; multicast, reserved and broadcast.
        (0 | 224..=255, _, _) => true,
        // Shared by a provider's customers; protocol assignments; benchmarks.
        (100, 64..=127, _) | (192, 0, 0) | (198, 18 | 19, _) => true,
        _ => address.is_loopback() || address.is_private() || address.is_link_local() || address.is_documentation(),
    };
    !is_special
}

/// The IPv4 address that an IPv6 address leads to: mapped (`::ffff:0:0/96`), translated (`64:ff9b::/96`), 6to4
/// (`2002::/16`).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let from_halves = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(from_halves(high, low)),
        [0x2002, high, low, ..] => Some(from_halves(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    use super::*;

    /// A host that answers each request by its path; its origin.
    fn host(answer: fn(&str, &mut TcpStream)) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                std::thread::spawn(move || {
                    let mut request = [0; 4096];
                    let length = stream.read(&mut request).unwrap_or(0);
                    let request = String::from_utf8_lossy(&request[..length]);
                    answer(request.split(' ').nth(1).unwrap_or_default(), &mut stream);
                });
            }
        });
        origin
    }

    fn answer(path: &str, stream: &mut TcpStream) {
        let head = match path {
            "/ten" => "200 OK\r\nContent-Length: 10\r\n\r\n0123456789",
            "/moved" => "302 Found\r\nLocation: /ten\r\nContent-Length: 0\r\n\r\n",
            "/elsewhere" => "302 Found\r\nLocation: http://127.0.0.2/ten\r\nContent-Length: 0\r\n\r\n",
            "/loop" => "302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n",
            "/unsized" => "200 OK\r\n\r\n01234567890123456789",
            "/torn" => "200 OK\r\nContent-Length: 10\r\n\r\n01234",
            "/slow" => "200 OK\r\nContent-Length: 10\r\n\r\n0",
            _ => "404 Not Found\r\nContent-Length: 0\r\n\r\n",
        };
        let _ = write!(stream, "HTTP/1.1 {}", head.replacen("\r\n", "\r\nConnection: close\r\n", 1));
        if path == "/slow" {
            std::thread::sleep(Duration::from_secs(5));
        }
    }

    #[test]
    fn a_file_is_fetched_within_its_bounds() {
        let origin = host(answer);
        let fetcher = Fetcher::with(|_| true, Duration::from_secs(2));
        let fetch = |path: &str, limit_bytes| fetcher.fetch(&format!("{origin}{path}"), limit_bytes);
        assert_eq!(fetch("/ten", 10).expect("a file"), b"0123456789");
        assert_eq!(fetch("/moved", 10).expect("a file"), b"0123456789");
        assert!(matches!(fetch("/ten", 9), Err(FetchError::TooLong { limit_bytes: 9 })));
        assert!(matches!(fetch("/unsized", 10), Err(FetchError::TooLong { limit_bytes: 10 })));
        assert!(matches!(fetch("/loop", 10), Err(FetchError::TooManyRedirects)));
        assert!(matches!(fetch("/none", 10), Err(FetchError::Status(404))));
        assert!(matches!(fetch("/torn", 10), Err(FetchError::Connection(_))));
        assert!(matches!(fetch("/slow", 10), Err(FetchError::TooSlow { .. })));
        assert!(matches!(fetcher.fetch("http://a b/", 10), Err(FetchError::Connection(_))));
    }

    #[test]
    fn private_addresses_are_refused_by_number_name_and_redirect() {
        let origin = host(answer);
        let port = origin.rsplit(':').next().expect("a port");
        let fetcher = Fetcher::new(false);
        for address in [format!("{origin}/ten"), format!("http://localhost:{port}/ten"), "http://[::1]/".to_owned()] {
            let error = fetcher.fetch(&address, 10).expect_err("refused");
            assert!(matches!(error, FetchError::NotPublic(_)), "{address}: {error}");
            assert!(error.to_string().contains("--allow-private-addresses"), "{error}");
        }
        // The first address is accepted here, the one that it leads to is not.
        let fetcher = Fetcher::with(|address| address == IpAddr::V4(Ipv4Addr::LOCALHOST), Duration::from_secs(2));
        assert!(fetcher.fetch(&format!("{origin}/moved"), 10).is_ok());
        let error = fetcher.fetch(&format!("{origin}/elsewhere"), 10).expect_err("refused");
        assert!(matches!(&error, FetchError::NotPublic(NotPublic { host }) if host == "127.0.0.2"), "{error}");
    }

    #[test]
    fn special_addresses_are_not_public() {
        let private = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.31.0.1",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:7f00:1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "3fff::1",
            "::7f00:1",
        ];
        for text in private {
            assert!(!is_public(text.parse().expect("an address")), "{text}");
        }
        for text in ["1.1.1.1", "100.128.0.1", "172.32.0.1", "193.99.144.80", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public(text.parse().expect("an address")), "{text}");
        }
    }
}
