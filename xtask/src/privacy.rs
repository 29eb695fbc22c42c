//! The privacy pages that the server serves. In: `docs/privacy.md` and `docs/privacy-notice.md`. Out: `privacy.html` and
//! `privacy-notice.html` in the client's folder.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use pulldown_cmark::{Parser, html};

/// The document.
pub(crate) const SOURCE: &str = "docs/privacy.md";

/// From here on it is for developers and operators.
const END: &str = "\n## How to check\n";

/// The paragraph for a shop's privacy notice.
pub(crate) const NOTICE_SOURCE: &str = "docs/privacy-notice.md";

/// Its languages, each with its heading.
const NOTICE_LANGUAGES: [(&str, &str); 3] = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")];

/// Before the part that is only for servers that count events.
const WITH_COUNTS: &str = "\n\nWith counts: ";

/// Writes the pages.
///
/// # Errors
/// When a document cannot be read, or lacks a part.
pub(crate) fn place(dist: &Path) -> Result<()> {
    let read = |source| fs::read_to_string(source).with_context(|| format!("{source} cannot be read"));
    fs::write(dist.join("privacy.html"), page(&read(SOURCE)?)?).context("the privacy page cannot be written")?;
    let notice = notice(&read(NOTICE_SOURCE)?)?;
    fs::write(dist.join("privacy-notice.html"), notice).context("the privacy notice cannot be written")
}

/// A section for each language. The server takes the marked part out unless it counts events, and puts a shop's own text in place of what a
/// section holds.
fn notice(text: &str) -> Result<String> {
    let mut sections = String::new();
    for (language, heading) in NOTICE_LANGUAGES {
        let section = text.split("\n## ").find_map(|section| section.strip_prefix(heading));
        let section = section.with_context(|| format!("{NOTICE_SOURCE} lacks {heading:?}"))?;
        let (always, with_counts) = section
            .split_once(WITH_COUNTS)
            .with_context(|| format!("{NOTICE_SOURCE}: {heading} lacks {WITH_COUNTS:?}"))?;
        let [mut body, mut counts] = [String::new(), String::new()];
        html::push_html(&mut body, Parser::new(always));
        html::push_html(&mut counts, Parser::new(with_counts));
        sections.push_str(&format!(
            "<section lang=\"{language}\" id=\"{language}\">{}<!--counts-->{}<!--/counts--></section>",
            body.trim(),
            counts.trim()
        ));
    }
    Ok(document("Privacy notice", &sections))
}

fn page(text: &str) -> Result<String> {
    let (for_visitors, _) = text.split_once(END).with_context(|| format!("{SOURCE} lacks {END:?}"))?;
    let mut body = String::new();
    html::push_html(&mut body, Parser::new(for_visitors));
    Ok(document("Privacy", &body))
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <link rel=\"stylesheet\" href=\"/document.css\"></head><body><main>{body}</main></body></html>\n"
    )
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

    #[test]
    fn the_notice_has_a_section_for_each_language_of_the_page() {
        let text = fs::read_to_string(crate::project::root().join(NOTICE_SOURCE)).expect("the document");
        let page = notice(&text).expect("a page");
        for (language, said) in [("en", "Nobody is identified"), ("de", "Niemand wird"), ("fr", "Personne")] {
            let (_, section) = page.split_once(&format!("<section lang=\"{language}\"")).expect("a section");
            let (section, _) = section.split_once("</section>").expect("its end");
            assert!(section.contains(said), "{language}: {section}");
            let (always, counts) = section.split_once("<!--counts-->").expect("a part about counts");
            assert!(!always.contains("With counts") && counts.ends_with("</p><!--/counts-->"), "{section}");
            // The button by its name, which may be on two lines.
            let words_of_section = section.split_whitespace().collect::<Vec<_>>().join(" ");
            let locale = crate::project::root().join(format!("frontend/locales/{language}.ftl"));
            let words = fs::read_to_string(locale).expect("the page's words");
            let send = words.lines().find_map(|line| line.strip_prefix("receipt-send = ")).expect("the button");
            assert!(words_of_section.contains(send), "{language}: {send}");
        }
        let locales = fs::read_dir(crate::project::root().join("frontend/locales")).expect("the page's languages");
        assert_eq!(locales.count(), NOTICE_LANGUAGES.len());
    }
}
