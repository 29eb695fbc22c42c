//! Every dependency of a package is named in its sources. Reads manifests and sources as text.

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// Dependencies that no source names: for their features, or for what a macro writes. Package and dependency, each with its reason beside it.
const ALLOWED: [(&str, &str); 0] = [];

/// Kinds of dependencies, also of one target.
const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// The manifests below a folder.
fn manifests(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && !["target", "dist", "node_modules"].contains(&name.as_str()) {
            manifests(&path, found);
        } else if name == "Cargo.toml" {
            found.push(path);
        }
    }
}

/// The code of a package without lines of comments; packages inside it are left out.
fn code(folder: &Path, is_package: bool) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if path.is_dir() && !is_hidden && !path.ends_with("target") && !path.join("Cargo.toml").is_file() {
            text.push_str(&code(&path, false));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let source = fs::read_to_string(&path).expect("a source file");
            let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
            lines.for_each(|line| text.extend([line, "\n"]));
        }
    }
    assert!(!is_package || !text.is_empty(), "{} has sources", folder.display());
    text
}

/// The folder of a package's sources: its own, or that of its library's root if that is elsewhere.
fn sources(folder: &Path, manifest: &Table) -> PathBuf {
    let root = manifest.get("lib").and_then(|library| library.get("path")?.as_str()).map(Path::new);
    let elsewhere = root.filter(|root| root.starts_with("..")).and_then(Path::parent);
    elsewhere.map_or_else(|| folder.to_owned(), |elsewhere| folder.join(elsewhere))
}

/// Whether code has a path that begins with a crate's name, or imports the crate itself.
fn is_named(code: &str, dependency: &str) -> bool {
    let name = dependency.replace('-', "_");
    code.match_indices(&name).any(|(at, _)| {
        let before = code[..at].chars().next_back().unwrap_or(' ');
        let after = &code[at + name.len()..];
        let is_import = code[..at].ends_with("use ") && after.starts_with([';', ' ']);
        !before.is_alphanumeric() && !['_', ':'].contains(&before) && after.starts_with("::") || is_import
    })
}

/// The names of a manifest's dependencies, as the sources have them.
fn dependencies(manifest: &Table) -> Vec<String> {
    let of = |table: &Table| -> Vec<String> {
        let tables = KINDS.iter().filter_map(|kind| table.get(*kind)?.as_table());
        tables.flat_map(|dependencies| dependencies.keys().cloned()).collect()
    };
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(|targets| targets.values());
    let of_targets = targets.filter_map(Value::as_table).flat_map(of);
    of(manifest).into_iter().chain(of_targets).collect()
}

#[test]
fn every_dependency_is_named_in_the_sources() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the project's folder");
    let mut found = Vec::new();
    manifests(project, &mut found);
    let (mut packages, mut unused) = (0, Vec::new());
    for path in found {
        let text = fs::read_to_string(&path).expect("a manifest");
        let manifest: Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let Some(name) = manifest.get("package").and_then(|package| package.get("name")?.as_str()) else { continue };
        packages += 1;
        let code = code(&sources(path.parent().expect("a folder"), &manifest), true);
        let is_unused =
            |dependency: &String| !is_named(&code, dependency) && !ALLOWED.contains(&(name, dependency.as_str()));
        unused.extend(dependencies(&manifest).into_iter().filter(is_unused).map(|it| format!("{name}: {it}")));
    }
    assert!(packages >= 14, "all packages are read: {packages}");
    assert!(unused.is_empty(), "no source names them: remove them, or allow them with a reason: {unused:#?}");
}

#[test]
fn a_crate_is_named_by_a_path_or_an_import_and_by_nothing_else() {
    for code in ["use wasm_bindgen::JsCast;", "#[wasm_bindgen::it]", "use wasm_bindgen;", "use wasm_bindgen as it;"] {
        assert!(is_named(code, "wasm-bindgen"), "{code}");
    }
    for code in ["let wasm_bindgen = 1;", "crate::wasm_bindgen::a", "my_wasm_bindgen::a", "use wasm_bindgen_test::b;"] {
        assert!(!is_named(code, "wasm-bindgen"), "{code}");
    }
}
