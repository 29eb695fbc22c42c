//! The page's bundle. In: `frontend/index.html` and what it names. Out: the client's folder with the page, its program, style sheet and icons,
//! named by their content.
//!
//! `index.html` is written as for Trunk (<https://trunkrs.dev>), which can serve the page while one works on it: `<link data-trunk …>` names a
//! file. Here the kinds of these links are understood that the page uses.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::wasm::{Bindgen, Glue, PAGE};
use crate::shell::step;
use crate::{fingerprint, folder};

/// The page.
const INDEX: &str = "frontend/index.html";

/// Where the bundle is made before it replaces the client: beside it, since a folder cannot be moved to another disk.
const BUNDLE: &str = "dist.part";

/// What begins a link that stands for a file.
const LINK: &str = "<link data-trunk ";

/// Builds the page's program, and replaces the folder of the client by a bundle with it.
///
/// # Errors
/// When the program cannot be built, or `index.html` names what is not there. The former client stays then.
pub(super) fn place(bindgen: &Bindgen, dist: &Path) -> Result<()> {
    let glue = step("Build the page", || bindgen.page())?;
    let html = fs::read_to_string(INDEX).with_context(|| format!("{INDEX} cannot be read"))?;
    let bundle = Path::new(BUNDLE);
    remove(bundle)?;
    fs::create_dir_all(bundle)?;
    let mut bundled = html.clone();
    for link in links(&html)? {
        bundled = bundled.replace(&link.element, &link.placed(&glue, bundle)?);
    }
    // Files that are only copied leave empty lines.
    let lines: Vec<&str> = bundled.lines().filter(|line| !line.trim().is_empty()).collect();
    fs::write(bundle.join("index.html"), lines.join("\n") + "\n")?;
    remove(dist)?;
    fs::rename(bundle, dist).with_context(|| format!("{BUNDLE} cannot become {}", dist.display()))
}

/// Removes a folder, if it is there.
fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} cannot be removed", folder.display()))?;
    }
    Ok(())
}

/// A link that stands for a file.
#[derive(Debug, PartialEq, Eq)]
struct Link {
    /// The whole element.
    element: String,
    /// What the file is.
    rel: String,
    /// Relative to the page.
    href: String,
    /// A picture's media type.
    kind: Option<String>,
}

impl Link {
    /// Places the file; returns what the page has in the link's place.
    fn placed(&self, glue: &Glue, dist: &Path) -> Result<String> {
        let path = Path::new(INDEX).with_file_name(&self.href);
        let name = path.file_name().with_context(|| format!("{INDEX}: {} names no file", self.href))?;
        let read =
            || fs::read(&path).with_context(|| format!("{INDEX} names {}, which cannot be read", path.display()));
        match &*self.rel {
            "copy-file" => {
                fs::write(dist.join(name), read()?)?;
                Ok(String::new())
            }
            "copy-dir" => {
                folder::copy(&path, &dist.join(name), &[])?;
                Ok(String::new())
            }
            "icon" => {
                let href = place_named(&path, &read()?, dist)?;
                let kind = self.kind.as_ref().map(|kind| format!(" type=\"{kind}\"")).unwrap_or_default();
                Ok(format!("<link rel=\"icon\" href=\"{href}\"{kind} />"))
            }
            "css" => Ok(format!("<link rel=\"stylesheet\" href=\"{}\" />", place_named(&path, &read()?, dist)?)),
            "rust" => program(glue, dist),
            other => bail!("{INDEX}: expected a link of icon, css, rust, copy-file or copy-dir, got {other}"),
        }
    }
}

/// Places the page's program; returns the elements that load it: early, and then start it.
fn program(glue: &Glue, dist: &Path) -> Result<String> {
    let hash = fingerprint::short(&[&*glue.wasm, &*glue.script].concat());
    let [script, wasm] = [format!("{PAGE}-{hash}.js"), format!("{PAGE}-{hash}_bg.wasm")];
    fs::write(dist.join(&script), &glue.script)?;
    fs::write(dist.join(&wasm), &glue.wasm)?;
    if let Some(snippets) = &glue.snippets {
        folder::copy(snippets, &dist.join("snippets"), &[])?;
    }
    Ok(format!(
        "<link rel=\"modulepreload\" href=\"/{script}\" crossorigin=\"anonymous\" />
    <link rel=\"preload\" href=\"/{wasm}\" crossorigin=\"anonymous\" as=\"fetch\" type=\"application/wasm\" />
    <script type=\"module\">
      import init from '/{script}';
      await init({{ module_or_path: '/{wasm}' }});
    </script>"
    ))
}

/// Writes a file named by its content; returns its address.
fn place_named(path: &Path, bytes: &[u8], dist: &Path) -> Result<String> {
    let part = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let name = format!("{}-{}.{}", part(path.file_stem()), fingerprint::short(bytes), part(path.extension()));
    fs::write(dist.join(&name), bytes)?;
    Ok(format!("/{name}"))
}

/// The links of a page that stand for files.
fn links(html: &str) -> Result<Vec<Link>> {
    let mut links = Vec::new();
    for (at, _) in html.match_indices(LINK) {
        let end = html[at..].find('>').with_context(|| format!("{INDEX}: expected > after {LINK}"))?;
        let element = &html[at..=at + end];
        let attribute = |name: &str| -> Option<String> {
            let (_, rest) = element.split_once(&format!(" {name}=\""))?;
            rest.split_once('"').map(|(value, _)| value.to_owned())
        };
        let needed =
            |name: &str| attribute(name).with_context(|| format!("{INDEX}: expected {name}=\"…\" in {element}"));
        links.push(Link {
            element: element.to_owned(),
            rel: needed("rel")?,
            href: needed("href")?,
            kind: attribute("type"),
        });
    }
    ensure!(links.iter().any(|link| link.rel == "rust"), "{INDEX}: expected a link with rel=\"rust\"");
    Ok(links)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::project::root;

    fn glue() -> Glue {
        Glue { script: b"export default 1;".to_vec(), wasm: b"\0asm".to_vec(), snippets: None }
    }

    #[test]
    fn each_link_of_the_page_is_known_and_names_a_file() {
        let html = fs::read_to_string(root().join(INDEX)).expect("the page");
        let links = links(&html).expect("links");
        assert_eq!(links.len(), html.matches("data-trunk").count());
        for Link { rel, href, .. } in links {
            assert!(["icon", "css", "rust", "copy-file", "copy-dir"].contains(&&*rel), "{rel}");
            // The style sheet is made by the build.
            assert!(rel == "css" || root().join("frontend").join(&href).exists(), "{href}");
        }
    }

    #[test]
    fn the_program_is_loaded_under_the_name_of_its_content() {
        let dist = tempfile::tempdir().expect("a folder");
        let html = program(&glue(), dist.path()).expect("placed");
        let mut names: Vec<PathBuf> = fs::read_dir(dist.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into())
            .collect();
        names.sort();
        let [script, wasm] = [&names[0], &names[1]].map(|name| name.to_string_lossy().into_owned());
        assert!(script.ends_with(".js") && wasm.ends_with("_bg.wasm"), "{names:?}");
        for expected in [format!("import init from '/{script}'"), format!("module_or_path: '/{wasm}'")] {
            assert!(html.contains(&expected), "{html}");
        }
        let other = Glue { wasm: b"\0asm1".to_vec(), ..glue() };
        assert!(!program(&other, dist.path()).expect("placed").contains(&script), "other content has another name");
    }

    #[test]
    fn a_link_without_a_file_and_a_page_without_a_program_are_refused() {
        let refusal = links("<link data-trunk rel=\"css\" />").expect_err("no href").to_string();
        assert!(refusal.contains("expected href=\"…\" in <link data-trunk rel=\"css\" />"), "{refusal}");
        let refusal = links("<link data-trunk rel=\"css\" href=\"a.css\" />").expect_err("no program").to_string();
        assert!(refusal.contains("rel=\"rust\""), "{refusal}");
        let link = Link { element: String::new(), rel: "sass".to_owned(), href: "a.sass".to_owned(), kind: None };
        let refusal = link.placed(&glue(), Path::new("nowhere")).expect_err("another kind").to_string();
        assert!(refusal.contains("got sass"), "{refusal}");
    }
}
