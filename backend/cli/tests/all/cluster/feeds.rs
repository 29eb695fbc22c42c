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
