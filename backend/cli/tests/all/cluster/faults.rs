//! Parts go away while servers run.

use std::time::Duration;

use super::machines::{Machines, Server};

/// Whether a server answers a search.
fn answers(server: &Server) -> bool {
    server.get("/api/v1/products/skirts-a/similar").is_some_and(|(status, _)| status == 200)
}

#[test]
fn a_replica_without_database_or_storage_serves_its_last_version_and_says_so() {
    let Some(mut machines) = Machines::start() else { return };
    machines.fill();
    let server = machines.serve("one");
    machines.postgres.pause().expect("stopped");
    server.wait_for("/readyz", |ready| ready.contains("PostgreSQL cannot be used"));
    assert!(server.text("/readyz").starts_with("ready: version 1 is served on"), "a balancer keeps it");
    assert!(answers(&server));
    // A server that starts now serves what its cache has; one without a cache cannot.
    drop(server);
    let server = machines.serve("one");
    assert!(answers(&server) && server.text("/readyz").contains("PostgreSQL cannot be used"));
    let output = machines.program(&["serve", "--port", "0", "--cache", "new"]).output().expect("run");
    assert_eq!(output.status.code(), Some(1));
    machines.postgres.resume().expect("started");
    server.wait_for("/readyz", |ready| ready == "ready\n");
    machines.set_price("skirts-a", "11 EUR");
    server.wait_for("/api/v1/products/skirts-a", |product| product.contains("1100"));

    // Pictures come from storage, the answers do not.
    machines.storage.pause();
    assert!(answers(&server));
    let status = server.get("/api/v1/images/skirts-a").map(|(status, _)| status);
    assert_eq!(status, Some(500), "a picture that no cache has");
    assert!(server.text("/readyz").contains("object storage cannot be used"));
    machines.storage.resume().expect("started");
    assert_eq!(server.get("/api/v1/images/skirts-a").map(|(status, _)| status), Some(200));
    server.wait_for("/readyz", |ready| ready == "ready\n");
}

#[test]
fn a_server_on_an_empty_database_is_alive_and_waits_for_the_first_import() {
    let Some(machines) = Machines::start() else { return };
    let server = machines.serve_soon("one");
    let statuses = || ["/healthz", "/readyz"].map(|path| server.get(path).map(|(status, _)| status));
    assert_eq!(statuses(), [Some(200), Some(503)]);
    server.wait_for("/healthz", |_| server.log().contains("no version is served yet: there is no catalogue in"));
    assert_eq!(statuses(), [Some(200), Some(503)], "it waits on");
    machines.fill();
    server.wait_for("/readyz", |ready| ready == "ready\n");
    assert!(answers(&server));
}

#[test]
fn a_damaged_object_is_refused_and_the_former_version_stays() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    let server = machines.serve("one");
    let object = |name: &str| {
        let sql = format!("SELECT sha256 FROM shop_the_look.record_files WHERE name = '{name}'");
        let digest = machines.postgres.sql(&sql).expect("a digest");
        machines.storage.folder().join(&digest[..2]).join(digest)
    };
    // A deletion publishes other features; they are damaged before the server sees them.
    let paused = machines.storage.folder();
    machines.postgres.sql("SELECT 1").expect("there");
    let stopped = server.text("/readyz");
    assert_eq!(stopped, "ready\n");
    drop(server);
    machines.catalogue(&["delete", "tops-a", "--cache", "of-updates"]);
    let features = object("features-2.bin");
    let whole = std::fs::read(&features).unwrap_or_else(|_| panic!("{} in {}", features.display(), paused.display()));
    let mut damaged = whole.clone();
    damaged[200] ^= 1;
    std::fs::write(&features, damaged).expect("damaged");
    // Its cache has version 1, and a damaged object may be mended.
    let server = machines.serve_soon("one");
    server.wait_for("/readyz", |ready| ready.contains("object storage cannot be used"));
    assert!(server.text("/readyz").contains("version 1 is served on"));
    assert_eq!(server.get("/api/v1/products/tops-a").map(|(status, _)| status), Some(200));
    std::fs::write(&features, whole).expect("mended");
    let took = server.wait_for("/api/v1/products/tops-a", |answer| answer.contains("\"status\":404"));
    assert!(took < Duration::from_secs(10), "{took:?}");
    server.wait_for("/readyz", |ready| ready == "ready\n");
}
