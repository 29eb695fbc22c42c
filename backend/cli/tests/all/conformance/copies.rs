//! `catalogue copy` both ways, after all steps. In: the two catalogues. Out: nothing; whoever reads a copy sees what was copied, and changes
//! of it go on from there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use stl_server::audit::AuditEntry;
use stl_server::catalogue::Store;
use stl_server::catalogue::store::StoredAdaptation;
use stl_types::Manifest;

use super::place::{Both, exported, names, of_market, stats};
use super::served::of_any_request;
use crate::cluster::machines::{Machines, Server, assert_silent};
use crate::support::models;

/// How long an event may take to be written.
const TIMEOUT: Duration = Duration::from_secs(60);

const SIMILAR: &str = "/api/v1/products/shirts-b/similar?market=de";

/// A catalogue, as the program's flags and environment name it.
struct At<'a> {
    machines: &'a Machines,
    flags: [String; 2],
    environment: Vec<(&'static str, String)>,
}

impl<'a> At<'a> {
    fn folder(machines: &'a Machines, name: &str) -> Self {
        Self { machines, flags: ["--catalogue".to_owned(), name.to_owned()], environment: Vec::new() }
    }

    /// The database that the steps have filled.
    fn first(machines: &'a Machines) -> Self {
        Self { machines, flags: ["--cache", "commands"].map(str::to_owned), environment: Vec::new() }
    }

    /// Another database of the same server, with a prefix of its own in the bucket.
    fn second(machines: &'a Machines) -> Self {
        machines.postgres.sql("CREATE DATABASE second").expect("made");
        let [database, objects] = [machines.postgres.address(), machines.storage.address()].map(|address| {
            let (before, _) = address.rsplit_once('/').expect("a path");
            format!("{before}/second")
        });
        let environment = vec![("SHOP_THE_LOOK_CATALOGUE", database), ("SHOP_THE_LOOK_OBJECTS", objects)];
        Self { machines, flags: ["--cache", "of-second"].map(str::to_owned), environment }
    }

    fn address(&self) -> String {
        let named = self.environment.iter().find(|(name, _)| *name == "SHOP_THE_LOOK_CATALOGUE");
        named.map_or_else(|| self.machines.postgres.address(), |(_, address)| address.clone())
    }

    fn program(&self, words: &[&str]) -> Command {
        let mut command = self.machines.program(words);
        command.envs(self.environment.iter().cloned());
        command
    }

    /// What a command prints; rules with problems are printed all the same.
    fn says(&self, words: &str) -> String {
        let flags = self.flags.each_ref().map(String::as_str);
        let words: Vec<&str> = words.split(' ').chain(flags).collect();
        let output = self.program(&words).output().expect("run");
        assert_silent(&output);
        let reason = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 2)), "{words:?}: {reason}");
        String::from_utf8(output.stdout).expect("text")
    }

    fn copy(&self, from: &str, to: &str) -> String {
        let output = self.program(&["catalogue", "copy", from, to]).output().expect("run");
        assert_silent(&output);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// What commands show of it.
    fn seen(&self) -> BTreeMap<String, String> {
        let markets = names(&self.says("catalogue markets --json"));
        assert_eq!(markets, ["schweiz", "de"]);
        let of_markets = markets
            .iter()
            .flat_map(|name| ["list --json", "categories --json"].map(|words| words.to_owned() + &of_market(name)));
        let of_all = ["markets --json", "rules", "rules --json", "stats --events --json", "verify"].map(str::to_owned);
        let words = of_markets.chain(of_all);
        let mut seen: BTreeMap<String, String> =
            words.map(|words| (words.clone(), self.says(&format!("catalogue {words}")))).collect();
        seen.insert("stats".to_owned(), stats(&self.says("catalogue stats --json")).to_string());
        seen
    }

    /// The rows and pictures of an export of a market.
    fn exported(&self, market: &str, name: &str) -> (String, BTreeMap<String, Vec<u8>>) {
        let out = format!("exports/{name}-{market}");
        self.says(&format!("catalogue export {out} --market {market}"));
        exported(self.machines, &out)
    }

    fn serve(&self, log: &str) -> Server {
        let flags = self.flags.each_ref().map(String::as_str);
        let words = [&["serve", "--port", "0", "--events"], &flags[..]].concat();
        let server = Server::spawn(&mut self.program(&words), self.machines.at(log));
        server.wait_for("/readyz", |answer| answer.starts_with("ready"));
        server
    }
}

/// Copies the folder to another database and back, and the database to another folder.
pub(super) fn lose_nothing(both: &Both<'_>) {
    let machines = both.machines;
    let [folder, back, left] = ["folder", "back", "left"].map(|name| At::folder(machines, name));
    let (first, second) = (At::first(machines), At::second(machines));
    let of_cluster = first.seen();
    assert_eq!(folder.seen(), of_cluster, "after all steps");
    assert_eq!(first.copy(&first.address(), "left"), "11 products copied\n");
    assert_eq!(left.seen(), of_cluster);
    for market in ["de", "schweiz"] {
        assert_eq!(left.exported(market, "left"), first.exported(market, "first"), "{market}");
    }

    let server = add_what_only_a_folder_has(&folder);
    assert_eq!(second.copy("folder", &second.address()), "11 products copied\n");
    assert_eq!(second.copy(&second.address(), "back"), "11 products copied\n");
    let of_folder = folder.seen();
    assert_ne!(of_folder, of_cluster, "it has an adapted match and events");
    assert_eq!(second.seen(), of_folder);
    assert_eq!(back.seen(), of_folder);
    for market in ["de", "schweiz"] {
        let expected = folder.exported(market, "folder");
        assert_eq!(second.exported(market, "second"), expected, "{market}");
        assert_eq!(back.exported(market, "back"), expected, "{market}");
    }
    let audit = folder.says("audit --json");
    assert_eq!(audit.lines().count(), 2, "{audit}");
    assert_is_copied(&audit, &back.says("audit --json"), &["catalogue copy"; 2]);
    let [of_folder, of_back] = ["folder", "back"].map(|name| machines.at(name));
    for name in ["rules.toml", "looks/one.png", "embeddings.bin", "audit.1.jsonl"] {
        let [a, b] = [&of_folder, &of_back].map(|folder| fs::read(folder.join(name)).expect(name));
        assert!(a == b, "{name}");
    }
    assert_eq!(pictures(&of_folder), pictures(&of_back));
    let adaptations = [&of_folder, &of_back].map(|folder| Store::open(folder).and_then(|store| store.adaptation()));
    let [a, b] = adaptations.map(|found| found.expect("a database").expect("an adapted match"));
    assert!(a == b, "{} and {}", a.report, b.report);

    // The adapted match serves from the database as from the folder, and stays through changes, as the audit log does.
    let of_second = second.serve("second.log");
    let [expected, received] = [&server, &of_second].map(|server| of_any_request(server.text(SIMILAR).as_bytes()));
    assert_eq!(received, expected);
    drop((server, of_second));
    for words in ["catalogue delete shirts-d --market schweiz", "catalogue update ch.jsonl --market schweiz"] {
        assert_eq!(folder.says(words), second.says(words));
    }
    let after = folder.seen();
    assert_eq!(second.seen(), after);
    assert_eq!(second.copy(&second.address(), "again"), "10 products copied\n");
    let again = At::folder(machines, "again");
    assert_eq!(again.seen(), after);
    let since = ["catalogue copy", "catalogue delete", "catalogue update", "catalogue copy"];
    assert_is_copied(&audit, &again.says("audit --json"), &since);
}

/// A copy has the audit log, and after it what was done to the database since, and the copy itself.
fn assert_is_copied(audit: &str, of_copy: &str, since: &[&str]) {
    let own = of_copy.strip_prefix(audit).expect(of_copy);
    let own: Vec<AuditEntry> = own.lines().map(|line| serde_json::from_str(line).expect("an entry")).collect();
    let own: Vec<(&str, &str)> = own.iter().map(|entry| (&entry.action[..], &entry.outcome[..])).collect();
    assert_eq!(own, since.iter().map(|action| (*action, "done")).collect::<Vec<_>>());
}

/// Sample looks, an audit log, an adapted match, and an event that a server has counted. Returns that server.
fn add_what_only_a_folder_has(at: &At<'_>) -> Server {
    let folder = at.machines.at("folder");
    fs::create_dir(folder.join("looks")).expect("a folder");
    fs::copy(at.machines.at("shop/red.png"), folder.join("looks/one.png")).expect("copied");
    for (name, action) in [("audit.1.jsonl", "product.delete"), ("audit.jsonl", "rules.store")] {
        let [token, action, outcome] = ["erp", action, "done"].map(str::to_owned);
        let entry = AuditEntry { token, action, outcome, ..AuditEntry::default() };
        let line = serde_json::to_string(&entry).expect("JSON") + "\n";
        fs::write(folder.join(name), line).expect("written");
    }
    let networks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let manifest = fs::read_to_string(networks.join("manifest.toml")).expect("a manifest");
    let matching = Manifest::parse(&manifest).expect("networks").fashion2shop.matching.file;
    let adaptation = StoredAdaptation {
        version: 0,
        networks_sha256: models().networks_sha256(),
        weights: fs::read(networks.join(matching)).expect("weights"),
        report: "{}".to_owned(),
    };
    Store::open(&folder).and_then(|mut store| store.publish_adaptation(&adaptation)).expect("published");

    let server = at.serve("events.log");
    let event = serde_json::json!({"events": [{"kind": "opened", "product": "shirts-b", "position": 1}]}).to_string();
    let address = format!("{}/api/v1/events", server.origin);
    let answer = ureq::post(&address).header("content-type", "application/json").send(&event).expect("an answer");
    assert_eq!(answer.status().as_u16(), 204);
    let begin = Instant::now();
    while !at.says("catalogue stats --events --json").contains("\"opened\":1") {
        assert!(begin.elapsed() < TIMEOUT, "the event is written");
        std::thread::sleep(Duration::from_millis(200));
    }
    server
}

/// The stored pictures of a catalogue's folder.
fn pictures(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder.join("images")).expect("pictures");
    let files = entries.map(|entry| entry.expect("an entry").path());
    files
        .map(|path| {
            (path.display().to_string().replace(&folder.display().to_string(), ""), fs::read(&path).expect("a file"))
        })
        .collect()
}
