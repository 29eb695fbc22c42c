//! Machines whose clocks are wrong. Only PostgreSQL's clock counts for what comes first; storage refuses requests whose time is far off.

use std::time::Duration;

use stl_cluster::clock::skew_or_skip;

use super::machines::{Machines, Server};

/// What clocks of different machines may be off.
const MINUTES: i64 = 4 * 60;

/// A server with a cache of its own, whose clock is off.
fn serve(machines: &Machines, cache: &str, seconds: i64) -> Option<Server> {
    let mut command = machines.program(&["serve", "--port", "0", "--cache", cache]);
    skew_or_skip(&mut command, seconds).then(|| Server::spawn(&mut command, machines.at(&format!("{cache}.log"))))
}

/// What a product costs on a server.
fn costs(server: &Server, amount: &str) -> Duration {
    let wanted = format!("\"amount_minor\":{amount},");
    server.wait_for("/api/v1/products/skirts-a", |product| product.contains(&wanted))
}

#[test]
fn changes_by_a_machine_whose_clock_is_slow_reach_servers_whose_clocks_are_fast_and_slow() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    let Some(fast) = serve(&machines, "fast", MINUTES) else { return };
    let slow = serve(&machines, "slow", -MINUTES).expect("the same library");
    let right = machines.serve("right");
    for server in [&fast, &slow] {
        server.wait_for("/readyz", |answer| answer == "ready\n");
    }
    let mut slowest = Duration::ZERO;
    for (round, seconds) in [-MINUTES, MINUTES, -MINUTES, 0].into_iter().enumerate() {
        // The clock goes back between changes of one product: the later change holds.
        let line = serde_json::json!({"id": "skirts-a", "price": format!("3{round}.00 EUR")}).to_string();
        std::fs::write(machines.at("change.jsonl"), line).expect("written");
        let mut command = machines.program(&["catalogue", "update", "change.jsonl", "--cache", "of-updates"]);
        assert!(skew_or_skip(&mut command, seconds));
        let output = command.output().expect("run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        for server in [&fast, &slow, &right] {
            slowest = slowest.max(costs(server, &format!("3{round}00")));
        }
    }
    eprintln!("with clocks that are {MINUTES} s fast and slow, the slowest change was served after {slowest:?}");
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
}

#[test]
fn a_server_whose_clock_is_days_off_serves_what_it_has_and_says_what_it_cannot_use() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    let mut server = machines.serve("days");
    server.end();
    // It has its cache; storage refuses what it signs.
    let Some(days) = serve(&machines, "days", 3 * 24 * 3600) else { return };
    days.wait_for("/readyz", |answer| answer.starts_with("ready"));
    assert!(days.text("/api/v1/products/skirts-a/similar").contains("skirts-b"));
    machines.set_price("skirts-a", "44.00 EUR");
    let right = machines.serve("right");
    costs(&right, "4400");
    let ready = days.text("/readyz");
    // Prices come from PostgreSQL, which needs no clock; files would come from storage.
    let product = days.text("/api/v1/products/skirts-a");
    assert!(
        product.contains("\"amount_minor\":4400,") || ready.contains("object storage cannot be used"),
        "{ready}: {product}"
    );
}
