//! Changes reach every server.

use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use stl_cluster::Process;
use stl_server::catalogue::edit::{EditError, update};
use stl_server::catalogue::feed::{Change, SaleChange};
use stl_server::catalogue::{Store, StoreError};
use stl_server::cluster::ClusterAddress;
use stl_server::cluster::edit::Cluster;
use stl_types::Price;

use super::machines::Machines;
use crate::support::{line, png, rectangle};

/// A change is served everywhere within this.
const LIMIT: Duration = Duration::from_secs(5);

#[test]
fn prices_deletions_and_rules_reach_all_replicas_within_five_seconds() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    let servers = ["one", "two", "three"].map(|cache| machines.serve(cache));
    let mut slowest = Duration::ZERO;
    for round in 0..5 {
        machines.set_price("skirts-a", &format!("1{round}.00 EUR"));
        let amount = format!("\"amount_minor\":1{round}00,");
        for server in &servers {
            let took = server.wait_for("/api/v1/products/skirts-a", |product| product.contains(&amount));
            slowest = slowest.max(took);
        }
    }
    machines.catalogue(&["delete", "tops-a", "--cache", "of-updates"]);
    for server in &servers {
        slowest = slowest.max(server.wait_for("/api/v1/products/tops-a", |answer| answer.contains("\"status\":404")));
    }
    std::fs::write(
        machines.at("rules.toml"),
        "[[rule]]\nname = \"not this\"\naction = \"exclude\"\nid = [\"tops-b\"]\n",
    )
    .expect("written");
    machines.catalogue(&["rules", "rules.toml", "--cache", "of-updates"]);
    for server in &servers {
        let path = "/api/v1/products/tops%2Fc%20%C3%BC/similar";
        slowest =
            slowest.max(server.wait_for(path, |answer| answer.contains("\"cards\"") && !answer.contains("tops-b")));
    }
    eprintln!("the slowest change was served after {slowest:?}");
    assert!(slowest < LIMIT, "{slowest:?}");
    // All pictures come from storage.
    for server in &servers {
        let (status, picture) = server.get("/api/v1/images/skirts-a").expect("an answer");
        assert!(status == 200 && picture.starts_with(&[0xff, 0xd8]), "a JPEG, got {status}");
    }
}

/// `pg_notify` of new connections, which only counts: it is found before PostgreSQL's own.
const LOSE_ANNOUNCEMENTS: &str = "CREATE SCHEMA lost; CREATE TABLE lost.announcements (channel text); \
    CREATE FUNCTION lost.pg_notify(text, text) RETURNS void LANGUAGE sql AS 'INSERT INTO lost.announcements VALUES ($1)'; \
    ALTER ROLE CURRENT_USER SET search_path = lost, pg_catalog";

#[test]
fn a_change_whose_announcement_is_lost_is_served_by_the_next_poll() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    let server = machines.serve("one");
    machines.postgres.sql(LOSE_ANNOUNCEMENTS).expect("done");
    let mut slowest = Duration::ZERO;
    for round in 1..4 {
        machines.set_price("skirts-a", &format!("2{round}.00 EUR"));
        let amount = format!("\"amount_minor\":2{round}00,");
        slowest = slowest.max(server.wait_for("/api/v1/products/skirts-a", |product| product.contains(&amount)));
    }
    let lost = machines.postgres.sql("SELECT count(*) FROM lost.announcements").expect("a count");
    assert!(lost.parse::<u32>().is_ok_and(|lost| lost >= 3), "{lost} announcements were lost");
    eprintln!("without announcements the slowest change was served after {slowest:?}");
    assert!(slowest < LIMIT, "{slowest:?}");
}

#[test]
fn what_servers_count_comes_together() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    let servers = ["one", "two"].map(|cache| machines.serve(cache));
    let event = serde_json::json!({"kind": "opened", "product": "skirts-a", "position": 2});
    let body = serde_json::json!({ "events": [event] }).to_string();
    for (server, times) in servers.iter().zip([3, 4]) {
        for _ in 0..times {
            let address = format!("{}/api/v1/events", server.origin);
            let answer =
                ureq::post(&address).header("content-type", "application/json").send(&body).expect("an answer");
            assert_eq!(answer.status().as_u16(), 204);
        }
    }
    let begin = std::time::Instant::now();
    loop {
        let stats = machines.catalogue(&["stats", "--events", "--json", "--cache", "reader"]);
        let stats: serde_json::Value = serde_json::from_str(&stats).expect("JSON");
        if stats["total"]["opened"] == 7 {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "{stats}");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(machines.postgres.sql("SELECT count FROM shop_the_look.product_events").expect("a count"), "7");
}

#[test]
fn of_two_processes_with_one_cache_the_second_is_refused() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    let _server = machines.serve("one");
    let output = machines.output(&["list", "--cache", "one"]);
    let reason = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && reason.contains("another process uses the cache one"), "{reason}");
    let output = machines.output(&["list", "--cache", "folder"]);
    let reason = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && reason.contains("holds a catalogue of its own"), "{reason}");
}

#[test]
fn no_market_is_changed_while_an_import_runs_on_another_machine() {
    let Some(machines) = Machines::start() else { return };
    machines.catalogue(&["import", "feed", "--market", "de", "--cache", "first"]);
    // Its picture waits for a worker, and there is none.
    std::fs::create_dir(machines.at("other")).expect("a folder");
    std::fs::write(machines.at("other/x.png"), png(&rectangle(90, 120, [20, 200, 90]))).expect("written");
    std::fs::write(machines.at("other/products.jsonl"), line("x", "x.png", "shirts")).expect("written");
    let words = ["catalogue", "import", "other", "--market", "ch", "--only-workers", "--cache", "importing"];
    let import = machines.program(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let import = Process(import.expect("the program runs"));
    // It is the first one already, so that this changes nothing.
    let put_first = || machines.output(&["markets", "--first", "de", "--cache", "changing"]);
    let refused = wait_for("the import's begin", || Some(put_first()).filter(|output| !output.status.success()));
    let message = String::from_utf8_lossy(&refused.stderr);
    assert!(message.contains("another import is writing the catalogue in "), "{message}");
    for change in [["--rename", "de=at"], ["--remove", "de"]] {
        let refused = machines.output(&["markets", change[0], change[1], "--cache", "changing"]);
        assert_eq!(refused.status.code(), Some(1), "{change:?}");
    }
    drop(import);
    wait_for("the import's end", || put_first().status.success().then_some(()));
    let renamed = machines.catalogue(&["markets", "--rename", "de=at", "--cache", "changing"]);
    assert!(renamed.ends_with("  at  [first]\n"), "{renamed}");
}

/// What comes within a minute.
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "{what} within a minute");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_published_change_that_the_cache_cannot_end_is_no_failure_and_another_one_follows() {
    let Some(machines) = Machines::start() else { return };
    let objects = machines.at("objects");
    std::fs::create_dir(&objects).expect("a folder");
    let objects = format!("file://{}", objects.display());
    machines.catalogue(&["import", "feed", "--catalogue", "folder"]);
    let record = machines.postgres.address();
    machines.catalogue(&["copy", "folder", &record, "--objects", &objects]);
    let address =
        ClusterAddress { record: record.parse().expect("an address"), objects, cache: machines.at("of-this-test") };
    let mut cluster = Cluster::create(&address).expect("a catalogue");
    let change = |amount_minor: u64| {
        let price = Some(Price { amount_minor, currency: "EUR".to_owned() });
        vec![Change { id: "skirts-a".to_owned(), price, sale: SaleChange::Keep, availability: None }]
    };
    // Another connection holds the cache's database from before the commit on, for longer than the end of the change waits.
    let (release, released) = mpsc::channel::<()>();
    let mut holder = None;
    let published = cluster.change_offers(|folder| {
        let report = update(folder, "", &change(700))?;
        let (folder, (hold, held)) = (folder.to_owned(), mpsc::channel());
        holder = Some(std::thread::spawn(move || {
            let mut store = Store::open(&folder).expect("a database");
            store.edit_offers("", std::iter::empty(), |_, _| {
                hold.send(()).expect("somebody waits");
                released.recv().expect("released");
                Ok::<_, StoreError>((None, ()))
            })
        }));
        held.recv().expect("held");
        Ok::<_, EditError>(report)
    });
    assert_eq!(published.expect("published").expect("changed").edited, 1);
    release.send(()).expect("held until now");
    holder.expect("a thread").join().expect("no panic").expect("nothing was changed");

    let published = cluster.change_offers(|folder| {
        let mut store = Store::open(folder)?;
        let (_, assortment) = store.read_market("")?;
        let former = assortment.articles.iter().find(|article| article.id == "skirts-a").expect("an article");
        assert_eq!(former.price.amount_minor, 700, "the first change is there");
        drop(store);
        update(folder, "", &change(800))
    });
    assert_eq!(published.expect("published").expect("changed").edited, 1);
    let amount = "SELECT price_amount_minor FROM shop_the_look.products WHERE id = 'skirts-a'";
    assert_eq!(machines.postgres.sql(amount).expect("read").trim(), "800");
}
