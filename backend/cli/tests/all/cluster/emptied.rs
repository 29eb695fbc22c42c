//! PostgreSQL has lost the record while servers serve it: nothing takes its place before somebody restores it.

use std::time::{Duration, Instant};

use super::administration::{TOKEN, ask};
use super::host::Host;
use super::machines::{Machines, Server};
use crate::support::line;

/// Longest wait for a feed: the schedule is looked at every five seconds.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Longer than two looks at the schedule and at the record.
const TWO_LOOKS: Duration = Duration::from_secs(12);

/// A server with the administration that fetches the feeds of a file.
fn serve(machines: &Machines) -> Server {
    let words = ["serve", "--port", "0", "--cache", "one", "--feeds", "feeds.toml", "--allow-private-addresses"];
    let mut command = machines.program(&words);
    command.env("SHOP_THE_LOOK_ADMIN_TOKEN", TOKEN);
    Server::spawn(&mut command, machines.at("one.log"))
}

/// Whether the database has the record's schema.
fn has_schema(machines: &Machines) -> bool {
    machines.postgres.sql("SELECT to_regnamespace('shop_the_look') IS NOT NULL").expect("asked") == "t"
}

/// Checks for some time that a server serves its version on and fetches no feed.
fn assert_served_on(server: &Server, host: &Host, feeds: usize) {
    server.wait_for("/readyz", |ready| ready.contains("the database has no catalogue"));
    let begin = Instant::now();
    while begin.elapsed() < TWO_LOOKS {
        assert!(server.text("/readyz").starts_with("ready: version 1 is served on"), "{}", server.log());
        assert!(server.text("/api/v1/products/p0").contains("Article p0"));
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(host.feeds(), feeds, "{}", server.log());
}

#[test]
fn servers_make_no_empty_record_in_place_of_a_lost_one_and_serve_on() {
    let Some(machines) = Machines::start() else { return };
    let host = Host::start();
    let rows = (0..8).map(|number| line(&format!("p{number}"), &format!("{}/a.png", host.origin), "shirts"));
    host.set_feed(rows.collect::<Vec<_>>().join("\n"));
    let feeds = format!("[[feed]]\nurl = \"{}/feed.jsonl\"\nevery = \"6 hours\"\n", host.origin);
    std::fs::write(machines.at("feeds.toml"), feeds).expect("written");
    // An empty database is no lost one: the feed brings the first version.
    let mut server = serve(&machines);
    server.wait_for("/api/v1/products/p0", |product| product.contains("Article p0"));
    let begin = Instant::now();
    let is_told = || machines.postgres.sql("SELECT state FROM shop_the_look.feeds").unwrap_or_default();
    while !is_told().contains("\"outcome\":\"imported\"") {
        assert!(begin.elapsed() < TIMEOUT, "{}", server.log());
        std::thread::sleep(Duration::from_millis(100));
    }
    let fetched = host.feeds();
    let address = machines.postgres.address();
    machines.catalogue(&["copy", &address, "backup"]);

    machines.postgres.sql("DROP SCHEMA shop_the_look CASCADE").expect("dropped");
    machines.postgres.pause().expect("stopped");
    machines.postgres.resume().expect("started");
    assert_served_on(&server, &host, fetched);
    let change = |server: &Server| ask(server, "PATCH", "products?format=google-tsv", "id\tprice\np0\t5 EUR\n");
    let (status, problem) = change(&server);
    assert_eq!(status, 503, "{problem}");
    let (status, problem) = ask(&server, "GET", "jobs", "");
    assert_eq!(status, 503, "{problem}");
    let feed = line("p0", &format!("{}/a.png", host.origin), "shirts");
    let (status, problem) = ask(&server, "POST", "feeds?format=jsonl&force=true", &feed);
    assert_eq!(status, 503, "{problem}");
    assert!(!has_schema(&machines), "{}", server.log());
    server.kill();
    let server = serve(&machines);
    assert_served_on(&server, &host, fetched);
    assert!(!has_schema(&machines), "{}", server.log());

    // A command has made an empty record, by mistake: neither is it served, nor is the feed imported into it.
    std::fs::write(machines.at("change.jsonl"), "{\"id\": \"p0\", \"price\": \"5 EUR\"}\n").expect("written");
    assert!(!machines.output(&["update", "change.jsonl", "--cache", "of-updates"]).status.success());
    assert!(has_schema(&machines));
    assert_served_on(&server, &host, fetched);
    assert_eq!(change(&server).0, 503);

    // The backup comes into the empty record, and is followed.
    machines.catalogue(&["copy", "backup", &address]);
    server.wait_for("/readyz", |ready| ready == "ready\n");
    let (status, changed) = change(&server);
    assert_eq!(status, 200, "{changed}");
    server.wait_for("/api/v1/products/p0", |product| product.contains("\"amount_minor\":500,"));
    assert_eq!(host.feeds(), fetched, "the backup knows when the feed was fetched");
}
