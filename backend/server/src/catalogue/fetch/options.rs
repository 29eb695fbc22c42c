//! How hosts of pictures are asked. In: texts of flags or of a file. Out: [`FetchOptions`].

use ureq::http::{HeaderName, HeaderValue};

/// Requests a second to one host at most: more than any host of pictures grants one client.
const MAX_REQUESTS_PER_S: f64 = 1000.0;

/// Connections to one host at most.
const MAX_CONNECTIONS: usize = 256;

/// Headers at most.
const MAX_HEADERS: usize = 20;

/// Headers that belong to the transfer itself.
const OWN: [&str; 12] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "te",
    "upgrade",
    "expect",
    "range",
    "accept-encoding",
    "if-none-match",
    "if-modified-since",
    "user-agent",
];

/// How hosts of pictures are asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FetchOptions {
    /// The header `User-Agent`; the program's name and version if `None`.
    pub user_agent: Option<HeaderValue>,
    /// More headers, sent to the hosts that the feed names, not to where these redirect.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Requests a second to one host; as many as come if `None`.
    pub requests_per_s: Option<f64>,
    /// Requests to one host at once; as many as come if `None`.
    pub connections: Option<usize>,
}

impl FetchOptions {
    /// Adds a header.
    ///
    /// # Errors
    /// When there are too many, or it is one of the transfer itself.
    pub fn with_header(mut self, (name, value): (HeaderName, HeaderValue)) -> Result<Self, String> {
        if OWN.contains(&name.as_str()) {
            return Err(format!("expected a header that is not the transfer's own, got {name}"));
        }
        self.headers.push((name, value));
        let count = self.headers.len();
        if count > MAX_HEADERS { Err(format!("expected at most {MAX_HEADERS} headers, got {count}")) } else { Ok(self) }
    }
}

/// A header as `NAME: VALUE`. Its value is never logged.
///
/// # Errors
/// When it is none.
pub fn header_line(line: &str) -> Result<(HeaderName, HeaderValue), String> {
    let parts = line.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
    let header =
        parts.and_then(|(name, value)| Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?)));
    // The value may be a secret.
    let (name, mut value): (HeaderName, HeaderValue) =
        header.ok_or_else(|| "expected a header as NAME: VALUE, without line breaks".to_owned())?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// A value of the header `User-Agent`.
///
/// # Errors
/// When no header can have it.
pub fn user_agent(text: &str) -> Result<HeaderValue, String> {
    let is_text = !text.trim().is_empty() && text.len() <= 200;
    let value = HeaderValue::from_str(text).ok().filter(|_| is_text);
    value.ok_or_else(|| format!("expected a text of at most 200 bytes without line breaks, got {text:?}"))
}

/// Requests a second.
///
/// # Errors
/// When it is no number above 0, or too large a one.
pub fn requests_per_s(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| *number > 0.0 && *number <= MAX_REQUESTS_PER_S);
    number.ok_or_else(|| format!("expected a number above 0, at most {MAX_REQUESTS_PER_S}, got {text:?}"))
}

/// Connections to a host.
///
/// # Errors
/// When it is no number from 1 to the most.
pub fn connections(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=MAX_CONNECTIONS).contains(number));
    number.ok_or_else(|| format!("expected a number from 1 to {MAX_CONNECTIONS}, got {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_and_their_values_are_not_shown() {
        let header = header_line("X-Key : secret ").expect("a header");
        assert_eq!((header.0.as_str(), header.1.as_bytes()), ("x-key", &b"secret"[..]));
        let options = FetchOptions::default().with_header(header).expect("a header");
        assert!(!format!("{options:?}").contains("secret"), "{options:?}");
        for wrong in ["X-Key", ": v", "a b: c", "X: a\r\nY: b"] {
            assert!(header_line(wrong).is_err(), "{wrong}");
        }
        for own in ["Host: a", "Range: bytes=0-1", "User-Agent: x"] {
            let message = options.clone().with_header(header_line(own).expect(own)).expect_err(own);
            assert!(message.starts_with("expected a header that is not the transfer's own"), "{message}");
        }
        let many = (0..=MAX_HEADERS).try_fold(FetchOptions::default(), |options, at| {
            options.with_header(header_line(&format!("X-{at}: v")).expect("a header"))
        });
        assert!(many.is_err());
    }

    #[test]
    fn numbers_have_bounds() {
        assert_eq!((requests_per_s("0.5"), connections("6")), (Ok(0.5), Ok(6)));
        for wrong in ["0", "-1", "nan", "many", "1001"] {
            assert!(requests_per_s(wrong).is_err() && connections(wrong).is_err(), "{wrong}");
        }
        assert!(
            user_agent("Shop (+https://shop.example)").is_ok()
                && user_agent(" ").is_err()
                && user_agent("a\nb").is_err()
        );
    }
}
