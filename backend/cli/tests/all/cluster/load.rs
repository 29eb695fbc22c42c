//! Faults while clients search without a pause: no answer is wrong or of two versions, and failed requests are counted.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use stl_cluster::Balancer;

use super::machines::{Machines, Server, get_version, wait_for_answer};

/// Clients that search at once.
const CLIENTS: usize = 4;

/// How long PostgreSQL or storage are away: eight seconds, or those of `CLUSTER_AWAY_S`.
fn away() -> Duration {
    let seconds = std::env::var("CLUSTER_AWAY_S").map_or(8, |text| text.parse().expect("CLUSTER_AWAY_S: a number"));
    Duration::from_secs(seconds)
}

/// The first words of titles, a version each.
const MARKS: [&str; 4] = ["Article", "Second", "Third", "Fourth"];

/// A disk of a few megabytes, in memory; only root has one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(folder: &Path) -> Option<Self> {
        std::fs::create_dir_all(folder).expect("a folder");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "none"]).arg(folder).status();
        mounted.is_ok_and(|status| status.success()).then(|| Self(folder.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Servers that are killed may still have it.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// What clients have seen since the last fault.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    good: usize,
    failed: usize,
    wrong: usize,
    slowest: Duration,
}

/// What an answer is: of one version, failed, or wrong. `marks` are the marks of the versions so far.
fn judge(answer: Option<(u16, String, Vec<u8>)>, seen: &mut Seen, marks: &mut BTreeMap<String, usize>) {
    let Some((200, version, body)) = answer else {
        seen.failed += 1;
        return;
    };
    let titles = String::from_utf8_lossy(&body);
    let counts = MARKS.map(|mark| titles.matches(&format!("\"title\":\"{mark} ")).count());
    // The other two articles of the category, of one version.
    let is_whole = counts.iter().filter(|count| **count > 0).count() == 1 && counts.contains(&2);
    // Whichever server answers, a version is the same.
    let mark = counts.iter().position(|count| *count > 0).unwrap_or_default();
    let is_whole = is_whole && *marks.entry(version).or_insert(mark) == mark;
    *if is_whole { &mut seen.good } else { &mut seen.wrong } += 1;
}

/// Imports the feed with another first word of titles, which is another version.
fn publish(machines: &Machines, mark: &str) {
    let list = machines.at("feed/products.jsonl");
    let mut feed = std::fs::read_to_string(&list).expect("a feed");
    for other in MARKS {
        feed = feed.replace(&format!("\"title\":\"{other} "), &format!("\"title\":\"{mark} "));
    }
    std::fs::write(&list, feed).expect("written");
    machines.catalogue(&["import", "feed", "--cache", "importer"]);
}

/// Waits until all servers show a mark.
fn all_serve(servers: &[Server], mark: &str) -> Duration {
    let slowest = servers.iter().map(|server| {
        server.wait_for("/api/v1/products/skirts-a", |product| product.contains(&format!("\"title\":\"{mark} ")))
    });
    slowest.max().unwrap_or_default()
}

#[test]
fn under_load_no_fault_makes_a_wrong_answer() {
    let Some(mut machines) = Machines::start() else { return };
    machines.fill();
    let caches = ["one", "two", "three"];
    let disk = SmallDisk::mount(&machines.at("three"));
    let mut servers = caches.map(|cache| machines.serve(cache));
    let ports: Vec<u16> = servers.iter().map(Server::port).collect();
    let Some(balancer) = Balancer::start_or_skip(0, &ports).expect("HAProxy starts") else { return };
    let address = format!("{}/api/v1/products/skirts-a/similar", balancer.origin());
    wait_for_answer(&address);
    let (seen, stop) = (Mutex::new(Seen::default()), AtomicBool::new(false));
    let marks = Mutex::new(BTreeMap::new());
    let mut table = BTreeMap::<usize, (&str, Seen)>::new();
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let begin = Instant::now();
                    let answer = get_version(&address);
                    let mut seen = seen.lock().expect("a lock");
                    judge(answer, &mut seen, &mut marks.lock().expect("a lock"));
                    seen.slowest = seen.slowest.max(begin.elapsed());
                }
            });
        }
        let mut faults = Faults { machines: &mut machines, servers: &mut servers, ports: &ports, caches };
        let steps: [(&str, Step); 9] = [
            ("nothing", |_| std::thread::sleep(Duration::from_secs(2))),
            ("a version is published", |faults| faults.publish("Second")),
            ("a replica is killed and comes back", |faults| faults.kill_replica()),
            ("each replica is restarted in turn", |faults| faults.restart_in_turn()),
            ("PostgreSQL is restarted", |faults| faults.restart_postgres()),
            ("PostgreSQL is away", |faults| faults.without_postgres()),
            ("storage is away", |faults| faults.without_storage()),
            ("an object is damaged", |faults| faults.damage()),
            ("a replica's disk is full", |faults| faults.full_disk()),
        ];
        // A panic of the steps would leave the clients without an end.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (number, (what, step)) in steps.into_iter().enumerate() {
                if what.contains("disk") && disk.is_none() {
                    eprintln!("SKIPPED: {what}: this user cannot mount a small disk");
                    continue;
                }
                *seen.lock().expect("a lock") = Seen::default();
                step(&mut faults);
                table.insert(number, (what, *seen.lock().expect("a lock")));
            }
        }));
        stop.store(true, Ordering::Relaxed);
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
    eprintln!("| fault | answers | failed | wrong or mixed | slowest |\n|---|---|---|---|---|");
    for (what, Seen { good, failed, wrong, slowest }) in table.values() {
        eprintln!("| {what} | {good} | {failed} | {wrong} | {} ms |", slowest.as_millis());
    }
    for (what, seen) in table.values() {
        assert!(seen.good > 0 && seen.wrong == 0, "{what}: {seen:?}");
        // The balancer gives a request to another server when one has not begun to answer; a killed one may have.
        let most = if what.contains("killed") { CLIENTS } else { 0 };
        assert!(seen.failed <= most, "{what}: {seen:?}");
    }
}

/// Something that happens while clients search.
type Step = fn(&mut Faults<'_, '_>);

/// The cluster that faults happen to.
struct Faults<'a, 'b> {
    machines: &'a mut Machines,
    servers: &'b mut [Server; 3],
    ports: &'b [u16],
    caches: [&'static str; 3],
}

impl Faults<'_, '_> {
    fn publish(&mut self, mark: &str) {
        publish(self.machines, mark);
        let took = all_serve(self.servers, mark);
        eprintln!("{mark}: served by all {took:?} after the import has ended");
        assert!(took < Duration::from_secs(5), "{took:?}");
    }

    fn start(&mut self, number: usize) {
        self.servers[number] = self.machines.serve_at(self.caches[number], self.ports[number]);
    }

    fn kill_replica(&mut self) {
        self.servers[0].kill();
        std::thread::sleep(Duration::from_secs(2));
        self.start(0);
        std::thread::sleep(Duration::from_secs(1));
    }

    fn restart_in_turn(&mut self) {
        for number in 0..self.servers.len() {
            self.servers[number].end();
            self.start(number);
            // Until the balancer has seen it.
            std::thread::sleep(Duration::from_secs(2));
        }
    }

    fn restart_postgres(&mut self) {
        self.machines.postgres.pause().expect("stopped");
        self.machines.postgres.resume().expect("started");
        self.machines.set_price("skirts-a", "2 EUR");
        for server in &*self.servers {
            server.wait_for("/api/v1/products/skirts-a", |product| product.contains("\"amount_minor\":200,"));
        }
    }

    fn without_postgres(&mut self) {
        self.machines.postgres.pause().expect("stopped");
        std::thread::sleep(away());
        let ready = self.servers[1].text("/readyz");
        assert!(ready.contains("PostgreSQL cannot be used"), "{ready}");
        self.machines.postgres.resume().expect("started");
        self.publish("Third");
    }

    fn without_storage(&mut self) {
        self.machines.storage.pause();
        std::thread::sleep(away());
        // Commands are refused, and change nothing.
        let output = self.machines.output(&["import", "feed", "--cache", "importer"]);
        let reason = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(1) && reason.contains("cannot be listed"), "{reason}");
        self.machines.storage.resume().expect("started");
        self.publish("Fourth");
    }

    /// The features of the next version are damaged before a server fetches them, which stands still meanwhile.
    fn damage(&mut self) {
        let [.., last] = &*self.servers;
        last.signal("STOP");
        publish(self.machines, "Second");
        all_serve(&self.servers[..2], "Second");
        let sql = "SELECT sha256 FROM shop_the_look.record_files WHERE name = (SELECT features_file FROM shop_the_look.published)";
        let digest = self.machines.postgres.sql(sql).expect("a digest");
        let object: PathBuf = self.machines.storage.folder().join(&digest[..2]).join(&digest);
        let whole = std::fs::read(&object).expect("an object");
        std::fs::write(&object, &whole[..whole.len() / 2]).expect("damaged");
        last.signal("CONT");
        last.wait_for("/readyz", |ready| ready.contains("object storage cannot be used"));
        assert!(last.text("/api/v1/products/skirts-a").contains("\"title\":\"Fourth "), "the former version");
        std::fs::write(&object, &whole).expect("mended");
        all_serve(self.servers, "Second");
    }

    /// The last replica's cache is on a disk of its own, which is filled.
    fn full_disk(&mut self) {
        let filler = self.machines.at(self.caches[2]).join("filler");
        let mut file = std::fs::File::create(&filler).expect("a file");
        while file.write_all(&[7; 4096]).is_ok() {}
        // An open file would keep its room.
        drop(file);
        publish(self.machines, "Third");
        let last = &self.servers[2];
        last.wait_for("/readyz", |ready| ready.contains("the cache cannot be written"));
        assert!(last.text("/api/v1/products/skirts-a").contains("\"title\":\"Second "), "the former version");
        all_serve(&self.servers[..2], "Third");
        // With room again, it follows.
        std::fs::remove_file(&filler).expect("removed");
        all_serve(&self.servers[2..], "Third");
    }
}
