//! Addresses of the shop's own pages. In: a text of the settings. Out: the text, if it is an address that a link may have.

/// A path of this server, or a whole address: nothing that runs as a script.
///
/// # Errors
/// The text, if it is neither.
pub(super) fn page_address(text: String) -> Result<String, String> {
    let is_path = text.starts_with('/') && !text.starts_with("//");
    let is_address = url::Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    let is_plain = !text.contains(|letter: char| letter.is_control() || letter.is_whitespace());
    if is_plain && (is_path || is_address) { Ok(text) } else { Err(text) }
}
