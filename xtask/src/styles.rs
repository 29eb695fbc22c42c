//! Style sheets. In: `frontend/styles`. Out: one minified sheet for the page and one for the widget, with the same rules.
//!
//! Lightning CSS writes what old browsers lack, `light-dark()` above all, in terms that they have. Two things follow from where a
//! sheet is used. The page is as wide as the window, so its container queries become media queries. A widget is in a page whose
//! `rem` is the shop's, so its lengths in `rem` become multiples of a custom property.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use cssparser::{ParseError, Parser, ParserInput, Token};
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions, StyleSheet};
use lightningcss::targets::{Browsers, Targets};

const PAGE_SOURCE: &str = "frontend/styles/page.css";
const WIDGET_SOURCE: &str = "frontend/styles/widget.css";
const START_SOURCE: &str = "frontend/widget/start.css";
const ADMIN_SOURCE: &str = "frontend/admin/admin.css";
const PRODUCT_SOURCE: &str = "frontend/widget/product.css";

/// The page's sheet, which `frontend/index.html` names.
const PAGE: &str = "target/styles/page.css";

/// The oldest browsers that the sheets are written for, as in `docs/widget.md`.
const BROWSERS: Browsers = Browsers {
    android: None,
    chrome: Some(version(105, 0)),
    edge: Some(version(105, 0)),
    firefox: Some(version(110, 0)),
    ie: None,
    ios_saf: Some(version(16, 4)),
    opera: None,
    safari: Some(version(16, 4)),
    samsung: None,
};

const fn version(major: u32, minor: u32) -> u32 {
    major << 16 | minor << 8
}

/// Writes the page's sheet to where the page's bundle takes it from.
///
/// # Errors
/// When a source is missing or is not CSS.
pub(crate) fn write_page() -> Result<()> {
    let page = Path::new(PAGE);
    if let Some(folder) = page.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(page, sheet(Path::new(PAGE_SOURCE), Use::Page)?).with_context(|| format!("{PAGE} cannot be written"))
}

/// The widget's sheet.
///
/// # Errors
/// When a source is missing or is not CSS.
pub(crate) fn widget() -> Result<String> {
    sheet(Path::new(WIDGET_SOURCE), Use::Widget)
}

/// The sheet of what the widget shows until its program is loaded.
///
/// # Errors
/// When a source is missing or is not CSS.
pub(crate) fn widget_start() -> Result<String> {
    sheet(Path::new(START_SOURCE), Use::Widget)
}

/// The sheet of the elements of a product's page.
///
/// # Errors
/// When a source is missing or is not CSS.
pub(crate) fn widget_product() -> Result<String> {
    sheet(Path::new(PRODUCT_SOURCE), Use::Widget)
}

/// The sheet of the administration's page.
///
/// # Errors
/// When a source is missing or is not CSS.
pub(crate) fn admin() -> Result<String> {
    sheet(Path::new(ADMIN_SOURCE), Use::Page)
}

/// Where a sheet is used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Page,
    Widget,
}

fn sheet(source: &Path, usage: Use) -> Result<String> {
    let css = lowered(&with_imports(source)?).with_context(|| format!("{} cannot be bundled", source.display()))?;
    Ok(adapted(&css, usage))
}

/// A source with what its first lines `@import` in place of these lines.
fn with_imports(path: &Path) -> Result<String> {
    let source = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut bundled = String::with_capacity(source.len());
    for line in source.lines() {
        match line.strip_prefix("@import \"").and_then(|rest| rest.strip_suffix("\";")) {
            Some(name) => bundled.push_str(&with_imports(&path.with_file_name(name))?),
            None => bundled.push_str(line),
        }
        bundled.push('\n');
    }
    Ok(bundled)
}

/// A sheet in the terms of [`BROWSERS`], minified.
fn lowered(css: &str) -> Result<String> {
    let targets = Targets { browsers: Some(BROWSERS), ..Targets::default() };
    // The errors borrow the text.
    let mut sheet = StyleSheet::parse(css, ParserOptions::default()).map_err(|error| anyhow!("{error}"))?;
    sheet.minify(MinifyOptions { targets, ..MinifyOptions::default() })?;
    Ok(sheet.to_css(PrinterOptions { minify: true, targets, ..PrinterOptions::default() })?.code)
}

/// A sheet in the units and conditions of its use.
fn adapted(css: &str, usage: Use) -> String {
    let mut output = String::with_capacity(css.len() * 2);
    adapt(&mut Parser::new(&mut ParserInput::new(css)), usage, Prelude::None, &mut output);
    output
}

/// The part of an at-rule before its block, in which lengths cannot be `calc(… var(…))`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prelude {
    None,
    Media,
    Container,
}

/// Copies the tokens of a block.
fn adapt(parser: &mut Parser<'_, '_>, usage: Use, outer: Prelude, output: &mut String) {
    let mut prelude = outer;
    loop {
        let start = parser.position();
        let Ok(token) = parser.next_including_whitespace_and_comments().cloned() else { return };
        let text = parser.slice_from(start);
        match &token {
            Token::AtKeyword(name) if name.eq_ignore_ascii_case("media") => prelude = Prelude::Media,
            Token::AtKeyword(name) if name.eq_ignore_ascii_case("container") => prelude = Prelude::Container,
            Token::CurlyBracketBlock => prelude = Prelude::None,
            _ => {}
        }
        match &token {
            Token::AtKeyword(_) if prelude == Prelude::Container && usage == Use::Page => output.push_str("@media"),
            Token::Dimension { value, unit, .. } if usage == Use::Widget && unit.eq_ignore_ascii_case("rem") => {
                match prelude {
                    Prelude::None => output.push_str(&format!("calc({value}*var(--rem,16px))")),
                    // Of the root element's font, which is the shop's.
                    Prelude::Container => output.push_str(&format!("{}px", 16.0 * value)),
                    // Of the visitor's font, whatever the page says.
                    Prelude::Media => output.push_str(text),
                }
            }
            _ => output.push_str(text),
        }
        let close = match &token {
            Token::CurlyBracketBlock => '}',
            Token::ParenthesisBlock | Token::Function(_) => ')',
            Token::SquareBracketBlock => ']',
            _ => continue,
        };
        // The nested parser reads all of the block and cannot fail.
        let _ = parser.parse_nested_block(|block| {
            adapt(block, usage, prelude, output);
            Ok::<_, ParseError<'_, ()>>(())
        });
        output.push(close);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_included_in_their_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
        write("page.css", "@import \"app.css\";\np { top: 3rem }\n");
        write("app.css", "@import \"a.css\";\n@import \"b.css\";\n");
        write("a.css", "p { top: 1rem }\n");
        write("b.css", "p { left: 2rem }\n");
        let bundled = with_imports(&folder.path().join("page.css")).expect("bundled");
        let order = ["top: 1rem", "left: 2rem", "top: 3rem"].map(|rule| bundled.find(rule).expect(rule));
        assert!(order.is_sorted(), "{bundled}");
        assert!(with_imports(&folder.path().join("missing.css")).is_err());
    }

    #[test]
    fn container_queries_of_the_page_are_about_the_window() {
        let css = "@container (min-width:60rem){p{gap:.35rem 100cqi}}@media (hover:none){p{top:0}}";
        assert_eq!(adapted(css, Use::Page), css.replace("@container", "@media"));
    }

    #[test]
    fn lengths_of_the_widget_follow_the_visitors_font_size() {
        let css =
            "@container (min-width:60rem){p{gap:-.5rem 2rem}}@media (max-width:34rem){a::after{content:\"2rem\"}}";
        assert_eq!(
            adapted(css, Use::Widget),
            "@container (min-width:960px){p{gap:calc(-0.5*var(--rem,16px)) calc(2*var(--rem,16px))}}\
             @media (max-width:34rem){a::after{content:\"2rem\"}}"
        );
    }

    #[test]
    fn both_sheets_are_written_and_no_length_of_the_widget_is_the_shops() {
        let root = crate::project::root();
        let page = sheet(&root.join(PAGE_SOURCE), Use::Page).expect("the page's sheet");
        let widget = sheet(&root.join(WIDGET_SOURCE), Use::Widget).expect("the widget's sheet");
        assert!(!page.contains("@container") && page.contains("@media"));
        assert!(widget.contains("@container"));
        for sheet in [&page, &widget] {
            assert!(!sheet.contains("light-dark(") && !sheet.contains("@import") && sheet.contains("--stl-accent"));
            // Old browsers fall back to `vh`.
            assert!(sheet.contains("100dvh") && sheet.contains("100vh"));
        }
        let rem = widget.split("rem").filter(|before| before.ends_with(|end: char| end.is_ascii_digit())).count();
        let in_media = widget.matches("@media (width<=34rem)").count();
        assert_eq!(rem, in_media, "only conditions about the window are in rem");
    }
}
