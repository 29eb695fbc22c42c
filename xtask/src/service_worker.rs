//! The service worker with the list of this build's files. In: the client's folder and `frontend/service-worker.js`. Out:
//! `service-worker.js` in that folder.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::fingerprint;
use crate::worker::WORKERS;

const SOURCE: &str = "frontend/service-worker.js";
const NAME: &str = "service-worker.js";

/// The list replaces the source from this mark to the end of the statement.
const MARK: &str = "/* FILES */";

/// Writes the service worker. All files that it lists must exist.
///
/// # Errors
/// When a file is missing, or the source has no mark for the list.
pub(crate) fn place(dist: &Path) -> Result<()> {
    let source = fs::read_to_string(SOURCE).with_context(|| format!("{SOURCE} cannot be read"))?;
    let script = with_files(&source, listed(dist, &source)?)?;
    fs::write(dist.join(NAME), script).context("the service worker cannot be written")
}

fn with_files(source: &str, files: Map<String, Value>) -> Result<String> {
    let Some((before, rest)) = source.split_once(MARK) else { bail!("{SOURCE} lacks {MARK}") };
    let Some((_, after)) = rest.split_once(';') else { bail!("{SOURCE}: no statement ends after {MARK}") };
    Ok(format!("{before}{};{after}", Value::Object(files)))
}

/// The paths of the page's shell and of the segmenter's builds, and a version. The version changes with any of these paths, with the
/// content of the shell's files, and with the script itself.
fn listed(dist: &Path, source: &str) -> Result<Map<String, Value>> {
    let page = fs::read_to_string(dist.join("index.html")).context("the page was not built")?;
    let mut shell = vec!["/".to_owned()];
    // The files that the page names.
    shell.extend(
        names(dist, "")?
            .into_iter()
            .filter(|path| page.contains(&format!("\"{path}\"")) || page.contains(&format!("'{path}'"))),
    );
    for folder in ["/icons", "/snippets"] {
        shell.extend(names(dist, folder)?);
    }
    let segmenter: Map<String, Value> = serde_json::from_slice(&read(dist, "/segmenter/segmenter.json")?)?;
    let path = |value: &Value| value.as_str().map(str::to_owned).context("a path in segmenter.json");
    shell.push("/segmenter/segmenter.json".to_owned());
    shell.push(path(&segmenter["model"]["url"])?);
    let mut files = Map::new();
    for (name, _) in WORKERS {
        files.insert(
            name.to_owned(),
            json!([path(&segmenter[name]["script"])?, path(&segmenter[name]["wasm"]["url"])?]),
        );
    }
    shell.sort();
    shell.dedup();
    let mut version = source.as_bytes().to_vec();
    version.extend(serde_json::to_vec(&files)?);
    for path in &shell {
        version.extend(path.as_bytes());
        version.extend(fingerprint::short(&read(dist, if path == "/" { "/index.html" } else { path })?).as_bytes());
    }
    files.insert("shell".to_owned(), shell.into());
    files.insert("version".to_owned(), fingerprint::short(&version).into());
    Ok(files)
}

fn read(dist: &Path, path: &str) -> Result<Vec<u8>> {
    let file = dist.join(path.trim_start_matches('/'));
    fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))
}

/// The files of a folder, recursively, as paths of the page, without the compressed copies. Not recursive for the root folder. Empty if
/// the folder is missing.
fn names(dist: &Path, folder: &str) -> Result<Vec<String>> {
    let on_disk = dist.join(folder.trim_start_matches('/'));
    let mut found = Vec::new();
    if !on_disk.is_dir() {
        return Ok(found);
    }
    for entry in fs::read_dir(on_disk)? {
        let entry = entry?;
        let name = entry.file_name().into_string().ok().context("a file name that is not UTF-8")?;
        let path = format!("{folder}/{name}");
        if entry.file_type()?.is_dir() {
            if !folder.is_empty() {
                found.extend(names(dist, &path)?);
            }
        } else if !name.starts_with('.') && ![".br", ".gz"].iter().any(|end| name.ends_with(end)) {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dist() -> tempfile::TempDir {
        let dist = tempfile::tempdir().expect("a folder");
        for folder in ["segmenter", "icons", "widget"] {
            fs::create_dir(dist.path().join(folder)).expect("a folder");
        }
        let file = |name: &str| json!({ "url": format!("/segmenter/{name}") });
        let build =
            |name: &str| json!({ "script": format!("/segmenter/{name}.js"), "wasm": file(&format!("{name}.wasm")) });
        let segmenter = json!({ "simd": build("simd"), "relaxed_simd": build("relaxed"), "model": file("m.bin") });
        for (name, text) in [
            (
                "index.html",
                "<link href=\"/a.css\"><script>import '/a.js'</script><link rel=\"manifest\" href=\"/m.webmanifest\">",
            ),
            ("a.css", ""),
            ("a.js", ""),
            ("a.js.br", ""),
            ("m.webmanifest", "{}"),
            ("of-another-page.js", ""),
            (".stamp", ""),
            ("icons/icon.png", ""),
            ("widget/widget.js", ""),
            ("segmenter/segmenter.json", &segmenter.to_string()),
            ("segmenter/m.bin", ""),
        ] {
            fs::write(dist.path().join(name), text).expect("written");
        }
        dist
    }

    #[test]
    fn the_shell_is_what_the_page_names_and_the_version_changes_with_it() {
        let dist = dist();
        let files = listed(dist.path(), "script").expect("listed");
        let shell = [
            "/",
            "/a.css",
            "/a.js",
            "/icons/icon.png",
            "/m.webmanifest",
            "/segmenter/m.bin",
            "/segmenter/segmenter.json",
        ];
        assert_eq!(files["shell"], json!(shell));
        assert_eq!(files["relaxed_simd"], json!(["/segmenter/relaxed.js", "/segmenter/relaxed.wasm"]));
        fs::write(dist.path().join("m.webmanifest"), "[1]").expect("written");
        let changed = listed(dist.path(), "script").expect("listed");
        assert_ne!(changed["version"], files["version"]);
        assert_ne!(listed(dist.path(), "another script").expect("listed")["version"], changed["version"]);
    }

    #[test]
    fn the_script_takes_the_list_in_place_of_the_mark() {
        let source = fs::read_to_string(crate::project::root().join(SOURCE)).expect("the script");
        let dist = dist();
        let files = listed(dist.path(), &source).expect("listed");
        let script = with_files(&source, files).expect("a place for it");
        assert!(script.contains("const FILES = {\"relaxed_simd\":[\"/segmenter/relaxed.js\""), "{script}");
        assert!(!script.contains(MARK) && script.contains("addEventListener(\"fetch\""));
        assert!(with_files("nothing", Map::new()).is_err());
    }
}
