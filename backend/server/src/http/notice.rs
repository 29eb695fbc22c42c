//! The paragraph for the shop's privacy notice. In: `privacy-notice.html` of the client, and the shop's settings. Out: HTML, or the address
//! of the shop's own page.

use std::path::Path;

use html_escape::encode_text;

use crate::config::{Config, Notice};

/// The client's file.
const FILE: &str = "privacy-notice.html";

/// Around what is only for servers that count events.
const COUNTS: [&str; 2] = ["<!--counts-->", "<!--/counts-->"];

/// What stands at `/privacy/notice`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoticePage {
    /// This server's page.
    Html(String),
    /// The shop's own page.
    Elsewhere(String),
}

impl NoticePage {
    /// The page as the configuration wants it; none without the client's file, unless the shop has a page of its own.
    #[must_use]
    pub fn read(config: &Config) -> Option<Self> {
        let notice = &config.shop.notice;
        if let Some(address) = &notice.address {
            return Some(Self::Elsewhere(address.clone()));
        }
        let html = std::fs::read_to_string(config.client.join(Path::new(FILE))).ok()?;
        Some(Self::Html(html_of(&html, notice, config.events)))
    }
}

/// The client's page with the shop's own texts, and with what is said of counts if there are any.
fn html_of(html: &str, notice: &Notice, counts_events: bool) -> String {
    let mut html = html.to_owned();
    for (language, text) in &notice.texts {
        html = replaced(
            &html,
            &format!("<section lang=\"{language}\" id=\"{language}\">"),
            "</section>",
            &paragraphs(text),
        );
    }
    if !counts_events {
        let [begin, end] = COUNTS;
        while html.contains(begin) {
            let without = replaced(&html, begin, end, "");
            html = without.replacen(begin, "", 1).replacen(end, "", 1);
        }
    }
    html
}

/// A text with `content` in place of what is between the first `begin` and the `end` behind it.
fn replaced(text: &str, begin: &str, end: &str, content: &str) -> String {
    let parts = text.split_once(begin).and_then(|(before, rest)| Some((before, rest.split_once(end)?.1)));
    parts.map_or_else(|| text.to_owned(), |(before, after)| [before, begin, content, end, after].concat())
}

/// Plain text as paragraphs: empty lines part them.
fn paragraphs(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    paragraphs.map(|paragraph| format!("<p>{}</p>", encode_text(paragraph))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTML: &str = "<main><section lang=\"en\" id=\"en\"><p>a</p><!--counts--><p>b</p><!--/counts--></section>\
                        <section lang=\"de\" id=\"de\"><p>c</p><!--counts--><p>d</p><!--/counts--></section></main>";

    #[test]
    fn counts_are_spoken_of_only_if_there_are_any() {
        let html = html_of(HTML, &Notice::default(), false);
        let expected = "<main><section lang=\"en\" id=\"en\"><p>a</p></section><section lang=\"de\" id=\"de\"><p>c</p></section></main>";
        assert_eq!(html, expected);
        assert_eq!(html_of(HTML, &Notice::default(), true), HTML);
    }

    #[test]
    fn a_shops_text_takes_the_place_of_a_language_and_nothing_in_it_is_markup() {
        let texts = [("de".to_owned(), "Wir <suchen>.\n\nMehr nicht.".to_owned())].into();
        let html = html_of(HTML, &Notice { texts, address: None }, false);
        assert!(html.contains("id=\"de\"><p>Wir &lt;suchen&gt;.</p><p>Mehr nicht.</p></section>"), "{html}");
        assert!(html.contains("<p>a</p>"), "the other language stays: {html}");
    }
}
