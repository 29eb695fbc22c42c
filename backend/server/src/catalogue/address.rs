//! Web addresses as feeds write them. In: a text. Out: the address that a browser would open (WHATWG URL Standard).

use url::{ParseError, Url};

/// Bytes of an address; browsers and servers refuse longer ones.
const MAX_BYTES: usize = 8000;

/// HTML's ways to write an ampersand. No address means the letters themselves.
const AMPERSANDS: [&str; 4] = ["&amp;", "&#38;", "&#038;", "&#x26;"];

/// The scheme of what stands in the address itself.
const DATA: &str = "data:";

/// Why a text is no web address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Neither `http`, `https` nor `//`. Other schemes (`javascript:`) would run in the page that shows the link.
    #[error("expected an http or https address")]
    Scheme,
    /// Longer than servers accept.
    #[error("expected an address of at most {MAX_BYTES} bytes")]
    TooLong,
    /// Host or port are wrong.
    #[error("expected an http or https address, whose parts are valid: {0}")]
    Malformed(ParseError),
}

/// Whether a text begins as an address does; it may still be malformed.
#[must_use]
pub fn looks_like_address(text: &str) -> bool {
    let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    ["http:", "https:", "//"].into_iter().any(begins)
}

/// Whether a text begins as a `data:` URL does, which holds what it is an address of.
#[must_use]
pub fn looks_like_data(text: &str) -> bool {
    text.get(..DATA.len()).is_some_and(|start| start.eq_ignore_ascii_case(DATA))
}

/// Reads an address: spaces and letters beyond ASCII are encoded, host names too (IDNA), `&amp;` is an ampersand, and an address
/// without a scheme (`//cdn.example/1.jpg`) has `https`.
///
/// # Errors
/// See [`AddressError`].
pub fn web_address(text: &str) -> Result<Url, AddressError> {
    let text = text.trim();
    if !looks_like_address(text) {
        return Err(AddressError::Scheme);
    }
    if text.len() > MAX_BYTES {
        return Err(AddressError::TooLong);
    }
    let mut text = text.to_owned();
    for written in AMPERSANDS {
        // Some exports escape twice: `&amp;amp;`.
        while text.contains(written) {
            text = text.replace(written, "&");
        }
    }
    if text.starts_with("//") {
        text.insert_str(0, "https:");
    }
    let url = Url::parse(&text).map_err(AddressError::Malformed)?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err(AddressError::Scheme) }
}

/// An address without what may be a secret: user, password, query and fragment.
#[must_use]
pub fn without_secrets(url: &str) -> String {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    let Ok(mut parsed) = Url::parse(plain) else { return plain.to_owned() };
    // Fails for addresses that cannot have them.
    _ = parsed.set_username("").and_then(|()| parsed.set_password(None));
    parsed.into()
}

/// The first of several addresses with commas between them, as WooCommerce lists pictures; the text itself if it is one address.
#[must_use]
pub fn first_of_list(text: &str) -> &str {
    split_list(text).0
}

/// Each of several addresses with commas between them, from the first on; the text itself if it is one address.
pub fn all_of_list(text: &str) -> impl Iterator<Item = &str> {
    let mut left = Some(text);
    std::iter::from_fn(move || {
        let (first, rest) = split_list(left?);
        left = rest;
        Some(first)
    })
}

/// The first address of a list, and the others.
fn split_list(text: &str) -> (&str, Option<&str>) {
    let is_next = |rest: &str| {
        let rest = rest.trim_start();
        looks_like_address(rest) || looks_like_data(rest)
    };
    // The first comma of a `data:` URL is its own.
    let from = if looks_like_data(text) { text.find(',').map_or(text.len(), |comma| comma + 1) } else { 0 };
    let mut ends = text[from..].match_indices([',', '|']).map(|(at, _)| from + at);
    let end = ends.find(|at| is_next(&text[at + 1..]));
    end.map_or((text, None), |at| (text[..at].trim_end(), Some(text[at + 1..].trim_start())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_browsers_do() {
        for (text, expected) in [
            ("https://s.example/a b.jpg", "https://s.example/a%20b.jpg"),
            ("https://s.example/grün.jpg?größe=ü", "https://s.example/gr%C3%BCn.jpg?gr%C3%B6%C3%9Fe=%C3%BC"),
            ("https://s.example/gr%C3%BCn.jpg", "https://s.example/gr%C3%BCn.jpg"),
            ("https://bücher.example/x.jpg", "https://xn--bcher-kva.example/x.jpg"),
            ("//cdn.example/1.jpg", "https://cdn.example/1.jpg"),
            ("HTTP://S.Example:80/1", "http://s.example/1"),
            ("https://s.example/?a=1&amp;b=2&#038;c=3&amp;amp;d=4", "https://s.example/?a=1&b=2&c=3&d=4"),
            ("https://s.example/a|b{c}\"d", "https://s.example/a|b%7Bc%7D%22d"),
            ("https://s.example/a\\b", "https://s.example/a/b"),
            (" https://s.example/1#top\n", "https://s.example/1#top"),
        ] {
            assert_eq!(web_address(text).as_ref().map(Url::as_str), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_no_browser_would_open_is_refused_with_the_reason() {
        for (text, reason) in [
            ("s.example/p/4", "expected an http or https address"),
            ("javascript:alert(1)", "expected an http or https address"),
            ("ftp://s.example/1", "expected an http or https address"),
            ("data:text/html,x", "expected an http or https address"),
            ("http://s.example:99999/x", "invalid port number"),
            ("https://", "empty host"),
            ("http://a b/", "invalid international domain name"),
        ] {
            let error = web_address(text).expect_err(text).to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
        let long = format!("https://s.example/{}", "x".repeat(MAX_BYTES));
        assert_eq!(web_address(&long), Err(AddressError::TooLong));
    }

    #[test]
    fn of_a_list_the_first_address_counts() {
        for (text, expected) in [
            ("https://a.example/1.jpg, https://a.example/2.jpg", "https://a.example/1.jpg"),
            ("https://a.example/1.jpg|//a.example/2.jpg", "https://a.example/1.jpg"),
            ("https://a.example/w_1,h_2/1.jpg", "https://a.example/w_1,h_2/1.jpg"),
            ("a, b.jpg", "a, b.jpg"),
        ] {
            assert_eq!(first_of_list(text), expected);
        }
        let all: Vec<&str> =
            all_of_list("https://a.example/1,2.jpg , https://a.example/3.jpg|//a.example/4.jpg").collect();
        assert_eq!(all, ["https://a.example/1,2.jpg", "https://a.example/3.jpg", "//a.example/4.jpg"]);
        assert_eq!(all_of_list("a, b.jpg").collect::<Vec<_>>(), ["a, b.jpg"]);
        let all: Vec<&str> =
            all_of_list("data:;base64,//8=,https://a.example/1.jpg, data:,a|DATA:image/png;base64,AA,b").collect();
        assert_eq!(all, ["data:;base64,//8=", "https://a.example/1.jpg", "data:,a", "DATA:image/png;base64,AA,b"]);
    }
}
