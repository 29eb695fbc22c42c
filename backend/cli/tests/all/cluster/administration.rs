//! The administration of a catalogue that several servers share: whatever is done through one is done for all.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::host::Host;
use super::machines::{Machines, Server};
use crate::support::{PRODUCTS, line};

/// The administration's token on all servers.
pub(super) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// Longest wait for an answer, or for what it tells: a server that was killed is missed after half a minute.
const TIMEOUT: Duration = Duration::from_secs(120);

const SIMILAR: &str = "/api/v1/products/tops%2Fc%20%C3%BC/similar";

/// A server with a cache and the administration, once it is ready.
pub(super) fn administered(machines: &Machines, cache: &str) -> Server {
    let mut command =
        machines.program(&["serve", "--port", "0", "--cache", cache, "--events", "--allow-private-addresses"]);
    command.env("SHOP_THE_LOOK_ADMIN_TOKEN", TOKEN);
    let server = Server::spawn(&mut command, machines.at(&format!("{cache}.log")));
    server.wait_for("/readyz", |answer| answer.starts_with("ready"));
    server
}

/// The status and the body of what the administration answers; a body is sent if it is not empty.
pub(super) fn ask(server: &Server, method: &str, path: &str, body: &str) -> (u16, Value) {
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT)).build();
    let agent = ureq::Agent::from(config);
    let request = ureq::http::Request::builder().method(method).uri(format!("{}/api/v1/admin/{path}", server.origin));
    let request = request.header("authorization", format!("Bearer {TOKEN}"));
    let answer = if body.is_empty() {
        agent.run(request.body(()).expect("a request"))
    } else {
        agent.run(request.header("content-type", "application/toml").body(body.to_owned()).expect("a request"))
    };
    let mut answer = answer.expect("an answer");
    let body = answer.body_mut().read_to_vec().expect("a body");
    (answer.status().as_u16(), serde_json::from_slice(&body).unwrap_or(Value::Null))
}

/// Waits until a part of the administration's answer is as wanted, and returns the answer.
pub(super) fn wait_for(server: &Server, path: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
    let begin = Instant::now();
    loop {
        let (status, answer) = ask(server, "GET", path, "");
        if status == 200 && is_wanted(&answer) {
            return answer;
        }
        assert!(begin.elapsed() < TIMEOUT, "{path}: {status} {answer}\n{}", server.log());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Waits until the server of a job has asked twice whether it is to end, or it has ended: what the first answer said, it then knows.
fn wait_for_two_asks(machines: &Machines, job: u64) {
    let sql = format!("SELECT alive FROM shop_the_look.record_job_runs WHERE id = {job}");
    let alive = || machines.postgres.sql(&sql).expect("asked");
    let (begin, mut last, mut asks) = (Instant::now(), alive(), 0);
    while asks < 2 && !last.is_empty() {
        assert!(begin.elapsed() < TIMEOUT, "the server of job {job} asks");
        std::thread::sleep(Duration::from_millis(50));
        let now = alive();
        if now != last {
            (last, asks) = (now, asks + 1);
        }
    }
}

/// Action and outcome of each entry of the audit log, the oldest first.
fn noted(machines: &Machines) -> Vec<(String, String)> {
    let output = machines.program(&["audit", "--json"]).output().expect("run");
    super::machines::assert_silent(&output);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let word = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let lines = String::from_utf8(output.stdout).expect("text");
    let entries = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("an entry"));
    entries.map(|entry| (word(&entry, "action"), word(&entry, "outcome"))).collect()
}

fn entries(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(action, outcome)| ((*action).to_owned(), (*outcome).to_owned())).collect()
}

#[test]
fn what_is_changed_through_one_server_is_served_by_all_and_noted_once() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    let (one, other) = (administered(&machines, "one"), administered(&machines, "other"));
    let prices = |id: &str, price: &str| format!("id\tprice\n{id}\t{price}\n");
    let change =
        |server: &Server, id: &str, price: &str| ask(server, "PATCH", "products?format=google-tsv", &prices(id, price));
    let (status, changed) = change(&one, "skirts-a", "5 EUR");
    assert_eq!((status, &changed["edited"]), (200, &Value::from(1)), "{changed}");
    other.wait_for("/api/v1/products/skirts-a", |product| product.contains("\"amount_minor\":500,"));
    let (status, deleted) = ask(&other, "DELETE", "products/tops-a", "");
    assert_eq!((status, &deleted["edited"]), (200, &Value::from(1)), "{deleted}");
    one.wait_for("/api/v1/products/tops-a", |answer| answer.contains("\"status\":404"));
    assert_eq!(ask(&one, "DELETE", "products/tops-a", "").0, 404, "it has gone everywhere");

    // The next search of the same server follows the rules, and the other one's soon.
    assert!(one.text(SIMILAR).contains("tops-b"));
    let rules = "[[rule]]\nname = \"recalled\"\naction = \"exclude\"\nid = [\"tops-b\"]\n";
    let (status, report) = ask(&one, "PUT", "rules", rules);
    assert_eq!((status, report["rules"].as_array().map(Vec::len)), (200, Some(1)), "{report}");
    assert!(!one.text(SIMILAR).contains("tops-b"));
    other.wait_for(SIMILAR, |answer| answer.contains("\"cards\"") && !answer.contains("tops-b"));
    wait_for(&other, "rules", |report| report["rules"].as_array().is_some_and(|rules| rules.len() == 1));

    // Two at once: one after the other, and both are there.
    std::thread::scope(|scope| {
        let both = [(&one, "skirts-a", "6 EUR"), (&other, "skirts-b", "7 EUR")];
        let both = both.map(|(server, id, price)| scope.spawn(move || change(server, id, price)));
        for change in both {
            let (status, changed) = change.join().expect("answered");
            assert_eq!((status, &changed["edited"]), (200, &Value::from(1)), "{changed}");
        }
    });
    for server in [&one, &other] {
        server.wait_for("/api/v1/products/skirts-a", |product| product.contains("\"amount_minor\":600,"));
        server.wait_for("/api/v1/products/skirts-b", |product| product.contains("\"amount_minor\":700,"));
    }

    let expected = [
        // What has filled the folder, whose log was copied, and then the database.
        ("catalogue import", "done"),
        ("catalogue copy", "done"),
        ("products.change", "done"),
        ("product.delete", "done"),
        ("product.delete", "refused"),
        ("rules.store", "done"),
        ("products.change", "done"),
        ("products.change", "done"),
    ];
    assert_eq!(noted(&machines), entries(&expected));
    // A copy to a folder has them, and after them itself.
    let address = machines.postgres.address();
    machines.catalogue(&["copy", &address, "back"]);
    let output = machines.program(&["audit", "--json", "--catalogue", "back"]).output().expect("run");
    let of_copy = String::from_utf8(output.stdout).expect("text");
    assert_eq!(of_copy.lines().count(), expected.len() + 1, "{of_copy}");
    assert!(of_copy.lines().next().is_some_and(|line| line.contains("catalogue import")), "{of_copy}");
    machines.catalogue(&["verify", "--cache", "reader"]);
}

#[test]
fn each_server_shows_what_there_is_and_what_all_have_counted() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    let (one, other) = (administered(&machines, "one"), administered(&machines, "other"));
    let (status, stats) = ask(&one, "GET", "catalogue", "");
    assert_eq!((status, &stats["products"]), (200, &Value::from(PRODUCTS)), "{stats}");
    assert_eq!(stats["published_version"], stats["served_version"], "{stats}");
    let (status, found) = ask(&one, "GET", "products?text=skirts", "");
    assert_eq!((status, &found["count"]), (200, &Value::from(3)), "{found}");
    // Its picture comes from storage.
    let (status, sight) = ask(&one, "GET", "products/skirts-a", "");
    assert!(status == 200 && sight["region"]["picture_width"].as_u64().is_some(), "{sight}");
    assert_eq!(ask(&one, "GET", "feeds", ""), (200, Value::Array(Vec::new())));
    assert_eq!(ask(&one, "GET", "jobs", ""), (200, Value::Array(Vec::new())));
    assert_eq!(ask(&one, "GET", "jobs/1", "").0, 404);
    assert_eq!(ask(&one, "DELETE", "jobs/1", "").0, 404);

    let event = serde_json::json!({"kind": "opened", "product": "skirts-a", "position": 2});
    let body = serde_json::json!({ "events": [event] }).to_string();
    for server in [&one, &other] {
        let address = format!("{}/api/v1/events", server.origin);
        let answer = ureq::post(&address).header("content-type", "application/json").send(&body).expect("an answer");
        assert_eq!(answer.status().as_u16(), 204);
    }
    for server in [&one, &other] {
        let stats = wait_for(server, "events?hours=2", |stats| stats["total"]["opened"] == 2);
        assert_eq!(stats["counting"], true, "{stats}");
    }
}

#[test]
fn a_feed_that_is_sent_to_one_server_is_imported_for_all_and_each_tells_its_job() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    let (mut one, other) = (administered(&machines, "one"), administered(&machines, "other"));
    let host = Host::start();
    // Each import has a picture of its own to wait for, beside products that are there.
    let feed = |name: &str| {
        let row = |id: &str| line(id, &format!("{}/{name}.png", host.origin), "shirts");
        format!("{}\n{}\n", row(&format!("new-{name}")), row("skirts-a"))
    };
    let send = |server: &Server, name: &str| {
        let pictures = host.pictures();
        let (status, job) = ask(server, "POST", "feeds?format=jsonl&force=true", &feed(name));
        if status == 202 {
            host.wait_for_pictures(pictures + 1);
        }
        (status, job["id"].as_u64())
    };

    host.hold(true);
    assert_eq!(send(&one, "first"), (202, Some(1)));
    let running = wait_for(&other, "jobs", |jobs| jobs[0]["of"].as_u64().is_some_and(|of| of > 0));
    assert_eq!((&running[0]["id"], &running[0]["state"]), (&Value::from(1), &Value::from("running")));
    assert_eq!(send(&other, "second").0, 409, "one import runs at a time, on all servers");
    assert_eq!(ask(&one, "POST", "feeds?format=jsonl", &feed("second")).0, 409);
    // Prices need not wait for it, and stay.
    let (status, changed) = ask(&other, "PATCH", "products?format=google-tsv", "id\tprice\nskirts-a\t5 EUR\n");
    assert_eq!((status, &changed["edited"]), (200, &Value::from(1)), "{changed}");
    host.hold(false);
    let done = wait_for(&other, "jobs/1", |job| job["state"] != "running");
    assert_eq!((&done["state"], &done["imported"]), (&Value::from("done"), &Value::from(2)), "{done}");
    for server in [&one, &other] {
        server.wait_for("/api/v1/products/new-first", |product| product.contains("\"amount_minor\":1995,"));
        server.wait_for("/api/v1/products/skirts-a", |product| product.contains("\"amount_minor\":500,"));
        server.wait_for("/api/v1/products/skirts-b", |answer| answer.contains("\"status\":404"));
    }
    assert_eq!(ask(&one, "DELETE", "jobs/1", "").0, 409, "it has ended");

    // Another server than the one that imports cancels.
    host.hold(true);
    assert_eq!(send(&one, "third"), (202, Some(2)));
    assert_eq!(ask(&other, "DELETE", "jobs/2", "").0, 202);
    wait_for_two_asks(&machines, 2);
    host.hold(false);
    let cancelled = wait_for(&other, "jobs/2", |job| job["state"] != "running");
    assert_eq!(cancelled["state"], "cancelled", "{cancelled}");

    // A server that is killed leaves a job that was interrupted, and another one imports.
    host.hold(true);
    assert_eq!(send(&one, "fourth"), (202, Some(3)));
    one.kill();
    let begin = Instant::now();
    while send(&other, "fifth") != (202, Some(4)) {
        assert!(begin.elapsed() < TIMEOUT, "the killed import's turn is over");
        std::thread::sleep(Duration::from_millis(100));
    }
    host.hold(false);
    let done = wait_for(&other, "jobs/4", |job| job["state"] != "running");
    assert_eq!((&done["state"], &done["imported"]), (&Value::from("done"), &Value::from(2)), "{done}");
    let interrupted = wait_for(&other, "jobs/3", |job| job["state"] != "running");
    assert_eq!(interrupted["state"], "interrupted", "{interrupted}");
    let jobs = wait_for(&other, "jobs", |jobs| jobs.as_array().is_some_and(|jobs| jobs.len() == 4));
    assert_eq!(jobs[0]["id"], 4, "the last one first: {jobs}");

    let ends = noted(&machines).into_iter().filter(|(action, _)| action == "import.ended");
    let ends: Vec<(String, String)> = ends.collect();
    let expected = [("import.ended", "done"), ("import.ended", "cancelled"), ("import.ended", "done")];
    assert_eq!(ends, entries(&expected));
}

#[test]
fn without_a_database_what_is_there_is_shown_and_nothing_is_changed() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    let one = administered(&machines, "one");
    machines.postgres.pause().expect("stopped");
    assert_eq!(ask(&one, "GET", "products?text=skirts", "").0, 200);
    let (status, problem) = ask(&one, "PATCH", "products?format=google-tsv", "id\tprice\nskirts-a\t5 EUR\n");
    assert_eq!((status, &problem["code"]), (503, &Value::from("catalogue-away")), "{problem}");
    let (status, problem) = ask(&one, "GET", "jobs", "");
    assert_eq!((status, &problem["code"]), (503, &Value::from("catalogue-away")), "{problem}");
    machines.postgres.resume().expect("started");
    let begin = Instant::now();
    while ask(&one, "PATCH", "products?format=google-tsv", "id\tprice\nskirts-a\t5 EUR\n").0 != 200 {
        assert!(begin.elapsed() < TIMEOUT, "it is changed when the database is back");
        std::thread::sleep(Duration::from_millis(100));
    }
    one.wait_for("/api/v1/products/skirts-a", |product| product.contains("\"amount_minor\":500,"));
    // What could not be noted is in the log.
    assert!(one.log().contains("the audit log cannot be written"), "{}", one.log());
}
