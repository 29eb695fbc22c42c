//! Feeds that servers fetch by themselves: one server at a time, for all.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::host::Host;
use super::machines::{Machines, Server};
use crate::support::line;

/// Longest wait for a feed: the schedule is looked at every five seconds, and a turn is over when PostgreSQL has missed a server.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Says that a server has the turn.
const TURN: &str = "this server fetches the feeds from now on";

/// A server that fetches the feeds of a file when it is its turn.
fn serve(machines: &Machines, cache: &str) -> Server {
    let words = ["serve", "--port", "0", "--cache", cache, "--feeds", "feeds.toml", "--allow-private-addresses"];
    Server::spawn(&mut machines.program(&words), machines.at(&format!("{cache}.log")))
}

/// Waits until something is so.
fn wait_until(what: &str, servers: &[&Server], is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        let logs: Vec<String> = servers.iter().map(|server| server.log()).collect();
        assert!(begin.elapsed() < TIMEOUT, "{what}\n{}", logs.join("\n---\n"));
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The state of the one feed, as the record has it.
fn state(machines: &Machines) -> Value {
    let state = machines.postgres.sql("SELECT state FROM shop_the_look.feeds").unwrap_or_default();
    serde_json::from_str(&state).unwrap_or(Value::Null)
}

/// Makes the feed due.
fn make_due(machines: &Machines) {
    let sql = "UPDATE shop_the_look.feeds \
         SET state = regexp_replace(state, '\"next_try\":\"[^\"]*\"', '\"next_try\":\"2020-01-01T00:00:00Z\"')";
    machines.postgres.sql(sql).expect("done");
}

#[test]
fn a_feed_that_is_due_is_fetched_by_one_server_and_by_another_when_that_one_dies() {
    let Some(machines) = Machines::start() else { return };
    let host = Host::start();
    let feed = |title: &str, picture: &str| {
        let rows = (0..8).map(|number| {
            line(&format!("p{number}"), &format!("{}/{picture}.png", host.origin), "shirts").replace("Article", title)
        });
        host.set_feed(rows.collect::<Vec<_>>().join("\n"));
    };
    let feeds = format!("[[feed]]\nurl = \"{}/feed.jsonl\"\nevery = \"6 hours\"\n", host.origin);
    std::fs::write(machines.at("feeds.toml"), feeds).expect("written");
    feed("First", "a");

    // There is no catalogue yet: both wait for the one that the feed brings.
    let mut servers = vec![serve(&machines, "one"), serve(&machines, "other")];
    for server in &servers {
        server.wait_for("/readyz", |answer| answer.starts_with("ready"));
        server.wait_for("/api/v1/products/p0", |product| product.contains("First p0"));
    }
    let both: Vec<&Server> = servers.iter().collect();
    wait_until("the first import is told", &both, || state(&machines)["outcome"] == "imported");
    assert_eq!((host.feeds(), state(&machines)["products"].as_u64()), (1, Some(8)));

    feed("Second", "a");
    make_due(&machines);
    wait_until("the feed is fetched again", &both, || host.feeds() == 2);
    for server in &servers {
        server.wait_for("/api/v1/products/p0", |product| product.contains("Second p0"));
    }
    // Longer than it takes to look again.
    std::thread::sleep(Duration::from_secs(11));
    assert_eq!(host.feeds(), 2, "it is not due");
    let turns = servers.iter().map(|server| server.log().matches(TURN).count()).collect::<Vec<_>>();
    assert_eq!(turns.iter().sum::<usize>(), 1, "{turns:?}");

    // The server whose turn it is dies while it imports.
    let pictures = host.pictures();
    host.hold(true);
    feed("Third", "b");
    make_due(&machines);
    host.wait_for_pictures(pictures + 1);
    assert!(state(&machines)["running_since"].as_str().is_some_and(|since| !since.is_empty()));
    let mut dead = servers.remove(turns.iter().position(|count| *count == 1).expect("a turn"));
    dead.kill();
    host.hold(false);
    let left = &servers[0];
    wait_until("the other one fetches it", &[left], || host.feeds() >= 4);
    left.wait_for("/api/v1/products/p0", |product| product.contains("Third p0"));
    wait_until("what came of it is told", &[left], || {
        let state = state(&machines);
        state["outcome"] == "imported" && state["running_since"].as_str().unwrap_or_default().is_empty()
    });
    assert_eq!(left.log().matches(TURN).count(), 1, "{}", left.log());
    assert_eq!(host.feeds(), 4);

    // One that comes back has what the others have, and fetches nothing.
    let again = serve(&machines, "back");
    again.wait_for("/api/v1/products/p0", |product| product.contains("Third p0"));
    let stats = machines.catalogue(&["stats", "--cache", "reader"]);
    assert!(stats.contains("/feed.jsonl: imported\n"), "{stats}");
    assert_eq!(host.feeds(), 4);
    assert!(!again.log().contains(TURN), "{}", again.log());
}

#[test]
fn a_server_that_was_cut_off_and_finds_the_turn_taken_stops_its_import() {
    let Some(machines) = Machines::start() else { return };
    let host = Host::start();
    let feed = |title: &str, picture: &str| {
        let row = line("p0", &format!("{}/{picture}.png", host.origin), "shirts");
        host.set_feed(row.replace("Article", title));
    };
    let feeds = format!("[[feed]]\nurl = \"{}/feed.jsonl\"\nevery = \"6 hours\"\n", host.origin);
    std::fs::write(machines.at("feeds.toml"), feeds).expect("written");
    feed("First", "a");
    let server = serve(&machines, "one");
    wait_until("the first import is told", &[&server], || state(&machines)["outcome"] == "imported");
    server.wait_for("/api/v1/products/p0", |product| product.contains("First p0"));

    let pictures = host.pictures();
    host.hold(true);
    feed("Second", "b");
    make_due(&machines);
    host.wait_for_pictures(pictures + 1);
    // The connection with the turn ends, and another session has the turn before it is made again.
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND objid = 2 AND granted; \
         SELECT pg_advisory_lock(hashtext('shop_the_look'), 2); SELECT pg_sleep(30)";
    let before = machines.postgres.sql("SELECT clock_timestamp()::text").expect("a time");
    std::thread::scope(|scope| {
        let cut = scope.spawn(|| machines.postgres.sql(cut).expect("cut off"));
        // The new connection has asked for the turn, and a second later again.
        let asked = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_start > '{before}' AND query LIKE 'SELECT floor(extract(epoch %' \
             AND query_start > backend_start + interval '1 second'"
        );
        wait_until("it finds the turn taken", &[&server], || {
            machines.postgres.sql(&asked).is_ok_and(|count| count == "1")
        });
        host.hold(false);
        wait_until("the import stops", &[&server], || server.log().contains("is left to another server"));
        assert!(server.text("/api/v1/products/p0").contains("First p0"), "{}", server.log());
        cut.join().expect("ended");
    });
    // When the other one gives the turn back, the feed is fetched again.
    server.wait_for("/api/v1/products/p0", |product| product.contains("Second p0"));
}
