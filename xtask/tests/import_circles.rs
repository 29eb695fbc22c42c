//! No module of a crate imports another one that imports it back, directly or through others.
//!
//! Reads the sources as text: paths that begin with `crate::`, `super::` or a child module. A re-exported item belongs to the module that
//! defines it, and a re-export is no import. Test modules are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Module = Vec<String>;

/// A crate's modules with the paths in their text, absolute from the crate's root.
#[derive(Default)]
struct Crate {
    /// With re-exports.
    paths: BTreeMap<Module, Vec<Module>>,
    /// Without them.
    imports: BTreeMap<Module, Vec<Module>>,
}

impl Crate {
    /// Reads `root` (`lib.rs` or `main.rs`) and its modules in the folder beside it.
    fn read(root: &Path) -> Self {
        let folder = root.parent().expect("a folder");
        let mut sources = BTreeMap::from([(Module::new(), fs::read_to_string(root).expect("a source file"))]);
        collect(folder, folder, &mut sources);
        let modules: BTreeSet<Module> = sources.keys().cloned().collect();
        let (mut paths, mut imports) = (BTreeMap::new(), BTreeMap::new());
        for (module, text) in &sources {
            let code = code_of(text);
            let is_re_export = |statement: &&str| {
                let statement = statement.trim_start();
                statement.starts_with("pub")
                    && statement.split_once(" use ").is_some_and(|(visible, _)| visible.len() < 16)
            };
            let without: String = code.split_inclusive(';').filter(|statement| !is_re_export(statement)).collect();
            paths.insert(module.clone(), paths_of(module, &code, &modules));
            imports.insert(module.clone(), paths_of(module, &without, &modules));
        }
        Self { paths, imports }
    }

    /// The module that defines what `path` names: the longest prefix that is a module, or where that one has the item from.
    fn home(&self, path: &[String], depth: usize) -> Option<Module> {
        let length = (0..=path.len()).rev().find(|&length| self.paths.contains_key(&path[..length]))?;
        let (module, rest) = path.split_at(length);
        let item = rest.first();
        let from = self.paths[module].iter().find(|known| {
            item.is_some() && known.last() == item && known.len() > 1 && known.as_slice() != path && depth > 0
        });
        from.and_then(|from| self.home(from, depth - 1)).or_else(|| Some(module.to_vec()))
    }

    /// A module that reaches itself, with the way; `None` if there is none.
    fn circle(&self) -> Option<Vec<Module>> {
        let edges: BTreeMap<&Module, BTreeSet<Module>> = self
            .imports
            .iter()
            .map(|(module, paths)| {
                let homes = paths.iter().filter_map(|path| self.home(path, 4)).filter(|home| home != module);
                (module, homes.collect())
            })
            .collect();
        let mut done = BTreeSet::new();
        edges.keys().find_map(|module| visit(module, &edges, &mut Vec::new(), &mut done))
    }
}

fn visit(
    module: &Module,
    edges: &BTreeMap<&Module, BTreeSet<Module>>,
    way: &mut Vec<Module>,
    done: &mut BTreeSet<Module>,
) -> Option<Vec<Module>> {
    if let Some(start) = way.iter().position(|known| known == module) {
        return Some(way[start..].to_vec());
    }
    if done.contains(module) {
        return None;
    }
    way.push(module.clone());
    let found = edges.get(module)?.iter().find_map(|next| visit(next, edges, way, done));
    way.pop();
    done.insert(module.clone());
    found
}

fn collect(folder: &Path, root: &Path, sources: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        // Programs in `bin` are crates of their own.
        if path.is_dir() && name != "tests" && !(name == "bin" && folder == root) {
            collect(&path, root, sources);
        }
        let is_module = name.ends_with(".rs") && !["lib.rs", "main.rs", "tests.rs"].contains(&name.as_str());
        if is_module {
            let module = path.strip_prefix(root).expect("below the root").with_extension("");
            let module = module.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            sources.insert(module, fs::read_to_string(&path).expect("a source file"));
        }
    }
}

/// A file's text without comments, visibilities and what follows the beginning of its test module.
fn code_of(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_test_module = |at: &usize| {
        lines[*at] == "#[cfg(test)]"
            && lines.get(at + 1).is_some_and(|line| line.ends_with('{') && line.contains("mod "))
    };
    let end = (0..lines.len()).find(is_test_module).unwrap_or(lines.len());
    let code = lines[..end].iter().filter(|line| !line.trim_start().starts_with("//"));
    code.map(|line| line.replace("pub(in crate::", "pub(in ")).collect::<Vec<_>>().join("\n")
}

/// Absolute paths in a module's code.
fn paths_of(module: &Module, code: &str, modules: &BTreeSet<Module>) -> Vec<Module> {
    let mut found = Vec::new();
    let mut starts = vec![("crate::".to_owned(), Module::new()), ("self::".to_owned(), module.clone())];
    if let Some((_, parent)) = module.split_last() {
        starts.push(("super::".to_owned(), parent.to_vec()));
    }
    for child in modules.iter().filter(|other| other.len() == module.len() + 1 && other.starts_with(module)) {
        starts.push((format!("{}::", child[module.len()]), child.clone()));
    }
    for (start, base) in starts {
        for (at, _) in code.match_indices(&start) {
            let before = code[..at].chars().next_back();
            if before.is_none_or(|letter| !letter.is_alphanumeric() && !"_:".contains(letter)) {
                read_tree(&code[at + start.len()..], &base, &mut found);
            }
        }
    }
    found
}

/// Reads `a::{b, c::d}` after `base` and returns what follows it.
fn read_tree<'a>(text: &'a str, base: &[String], found: &mut Vec<Module>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start_matches([',', ' ', '\n']);
            match rest.strip_prefix('}') {
                Some(after) => return after,
                None if rest.is_empty() => return rest,
                None => {
                    let after = read_tree(rest, base, found);
                    // Whatever is no path ends the group: `as`, `*`.
                    rest = if after.len() == rest.len() {
                        &rest[rest.find([',', '}']).unwrap_or(rest.len())..]
                    } else {
                        after
                    };
                }
            }
        }
    }
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    let mut path = base.to_vec();
    match &text[..end] {
        "super" => drop(path.pop()),
        "" | "self" => {}
        name => path.push(name.to_owned()),
    }
    match text[end..].strip_prefix("::") {
        Some(rest) => read_tree(rest, &path, found),
        None => {
            found.push(path);
            &text[end..]
        }
    }
}

fn roots(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && !["target", "dist", "node_modules"].contains(&name.as_str()) {
            roots(&path, found);
        } else if ["lib.rs", "main.rs"].contains(&name.as_str()) && folder.iter().any(|part| part == "src") {
            found.push(path);
        }
    }
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let mut found = Vec::new();
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the project's folder");
    for part in ["backend", "frontend", "shared", "tests", "xtask"] {
        roots(&project.join(part), &mut found);
    }
    assert!(found.len() >= 12, "all crates are read: {found:?}");
    for root in found {
        let circle = Crate::read(&root).circle();
        assert_eq!(circle, None, "{}", root.display());
    }
}

#[test]
fn a_circle_is_found_and_a_re_exported_item_is_none() {
    let folder = std::env::temp_dir().join(format!("import-circles-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let circle = |a: &str| {
        fs::write(folder.join("lib.rs"), "mod a;\nmod b;\npub use b::Thing;\n").expect("written");
        fs::write(folder.join("a.rs"), a).expect("written");
        fs::write(folder.join("b.rs"), "pub struct Thing;\n").expect("written");
        Crate::read(&folder.join("lib.rs")).circle()
    };
    assert_eq!(circle("use crate::Thing;\n"), None);
    fs::write(folder.join("c.rs"), "use crate::{a::{self, A}, Thing};\n").expect("written");
    assert_eq!(circle("use super::c::C;\npub struct A;\n").map(|way| way.len()), Some(2));
    fs::remove_dir_all(&folder).expect("removed");
}
