//! Imports that workers share.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use stl_server::catalogue::{Store, features};

use super::machines::Machines;
use crate::support::{line, models, png, rectangle};

/// Workers that are killed during an import.
const KILLS: usize = 50;

/// Pictures of the import during which they are killed.
const PICTURES: u32 = 1200;

/// A worker; killed when dropped.
struct Worker(Child);

impl Worker {
    fn start(machines: &Machines) -> Self {
        let mut command = machines.program(&["worker", "--lease", "1", "--workers", "2", "--allow-private-addresses"]);
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started"))
    }

    fn kill(&mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("ended");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Products and f(A) of a folder's catalogue.
fn content(machines: &Machines, folder: &str) -> String {
    let folder = machines.at(folder);
    let (published, articles) = Store::open(&folder).and_then(|mut store| store.read()).expect("a catalogue");
    let read = features::read(&folder.join(published.features_file), models().fashion_dna_sha256()).expect("features");
    format!("{articles:#?}\n{:?}\n{:?}", read.features.ids, read.features.values())
}

/// Adds products with pictures of their own to the feed.
fn add_products(machines: &Machines, count: u32) {
    let list = machines.at("feed/products.jsonl");
    let mut lines = std::fs::read_to_string(&list).expect("a feed");
    for number in 0..count {
        let name = format!("images/more-{number}.png");
        let colour = [(number % 251) as u8, (number / 251) as u8, 90];
        std::fs::write(machines.at("feed").join(&name), png(&rectangle(80 + number % 40, 120, colour)))
            .expect("written");
        lines.push('\n');
        lines.push_str(&line(&format!("more-{number}"), &name, "skirts"));
    }
    std::fs::write(&list, lines).expect("written");
}

/// Jobs of the import that runs, by their state.
fn jobs(machines: &Machines, state: &str) -> usize {
    let sql = format!("SELECT count(*) FROM shop_the_look.record_jobs WHERE state = '{state}'");
    machines.postgres.sql(&sql).expect("a count").parse().expect("a number")
}

#[test]
fn an_import_by_workers_is_that_of_one_machine() {
    let Some(machines) = Machines::start() else { return };
    machines.catalogue(&["import", "feed", "--catalogue", "folder"]);
    let _workers = [Worker::start(&machines), Worker::start(&machines)];
    let printed =
        machines.catalogue(&["import", "feed", "--only-workers", "--job-pictures", "3", "--cache", "importer"]);
    assert!(printed.starts_with("24 products in postgres://127.0.0.1:"), "{printed}");
    let address = machines.postgres.address();
    machines.catalogue(&["copy", &address, "back"]);
    assert_eq!(content(&machines, "folder"), content(&machines, "back"));
    machines.catalogue(&["verify", "--catalogue", "back"]);
    // Nothing is encoded twice, and a replica sees the next version.
    let server = machines.serve("one");
    let again = machines.catalogue(&["import", "feed", "--only-workers", "--cache", "importer"]);
    assert!(again.contains("(0 encoded, 24 unchanged, 0 rows left out)"), "{again}");
    let feed = std::fs::read_to_string(machines.at("feed/products.jsonl")).expect("a feed");
    std::fs::write(machines.at("feed/products.jsonl"), feed.replace("19.95 EUR", "5 EUR")).expect("written");
    // By the importing process alone, on a machine without a cache.
    drop(_workers);
    machines.catalogue(&["import", "feed", "--cache", "another"]);
    server.wait_for("/api/v1/products/skirts-a", |product| product.contains("\"amount_minor\":500,"));
    assert_eq!(machines.postgres.sql("SELECT count(*) FROM shop_the_look.record_imports").expect("a count"), "0");
}

#[test]
fn workers_that_are_killed_at_any_moment_lose_nothing() {
    let Some(machines) = Machines::start() else { return };
    add_products(&machines, PICTURES);
    machines.catalogue(&["import", "feed", "--catalogue", "folder"]);
    let words = ["catalogue", "import", "feed", "--only-workers", "--job-pictures", "4", "--cache", "importer"];
    let mut importer = machines.program(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("run");
    let mut workers: Vec<Worker> = (0..3).map(|_| Worker::start(&machines)).collect();
    let (mut state, mut killed, begin) = (0x2545_f491_4f6c_dd1d_u64, 0, Instant::now());
    while importer.try_wait().expect("a state").is_none() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        std::thread::sleep(Duration::from_millis(state % 300));
        if killed < KILLS {
            let at = killed % workers.len();
            workers[at].kill();
            workers[at] = Worker::start(&machines);
            killed += 1;
        }
        assert!(begin.elapsed() < Duration::from_secs(300), "{} of the jobs wait", jobs(&machines, "waiting"));
    }
    assert!(importer.wait().expect("ended").success());
    eprintln!("{killed} workers were killed within {:?}", begin.elapsed());
    assert_eq!(killed, KILLS, "the import was long enough");
    let address = machines.postgres.address();
    machines.catalogue(&["copy", &address, "back"]);
    assert_eq!(content(&machines, "folder"), content(&machines, "back"));
    machines.catalogue(&["verify", "--catalogue", "back"]);
}

/// Serves one picture, and says when the other one is asked for, which never comes.
fn host(picture: Vec<u8>) -> (String, mpsc::Receiver<()>, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let ((asked, told), answers) = (mpsc::channel(), Arc::new(AtomicBool::new(false)));
    let answering = Arc::clone(&answers);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (picture, asked, answering) = (picture.clone(), asked.clone(), Arc::clone(&answering));
            std::thread::spawn(move || {
                let (mut stream, mut request) = (stream, [0; 4096]);
                let count = stream.read(&mut request).unwrap_or(0);
                if request[..count].starts_with(b"GET /poison") && !answering.load(Ordering::SeqCst) {
                    let _ = asked.send(());
                    // Until its client is killed.
                    let _ = stream.read(&mut request);
                    return;
                }
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    picture.len()
                );
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&picture));
            });
        }
    });
    (address, told, answers)
}

#[test]
fn what_a_killed_import_has_had_prepared_is_not_prepared_again() {
    let Some(machines) = Machines::start() else { return };
    add_products(&machines, 100);
    machines.catalogue(&["import", "feed", "--catalogue", "folder"]);
    let words = ["catalogue", "import", "feed", "--only-workers", "--job-pictures", "5", "--cache", "importer"];
    let start = || machines.program(&words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("run");
    let (mut killed, begin) = (start(), Instant::now());
    {
        let _worker = Worker::start(&machines);
        while machines.postgres.sql("SELECT to_regclass('shop_the_look.record_jobs')").expect("a name").is_empty()
            || jobs(&machines, "done") < 3
        {
            assert!(begin.elapsed() < Duration::from_secs(60), "jobs are done");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    killed.kill().expect("killed");
    killed.wait().expect("ended");
    let count = |sql: &str| machines.postgres.sql(sql).expect("a count").parse::<usize>().expect("a number");
    let prepared = count("SELECT count(*) FROM shop_the_look.record_encoded");
    let wanted = "SELECT coalesce(sum(json_array_length(pictures::json)), 0) FROM shop_the_look.record_jobs";
    let all = count(wanted);
    let importer = start();
    let begin = Instant::now();
    while count(wanted) != all - prepared {
        assert!(begin.elapsed() < Duration::from_secs(60), "{} of {all}, {prepared} were prepared", count(wanted));
        std::thread::sleep(Duration::from_millis(20));
    }
    eprintln!("{prepared} of {all} pictures were prepared before the kill");
    let _worker = Worker::start(&machines);
    let output = importer.wait_with_output().expect("ended");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let address = machines.postgres.address();
    machines.catalogue(&["copy", &address, "back"]);
    assert_eq!(content(&machines, "folder"), content(&machines, "back"));
    machines.catalogue(&["verify", "--catalogue", "back"]);
}

#[test]
fn an_import_goes_on_when_postgresql_and_storage_have_been_away() {
    let Some(mut machines) = Machines::start() else { return };
    add_products(&machines, 300);
    machines.catalogue(&["import", "feed", "--catalogue", "folder"]);
    let words = ["catalogue", "import", "feed", "--only-workers", "--job-pictures", "5", "--cache", "importer"];
    let importer = machines.program(&words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("run");
    let (begin, _workers) = (Instant::now(), [Worker::start(&machines), Worker::start(&machines)]);
    let until_done = |machines: &Machines, count: usize| {
        while machines.postgres.sql("SELECT to_regclass('shop_the_look.record_jobs')").expect("a name").is_empty()
            || jobs(machines, "done") < count
        {
            assert!(begin.elapsed() < Duration::from_secs(60), "{count} jobs are done");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    until_done(&machines, 2);
    machines.postgres.pause().expect("stopped");
    std::thread::sleep(Duration::from_secs(3));
    machines.postgres.resume().expect("started");
    until_done(&machines, 10);
    machines.storage.pause();
    std::thread::sleep(Duration::from_secs(3));
    machines.storage.resume().expect("started");
    let output = importer.wait_with_output().expect("ended");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let address = machines.postgres.address();
    machines.catalogue(&["copy", &address, "back"]);
    assert_eq!(content(&machines, "folder"), content(&machines, "back"));
}

#[test]
fn a_picture_that_ends_its_workers_does_not_stop_the_rest() {
    let Some(machines) = Machines::start() else { return };
    let (origin, told, _) = host(png(&rectangle(90, 120, [9, 9, 200])));
    let lines: Vec<String> = (0..12)
        .map(|number| {
            let name = if number == 5 { "poison".to_owned() } else { format!("picture-{number}") };
            line(&format!("id-{number:02}"), &format!("{origin}/{name}.png"), "tops")
        })
        .collect();
    std::fs::write(machines.at("addresses.jsonl"), lines.join("\n")).expect("written");
    let words =
        ["catalogue", "import", "addresses.jsonl", "--only-workers", "--job-pictures", "6", "--cache", "importer"];
    let importer = machines.program(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("run");
    let mut worker = Worker::start(&machines);
    let importer = std::thread::spawn(move || importer.wait_with_output().expect("ended"));
    let mut killed = 0;
    while !importer.is_finished() {
        // Whoever asks for it ends.
        if told.recv_timeout(Duration::from_millis(100)).is_ok() {
            worker.kill();
            worker = Worker::start(&machines);
            killed += 1;
        }
        assert!(killed < 20, "it is given up");
    }
    let output = importer.join().expect("joined");
    let reasons = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{reasons}");
    assert!(reasons.contains("5 workers ended while they encoded it"), "{reasons}");
    let listed = machines.catalogue(&["list", "--cache", "reader"]);
    let ids: BTreeSet<&str> = listed.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(ids.len() == 11 && !ids.contains("id-05"), "{ids:?}");
    eprintln!("given up after {killed} workers");
}

#[test]
fn two_imports_at_once_come_one_after_the_other() {
    let Some(machines) = Machines::start() else { return };
    let start = |cache: &str| {
        let words = ["catalogue", "import", "feed", "--cache", cache];
        machines.program(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("run")
    };
    let importers = ["first", "second", "third"].map(start);
    for importer in importers {
        let output = importer.wait_with_output().expect("ended");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let version = machines.postgres.sql("SELECT version FROM shop_the_look.published").expect("a version");
    assert_eq!(version, "3");
    machines.catalogue(&["verify", "--cache", "reader"]);
}

#[test]
fn an_importer_that_is_killed_leaves_the_former_version_and_prices_change_meanwhile() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    let server = machines.serve("one");
    add_products(&machines, 40);
    let words = ["catalogue", "import", "feed", "--only-workers", "--job-pictures", "10", "--cache", "importer"];
    let start = || machines.program(&words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("run");
    let until_jobs = || {
        let begin = Instant::now();
        while jobs(&machines, "waiting") == 0 {
            assert!(begin.elapsed() < Duration::from_secs(60), "jobs are there");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let mut killed = start();
    until_jobs();
    killed.kill().expect("killed");
    killed.wait().expect("ended");
    machines.set_price("skirts-a", "3 EUR");
    server.wait_for("/api/v1/products/skirts-a", |product| product.contains("\"amount_minor\":300,"));

    // The next one, in the same cache, with another change of a price while it runs.
    let importer = start();
    std::thread::sleep(Duration::from_millis(300));
    until_jobs();
    machines.set_price("skirts-a", "7 EUR");
    server.wait_for("/api/v1/products/skirts-a", |product| product.contains("\"amount_minor\":700,"));
    let _worker = Worker::start(&machines);
    let output = importer.wait_with_output().expect("ended");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    server.wait_for("/api/v1/products/more-7", |product| product.contains("more-7"));
    let product = server.text("/api/v1/products/skirts-a");
    assert!(product.contains("\"amount_minor\":700,"), "the feed, which is older, does not undo it: {product}");
}
