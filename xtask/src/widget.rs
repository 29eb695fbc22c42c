//! The widget's files in `dist`. In: `frontend/widget`, the style sheets, the Fluent files and the page's program. Out: the loader as
//! one file, its types, the list of what it fetches, and the style sheet of its shadow tree.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use crate::shell::run;
use crate::{fingerprint, styles, tools};

const SOURCES: &str = "frontend/widget";
const LOCALES: &str = "frontend/locales";

/// The loader's name of each of its texts, and the message in the Fluent files.
const WORDS: [(&str, &str); 34] = [
    ("title", "hero-title"),
    ("promise", "hero-promise"),
    ("promise_numbers", "hero-promise_numbers"),
    ("choose", "hero-choose"),
    ("close", "close"),
    ("again", "try_again"),
    ("consent", "widget-consent"),
    ("agree", "widget-agree"),
    ("loading", "widget-loading"),
    ("unreachable", "widget-unreachable"),
    ("unreachable_next", "widget-unreachable_next"),
    ("refused", "widget-refused"),
    ("worn", "widget-worn"),
    ("worn_picture", "widget-worn_picture"),
    ("worn_note", "widget-worn_note"),
    ("similar", "product-similar"),
    ("weak", "results-weak"),
    ("back", "results-back"),
    ("on", "results-on"),
    ("new_tab", "results-new_tab"),
    ("was", "results-was"),
    ("from", "results-from"),
    ("sizes", "results-sizes"),
    ("category_blazers", "category-blazers"),
    ("category_dresses", "category-dresses"),
    ("category_jumpers", "category-jumpers"),
    ("category_shirts", "category-shirts"),
    ("category_skirts", "category-skirts"),
    ("category_trousers", "category-trousers"),
    ("category_t-shirts", "category-t_shirts"),
    ("category_tops", "category-tops"),
    ("availability_out_of_stock", "availability-out_of_stock"),
    ("availability_preorder", "availability-preorder"),
    ("availability_backorder", "availability-backorder"),
];

/// What the loader replaces in its texts.
const VARIABLE: &str = "{ $host }";

/// Places the widget's files beside the page.
///
/// # Errors
/// When a file is missing or cannot be bundled.
pub(crate) fn place(dist: &Path) -> Result<()> {
    let types = Path::new(SOURCES).join("widget.d.ts");
    fs::copy(&types, dist.join("widget.d.ts")).with_context(|| format!("{} cannot be copied", types.display()))?;
    bundle_loader(&dist.join("widget.js"))?;
    let style = styles::widget()?;
    let name = format!("widget-{}.css", fingerprint::short(style.as_bytes()));
    fs::write(dist.join(&name), style)?;
    let [module, wasm] = program(dist)?;
    let files = serde_json::json!({ "module": module, "wasm": wasm, "style": format!("/{name}") });
    Ok(fs::write(dist.join("widget.json"), serde_json::to_vec(&files)?)?)
}

/// Bundles the loader's modules, its texts and its first style into one module: a shop's page makes one request for it.
fn bundle_loader(output: &Path) -> Result<()> {
    let style = Value::from(styles::widget_start()?);
    let product_style = Value::from(styles::widget_product()?);
    let words = Value::from(words(Path::new(LOCALES))?);
    run(Command::new(tools::esbuild()?)
        .arg(Path::new(SOURCES).join("widget.js"))
        .args(["--bundle", "--format=esm", "--minify", "--charset=utf8", "--log-level=warning"])
        // As in `docs/widget.md`.
        .arg("--target=chrome105,edge105,firefox110,safari16.4")
        .arg(format!("--define:STL_STYLE={style}"))
        .arg(format!("--define:STL_PRODUCT_STYLE={product_style}"))
        .arg(format!("--define:STL_WORDS={words}"))
        .arg(format!("--outfile={}", output.display())))
}

/// The loader's texts by language, one for each Fluent file.
fn words(locales: &Path) -> Result<Map<String, Value>> {
    let mut languages = Map::new();
    for entry in fs::read_dir(locales).with_context(|| format!("{} cannot be read", locales.display()))? {
        let path = entry?.path();
        let Some(language) = path.file_stem().filter(|_| path.extension() == Some("ftl".as_ref())) else { continue };
        let catalogue = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let mut words = Map::new();
        for (name, id) in WORDS {
            let text = message(&catalogue, id).with_context(|| format!("{}: expected {id}", path.display()))?;
            if text.replace(VARIABLE, "").contains(['{', '}']) {
                bail!("{}: the loader replaces only {VARIABLE}, {id} has more", path.display());
            }
            words.insert(name.to_owned(), text.into());
        }
        languages.insert(language.to_string_lossy().into_owned(), words.into());
    }
    Ok(languages)
}

/// A message of one line.
fn message<'a>(catalogue: &'a str, id: &str) -> Option<&'a str> {
    catalogue.lines().find_map(|line| line.strip_prefix(id)?.strip_prefix(" = "))
}

/// Addresses of the page's program as the bundle has named them: the glue, then the WebAssembly.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_has_all_its_words_in_every_language() {
        let locales = crate::project::root().join(LOCALES);
        let words = words(&locales).expect("words");
        assert!(words.len() >= 3 && words.contains_key("en"), "English is the fallback");
        for (language, words) in words {
            assert!(words["consent"].as_str().expect("a text").contains(VARIABLE), "{language}");
            let catalogue = fs::read_to_string(locales.join(format!("{language}.ftl"))).expect("a catalogue");
            let ids = catalogue.lines().filter_map(|line| line.split_once(" = ")).map(|(id, _)| id);
            for id in ids.filter(|id| id.starts_with("widget-")) {
                assert!(WORDS.iter().any(|(_, used)| *used == id), "{language}: {id} is not used");
            }
        }
    }

    #[test]
    fn a_text_with_a_variable_that_the_loader_does_not_know_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let catalogue = WORDS.map(|(_, id)| format!("{id} = {{ $count }}\n")).concat();
        fs::write(folder.path().join("en.ftl"), catalogue).expect("written");
        let error = words(folder.path()).expect_err("an unknown variable").to_string();
        assert!(error.contains("hero-title has more"), "{error}");
    }
}
