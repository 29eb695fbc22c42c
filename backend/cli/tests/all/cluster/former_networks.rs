//! Servers of the former networks, after a catalogue has got others.

use serde_json::Value;

use super::administration::{administered, ask, wait_for};
use super::host::Host;
use super::machines::Machines;
use super::networks::write_other_models;
use crate::support::line;

#[test]
fn a_server_of_the_former_networks_does_not_import_the_catalogue_back() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    let (server, host) = (administered(&machines, "one"), Host::start());
    let other = machines.at("other-models");
    write_other_models(&other);
    let mut import = machines.program(&["catalogue", "import", "feed", "--cache", "importer"]);
    let output = import.env("SHOP_THE_LOOK_MODELS", &other).output().expect("run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    server.wait_for("/readyz", |ready| ready.contains("the database has a version of other networks"));

    let published =
        || machines.postgres.sql("SELECT version, features_file FROM shop_the_look.published").expect("one");
    let before = published();
    let feed = line("new", &format!("{}/new.png", host.origin), "shirts");
    let (status, job) = ask(&server, "POST", "feeds?format=jsonl&force=true", &feed);
    assert_eq!(status, 202, "{job}");
    let job = wait_for(&server, "jobs/1", |job| job["state"] != "running");
    assert_eq!(job["state"], Value::from("failed"), "{job}");
    let reason = job["problems"][0].as_str().unwrap_or_default();
    assert!(reason.starts_with("the catalogue was made by another fashion-dna network than this server's"), "{job}");
    assert_eq!((host.pictures(), published()), (0, before), "nothing was fetched, nothing published");
}
