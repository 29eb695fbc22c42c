//! What is in a package beside this project's own code. In: cargo's metadata. Out: a bill of materials in CycloneDX, and all licences.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::shell::{cargo, host};

/// The crate of the server's program.
const PROGRAM: &str = "shop-the-look";
/// The crates of the client.
const CLIENT: [&str; 3] = ["stl-frontend", "stl-worker", "stl-encoder"];
/// The target of the client.
const BROWSERS: &str = "wasm32-unknown-unknown";
/// What the bill calls the package.
const WHOLE: &str = "package";
/// How files of licences begin, in small letters.
const LICENCES: [&str; 5] = ["license", "licence", "copying", "notice", "unlicense"];

/// All crates that are delivered, and which of them use which.
#[derive(Default)]
pub(super) struct Bill {
    version: String,
    /// By name and version.
    crates: BTreeMap<String, Crate>,
}

struct Crate {
    name: String,
    version: String,
    /// An SPDX expression.
    licence: String,
    /// SHA-256 of what the registry delivers; none of this project's own.
    checksum: Option<String>,
    texts: Vec<String>,
    uses: BTreeSet<String>,
}

impl Bill {
    /// Reads the metadata and the lock file of the current folder's workspace: of the program for this machine's system, and of the client for
    /// browsers.
    ///
    /// # Errors
    /// When cargo fails, or a crate has no licence.
    pub(super) fn read() -> Result<Self> {
        let lock = fs::read_to_string("Cargo.lock").context("Cargo.lock cannot be read")?;
        let checksums = checksums(&lock)?;
        let mut bill = Self::default();
        for (target, delivered) in [(host()?.as_str(), &[PROGRAM][..]), (BROWSERS, &CLIENT)] {
            let only = ["metadata", "--format-version", "1", "--locked", "--filter-platform", target];
            let output = cargo().args(only).output()?;
            if !output.status.success() {
                bail!("`cargo metadata` failed: {}", String::from_utf8_lossy(&output.stderr));
            }
            bill.add(&serde_json::from_slice(&output.stdout)?, delivered, &checksums)?;
        }
        Ok(bill)
    }

    /// Adds delivered crates and what they use.
    fn add(&mut self, metadata: &Value, delivered: &[&str], checksums: &HashMap<String, String>) -> Result<()> {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let packages: HashMap<String, Value> =
            list(&metadata["packages"]).into_iter().map(|package| (text(&package["id"]), package)).collect();
        let nodes: HashMap<String, Value> =
            list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
        let key_of = |id: &str| {
            let package = packages.get(id).with_context(|| format!("cargo's metadata has no package {id}"))?;
            anyhow::Ok(key(&text(&package["name"]), &text(&package["version"])))
        };
        let of_name =
            |name: &str| packages.iter().find(|(_, package)| package["name"] == *name && package["source"].is_null());
        let mut open: Vec<String> = Vec::new();
        for name in delivered {
            let (id, package) = of_name(name).with_context(|| format!("the workspace has no crate {name}"))?;
            self.version = text(&package["version"]);
            open.push(id.clone());
        }
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id.clone()) {
                continue;
            }
            let used: Vec<String> = list(&nodes.get(&id).map_or(Value::Null, |node| node["deps"].clone()))
                .iter()
                // Of kind null are those that the crate is linked with; others build or test it.
                .filter(|dependency| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null()))
                .map(|dependency| text(&dependency["pkg"]))
                .collect();
            let package = packages.get(&id).with_context(|| format!("cargo's metadata has no package {id}"))?;
            let (name, version) = (text(&package["name"]), text(&package["version"]));
            let licence = text(&package["license"]);
            if licence.is_empty() {
                bail!("{name} {version} states no licence");
            }
            let uses: BTreeSet<String> = used.iter().map(|id| key_of(id)).collect::<Result<_>>()?;
            let folder = text(&package["manifest_path"]);
            let texts = if package["source"].is_null() { Vec::new() } else { texts(Path::new(&folder))? };
            let key = key(&name, &version);
            let checksum = checksums.get(&key).cloned();
            // Of a crate that both have, each uses what its system needs.
            let known = self.crates.entry(key).or_insert_with(|| Crate {
                name,
                version,
                licence,
                checksum,
                texts,
                uses: BTreeSet::new(),
            });
            known.uses.extend(uses);
            open.extend(used);
        }
        Ok(())
    }

    /// The version of this project.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// A bill of materials: CycloneDX 1.5, JSON. `time` is in RFC 3339.
    pub(super) fn cyclone_dx(&self, time: &str) -> String {
        // This project's own crates are in no registry, where others could take their names.
        let is_own = |found: &Crate| found.checksum.is_none();
        let reference = |found: &Crate| {
            let place = if is_own(found) { "" } else { "pkg:cargo/" };
            format!("{place}{}@{}", found.name, found.version)
        };
        let component = |found: &Crate| {
            let mut component = json!({
                "type": "library", "bom-ref": reference(found), "name": found.name, "version": found.version,
                "licenses": [{ "expression": found.licence.replace('/', " OR ") }],
            });
            if let Some(checksum) = &found.checksum {
                component["purl"] = json!(reference(found));
                component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
            }
            component
        };
        let delivered: Vec<String> = self
            .crates
            .values()
            .filter(|found| found.name == PROGRAM || CLIENT.contains(&found.name.as_str()))
            .map(reference)
            .collect();
        let mut dependencies: Vec<Value> = self
            .crates
            .values()
            .map(|found| {
                let uses: Vec<String> =
                    found.uses.iter().filter_map(|key| self.crates.get(key)).map(reference).collect();
                json!({ "ref": reference(found), "dependsOn": uses })
            })
            .collect();
        dependencies.push(json!({ "ref": WHOLE, "dependsOn": delivered }));
        let bill = json!({
            "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
            "metadata": {
                "timestamp": time,
                "component": { "type": "application", "bom-ref": WHOLE, "name": PROGRAM, "version": self.version },
            },
            "components": self.crates.values().map(component).collect::<Vec<_>>(),
            "dependencies": dependencies,
        });
        format!("{bill:#}\n")
    }

    /// Names, versions and licences of all crates of others, then each text once with the crates that it is of.
    pub(super) fn licences(&self) -> String {
        let of_others = || self.crates.values().filter(|found| found.checksum.is_some());
        let mut page = String::from("Crates of others in the program and the client, and their licences.\n\n");
        let mut texts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for found in of_others() {
            let name = format!("{} {}", found.name, found.version);
            // A String takes all that is written.
            let text = if found.texts.is_empty() { " (its package has no text of it)" } else { "" };
            let _ = writeln!(page, "{name}: {}{text}", found.licence);
            for text in &found.texts {
                texts.entry(text).or_default().push(name.clone());
            }
        }
        for (text, names) in texts {
            let _ = write!(page, "\n{}\n{}:\n\n{}\n", "=".repeat(78), names.join(", "), text.trim_end());
        }
        page
    }
}

fn key(name: &str, version: &str) -> String {
    format!("{name} {version}")
}

/// The checksum of each crate of a lock file that comes from a registry.
fn checksums(lock: &str) -> Result<HashMap<String, String>> {
    let lock: toml::Table = toml::from_str(lock).context("Cargo.lock is not usable")?;
    let packages = lock.get("package").and_then(toml::Value::as_array).context("Cargo.lock has no packages")?;
    let text = |package: &toml::Value, field| package.get(field).and_then(toml::Value::as_str).map(str::to_owned);
    let of = |package| Some((key(&text(package, "name")?, &text(package, "version")?), text(package, "checksum")?));
    Ok(packages.iter().filter_map(of).collect())
}

/// The licences beside a crate's manifest.
fn texts(manifest: &Path) -> Result<Vec<String>> {
    let Some(folder) = manifest.parent() else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if LICENCES.iter().any(|licence| name.starts_with(licence)) && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    files.iter().map(|file| Ok(String::from_utf8_lossy(&fs::read(file)?).replace("\r\n", "\n"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// This project's crates, one of which uses `linked`, and `builder` only while it is built.
    fn bill(licence: Value) -> Result<Bill> {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("LICENSE-MIT"), "May be used.\r\n").expect("written");
        let manifest = folder.path().join("Cargo.toml");
        let own = [PROGRAM, CLIENT[0], CLIENT[1], CLIENT[2]]
            .map(|name| json!({ "id": name, "name": name, "version": "0.1.0", "license": "MIT", "source": null }));
        let other = |name: &str, licence: &Value| {
            json!({
                "id": name, "name": name, "version": "2.0.0", "license": licence, "source": "registry",
                "manifest_path": manifest,
            })
        };
        let mut packages = own.to_vec();
        packages.extend([other("linked", &licence), other("builder", &json!("MIT"))]);
        let uses = |pkg: &str, kind: Value| json!({ "pkg": pkg, "dep_kinds": [{ "kind": kind }] });
        let deps = [uses("linked", Value::Null), uses("builder", json!("build"))];
        let metadata = json!({ "packages": packages, "resolve": { "nodes": [{ "id": PROGRAM, "deps": deps }] } });
        let checksums = checksums("[[package]]\nname = \"linked\"\nversion = \"2.0.0\"\nchecksum = \"abc\"\n")?;
        let mut bill = Bill::default();
        bill.add(&metadata, &[PROGRAM], &checksums)?;
        bill.add(&metadata, &CLIENT, &checksums)?;
        Ok(bill)
    }

    #[test]
    fn what_is_linked_is_listed_with_licence_and_checksum_and_what_builds_is_not() {
        let bill = bill(json!("MIT/Apache-2.0")).expect("a bill");
        let listed: Value = serde_json::from_str(&bill.cyclone_dx("2026-01-01T00:00:00Z")).expect("JSON");
        let components = listed["components"].as_array().expect("a list");
        let names: Vec<&str> = components.iter().filter_map(|found| found["name"].as_str()).collect();
        assert_eq!(names, ["linked", "shop-the-look", "stl-encoder", "stl-frontend", "stl-worker"]);
        assert_eq!(components[0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(components[0]["hashes"][0]["content"], "abc");
        let used = listed["dependencies"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|found| found["ref"] == "shop-the-look@0.1.0");
        assert_eq!(used.expect("the program")["dependsOn"], json!(["pkg:cargo/linked@2.0.0"]));
        let page = bill.licences();
        assert!(
            page.contains("linked 2.0.0: MIT/Apache-2.0") && page.contains("linked 2.0.0:\n\nMay be used.\n"),
            "{page}"
        );
        assert!(!page.contains("stl-worker") && !page.contains("builder"), "{page}");
    }

    #[test]
    fn a_crate_without_a_licence_is_refused() {
        let refusal = bill(Value::Null).err().expect("refused");
        assert_eq!(refusal.to_string(), "linked 2.0.0 states no licence");
    }
}
