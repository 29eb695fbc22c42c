//! Addresses of the shop's own pages. In: a text of the settings. Out: the address, as a link may have it.

use url::Url;

/// A path of this server, or a whole address, encoded as browsers do it: nothing that runs as a script, and no password.
///
/// # Errors
/// The text, if it is neither.
pub(super) fn page_address(text: String) -> Result<String, String> {
    let is_plain = !text.contains(|letter: char| letter.is_control() || letter.is_whitespace());
    // Browsers read a backslash as a slash, and two slashes begin the name of a host.
    let is_path = text.starts_with('/') && !text.starts_with("//") && !text.contains('\\');
    if is_plain && is_path && text.is_ascii() {
        return Ok(text);
    }
    match Url::parse(&text) {
        Ok(url) if is_plain && is_page(&url) => Ok(url.into()),
        _ => Err(text),
    }
}

fn is_page(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_paths_or_whole_and_encoded() {
        for (text, expected) in [
            ("/privacy?x=1#look", "/privacy?x=1#look"),
            ("https://shop.example/privacy#look", "https://shop.example/privacy#look"),
            ("https://müller.example/däten?a=<b>", "https://xn--mller-kva.example/d%C3%A4ten?a=%3Cb%3E"),
        ] {
            assert_eq!(page_address(text.to_owned()).as_deref(), Ok(expected));
        }
        for text in [
            "//elsewhere.example",
            "/\\elsewhere.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://user:word@shop.example/",
            "https://shop.example/a b",
            "shop.example",
            "",
        ] {
            assert_eq!(page_address(text.to_owned()), Err(text.to_owned()));
        }
    }
}
