//! The privacy page that the server serves. In: `docs/privacy.md`. Out: `privacy.html` in the client's folder.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use pulldown_cmark::{Parser, html};

/// The document.
pub(crate) const SOURCE: &str = "docs/privacy.md";

/// From here on it is for developers and operators.
const END: &str = "\n## How to check\n";

/// Writes the page.
///
/// # Errors
/// When the document cannot be read, or lacks the part for developers.
pub(crate) fn place(dist: &Path) -> Result<()> {
    let text = fs::read_to_string(SOURCE).with_context(|| format!("{SOURCE} cannot be read"))?;
    fs::write(dist.join("privacy.html"), page(&text)?).context("the privacy page cannot be written")
}

fn page(text: &str) -> Result<String> {
    let (for_visitors, _) = text.split_once(END).with_context(|| format!("{SOURCE} lacks {END:?}"))?;
    let mut body = String::new();
    html::push_html(&mut body, Parser::new(for_visitors));
    Ok(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Privacy</title>\
         <link rel=\"stylesheet\" href=\"/document.css\"></head><body><main>{body}</main></body></html>\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visitors_read_what_is_sent_and_kept() {
        let text = fs::read_to_string(crate::project::root().join(SOURCE)).expect("the document");
        let page = page(&text).expect("a page");
        assert!(page.contains("<h1>Privacy</h1>") && page.contains("<h2>What is sent</h2>"), "{page}");
        assert!(!page.contains("cargo test") && !page.contains("](") && !page.contains("href=\"../"), "{page}");
    }
}
