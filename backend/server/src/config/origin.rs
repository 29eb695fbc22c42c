//! Origins of other pages that the configuration allows. In: a flag's text. Out: an [`Origin`].

use std::fmt;
use std::str::FromStr;

use axum::http::{HeaderValue, Uri};

/// The origin of a page, exactly as browsers write it: `https://shop.example`, `http://127.0.0.1:8000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// Why an origin cannot be allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Every page of the web.
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
    /// Not what browsers send, so it would never match: they omit default ports and write lower case.
    #[error("browsers write {expected} for this origin, and only that would match: got {received:?}")]
    NotAsSent {
        /// The origin that browsers send.
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
        // `Uri` would accept these. An origin has neither user, path nor wildcard.
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

impl Origin {
    /// The origin as the header `Origin` carries it.
    #[must_use]
    pub fn header_value(&self) -> &HeaderValue {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.to_str().unwrap_or_default())
    }
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
}
