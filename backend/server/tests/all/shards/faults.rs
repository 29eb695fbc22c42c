//! Shards that do not answer, refuse or are others than a front needs; and who may ask them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::middleware::{Next, from_fn};
use stl_server::http::app::app;
use stl_server::http::shard::ShardState;
use stl_server::matching::Part;
use stl_server::networks::models::Models;
use stl_server::shards::message::{ABOUT, MAX_SEARCH_BYTES, SEARCH};
use stl_server::shards::{ShardAbout, ShardsError, WhenMissing};
use stl_types::wire::SearchResponse;

use super::{Shop, TOKEN, cutout, listening, nowhere, readiness, ready};
use crate::requests::{call, get, post};

async fn search(server: &Router) -> SearchResponse {
    let answer = post(server.clone(), "/api/v1/search?limit=50", "image/png", cutout()).await;
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    answer.json()
}

/// Takes connections and never answers.
async fn silent() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            open.push(connection);
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn another_replica_answers_for_one_that_is_away_or_silent() {
    let shop = Shop::new();
    let expected = search(&shop.alone()).await.categories;
    let (_states, addresses) = shop.shards(2).await;
    let (away, silent) = (nowhere().await, silent().await);
    let addresses = [format!("{away},{}", addresses[0]), format!("{silent},{}", addresses[1])];
    let front = shop.front(&addresses);
    for attempt in 0..4 {
        let begin = Instant::now();
        let found = search(&front).await;
        assert_eq!((found.categories, found.missing_shards), (expected.clone(), Vec::<String>::new()), "{attempt}");
        // A replica that did not answer is asked last for a while.
        assert!(attempt == 0 || begin.elapsed() < Duration::from_millis(1400), "{attempt}: {:?}", begin.elapsed());
    }
    assert_eq!(get(front, "/readyz").await.body, "ready\n");
}

/// A server of a shard that answers nothing while it hangs.
async fn hanging(shop: &Shop, state: &ShardState, hangs: &Arc<AtomicBool>) -> String {
    let hangs = Arc::clone(hangs);
    let answer = move |request: Request<Body>, next: Next| {
        let hangs = Arc::clone(&hangs);
        async move {
            while hangs.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            next.run(request).await
        }
    };
    listening(state.clone().app(&shop.config()).layer(from_fn(answer))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_part_that_hangs_holds_no_search_for_long_and_comes_back() {
    let shop = Shop::new();
    let whole = search(&shop.alone()).await;
    let (_states, mut addresses) = shop.shards(2).await;
    let part: Part = "2/2".parse().expect("a part");
    let state = shop.shard_state(part);
    state.add(shop.shard(part));
    let hangs = Arc::new(AtomicBool::new(true));
    addresses[1] = format!("{},{}", hanging(&shop, &state, &hangs).await, hanging(&shop, &state, &hangs).await);
    let front = shop.front(&addresses);
    // Both threads of the front wait once, twice the deadline at most.
    let begin = Instant::now();
    let (first, second) = tokio::join!(search(&front), search(&front));
    assert_eq!((first.missing_shards, second.missing_shards), (vec!["2/2".to_owned()], vec!["2/2".to_owned()]));
    assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
    // From then on no search waits.
    for attempt in 0..6 {
        let begin = Instant::now();
        assert_eq!(search(&front).await.missing_shards, ["2/2"]);
        assert!(begin.elapsed() < Duration::from_millis(1400), "{attempt}: {:?}", begin.elapsed());
    }
    hangs.store(false, Ordering::Relaxed);
    let begin = Instant::now();
    loop {
        let found = search(&front).await;
        if found.missing_shards.is_empty() {
            assert_eq!(found.categories, whole.categories);
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "the part is asked again");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_part_that_is_back_is_told_without_a_search() {
    let shop = Shop::new();
    let (_states, mut addresses) = shop.shards(2).await;
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    addresses[1] = format!("http://{port}");
    let front = shop.front(&addresses);
    assert_eq!(search(&front).await.missing_shards, ["2/2"]);
    assert!(readiness(&front).await.1.contains("no server of part 2/2 answers"));
    // One that loads its catalogue is not back yet.
    let part: Part = "2/2".parse().expect("a part");
    let state = shop.shard_state(part);
    let listener = tokio::net::TcpListener::bind(port).await.expect("the same port");
    let app_of_shard = state.clone().app(&shop.config());
    tokio::spawn(async move { axum::serve(listener, app_of_shard).await });
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(readiness(&front).await.1.contains("no server of part 2/2 answers"));
    state.add(shop.shard(part));
    ready(&front, "ready\n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_shard_that_is_busy_is_not_missing() {
    let shop = Shop::new();
    let whole = search(&shop.alone()).await;
    let (states, addresses) = shop.shards(2).await;
    let part: Part = "2/2".parse().expect("a part");
    let free = shop.shard_state(part);
    free.add(shop.shard(part));
    let free = listening(free.app(&shop.config())).await;
    let (front, with_another) =
        (shop.front(&addresses), shop.front(&[addresses[0].clone(), format!("{},{free}", addresses[1])]));
    // All places of the second shard are taken.
    let (queue, is_done) = (states[1].queue.clone(), Arc::new(AtomicBool::new(false)));
    let limit = queue.load().1;
    for _ in 0..limit {
        let (queue, is_done) = (queue.clone(), Arc::clone(&is_done));
        let work = move || {
            while !is_done.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        tokio::spawn(async move { queue.run(work).await });
    }
    let jobs = async |expected: usize| {
        let begin = Instant::now();
        while queue.load().0 != expected {
            assert!(begin.elapsed() < Duration::from_secs(20), "{:?}, expected {expected}", queue.load());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    jobs(limit).await;
    let refused = post(front.clone(), "/api/v1/search", "image/png", cutout()).await;
    assert_eq!(refused.problem(), (503, "busy".to_owned()));
    assert_eq!(refused.header("retry-after"), "2");
    assert_eq!(readiness(&front).await.1, "ready\n");
    for _ in 0..4 {
        let found = search(&with_another).await;
        assert_eq!((found.categories, found.missing_shards), (whole.categories.clone(), Vec::<String>::new()));
    }
    is_done.store(true, Ordering::Relaxed);
    jobs(0).await;
    let found = search(&front).await;
    assert_eq!((found.categories, found.missing_shards), (whole.categories, Vec::<String>::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_answer_says_which_part_is_missing_or_is_an_error() {
    let shop = Shop::new();
    let whole = search(&shop.alone()).await;
    let (_states, mut addresses) = shop.shards(2).await;
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    addresses[1] = format!("http://{port}");
    let (front, strict) = (shop.front(&addresses), shop.front_state(&addresses, WhenMissing::Refuse));
    let strict = app(&shop.config(), strict);
    let found = search(&front).await;
    assert_eq!(found.missing_shards, ["2/2"]);
    // The first part's products, in the order that they have in the whole.
    let first: Part = "1/2".parse().expect("a part");
    let ids = |answer: &SearchResponse| -> Vec<Vec<usize>> {
        let numbers = |row: &stl_types::wire::CategoryCards| {
            row.cards.iter().map(|card| card.product.id.parse().expect("a number")).collect()
        };
        answer.categories.iter().map(numbers).collect()
    };
    // Ids are numbers of the catalogue up to the ones that only one market sells.
    assert!(ids(&found).iter().flatten().all(|number| first.own(*number).is_some()), "{:?}", ids(&found));
    assert!(found.articles_scored < whole.articles_scored);
    let ready = get(front.clone(), "/readyz").await;
    let text = String::from_utf8_lossy(&ready.body).into_owned();
    assert!(ready.status == StatusCode::OK && text.contains("no server of part 2/2 answers"), "{text}");
    let similar = get(front.clone(), "/api/v1/products/00300/similar").await.json::<SearchResponse>();
    assert_eq!(similar.missing_shards, ["2/2"]);

    let answer = post(strict.clone(), "/api/v1/search", "image/png", cutout()).await;
    assert_eq!(answer.problem(), (503, "shards-missing".to_owned()));
    assert_eq!(answer.header("retry-after"), "2");
    assert!(String::from_utf8_lossy(&answer.body).contains("(2/2)"), "{:?}", answer.body);

    // When the shard is there, nothing is kept of the time without it.
    let second: Part = "2/2".parse().expect("a part");
    let state = shop.shard_state(second);
    state.add(shop.shard(second));
    let listener = tokio::net::TcpListener::bind(port).await.expect("the same port");
    let app_of_shard = state.app(&shop.config());
    tokio::spawn(async move { axum::serve(listener, app_of_shard).await });
    let found = search(&front).await;
    assert_eq!((found.categories, found.missing_shards), (whole.categories, Vec::<String>::new()));
    let alone = get(shop.alone(), "/api/v1/products/00300/similar").await.json::<SearchResponse>();
    let similar = get(front.clone(), "/api/v1/products/00300/similar").await.json::<SearchResponse>();
    assert_eq!((similar.categories, similar.missing_shards), (alone.categories, Vec::<String>::new()));
    assert_eq!(get(front, "/readyz").await.body, "ready\n");
    // Without any shard there is nothing to answer with.
    let nobody = shop.front(&[nowhere().await]);
    let answer = post(nobody, "/api/v1/search", "image/png", cutout()).await;
    assert_eq!(answer.problem(), (503, "shards-missing".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_front_does_not_start_with_other_servers_than_its_shards() {
    let shop = Shop::new();
    let (_states, addresses) = shop.shards(2).await;
    let checked = async |addresses: &[String]| shop.asking(addresses, WhenMissing::Answer).check().await;
    assert_eq!(checked(&addresses).await, Ok(()));
    // One that is away may come.
    assert_eq!(checked(&[addresses[0].clone(), nowhere().await]).await, Ok(()));
    let reason = async |addresses: &[String]| match checked(addresses).await {
        Err(error @ ShardsError::Contradiction { .. }) => error.to_string(),
        other => panic!("expected a contradiction, got {other:?}"),
    };
    let swapped = [addresses[1].clone(), addresses[0].clone()];
    assert!(reason(&swapped).await.ends_with("is part 2/2: expected part 1/2"));
    let third = [addresses[0].clone(), addresses[1].clone(), nowhere().await];
    assert!(reason(&third).await.ends_with("is part 1/2: expected part 1/3"));
    let visitors = listening(shop.alone()).await;
    assert!(reason(&[visitors]).await.ends_with("expected a server with --shard"));
    // Other networks: nothing of them is mixed.
    let other = Shop { models: renamed_networks(&shop), folder: tempfile::tempdir().expect("a folder") };
    let others = other.asking(&addresses, WhenMissing::Answer);
    let error = others.check().await.expect_err("other networks").to_string();
    assert!(error.contains("has other networks: expected those of"), "{error}");
}

/// Networks whose query encoder has another digest.
fn renamed_networks(shop: &Shop) -> Models {
    let folder = shop.folder.path().join("other-models");
    std::fs::create_dir_all(&folder).expect("a folder");
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/manifest.toml");
    let text = std::fs::read_to_string(own).expect("a manifest");
    let digest = shop.models.query_sha256();
    std::fs::write(folder.join("manifest.toml"), text.replace(digest, &"0".repeat(64))).expect("written");
    Models::open(&folder).expect("a manifest")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_shard_answers_fronts_with_the_token_and_nobody_else() {
    let shop = Shop::new();
    let part: Part = "1/2".parse().expect("a part");
    let state = shop.shard_state(part);
    let shard = || state.clone().app(&shop.config());
    let ask = async |path: &str, token: Option<&str>, body: &str| {
        let request = if body.is_empty() { Request::get(path) } else { Request::post(path) };
        let request = match token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        };
        call(shard(), request.body(Body::from(body.to_owned())).expect("a request")).await
    };
    assert_eq!(get(shard(), "/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(get(shard(), "/healthz").await.status, StatusCode::OK);
    for token in [None, Some(""), Some("another-token-of-theirs")] {
        for (path, body) in [(ABOUT, ""), (SEARCH, "{}")] {
            assert_eq!(ask(path, token, body).await.status, StatusCode::UNAUTHORIZED, "{path} {token:?}");
        }
    }
    state.add(shop.shard(part));
    assert_eq!(get(shard(), "/readyz").await.body, "ready: part 1/2\n");
    let about: ShardAbout = ask(ABOUT, Some(TOKEN), "").await.json();
    assert_eq!((about.part, about.versions.len(), about.versions[0].version), (part, 1, 1));
    // Nothing for visitors, though it has products.
    for path in ["/", "/api/v1/facets", "/api/v1/products/00000", "/api/v1/search", "/api/v1/openapi.json"] {
        assert_eq!(get(shard(), path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(ask(SEARCH, Some(TOKEN), "{}").await.status, StatusCode::BAD_REQUEST);
    let long = "x".repeat(MAX_SEARCH_BYTES + 1);
    assert_eq!(ask(SEARCH, Some(TOKEN), &long).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}
