//! `/api/v1/admin/rules`, and what rules do to every answer.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use stl_encoder::numbers::{Encoder, of_person};
use stl_server::catalogue::import::import;
use stl_server::config::{AdminToken, Config};
use stl_server::follow::follow;
use stl_server::http::admin::Admin;
use stl_server::http::app::app;
use stl_server::http::state::AppState;
use stl_server::pipeline::search::SearchEngine;
use stl_types::Manifest;
use stl_types::wire::{RuleState, RulesReport, SearchResponse};
use tempfile::TempDir;

use crate::api_v1_admin::{TOKEN, administered, send};
use crate::requests::{Answer, call, get, post, ready_app};
use crate::support::{ON_PROCESSOR, RED, models, options, png, rectangle, write_feed};

const RULES: &str = "rules";

/// An administered server that answers searches.
fn ready() -> (TempDir, Router, AppState, Config) {
    let root = tempfile::tempdir().expect("a folder");
    write_feed(&root.path().join("feed"));
    let catalogue = root.path().join("catalogue");
    import(&root.path().join("feed"), &catalogue, &models(), &options(), |_, _| {}).expect("imported");
    let config = Config::for_testing(&catalogue, Path::new("no-page"));
    let admin = Admin::new(AdminToken::new(TOKEN), &catalogue, models(), true);
    let state = AppState::new(&config).expect("threads").with_admin(admin);
    let models = models().without_garment_head();
    state.set_engine(SearchEngine::load(&models, &catalogue, ON_PROCESSOR).expect("a catalogue"));
    (root, app(&config, state.clone()), state, config)
}

async fn put(server: &Router, kind: &str, body: impl Into<Body>) -> Answer {
    let request = Request::put("/api/v1/admin/rules")
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("content-type", kind)
        .body(body.into());
    call(server.clone(), request.expect("a request")).await
}

async fn put_toml(server: &Router, text: &str) -> RulesReport {
    let answer = put(server, "application/toml", text.to_owned()).await;
    assert_eq!(answer.status, StatusCode::OK, "{text}: {:?}", answer.body);
    answer.json()
}

/// The ids of each row, those of further cards included.
fn ids(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    let row = |row: &stl_types::wire::CategoryCards| {
        let cards = row.cards.iter().map(|card| card.product.id.clone());
        cards.chain(row.further.iter().map(|card| card.id.clone())).collect()
    };
    answer.json::<SearchResponse>().categories.iter().map(row).collect()
}

async fn search(server: &Router, parameters: &str) -> Answer {
    let cutout = png(&rectangle(90, 120, RED));
    post(server.clone(), &format!("/api/v1/search?category=shirts&{parameters}"), "image/png", cutout).await
}

async fn shirts(server: &Router, parameters: &str) -> Vec<String> {
    ids(&search(server, parameters).await).remove(0)
}

#[tokio::test]
async fn nobody_without_the_token_reads_or_writes_rules() {
    let (_root, server) = administered();
    for method in ["GET", "PUT", "DELETE"] {
        for token in [None, Some("sixteen-or-more-characterz")] {
            assert_eq!(send(&server, method, RULES, token, "").await.problem(), (401, "unauthorised".to_owned()));
        }
        assert_eq!(send(&ready_app(), method, RULES, Some(TOKEN), "").await.problem().0, 404, "no administration");
    }
    assert_eq!(send(&server, "POST", RULES, Some(TOKEN), "").await.problem().0, 405);
}

#[tokio::test]
async fn rules_are_stored_reported_and_removed() {
    let (root, server) = administered();
    let none: RulesReport = send(&server, "GET", RULES, Some(TOKEN), "").await.json();
    assert_eq!(none, RulesReport::default());
    let text = "# ours\n[[rule]]\nname = \"new shirts\"\naction = \"boost\"\ncategory = \"shirts\"\nnew_days = 2\n\n\
                [[rule]]\nname = \"later\"\naction = \"exclude\"\nbrand = \"nobody\"\nfrom = 2999-01-01T00:00:00Z\nmarket = \"de\"\n";
    let report = put_toml(&server, text).await;
    let states: Vec<_> = report.rules.iter().map(|rule| (rule.products, rule.state)).collect();
    assert_eq!(states, [(3, RuleState::Active), (0, RuleState::Waiting)]);
    assert_eq!(report.problems, ["rule \"later\": there is no market \"de\": the catalogue has no markets"]);
    assert_eq!(send(&server, "GET", RULES, Some(TOKEN), "").await.json::<RulesReport>(), report);
    let file = root.path().join("catalogue/rules.toml");
    assert_eq!(std::fs::read_to_string(&file).expect("a file"), text, "comments stay");
    let request = Request::get("/api/v1/admin/rules")
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("accept", "application/toml");
    let answer = call(server.clone(), request.body(Body::empty()).expect("a request")).await;
    assert_eq!((answer.header("content-type"), &answer.body[..]), ("application/toml", text.as_bytes()));

    // The same as JSON; then something that cannot be used, which changes nothing.
    let rules = json!({"rule": [{"name": "x", "action": "pin", "position": 2, "id": "shirts-a"}]});
    let answer = put(&server, "application/json; charset=utf-8", rules.to_string()).await;
    let report: RulesReport = answer.json();
    assert_eq!((report.rules[0].products, report.problem_count), (1, 0));
    for (kind, body, expected) in [
        ("application/toml", "[[rule]]\nname = \"y\"\naction = \"hide\"\n".to_owned(), (400, "bad-rules")),
        ("application/json", "{".to_owned(), (400, "bad-rules")),
        ("text/plain", String::new(), (415, "unsupported-media-type")),
        ("application/toml", "#".repeat((1 << 20) + 1), (413, "rules-too-large")),
    ] {
        let (status, code) = put(&server, kind, body).await.problem();
        assert_eq!((status, code.as_str()), expected, "{kind}");
    }
    let answer = put(&server, "application/toml", vec![b'#', 0xff]).await;
    assert_eq!(answer.problem(), (400, "bad-rules".to_owned()));
    assert_eq!(send(&server, "GET", RULES, Some(TOKEN), "").await.json::<RulesReport>(), report);

    for _ in 0..2 {
        assert_eq!(send(&server, "DELETE", RULES, Some(TOKEN), "").await.status, StatusCode::NO_CONTENT);
    }
    assert!(!file.exists());
    assert_eq!(send(&server, "GET", RULES, Some(TOKEN), "").await.json::<RulesReport>(), RulesReport::default());
}

#[tokio::test]
async fn the_next_search_follows_the_rules_and_the_token_sees_which() {
    let (_root, server, _state, _config) = ready();
    let before = shirts(&server, "").await;
    assert_eq!(before, ["shirts-a", "shirts-b", "shirts/c ü"]);
    let boost = "[[rule]]\nname = \"green first\"\naction = \"boost\"\nby = 100\nid = \"shirts/c ü\"\n\
                 [[rule]]\nname = \"b last\"\naction = \"bury\"\nby = 50\nid = \"shirts-b\"\nvariant = \"b\"\n\
                 [[rule]]\nname = \"a on top\"\naction = \"pin\"\nposition = 1\nid = \"shirts-a\"\nvariant = \"pinned\"\n";
    put_toml(&server, boost).await;
    assert_eq!(shirts(&server, "").await, ["shirts/c ü", "shirts-a", "shirts-b"]);
    assert_eq!(shirts(&server, "limit=1&further=49").await, ["shirts/c ü", "shirts-a", "shirts-b"]);
    assert_eq!(shirts(&server, "limit=1").await, ["shirts/c ü"], "it rises among all, not among those found");
    assert_eq!(shirts(&server, "rules=off").await, before);
    assert_eq!(shirts(&server, "rules=on&variant=pinned").await, ["shirts-a", "shirts/c ü", "shirts-b"]);
    assert_eq!(shirts(&server, "variant=unknown").await, ["shirts/c ü", "shirts-a", "shirts-b"]);
    assert_eq!(search(&server, "rules=no").await.problem(), (400, "bad-parameter".to_owned()));
    assert_eq!(search(&server, &format!("variant={}", "b".repeat(65))).await.problem().0, 400);

    let cutout = png(&rectangle(90, 120, RED));
    let explained = |token: &'static str, variant: &'static str| {
        let request = Request::post(format!("/api/v1/search?category=shirts&variant={variant}"))
            .header("content-type", "image/png")
            .header("authorization", format!("Bearer {token}"))
            .body(Body::from(cutout.clone()))
            .expect("a request");
        let server = server.clone();
        async move { call(server, request).await.json::<Value>()["categories"][0]["cards"].clone() }
    };
    let cards = explained(TOKEN, "b").await;
    let boosted = json!([{"rule": "green first", "action": "boost", "by": 100.0}]);
    assert_eq!((&cards[0]["id"], &cards[0]["rules"]), (&"shirts/c ü".into(), &boosted));
    assert_eq!((&cards[1]["id"], &cards[1]["rules"]), (&"shirts-a".into(), &Value::Null));
    assert_eq!(cards[2]["rules"], json!([{"rule": "b last", "action": "bury", "by": -50.0}]));
    let cards = explained(TOKEN, "pinned").await;
    assert_eq!(cards[0]["rules"], json!([{"rule": "a on top", "action": "pin", "position": 1}]));
    let cards = explained("sixteen-or-more-characterz", "b").await;
    assert!(cards.as_array().expect("cards").iter().all(|card| card.get("rules").is_none()), "{cards}");

    put_toml(&server, "").await;
    assert_eq!(shirts(&server, "").await, before);
}

#[tokio::test]
async fn what_is_excluded_is_found_nowhere() {
    let (_root, server, _state, _config) = ready();
    let similar = async |path: &str| {
        let answer = get(server.clone(), &format!("/api/v1/products/{path}")).await;
        (ids(&answer).remove(0), answer.json::<SearchResponse>().articles_scored)
    };
    // What was found before the rules is not kept.
    assert_eq!(similar("shirts-b/similar").await, (vec!["shirts-a".to_owned(), "shirts/c ü".to_owned()], 2));
    put_toml(&server, "[[rule]]\nname = \"recalled\"\naction = \"exclude\"\nid = [\"shirts-a\", \"tops-a\"]\n").await;
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let spec = Manifest::parse(&std::fs::read_to_string(manifest.join("manifest.toml")).expect("a manifest"))
        .expect("the networks' manifest")
        .fashion2shop
        .query;
    let encoder = Encoder::new(&std::fs::read(manifest.join(&spec.file)).expect("a network"), spec).expect("operators");
    let cutout = rectangle(90, 120, RED);
    let regions = png(&image::GrayImage::from_pixel(9, 12, image::Luma([6])).into());
    let numbers = of_person(&encoder, &png(&cutout), &regions).expect("a person");
    for parameters in ["", "?limit=1&further=49", "?rules=off", "?brand=atelier", "?variant=b", "?less_like=shirts-b"] {
        let path = format!("/api/v1/search{parameters}");
        let by_picture = post(server.clone(), &path, "image/png", png(&cutout)).await;
        let json = serde_json::to_vec(&numbers).expect("JSON");
        let by_numbers = post(server.clone(), &path, "application/json", json).await;
        for answer in [by_picture, by_numbers] {
            let all: Vec<String> = ids(&answer).concat();
            assert!(
                all.len() >= 20 && !all.iter().any(|id| ["shirts-a", "tops-a"].contains(&&**id)),
                "{path}: {all:?}"
            );
        }
    }
    let plain: SearchResponse = search(&server, "").await.json();
    assert_eq!(plain.articles_scored, 2, "of three shirts one is not scored");
    for parameters in ["", "?rules=off", "?brand=atelier"] {
        assert_eq!(
            similar(&format!("shirts-b/similar{parameters}")).await,
            (vec!["shirts/c ü".to_owned()], 1),
            "{parameters}"
        );
        let others = vec!["shirts-b".to_owned(), "shirts/c ü".to_owned()];
        assert_eq!(similar(&format!("shirts-a/similar{parameters}")).await, (others, 2), "{parameters}");
    }
    // Its page can still be opened: links to it are about.
    assert_eq!(get(server.clone(), "/api/v1/products/shirts-a").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_server_follows_the_file() {
    let (root, server, state, config) = ready();
    let following = tokio::spawn(follow(state, config, Arc::new(models().without_garment_head())));
    let file = root.path().join("catalogue/rules.toml");
    let first = async |expected: &str| {
        for _ in 0..100 {
            if shirts(&server, "").await[0] == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{expected} does not come first");
    };
    first("shirts-a").await;
    let pin = |id: &str| format!("[[rule]]\nname = \"x\"\naction = \"pin\"\nposition = 1\nid = \"{id}\"\n");
    std::fs::write(&file, pin("shirts-b")).expect("written");
    first("shirts-b").await;
    // Rules that cannot be used leave the former ones.
    std::fs::write(&file, "[[rule]]").expect("written");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(shirts(&server, "").await[0], "shirts-b");
    assert_eq!(send(&server, "GET", RULES, Some(TOKEN), "").await.problem(), (400, "bad-rules".to_owned()));
    // Nor do they keep a new version of the catalogue away.
    let prices = "id\tprice\nshirts-a\t77 EUR\n".to_owned();
    let request =
        Request::patch("/api/v1/admin/products?format=google-tsv").header("authorization", format!("Bearer {TOKEN}"));
    assert_eq!(call(server.clone(), request.body(Body::from(prices)).expect("a request")).await.status, StatusCode::OK);
    let mut price = Value::Null;
    for _ in 0..100 {
        price = get(server.clone(), "/api/v1/products/shirts-a").await.json::<Value>()["price"]["amount_minor"].clone();
        if price == 7700 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!((price, &*shirts(&server, "").await[0]), (7700.into(), "shirts-b"));
    std::fs::write(&file, pin("shirts/c ü")).expect("written");
    first("shirts/c ü").await;
    std::fs::remove_file(&file).expect("removed");
    first("shirts-a").await;
    following.abort();
}
