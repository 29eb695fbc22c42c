//! The administration's page in `dist`. In: `frontend/admin`. Out: `admin.html`, and its script and style sheet, named by their content.
//!
//! It is no part of the page's program: only who opens `/admin` loads it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::shell::run;
use crate::{fingerprint, styles, tools};

const SOURCES: &str = "frontend/admin";

/// In the document, in place of the addresses of style sheet and script.
const PLACES: [&str; 2] = ["\"STYLE\"", "\"SCRIPT\""];

/// Places the page's files beside the visitors' page.
///
/// # Errors
/// When a file is missing or cannot be bundled.
pub(crate) fn place(dist: &Path) -> Result<()> {
    let style = styles::admin()?;
    let style_name = format!("admin-{}.css", fingerprint::short(style.as_bytes()));
    fs::write(dist.join(&style_name), style)?;
    let bundle = dist.join("admin.js");
    run(Command::new(tools::esbuild()?)
        .arg(Path::new(SOURCES).join("admin.js"))
        .args(["--bundle", "--format=esm", "--minify", "--charset=utf8", "--log-level=warning"])
        .arg("--target=chrome120,edge120,firefox121,safari17")
        .arg(format!("--outfile={}", bundle.display())))?;
    let script_name = format!("admin-{}.js", fingerprint::short(&fs::read(&bundle)?));
    fs::rename(&bundle, dist.join(&script_name))?;
    let source = Path::new(SOURCES).join("admin.html");
    let document = fs::read_to_string(&source).with_context(|| format!("{} cannot be read", source.display()))?;
    fs::write(dist.join("admin.html"), with_files(&document, [&style_name, &script_name])?)
        .context("the administration's page cannot be written")
}

fn with_files(document: &str, names: [&str; 2]) -> Result<String> {
    let mut placed = document.to_owned();
    for (place, name) in PLACES.into_iter().zip(names) {
        ensure!(placed.matches(place).count() == 1, "{SOURCES}/admin.html: expected {place} once");
        placed = placed.replace(place, &format!("\"/{name}\""));
    }
    Ok(placed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_names_its_files_and_has_no_script_of_its_own() {
        let source = crate::project::root().join(SOURCES).join("admin.html");
        let document = fs::read_to_string(source).expect("a document");
        let placed = with_files(&document, ["a.css", "a.js"]).expect("placed");
        assert!(placed.contains("href=\"/a.css\"") && placed.contains("src=\"/a.js\"></script>"), "{placed}");
        assert!(with_files(&placed, ["a.css", "a.js"]).is_err(), "no place is left");
    }
}
