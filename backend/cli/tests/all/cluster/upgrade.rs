//! Servers change to other networks one after the other, while clients search without a pause: each answer is of one version and of one set of networks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use stl_cluster::Balancer;

use super::machines::{Machines, Server, get_version, wait_for_answer};
use super::networks::{scale_match, write_other_match, write_other_models};

/// Clients that search at once.
const CLIENTS: usize = 4;

const SIMILAR: &str = "/api/v1/products/skirts-a/similar";

/// The servers' caches.
const CACHES: [&str; 3] = ["one", "two", "three"];

/// What servers say of a version that their FashionDNA has not made.
const WAITS: &str = "ready: version 1 is served on: the database has a version of other networks";

/// What an answer shows: the catalogue's version, and of each card the product, its title and its score.
type Shown = (String, Vec<[String; 3]>);

fn shown(version: String, body: &[u8]) -> Shown {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let rows = answer["categories"].as_array().cloned().unwrap_or_default();
    let cards = rows.iter().flat_map(|row| row["cards"].as_array().into_iter().flatten());
    (version, cards.map(|card| ["id", "title", "score"].map(|field| card[field].to_string())).collect())
}

/// What clients have seen since the last step. Whether it was right is known when all servers have told what they show.
#[derive(Debug, Default)]
struct Seen {
    answers: BTreeMap<Shown, usize>,
    failed: usize,
    slowest: Duration,
}

/// A line of the table.
#[derive(Debug)]
struct Line {
    what: &'static str,
    good: usize,
    failed: usize,
    wrong: usize,
    slowest: Duration,
}

/// The servers that change.
struct Upgrade<'a> {
    machines: &'a Machines,
    servers: &'a mut [Server; 3],
    ports: [u16; 3],
    /// Networks with another match, and others with another FashionDNA as well.
    other_match: PathBuf,
    other: PathBuf,
    /// What servers show, each asked by itself: of one version and of the networks that it was started with.
    known: BTreeSet<Shown>,
}

impl Upgrade<'_> {
    /// What a server shows now.
    fn ask(&mut self, number: usize) -> Shown {
        let address = format!("{}{SIMILAR}", self.servers[number].origin);
        let (status, version, body) = get_version(&address).expect("an answer");
        let shown = shown(version, &body);
        // The other two articles of the category.
        assert!(status == 200 && shown.1.len() == 2, "{status}: {shown:?}");
        self.known.insert(shown.clone());
        shown
    }

    /// What all of them show, which is the same.
    fn ask_all(&mut self) -> Shown {
        let all = [0, 1, 2].map(|number| self.ask(number));
        assert!(all[0] == all[1] && all[1] == all[2], "{all:?}");
        let [first, ..] = all;
        first
    }

    /// Restarts the servers with other networks, one after the other.
    fn restart_in_turn(&mut self, models: &Path) -> Shown {
        for (number, cache) in CACHES.into_iter().enumerate() {
            self.servers[number].end();
            self.servers[number] = self.machines.serve_with(models, cache, self.ports[number]);
            self.ask(number);
            // Until the balancer has seen it.
            std::thread::sleep(Duration::from_secs(2));
        }
        self.ask_all()
    }

    /// A server that cannot load the version of the database, and has none in its cache, does not start.
    fn is_refused(&self, models: &Path, cache: &str) {
        let mut command = self.machines.program(&["serve", "--port", "0", "--cache", cache]);
        let output = command.env("SHOP_THE_LOOK_MODELS", models).output().expect("run");
        let reason = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{reason}");
        assert!(reason.contains("was made by another fashion-dna network"), "{reason}");
    }

    fn nothing(&mut self) {
        std::thread::sleep(Duration::from_secs(2));
        self.ask_all();
    }

    /// FashionDNA stays, and so do its features: no import is needed.
    fn change_match(&mut self) {
        let before = self.ask_all();
        let after = self.restart_in_turn(&self.other_match.clone());
        assert_eq!(before.0, after.0, "one version");
        assert_ne!(before.1, after.1, "other scores");
    }

    fn publish(&mut self) {
        let (before, other) = (self.ask_all(), self.other.clone());
        self.is_refused(&other, "early");
        let list = self.machines.at("feed/products.jsonl");
        let feed = std::fs::read_to_string(&list).expect("a feed");
        std::fs::write(&list, feed.replace("\"title\":\"Article ", "\"title\":\"Other ")).expect("written");
        let mut import = self.machines.program(&["catalogue", "import", "feed", "--cache", "importer"]);
        let output = import.env("SHOP_THE_LOOK_MODELS", &other).output().expect("run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        for server in &*self.servers {
            server.wait_for("/readyz", |ready| ready.starts_with(WAITS));
        }
        // Servers of the former networks do not show what changes from now on.
        self.machines.set_price("skirts-b", "7 EUR");
        std::thread::sleep(Duration::from_secs(3));
        assert_eq!(self.ask_all(), before);
    }

    /// It has the former version in its cache.
    fn kill_former(&mut self) {
        let before = self.ask_all();
        self.servers[0].kill();
        std::thread::sleep(Duration::from_secs(2));
        self.servers[0] = self.machines.serve_with(&self.other_match, CACHES[0], self.ports[0]);
        self.servers[0].wait_for("/readyz", |ready| ready.starts_with(WAITS));
        assert_eq!(self.ask_all(), before);
        self.is_refused(&self.other_match, "late");
        std::thread::sleep(Duration::from_secs(1));
    }

    fn change_all(&mut self) {
        let before = self.ask_all();
        let after = self.restart_in_turn(&self.other.clone());
        for server in &*self.servers {
            assert_eq!(server.text("/readyz"), "ready\n");
            let product = server.text("/api/v1/products/skirts-b");
            assert!(product.contains("\"amount_minor\":700,"), "{product}");
        }
        for ([_, title, score], [_, _, former]) in after.1.iter().zip(&before.1) {
            assert!(title.starts_with("\"Other ") && score != former, "{after:?}, {before:?}");
        }
        assert_ne!(before.0, after.0, "another version");
    }
}

/// Something that happens while clients search.
type Step = fn(&mut Upgrade<'_>);

const KILLED: &str = "a server of the former networks is killed and comes back";

const STEPS: [(&str, Step); 5] = [
    ("nothing", |upgrade| upgrade.nothing()),
    ("each server is restarted with another match", |upgrade| upgrade.change_match()),
    ("a version of other networks is published", |upgrade| upgrade.publish()),
    (KILLED, |upgrade| upgrade.kill_former()),
    ("each server is restarted with the other networks", |upgrade| upgrade.change_all()),
];

#[test]
fn under_load_servers_change_to_other_networks_one_after_the_other_without_a_wrong_answer() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    let (other_match, other) = (machines.at("other-match"), machines.at("other-models"));
    write_other_match(&other_match, 0.5);
    write_other_models(&other);
    // Else its scores would hardly differ from the repository's.
    scale_match(&other, 2.0);
    let mut servers = CACHES.map(|cache| machines.serve(cache));
    let ports = servers.each_ref().map(Server::port);
    let Some(balancer) = Balancer::start_or_skip(0, &ports).expect("HAProxy starts") else { return };
    let address = format!("{}{SIMILAR}", balancer.origin());
    wait_for_answer(&address);
    let (seen, stop, mut table) = (Mutex::new(Seen::default()), AtomicBool::new(false), Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let begin = Instant::now();
                    let answer = get_version(&address).filter(|(status, ..)| *status == 200);
                    let took = begin.elapsed();
                    let answer = answer.map(|(_, version, body)| shown(version, &body));
                    let mut seen = seen.lock().expect("a lock");
                    match answer {
                        Some(shown) => *seen.answers.entry(shown).or_default() += 1,
                        None => seen.failed += 1,
                    }
                    seen.slowest = seen.slowest.max(took);
                }
            });
        }
        let (machines, servers) = (&machines, &mut servers);
        let mut upgrade = Upgrade { machines, servers, ports, other_match, other, known: BTreeSet::new() };
        // A panic of the steps would leave the clients without an end.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (what, step) in STEPS {
                *seen.lock().expect("a lock") = Seen::default();
                step(&mut upgrade);
                let Seen { answers, failed, slowest } = std::mem::take(&mut *seen.lock().expect("a lock"));
                let of = |is_good: bool| {
                    let counted = answers.iter().filter(|(shown, _)| upgrade.known.contains(*shown) == is_good);
                    counted.map(|(_, count)| count).sum::<usize>()
                };
                table.push(Line { what, good: of(true), failed, wrong: of(false), slowest });
            }
        }));
        stop.store(true, Ordering::Relaxed);
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
    eprintln!("| fault | answers | failed | wrong or mixed | slowest |\n|---|---|---|---|---|");
    for Line { what, good, failed, wrong, slowest } in &table {
        eprintln!("| {what} | {good} | {failed} | {wrong} | {} ms |", slowest.as_millis());
    }
    for line in &table {
        assert!(line.good > 0 && line.wrong == 0, "{line:?}");
        // A killed server may have begun to answer; nothing else may fail.
        let most = if line.what == KILLED { CLIENTS } else { 0 };
        assert!(line.failed <= most, "{line:?}");
    }
}
