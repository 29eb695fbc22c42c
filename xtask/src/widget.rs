//! The widget's files in `dist`: its loader, the list of what that fetches, and a style sheet for its shadow tree, derived
//! from the page's.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::fingerprint;

const SOURCES: &str = "frontend/widget";
const PAGE_STYLE: &str = "frontend/assets/page.css";

/// Places the widget's files beside the page, which Trunk has built.
///
/// # Errors
/// When a file is missing, or the page's style sheet is not written as [`shadow_style`] reads it.
pub(crate) fn place(dist: &Path) -> Result<()> {
    for name in ["widget.js", "widget.d.ts"] {
        let from = Path::new(SOURCES).join(name);
        fs::copy(&from, dist.join(name)).with_context(|| format!("{} cannot be placed", from.display()))?;
    }
    let mut style = shadow_style(&fs::read_to_string(PAGE_STYLE)?)?;
    style.push_str(&in_widths_of_the_widget(&fs::read_to_string(Path::new(SOURCES).join("widget.css"))?));
    let name = format!("widget-{}.css", fingerprint::short(style.as_bytes()));
    fs::write(dist.join(&name), style)?;
    let [module, wasm] = program(dist)?;
    let files = serde_json::json!({ "module": module, "wasm": wasm, "style": format!("/{name}") });
    Ok(fs::write(dist.join("widget.json"), serde_json::to_vec(&files)?)?)
}

/// Addresses of the page's program as Trunk named them: the glue, then the WebAssembly.
fn program(dist: &Path) -> Result<[String; 2]> {
    let mut found = [None, None];
    for entry in fs::read_dir(dist)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with("stl-frontend-") {
            for (found, end) in found.iter_mut().zip([".js", "_bg.wasm"]) {
                if name.ends_with(end) && found.replace(format!("/{name}")).is_some() {
                    bail!("{} holds two builds of the page", dist.display());
                }
            }
        }
    }
    let [Some(module), Some(wasm)] = found else { bail!("{} holds no page", dist.display()) };
    Ok([module, wasm])
}

/// The page's style sheet for a shadow tree.
///
/// Its tokens stand on `.root`, where nothing of the shop's page reaches them but the custom property of the same name with the prefix
/// `stl-`; the dark ones hold where the loader has set `data-dark`.
fn shadow_style(page: &str) -> Result<String> {
    let mut style = page.to_owned();
    for (opening, selector) in
        [("@media (prefers-color-scheme: dark) {\n  :root {", ".root[data-dark]"), (":root {", ".root")]
    {
        let start = style.find(opening).with_context(|| format!("{PAGE_STYLE}: expected {opening:?}"))?;
        let tokens = start + opening.len();
        let end =
            tokens + style[tokens..].find('}').with_context(|| format!("{PAGE_STYLE}: {opening:?} never ends"))?;
        // The block around the dark ones ends, too.
        let rest =
            if opening.starts_with('@') { end + style[end + 1..].find('}').map_or(0, |found| found + 1) } else { end };
        let themed: String = style[tokens..end].trim_end().lines().map(themable).collect();
        style.replace_range(start..=rest, &format!("{selector} {{{themed}}}"));
    }
    if style.contains(":root") || style.contains("prefers-color-scheme") {
        bail!("{PAGE_STYLE}: expected all tokens in one `:root` and one dark `:root`");
    }
    Ok(in_widths_of_the_widget(&style))
}

/// `--accent: red;` → `--accent: var(--stl-accent, red);`
fn themable(line: &str) -> String {
    let token =
        line.trim().strip_prefix("--").and_then(|line| line.strip_suffix(';')).and_then(|line| line.split_once(':'));
    match token {
        Some((name, value)) => format!("  --{name}: var(--stl-{name}, {});\n", value.trim()),
        None => format!("{line}\n"),
    }
}

/// Lengths that depend on the shop's page become the widget's own: `rem` a property that the loader sets, `vw` a share of the
/// container, and conditions on the window's width conditions on the container's.
fn in_widths_of_the_widget(style: &str) -> String {
    let mut answer = String::with_capacity(style.len() * 2);
    for line in style.split_inclusive('\n') {
        if line.trim_start().starts_with("@media") && line.contains("-width:") {
            let line = replace_unit(&line.replace("@media", "@container"), "rem", |rem| format!("{}px", 16.0 * rem));
            answer.push_str(&line);
        } else {
            let line = replace_unit(line, "rem", |rem| format!("calc({rem} * var(--rem, 16px))"));
            answer.push_str(&replace_unit(&line, "vw", |vw| format!("{vw}cqi")));
        }
    }
    answer
}

/// Replaces each number with this unit, its sign included.
fn replace_unit(text: &str, unit: &str, replacement: impl Fn(f64) -> String) -> String {
    let mut answer = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(unit) {
        let (before, after) = (&rest[..at], &rest[at + unit.len()..]);
        let digits = before.trim_end_matches(|char: char| char.is_ascii_digit() || char == '.').len();
        // A hyphen is a sign unless it is a part of a word.
        let is_signed = before[..digits].ends_with('-')
            && !before[..digits - 1].ends_with(|char: char| char.is_ascii_alphanumeric() || char == '-');
        let start = if is_signed { digits - 1 } else { digits };
        let ends = !after.starts_with(|char: char| char.is_ascii_alphanumeric() || char == '-');
        match before[start..].parse().ok().filter(|_| ends) {
            Some(number) => {
                answer.push_str(&before[..start]);
                answer.push_str(&replacement(number));
            }
            None => answer.push_str(&rest[..at + unit.len()]),
        }
        rest = after;
    }
    answer + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_take_the_shops_values_and_dark_ones_hold_where_the_loader_says() {
        let page = ":root {\n  color-scheme: light dark;\n  --ink: #111;\n  --edge: clamp(1rem, 4.5vw, 4rem);\n}\n\n\
                    @media (prefers-color-scheme: dark) {\n  :root {\n    --ink: #eee;\n  }\n}\n\np {\n  top: -4rem;\n}\n";
        let style = shadow_style(page).expect("a style sheet");
        assert_eq!(
            style,
            ".root {\n  color-scheme: light dark;\n  --ink: var(--stl-ink, #111);\n  --edge: var(--stl-edge, \
             clamp(calc(1 * var(--rem, 16px)), 4.5cqi, calc(4 * var(--rem, 16px))));\n}\n\n\
             .root[data-dark] {\n  --ink: var(--stl-ink, #eee);\n}\n\np {\n  top: calc(-4 * var(--rem, 16px));\n}\n"
        );
        assert!(shadow_style("p {}").is_err() && shadow_style(&format!("{page}:root {{}}")).is_err());
    }

    #[test]
    fn widths_are_the_containers() {
        let width =
            in_widths_of_the_widget("@media (min-width: 60rem) {\n  gap: 0.35rem 100vw;\n}\n@media (hover: none) {}");
        assert_eq!(
            width,
            "@container (min-width: 960px) {\n  gap: calc(0.35 * var(--rem, 16px)) 100cqi;\n}\n@media (hover: none) {}"
        );
        let words = "--theorem: premium; a-2rem: -2rem remote 2remote";
        assert_eq!(
            replace_unit(words, "rem", |rem| format!("<{rem}>")),
            "--theorem: premium; a-<2>: <-2> remote 2remote"
        );
    }

    #[test]
    fn the_pages_style_sheet_is_written_as_it_is_read_here() {
        let page = fs::read_to_string(crate::root().join(PAGE_STYLE)).expect("the style sheet");
        let style = shadow_style(&page).expect("a style sheet");
        let unit = |unit: &str| replace_unit(&style, unit, |_| String::new()) != style;
        assert!(!unit("rem") && !unit("vw") && style.contains("@container"));
    }
}
