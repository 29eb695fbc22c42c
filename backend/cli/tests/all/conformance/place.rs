//! A catalogue at each of the two places. In: words of commands. Out: what both say and show, which is the same.

use std::collections::BTreeMap;
use std::fs;
use std::process::Output;

use jiff::Timestamp;
use serde_json::Value;

use super::steps::Step;
use crate::cluster::machines::{Machines, assert_silent};

/// How the commands name each place: a folder, and the cache of the commands beside the database of the environment.
const PLACES: [[&str; 2]; 2] = [["--catalogue", "folder"], ["--cache", "commands"]];

/// What a command says, without the place's name and how long it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) status: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

/// The two places.
pub(super) struct Both<'a> {
    pub(super) machines: &'a Machines,
    /// How the database is printed.
    database: String,
}

impl<'a> Both<'a> {
    pub(super) fn new(machines: &'a Machines) -> Self {
        let address = machines.postgres.address();
        let (_, host) = address.rsplit_once('@').expect("a password");
        Self { machines, database: format!("postgres://{host}") }
    }

    /// Runs a `catalogue` command at both places at once; it says the same.
    pub(super) fn same(&self, words: &str) -> Said {
        let [folder, cluster] = self.each(&[&["catalogue"], &words.split(' ').collect::<Vec<_>>()[..]].concat());
        assert_eq!(folder, cluster, "{words}");
        folder
    }

    /// What a `catalogue` command prints at both places.
    fn printed(&self, words: &str) -> String {
        let said = self.same(words);
        assert_eq!(said.status, Some(0), "{words}: {}", said.err);
        said.out
    }

    /// Runs a command of the program at both places; it ends the same.
    pub(super) fn say(&self, words: &str, status: i32, says: &str) {
        for said in self.each(&words.split(' ').collect::<Vec<_>>()) {
            let text = format!("{}{}", said.out, said.err);
            assert!(said.status == Some(status) && text.contains(says), "{words}: {said:?}");
        }
    }

    /// Runs a command of the program that PostgreSQL refuses, and what a folder does with it.
    pub(super) fn differ(&self, words: &str, status: i32, in_folder: &str, in_cluster: &str) {
        let words: Vec<&str> = words.split(' ').collect();
        let [of_folder, of_cluster] = PLACES;
        let said = self.run(&words, of_folder);
        let text = format!("{}{}", said.out, said.err);
        assert!(said.status == Some(status) && text.contains(in_folder), "{words:?} in a folder: {said:?}");
        let said = self.run(&words, of_cluster);
        assert_eq!(said.status, Some(1), "{words:?}: {said:?}");
        assert!(said.err.contains(in_cluster) && said.out.is_empty(), "{words:?}: {said:?}");
    }

    fn each(&self, words: &[&str]) -> [Said; 2] {
        std::thread::scope(|scope| {
            let running = PLACES.map(|place| scope.spawn(move || self.run(words, place)));
            running.map(|place| place.join().expect("run"))
        })
    }

    fn run(&self, words: &[&str], place: [&str; 2]) -> Said {
        let output = self.machines.program(&[words, &place[..]].concat()).output().expect("run");
        assert_silent(&output);
        let Output { status, stdout, stderr } = output;
        let [out, err] = [stdout, stderr].map(|text| self.plain(&String::from_utf8(text).expect("text")));
        Said { status: status.code(), out, err }
    }

    /// A text without what differs between places: their names, times, progress, and lines of the log.
    fn plain(&self, text: &str) -> String {
        let text = text.replace(&self.database, "PLACE").replace(" in folder", " in PLACE");
        let kept = text.lines().filter(|line| {
            let is_logged = line.split(' ').next().is_some_and(|first| first.parse::<Timestamp>().is_ok());
            !(is_logged || line.starts_with('[') && line.contains(" pictures, "))
        });
        let untimed = kept.map(|line| match line.rsplit_once(" in ") {
            Some((line, time)) if time.strip_suffix(" s").is_some_and(|s| s.parse::<f64>().is_ok()) => line,
            _ => line,
        });
        untimed.fold(String::new(), |text, line| text + line + "\n")
    }

    /// The names of the markets, the first one first.
    pub(super) fn markets(&self) -> Vec<String> {
        names(&self.same("markets --json").out)
    }

    /// The version of both.
    pub(super) fn version(&self) -> u64 {
        self.stats()["version"].as_u64().expect("a version")
    }

    /// What `stats` counts at both places; the sizes of folders differ.
    fn stats(&self) -> Value {
        let [folder, cluster] = self.each(&["catalogue", "stats", "--json"]).map(|said| stats(&said.out));
        assert_eq!(folder, cluster);
        folder
    }

    /// Compares what commands show of both.
    pub(super) fn compare(&self, Step { does, .. }: &Step) {
        let stats = self.stats();
        assert!(stats["products"].as_u64().is_some_and(|count| count > 0), "{does}: {stats}");
        for words in ["rules --json", "show shirts-b", "show sized", "categories --json", "list"] {
            self.same(words);
        }
        for market in self.markets() {
            let market = of_market(&market);
            for words in ["list --json", "categories --json"] {
                self.printed(&format!("{words}{market}"));
            }
        }
    }

    /// Compares exports of all markets.
    pub(super) fn compare_exports(&self, name: &str) {
        for market in self.markets() {
            let [folder, cluster] = PLACES.map(|place| {
                let out = format!("exports/{name}-{market}-{}", place[1]);
                let words = format!("catalogue export {out}{}", of_market(&market));
                let said = self.run(&words.split(' ').collect::<Vec<_>>(), place);
                assert_eq!(said.status, Some(0), "{words}: {}", said.err);
                exported(self.machines, &out)
            });
            assert_eq!(folder, cluster, "{name}, market {market:?}");
        }
    }
}

/// The flag that names a market; none of one without a name, which is the first.
pub(super) fn of_market(market: &str) -> String {
    if market.is_empty() { String::new() } else { format!(" --market {market}") }
}

/// The names in what `markets --json` prints.
pub(super) fn names(lines: &str) -> Vec<String> {
    let name = |line: &str| serde_json::from_str::<Value>(line).ok()?["name"].as_str().map(str::to_owned);
    lines.lines().map(|line| name(line).expect(line)).collect()
}

/// What `stats --json` prints, but for the folder's size.
pub(super) fn stats(text: &str) -> Value {
    let mut stats: Value = serde_json::from_str(text).unwrap_or_else(|_| panic!("expected JSON, got {text}"));
    stats.as_object_mut().map(|stats| stats.remove("bytes"));
    stats
}

/// The rows of an export, and its pictures by name.
pub(super) fn exported(machines: &Machines, folder: &str) -> (String, BTreeMap<String, Vec<u8>>) {
    let folder = machines.at(folder);
    let rows = fs::read_to_string(folder.join("products.jsonl")).expect("a feed");
    let pictures = fs::read_dir(folder.join("images")).expect("pictures").map(|entry| {
        let path = entry.expect("an entry").path();
        (path.file_name().expect("a name").to_string_lossy().into_owned(), fs::read(&path).expect("a picture"))
    });
    (rows, pictures.collect())
}
