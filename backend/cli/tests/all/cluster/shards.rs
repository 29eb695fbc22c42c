//! Shards and fronts as programs, under load: servers are killed, come back, and change to other networks. Every answer is checked.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use stl_cluster::Balancer;
use tempfile::TempDir;

use super::machines::{Machines, Server, get, wait_for_answer};
use super::networks::{own_models, write_other_models};
use crate::support::write_feed;

const TOKEN: &str = "a-token-of-the-shards";

/// Clients that search at once.
const CLIENTS: usize = 3;

/// The first words of titles, a version each.
const MARKS: [&str; 3] = ["Article", "Second", "Other"];

/// A folder with two catalogues, of the networks and of others.
struct Shop(TempDir);

impl Shop {
    fn new() -> Self {
        let shop = Self(tempfile::tempdir().expect("a folder"));
        write_feed(&shop.at("feed"));
        write_other_models(&shop.at("other-models"));
        shop.import("own", "Article");
        shop.import("other", "Other");
        shop
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The program with the catalogue `own` or `other`.
    fn program(&self, which: &str, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
        let models = if which == "own" { own_models() } else { self.at("other-models") };
        command.args(words).current_dir(self.0.path()).env("SHOP_THE_LOOK_MODELS", models);
        command.env("SHOP_THE_LOOK_CATALOGUE", self.at(which)).env("SHOP_THE_LOOK_DEVICE", "cpu");
        command.env("SHOP_THE_LOOK_SHARD_TOKEN", TOKEN);
        command
    }

    /// Imports the feed with another first word of titles, which is another version.
    fn import(&self, which: &str, mark: &str) {
        let list = self.at("feed/products.jsonl");
        let mut feed = std::fs::read_to_string(&list).expect("a feed");
        for other in MARKS {
            feed = feed.replace(&format!("\"title\":\"{other} "), &format!("\"title\":\"{mark} "));
        }
        std::fs::write(&list, feed).expect("written");
        let output = self.program(which, &["catalogue", "import", "feed"]).output().expect("run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// A server of a part, once it is ready.
    fn shard(&self, which: &str, part: &str, port: u16) -> Server {
        let mut command = self.program(which, &["serve", "--port", &port.to_string(), "--shard", part]);
        let server = Server::spawn(&mut command, self.at(&format!("shard-{}-{port}.log", part.replace('/', "-"))));
        server.wait_for("/readyz", |answer| answer.starts_with("ready: part"));
        server
    }

    /// A front, once it is ready.
    fn front(&self, which: &str, shards: &str, port: u16) -> Server {
        let words = ["serve", "--port", &port.to_string(), "--shards", shards, "--workers", "4"];
        let server = Server::spawn(&mut self.program(which, &words), self.at(&format!("front-{which}-{port}.log")));
        server.wait_for("/readyz", |answer| answer.starts_with("ready"));
        server
    }
}

/// What clients have seen since the last fault.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    whole: usize,
    parts: usize,
    failed: usize,
    wrong: usize,
    slowest: Duration,
}

/// An answer has the other two articles of the category, of one version; or says that a part is missing, and has fewer of one version.
fn judge(answer: Option<(u16, Vec<u8>)>, seen: &mut Seen) {
    let Some((200, body)) = answer else {
        seen.failed += 1;
        return;
    };
    let text = String::from_utf8_lossy(&body);
    let counts = MARKS.map(|mark| text.matches(&format!("\"title\":\"{mark} ")).count());
    let is_of_one = counts.iter().filter(|count| **count > 0).count() <= 1;
    let found: usize = counts.iter().sum();
    match (is_of_one, text.contains("\"missing_shards\""), found) {
        (true, false, 2) => seen.whole += 1,
        (true, true, 0..=2) => seen.parts += 1,
        _ => seen.wrong += 1,
    }
}

/// The servers that faults happen to.
struct Servers<'a> {
    shop: &'a Shop,
    /// Two replicas of the first part, two of the second.
    shards: Vec<Server>,
    ports: Vec<u16>,
    addresses: String,
    fronts: Vec<Server>,
    front_ports: Vec<u16>,
}

const PARTS: [&str; 4] = ["1/2", "1/2", "2/2", "2/2"];

impl<'a> Servers<'a> {
    fn start(shop: &'a Shop) -> Self {
        let shards: Vec<Server> = PARTS.iter().map(|part| shop.shard("own", part, 0)).collect();
        let ports: Vec<u16> = shards.iter().map(Server::port).collect();
        let origin = |at: usize| shards[at].origin.as_str();
        let addresses = format!("{},{} {},{}", origin(0), origin(1), origin(2), origin(3));
        let fronts: Vec<Server> = (0..2).map(|_| shop.front("own", &addresses, 0)).collect();
        let front_ports = fronts.iter().map(Server::port).collect();
        Self { shop, shards, ports, addresses, fronts, front_ports }
    }

    fn kill_and_restart(&mut self, at: usize) {
        self.shards[at].kill();
        std::thread::sleep(Duration::from_secs(2));
        self.shards[at] = self.shop.shard("own", PARTS[at], self.ports[at]);
        std::thread::sleep(Duration::from_secs(1));
    }

    fn restart_in_turn(&mut self) {
        for (at, part) in PARTS.iter().enumerate() {
            self.shards[at].end();
            self.shards[at] = self.shop.shard("own", part, self.ports[at]);
        }
    }

    /// No replica of the second part is left for a while.
    fn lose_part(&mut self) {
        for at in [2, 3] {
            self.shards[at].kill();
        }
        let ready = |servers: &Self| servers.fronts[0].text("/readyz");
        let begin = Instant::now();
        while !ready(self).contains("no server of part 2/2 answers") {
            assert!(begin.elapsed() < Duration::from_secs(20), "{}", ready(self));
            std::thread::sleep(Duration::from_millis(100));
        }
        std::thread::sleep(Duration::from_secs(1));
        for at in [2, 3] {
            self.shards[at] = self.shop.shard("own", PARTS[at], self.ports[at]);
        }
    }

    /// One that hangs: it takes connections and answers nothing.
    fn hang(&mut self) {
        self.shards[0].signal("STOP");
        std::thread::sleep(Duration::from_secs(4));
        self.shards[0].signal("CONT");
        std::thread::sleep(Duration::from_secs(1));
    }

    fn publish(&mut self) {
        self.shop.import("own", "Second");
        for front in &self.fronts {
            front.wait_for("/api/v1/products/skirts-a", |product| product.contains("\"title\":\"Second "));
        }
    }

    /// All servers change to other networks and their catalogue, one after the other.
    fn change_networks(&mut self) {
        for at in [1, 3] {
            self.shards[at].end();
            self.shards[at] = self.shop.shard("other", PARTS[at], self.ports[at]);
            std::thread::sleep(Duration::from_millis(500));
        }
        // A front starts with shards of its own networks only; those that run leave the others alone.
        let other = format!("{} {}", self.shards[1].origin, self.shards[3].origin);
        let refused = self.shop.program("other", &["serve", "--port", "0", "--shards", &self.addresses]).output();
        let refused = refused.expect("run");
        let reason = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(1) && reason.contains("has other networks"), "{reason}");
        self.fronts[1].end();
        self.fronts[1] = self.shop.front("other", &other, self.front_ports[1]);
        std::thread::sleep(Duration::from_secs(2));
        self.fronts[0].end();
        for at in [0, 2] {
            self.shards[at].end();
            self.shards[at] = self.shop.shard("other", PARTS[at], self.ports[at]);
        }
        self.fronts[0] = self.shop.front("other", &self.addresses, self.front_ports[0]);
        std::thread::sleep(Duration::from_secs(2));
        let shown = self.fronts[0].text("/api/v1/products/skirts-a/similar");
        assert!(shown.contains("\"title\":\"Other "), "{shown}");
    }
}

/// Something that happens while clients search.
type Step = fn(&mut Servers<'_>);

#[test]
fn under_load_no_fault_of_shards_makes_a_wrong_answer() {
    let shop = Shop::new();
    let mut servers = Servers::start(&shop);
    let Some(balancer) = Balancer::start_or_skip(0, &servers.front_ports).expect("HAProxy starts") else { return };
    // Another one each time, so that fronts ask shards and do not answer from what they have kept.
    let address = |number: usize| {
        let price = 1 + number % 1000;
        format!("{}/api/v1/products/skirts-a/similar?price_min={price}&currency=EUR", balancer.origin())
    };
    wait_for_answer(&address(0));
    let steps: [(&str, Step); 8] = [
        ("nothing", |_| std::thread::sleep(Duration::from_secs(2))),
        ("a version is published", |servers| servers.publish()),
        ("a shard's server is killed and comes back", |servers| servers.kill_and_restart(0)),
        ("a server of the other shard is killed and comes back", |servers| servers.kill_and_restart(3)),
        ("each shard's server is restarted in turn", |servers| servers.restart_in_turn()),
        ("a shard's server hangs", |servers| servers.hang()),
        ("both servers of a shard are killed", |servers| servers.lose_part()),
        ("all servers change to other networks", |servers| servers.change_networks()),
    ];
    let (seen, stop, table) = (Mutex::new(Seen::default()), AtomicBool::new(false), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (seen, stop, address) = (&seen, &stop, &address);
            scope.spawn(move || {
                let mut number = client;
                while !stop.load(Ordering::Relaxed) {
                    let begin = Instant::now();
                    let answer = get(&address(number));
                    let took = begin.elapsed();
                    let mut seen = seen.lock().expect("a lock");
                    judge(answer, &mut seen);
                    seen.slowest = seen.slowest.max(took);
                    number += CLIENTS;
                }
            });
        }
        // A panic of the steps would leave the clients without an end.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (what, step) in steps {
                *seen.lock().expect("a lock") = Seen::default();
                step(&mut servers);
                table.lock().expect("a lock").push((what, *seen.lock().expect("a lock")));
            }
        }));
        stop.store(true, Ordering::Relaxed);
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
    eprintln!(
        "| fault | whole answers | that say what is missing | failed | wrong or mixed | slowest |\n|---|---|---|---|---|---|"
    );
    let table = table.into_inner().expect("a lock");
    for (what, Seen { whole, parts, failed, wrong, slowest }) in &table {
        eprintln!("| {what} | {whole} | {parts} | {failed} | {wrong} | {} ms |", slowest.as_millis());
    }
    for (what, seen) in &table {
        assert!(seen.whole > 0 && seen.wrong == 0 && seen.failed == 0, "{what}: {seen:?}");
        let may_miss = what.starts_with("both") || what.contains("networks");
        assert!(may_miss || seen.parts == 0, "{what}: {seen:?}");
        assert!(!what.starts_with("both") || seen.parts > 0, "{what}: {seen:?}");
    }
}

#[test]
fn shards_and_fronts_follow_the_record() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    let serve = |words: &[&str], cache: &str| {
        let words = [&["serve", "--port", "0", "--cache", cache], words].concat();
        let mut command = machines.program(&words);
        Server::spawn(command.env("SHOP_THE_LOOK_SHARD_TOKEN", TOKEN), machines.at(&format!("{cache}.log")))
    };
    let shards: Vec<Server> =
        ["1/2", "2/2"].iter().zip(["a", "b"]).map(|(part, cache)| serve(&["--shard", part], cache)).collect();
    let addresses = format!("{} {}", shards[0].origin, shards[1].origin);
    let front = serve(&["--shards", &addresses], "front");
    let alone = machines.serve("alone");
    front.wait_for("/readyz", |answer| answer == "ready\n");
    let similar = "/api/v1/products/skirts-a/similar?price_max=5000&currency=EUR";
    let rows = |server: &Server| {
        let answer: serde_json::Value = serde_json::from_str(&server.text(similar)).expect("JSON");
        (answer["categories"].clone(), answer["articles_scored"].clone(), answer["missing_shards"].clone())
    };
    for shard in &shards {
        shard.wait_for("/readyz", |answer| answer.starts_with("ready: part"));
    }
    assert_eq!(rows(&front), rows(&alone));
    let mut slowest = Duration::ZERO;
    for round in 1..4 {
        machines.set_price("skirts-b", &format!("{round}.00 EUR"));
        for server in [&front, &alone] {
            let amount = format!("\"amount_minor\":{round}00,");
            slowest = slowest.max(server.wait_for(similar, |answer| answer.contains(&amount)));
        }
        assert_eq!(rows(&front), rows(&alone));
    }
    eprintln!("a price was served by front and shards at most {slowest:?} after its command");
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
}
