//! A server fetches its feed by itself, on a clock of the test.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use stl_server::catalogue::feed::FeedOptions;
use stl_server::catalogue::{Assortment, Store};
use stl_server::config::{ScheduledFeed, ScheduledFeeds};
use stl_server::parallel::StopFlag;
use stl_server::scheduled::FeedRunner;
use stl_types::wire::{FeedOutcome, FeedState};

use crate::api_v1_admin::{TOKEN, send, server};
use crate::picture_host::PictureHost;
use crate::support::{RED, encoded, line, models, png, rectangle};

fn runner(catalogue: &Path, url: &str) -> FeedRunner {
    runner_of(catalogue, &[("de", url)])
}

/// Fetches feeds of markets, each every hour.
fn runner_of(catalogue: &Path, feeds: &[(&str, &str)]) -> FeedRunner {
    FeedRunner::new(catalogue.to_owned(), Arc::new(models()), feeds_of(feeds), true, StopFlag::default())
}

fn stopped() -> StopFlag {
    let stop = StopFlag::default();
    stop.stop();
    stop
}

fn feeds_of(feeds: &[(&str, &str)]) -> ScheduledFeeds {
    let feed = |(market, url): &(&str, &str)| ScheduledFeed {
        url: (*url).to_owned(),
        market: (*market).to_owned(),
        every: std::time::Duration::from_secs(3600),
        max_drop_percent: 25,
        options: FeedOptions::default(),
    };
    ScheduledFeeds { feeds: feeds.iter().map(feed).collect(), ..ScheduledFeeds::default() }
}

/// Writes a feed of so many products, whose titles have a mark.
fn write_feed(folder: &Path, host: &str, products: usize, mark: &str) {
    write_feed_file(&folder.join("feed.jsonl"), host, products, mark);
}

fn write_feed_file(path: &Path, host: &str, products: usize, mark: &str) {
    let lines: Vec<String> = (0..products)
        .map(|number| line(&format!("p{number}"), &format!("http://{host}/a.png"), "shirts").replace("Article", mark))
        .collect();
    fs::write(path, lines.join("\n")).expect("written");
}

fn titles(catalogue: &Path) -> (usize, String) {
    let (_, articles) = Store::open(catalogue).and_then(|mut store| store.read()).expect("read");
    (articles.len(), articles[0].title.clone())
}

#[tokio::test]
async fn a_feed_is_fetched_when_it_is_due_and_the_last_good_one_serves_on() {
    let root = tempfile::tempdir().expect("a folder");
    let (catalogue, folder) = (root.path().join("catalogue"), root.path().join("host"));
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("a.png"), png(&rectangle(90, 120, RED))).expect("written");
    let host = PictureHost::of_folder(&folder);
    write_feed(&folder, &host.address, 8, "First");
    let begin: Timestamp = "2026-11-27T00:00:00Z".parse().expect("a moment");
    let at = |minutes: i64| begin + SignedDuration::from_mins(minutes);
    let runner = runner(&catalogue, &format!("http://{}/feed.jsonl?key=1", host.address));
    let state = || Store::open(&catalogue).and_then(|store| store.feeds()).expect("read").pop().expect("a feed");

    assert_eq!(runner.run_due(at(0)), Some(at(60)));
    let first = state();
    assert_eq!((first.outcome, first.products, first.left_out, first.problems.len()), (FeedOutcome::Imported, 8, 0, 0));
    assert_eq!((first.last_good.as_str(), first.next_try.as_str()), ("2026-11-27T00:00:00Z", "2026-11-27T01:00:00Z"));
    assert_eq!((first.market.as_str(), first.every_s), ("de", 3600));
    assert_eq!(titles(&catalogue), (8, "First p0".to_owned()));

    // Not due yet, also after a restart; then due and unchanged.
    let sent = host.sent();
    assert_eq!(runner.run_due(at(59)), Some(at(60)));
    assert_eq!((host.sent(), host.unchanged()), (sent, 0));
    assert_eq!(runner.run_due(at(60)), Some(at(120)));
    assert_eq!((state().outcome, host.sent(), host.unchanged()), (FeedOutcome::Unchanged, sent, 1));
    assert_eq!(
        (state().last_good.as_str(), state().last_import.as_str()),
        ("2026-11-27T01:00:00Z", "2026-11-27T00:00:00Z")
    );

    write_feed(&folder, &host.address, 9, "Second");
    let _ = runner.run_due(at(120));
    assert_eq!((state().outcome, titles(&catalogue)), (FeedOutcome::Imported, (9, "Second p0".to_owned())));

    // A feed that was cut off is held back and told; the next whole one is taken.
    write_feed(&folder, &host.address, 2, "Third");
    assert_eq!(runner.run_due(at(180)), Some(at(240)));
    let held_back = state();
    assert_eq!(
        (held_back.outcome, held_back.products, held_back.last_good.as_str()),
        (FeedOutcome::HeldBack, 9, "2026-11-27T02:00:00Z")
    );
    assert!(held_back.problems[0].starts_with("the feed would leave 2 of 9 products"), "{:?}", held_back.problems);
    assert_eq!(titles(&catalogue), (9, "Second p0".to_owned()));

    // While it runs, it says so; a server that ended meanwhile leaves nothing that runs.
    let store = Store::open(&catalogue).expect("a database");
    let url = format!("http://{}/feed.jsonl?key=1", host.address);
    let running = FeedState { running_since: "2026-11-27T03:00:00Z".to_owned(), ..state() };
    store.set_feed(&url, &running).expect("stored");
    let stopped = FeedRunner::new(catalogue.clone(), Arc::new(models()), feeds_of(&[("de", &url)]), true, stopped());
    stopped.run();
    assert_eq!((state().running_since.as_str(), state().outcome), ("", FeedOutcome::HeldBack));

    // A host that fails is asked again sooner.
    host.fail("feed", 503, 3);
    assert_eq!(runner.run_due(at(240)), Some(at(245)));
    assert_eq!((state().outcome, state().failures), (FeedOutcome::Failed, 1));
    assert!(state().problems[0].contains("status 503"), "{:?}", state().problems);
    write_feed(&folder, &host.address, 10, "Fourth");
    assert_eq!(runner.run_due(at(245)), Some(at(305)));
    assert_eq!(
        (state().outcome, state().failures, titles(&catalogue)),
        (FeedOutcome::Imported, 0, (10, "Fourth p0".to_owned()))
    );

    // A feed with a fault: the rest is imported, the fault is told.
    let feed = fs::read_to_string(folder.join("feed.jsonl")).expect("a feed");
    fs::write(folder.join("feed.jsonl"), format!("{feed}\n{{\"id\": \"x\"}}")).expect("written");
    let _ = runner.run_due(at(305));
    assert_eq!((state().outcome, state().products, state().left_out), (FeedOutcome::Imported, 10, 1));
    assert!(state().problems[0].starts_with("feed.jsonl:11: "), "{:?}", state().problems);
    // And what an import notes of the feed as a whole.
    let noted = feed.replacen("{\"", "{\"sale_price\":\"0\",\"", 1);
    fs::write(folder.join("feed.jsonl"), format!("{noted}\n{{\"id\": \"x\"}}")).expect("written");
    let _ = runner.run_due(at(365));
    assert_eq!((state().outcome, state().left_out), (FeedOutcome::Imported, 1));
    assert!(state().problems[0].starts_with("feed.jsonl:11: "), "{:?}", state().problems);
    let note = "sale_price is 0 in 1 row: that is read as no sale".to_owned();
    assert!(state().problems[1..].contains(&note), "{:?}", state().problems);

    let states: Vec<FeedState> = send(&server(&root), "GET", "feeds", Some(TOKEN), "").await.json();
    assert_eq!(states, [state()]);
    assert_eq!(send(&server(&root), "GET", "feeds", None, "").await.problem().0, 401);
}

#[test]
fn after_each_jump_of_the_clock_a_feed_is_fetched_once_at_most() {
    let root = tempfile::tempdir().expect("a folder");
    let (catalogue, folder) = (root.path().join("catalogue"), root.path().join("host"));
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("a.png"), png(&rectangle(90, 120, RED))).expect("written");
    let host = PictureHost::of_folder(&folder);
    write_feed(&folder, &host.address, 3, "Shirt");
    let url = format!("http://{}/feed.jsonl", host.address);
    let begin: Timestamp = "2026-11-27T00:00:00Z".parse().expect("a moment");
    let at = |seconds: i64| begin + SignedDuration::from_secs(seconds);
    let (hour, day) = (3600, 24 * 3600);
    let hourly = runner(&catalogue, &url);
    assert_eq!(hourly.run_due(at(0)), Some(at(hour)));
    // The clock, when the feed is due then, and how often it was asked for again.
    for (now, next, asked) in [
        (-1, hour, 0),
        (-50, hour, 0),
        (-hour, 0, 1),
        (-hour + 5, 0, 1),
        (day, day + hour, 2),
        (day + 5, day + hour, 2),
        (0, hour, 3),
        (5, hour, 3),
        (-day, -day + hour, 4),
        (-day + 5, -day + hour, 4),
        (-day + hour, -day + 2 * hour, 5),
    ] {
        assert_eq!((hourly.run_due(at(now)), host.unchanged()), (Some(at(next)), asked), "at {now} s");
    }
    // The file named another interval before.
    let mut feeds = feeds_of(&[("de", &url)]);
    feeds.feeds[0].every = std::time::Duration::from_secs(30 * 24 * 3600);
    let monthly = FeedRunner::new(catalogue.clone(), Arc::new(models()), feeds, true, StopFlag::default());
    assert_eq!(monthly.run_due(at(day)), Some(at(31 * day)));
    assert_eq!((hourly.run_due(at(day + 5)), host.unchanged()), (Some(at(day + 5 + hour)), 7));
}

#[test]
fn a_packed_feed_without_validators_is_known_by_its_content() {
    let root = tempfile::tempdir().expect("a folder");
    let (catalogue, folder) = (root.path().join("catalogue"), root.path().join("host"));
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("a.png"), encoded(&rectangle(90, 120, RED), image::ImageFormat::Png)).expect("written");
    let host = PictureHost::of_folder(&folder);
    write_feed(&folder, &host.address, 3, "Packed");
    let plain = fs::read(folder.join("feed.jsonl")).expect("a feed");
    let pack = |level: u32| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
        std::io::Write::write_all(&mut packer, &plain).expect("packed");
        fs::write(folder.join("feed.jsonl.gz"), packer.finish().expect("packed")).expect("written");
    };
    let begin: Timestamp = "2026-11-27T00:00:00Z".parse().expect("a moment");
    let runner = runner(&catalogue, &format!("http://{}/feed.jsonl.gz", host.address));
    let outcome =
        || Store::open(&catalogue).and_then(|store| store.feeds()).expect("read").pop().expect("a feed").outcome;
    pack(9);
    let _ = runner.run_due(begin);
    assert_eq!((outcome(), titles(&catalogue).0), (FeedOutcome::Imported, 3));
    // Another file, hence another entity tag, of the same feed.
    pack(0);
    let _ = runner.run_due(begin + SignedDuration::from_hours(1));
    assert_eq!((outcome(), host.unchanged()), (FeedOutcome::Unchanged, 0));
}

#[test]
fn the_feeds_of_several_markets_are_one_catalogue_and_one_that_fails_keeps_its_own() {
    let root = tempfile::tempdir().expect("a folder");
    let (catalogue, folder) = (root.path().join("catalogue"), root.path().join("host"));
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("a.png"), png(&rectangle(90, 120, RED))).expect("written");
    let host = PictureHost::of_folder(&folder);
    let urls = ["de", "fr"].map(|market| format!("http://{}/{market}.jsonl", host.address));
    let begin: Timestamp = "2026-11-27T00:00:00Z".parse().expect("a moment");
    let runner = runner_of(&catalogue, &[("de", &urls[0]), ("fr", &urls[1])]);
    let shop = || {
        let (_, assortments) = Store::open(&catalogue).and_then(|mut store| store.read_markets()).expect("read");
        let of = |assortment: Assortment| {
            (assortment.market, assortment.articles.len(), assortment.articles[0].title.clone())
        };
        assortments.0.into_iter().map(of).collect::<Vec<_>>()
    };
    let of = |market: &str, count: usize, title: &str| (market.to_owned(), count, title.to_owned());
    write_feed_file(&folder.join("de.jsonl"), &host.address, 8, "Hemd");
    write_feed_file(&folder.join("fr.jsonl"), &host.address, 5, "chemise");
    let _ = runner.run_due(begin);
    assert_eq!(shop(), [of("de", 8, "Hemd p0"), of("fr", 5, "chemise p0")]);
    host.fail("fr.jsonl", 404, usize::MAX);
    write_feed_file(&folder.join("de.jsonl"), &host.address, 9, "Bluse");
    let _ = runner.run_due(begin + SignedDuration::from_hours(1));
    assert_eq!(shop(), [of("de", 9, "Bluse p0"), of("fr", 5, "chemise p0")]);
    let states = Store::open(&catalogue).and_then(|store| store.feeds()).expect("read");
    let outcomes: Vec<_> = states.iter().map(|state| (state.market.as_str(), state.outcome)).collect();
    assert_eq!(outcomes, [("de", FeedOutcome::Imported), ("fr", FeedOutcome::Failed)]);
    // The same feed of another market is imported into that, though it is unchanged.
    let _ = runner_of(&catalogue, &[("at", &urls[0])]).run_due(begin + SignedDuration::from_mins(61));
    assert_eq!(shop()[2..], [of("at", 9, "Bluse p0")]);
}
