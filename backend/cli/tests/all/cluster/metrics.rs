//! What a server measures of the database and the storage that it follows.

use std::time::{Duration, Instant};

use super::machines::{Machines, Server, get};
use super::networks::write_other_models;

/// Longest wait for a measurement: jobs are counted every 15 s.
const PATIENCE: Duration = Duration::from_secs(60);

/// The metrics of a server.
struct Metrics(String);

impl Metrics {
    /// Those whose address a server has logged.
    fn of(server: &Server) -> Self {
        let log = server.log();
        let address = log.split("metrics are at ").nth(1).and_then(|rest| rest.split_whitespace().next());
        Self(address.unwrap_or_else(|| panic!("expected an address of metrics in {log}")).to_owned())
    }

    /// The value of a metric with its labels; none if it is not there.
    fn value(&self, name: &str) -> Option<f64> {
        let (_, text) = get(&self.0)?;
        let text = String::from_utf8(text).expect("text");
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    }

    /// Waits until a metric has a value.
    fn wait_for(&self, name: &str, value: f64) {
        self.wait_until(name, |found| found == value);
    }

    /// Waits until a metric is as wanted. Returns its value.
    fn wait_until(&self, name: &str, is_wanted: impl Fn(f64) -> bool) -> f64 {
        let begin = Instant::now();
        loop {
            let found = self.value(name);
            if let Some(found) = found.filter(|found| is_wanted(*found)) {
                return found;
            }
            assert!(begin.elapsed() < PATIENCE, "{name}: {found:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

const DATABASE: &str = r#"shop_the_look_cluster_part_up{part="database"}"#;
const OBJECTS: &str = r#"shop_the_look_cluster_part_up{part="objects"}"#;
const CACHE: &str = r#"shop_the_look_cluster_part_up{part="cache"}"#;
const NETWORKS: &str = r#"shop_the_look_cluster_part_up{part="networks"}"#;
const FOLLOWED: &str = "shop_the_look_cluster_followed_timestamp_seconds";

/// Three jobs of an import that no worker takes.
const JOBS: &str = "WITH made AS (INSERT INTO shop_the_look.record_imports (network_sha256) VALUES ('none') RETURNING id) \
     INSERT INTO shop_the_look.record_jobs (import, pictures) SELECT id, '[]' FROM made, generate_series(1, 3)";

#[test]
fn a_database_that_answers_is_up_while_the_first_import_is_waited_for() {
    let Some(machines) = Machines::start() else { return };
    let mut serve = machines.program(&["serve", "--port", "0", "--cache", "awaiting", "--metrics=127.0.0.1:0"]);
    let server = Server::spawn(&mut serve, machines.at("awaiting.log"));
    server.wait_for("/healthz", |_| server.log().contains("no version is served yet: there is no catalogue in"));
    let metrics = Metrics::of(&server);
    for part in [DATABASE, OBJECTS, CACHE] {
        metrics.wait_for(part, 1.0);
    }
    machines.postgres.pause().expect("stopped");
    metrics.wait_for(DATABASE, 0.0);
    machines.postgres.resume().expect("started");
    metrics.wait_for(DATABASE, 1.0);
    assert_eq!(metrics.value(FOLLOWED), None, "there is nothing to follow");
    machines.fill();
    server.wait_for("/readyz", |answer| answer.starts_with("ready"));
    metrics.wait_until(FOLLOWED, |followed| followed > 1.7e9);
    assert_eq!(metrics.value(DATABASE), Some(1.0));
}

#[test]
fn metrics_tell_which_part_of_the_cluster_is_away_until_it_is_back() {
    let Some(mut machines) = Machines::start() else { return };
    machines.fill();
    let mut serve = machines.program(&["serve", "--port", "0", "--cache", "measured", "--metrics=127.0.0.1:0"]);
    let server = Server::spawn(&mut serve, machines.at("measured.log"));
    server.wait_for("/readyz", |answer| answer.starts_with("ready"));
    let metrics = Metrics::of(&server);
    for part in [DATABASE, OBJECTS, CACHE] {
        metrics.wait_for(part, 1.0);
    }
    for state in ["waiting", "taken", "done", "dead"] {
        metrics.wait_for(&format!("shop_the_look_import_jobs{{state=\"{state}\"}}"), 0.0);
    }
    metrics.wait_for(r#"shop_the_look_match_info{match="shipped"}"#, 1.0);
    metrics.wait_for(r#"shop_the_look_match_info{match="adapted"}"#, 0.0);
    let followed = metrics.value(FOLLOWED).expect("followed");
    assert!(followed > 1.7e9, "{followed}");

    machines.postgres.sql(JOBS).expect("inserted");
    metrics.wait_for(r#"shop_the_look_import_jobs{state="waiting"}"#, 3.0);

    machines.postgres.pause().expect("stopped");
    metrics.wait_for(DATABASE, 0.0);
    assert_eq!((metrics.value(OBJECTS), metrics.value(CACHE)), (Some(1.0), Some(1.0)));
    let away = metrics.value(FOLLOWED).expect("followed once");
    assert!(away >= followed, "{followed}, {away}");
    machines.postgres.resume().expect("started");
    metrics.wait_for(DATABASE, 1.0);

    machines.storage.pause();
    let status = server.get("/api/v1/images/skirts-a").map(|(status, _)| status);
    assert_eq!(status, Some(500), "a picture that no cache has");
    metrics.wait_for(OBJECTS, 0.0);
    // The record is followed meanwhile, and storage stays away until it answers, though nobody asks for a picture.
    let followed = metrics.value(FOLLOWED).expect("followed");
    metrics.wait_until(FOLLOWED, |later| later >= followed + 5.0);
    assert_eq!((metrics.value(OBJECTS), metrics.value(DATABASE)), (Some(0.0), Some(1.0)));
    machines.storage.resume().expect("started");
    metrics.wait_for(OBJECTS, 1.0);
}

#[test]
fn a_server_measures_on_while_the_database_has_a_version_of_other_networks() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    let mut serve = machines.program(&["serve", "--port", "0", "--cache", "refusing", "--metrics=127.0.0.1:0"]);
    let server = Server::spawn(&mut serve, machines.at("refusing.log"));
    server.wait_for("/readyz", |answer| answer.starts_with("ready"));
    let metrics = Metrics::of(&server);
    metrics.wait_for(NETWORKS, 1.0);
    let other = machines.at("other");
    write_other_models(&other);
    let mut import = machines.program(&["catalogue", "import", "feed", "--cache", "importer"]);
    let output = import.env("SHOP_THE_LOOK_MODELS", &other).output().expect("run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    metrics.wait_for(NETWORKS, 0.0);
    let followed = metrics.value(FOLLOWED).expect("followed once");
    machines.postgres.sql(JOBS).expect("inserted");
    metrics.wait_for(r#"shop_the_look_import_jobs{state="waiting"}"#, 3.0);
    // It does not follow the record meanwhile, and says so.
    assert_eq!((metrics.value(NETWORKS), metrics.value(DATABASE)), (Some(0.0), Some(1.0)));
    assert_eq!(metrics.value(FOLLOWED), Some(followed));
}
