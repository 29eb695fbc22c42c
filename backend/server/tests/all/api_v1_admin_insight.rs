//! What the administration's page asks for: products and what they look like, previews of rules, the list of imports; and the page itself.

use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use image::ImageFormat;
use serde_json::Value;
use stl_server::config::{AdminToken, Config};
use stl_server::http::admin::Admin;
use stl_server::http::app::app;
use stl_server::http::state::AppState;
use stl_server::pipeline::search::SearchEngine;
use stl_types::wire::{FoundProducts, ImportJob, JobState, PreviewRow, ProductSight, RulesPreview, RulesReport};

use crate::api_v1_admin::{TOKEN, administered, ended, send};
use crate::requests::{Answer, call, form, get, ready_app};
use crate::support::{ON_PROCESSOR, RED, SHOP, encoded, line, models, png, rectangle};

/// The catalogue of all tests with an administration, and the page's files of a folder.
fn server(client: &Path) -> Router {
    let mut config = Config::for_testing(&SHOP.catalogue(), client);
    config.workers = 1;
    let admin = Admin::new(AdminToken::new(TOKEN), &SHOP.catalogue(), models(), true);
    let state = AppState::new(&config).expect("threads").with_admin(admin);
    state.set_engine(SearchEngine::load(&models(), &SHOP.catalogue(), ON_PROCESSOR).expect("a catalogue"));
    app(&config, state)
}

async fn preview(server: &Router, parameters: &str, parts: &[(&str, Vec<u8>)]) -> Answer {
    let (kind, body) = form(parts);
    let request = Request::post(format!("/api/v1/admin/preview{parameters}"))
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("content-type", kind)
        .body(Body::from(body));
    call(server.clone(), request.expect("a request")).await
}

fn ids(rows: &[PreviewRow]) -> Vec<&str> {
    rows.iter().flat_map(|row| &row.cards).map(|card| card.card.product.id.as_str()).collect()
}

#[tokio::test]
async fn products_are_found_by_id_and_title_and_seen_as_the_networks_do() {
    let server = server(Path::new("no-page"));
    let find = async |parameters: &str| -> FoundProducts {
        send(&server, "GET", &format!("products{parameters}"), Some(TOKEN), "").await.json()
    };
    let ids = |found: &FoundProducts| found.products.iter().map(|product| product.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&find("?text=SHIRTS-A").await), ["shirts-a", "t-shirts-a"], "the id itself first");
    let all = find("").await;
    assert_eq!((all.count, all.products.len()), (24, 20));
    assert_eq!(find("?text=article&limit=3").await.products.len(), 3, "every title has it");
    assert_eq!(find("?text=nobody").await.count, 0);
    let seen: ProductSight = send(&server, "GET", "products/skirts-a", Some(TOKEN), "").await.json();
    assert_eq!(seen.product.product.id, "skirts-a");
    let near: Vec<&str> = seen.neighbours.iter().map(|card| card.product.id.as_str()).collect();
    assert_eq!(near, ["skirts-b", "skirts/c ü"]);
    assert!(seen.seen.len() == 8 && seen.seen.is_sorted_by(|a, b| a.probability >= b.probability), "{:?}", seen.seen);
    let region = seen.region.expect("a picture");
    // The stored copy is a JPEG, whose edges are not sharp.
    assert_eq!((region.picture_width, region.picture_height), (90, 120));
    assert!((region.left.abs_diff(22), region.top.abs_diff(24)) <= (8, 8), "{region:?}");
    for (path, expected) in [
        ("products/nobody", (404, "unknown-product")),
        ("products?market=de", (404, "unknown-market")),
        ("products?limit=51", (400, "bad-parameter")),
    ] {
        let (status, code) = send(&server, "GET", path, Some(TOKEN), "").await.problem();
        assert_eq!((status, code.as_str()), expected, "{path}");
    }
    for path in ["products", "products/skirts-a", "jobs"] {
        assert_eq!(send(&server, "GET", path, None, "").await.problem().0, 401, "{path}");
    }
}

#[tokio::test]
async fn rules_are_tried_on_a_product_or_a_photo_and_nothing_is_stored() {
    let server = server(Path::new("no-page"));
    let rules = "[[rule]]\nname = \"top\"\naction = \"pin\"\nposition = 1\nid = \"shirts/c ü\"\n\
                 [[rule]]\nname = \"gone\"\naction = \"exclude\"\nid = \"skirts-b\"\n";
    let rules = || ("rules", rules.as_bytes().to_vec());
    let product = |id: &str| ("product", id.as_bytes().to_vec());
    let tried: RulesPreview = preview(&server, "", &[rules(), product("shirts-a")]).await.json();
    assert_eq!(
        (ids(&tried.before), ids(&tried.after)),
        (vec!["shirts-b", "shirts/c ü"], vec!["shirts/c ü", "shirts-b"])
    );
    assert_eq!(tried.after[0].cards[0].rules[0].rule, "top");
    assert!(tried.before[0].cards.iter().all(|card| card.rules.is_empty()));
    assert_eq!((tried.report.rules.len(), tried.report.problem_count), (2, 0));
    let tried: RulesPreview = preview(&server, "", &[rules(), product("skirts-a")]).await.json();
    assert_eq!((ids(&tried.before), ids(&tried.after)), (vec!["skirts-b", "skirts/c ü"], vec!["skirts/c ü"]));
    // A photo of a garment alone, or of nothing.
    let photo = encoded(&rectangle(600, 800, RED), ImageFormat::Jpeg);
    let answer = preview(&server, "", &[rules(), ("photo", photo)]).await;
    assert!(answer.status == StatusCode::OK || answer.problem().1 == "nothing-to-search", "{:?}", answer.body);
    let white = png(&rectangle(300, 400, [255; 3]));
    for (parts, expected) in [
        (vec![rules(), ("photo", white)], (422, "nothing-to-search")),
        (vec![rules(), ("photo", b"no picture".to_vec())], (422, "not-a-picture")),
        (vec![rules(), product("nobody")], (404, "unknown-product")),
        (vec![rules()], (400, "bad-form")),
        (vec![rules(), product("")], (400, "bad-form")),
        (vec![rules(), product(" ")], (400, "bad-form")),
        (vec![product("shirts-a"), ("other", Vec::new())], (400, "bad-form")),
        (vec![("rules", b"[[rule]]".to_vec()), product("shirts-a")], (400, "bad-rules")),
        (vec![("rules", vec![b'#'; (1 << 20) + 1]), product("shirts-a")], (413, "rules-too-large")),
    ] {
        let (status, code) = preview(&server, "", &parts).await.problem();
        assert_eq!((status, code.as_str()), expected);
    }
    let stored: RulesReport = send(&server, "GET", "rules", Some(TOKEN), "").await.json();
    assert_eq!(stored.rules, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imports_are_listed_the_last_one_first() {
    let (_root, server) = administered();
    let none: Vec<ImportJob> = send(&server, "GET", "jobs", Some(TOKEN), "").await.json();
    assert_eq!(none, []);
    for _ in 0..2 {
        let row = line("x", "missing.png", "shirts");
        let job: ImportJob = send(&server, "POST", "feeds?format=jsonl", Some(TOKEN), row).await.json();
        ended(&server, job.id).await;
    }
    let jobs: Vec<ImportJob> = send(&server, "GET", "jobs", Some(TOKEN), "").await.json();
    assert_eq!(
        jobs.iter().map(|job| (job.id, job.state)).collect::<Vec<_>>(),
        [(2, JobState::Failed), (1, JobState::Failed)]
    );
}

#[tokio::test]
async fn the_page_is_there_only_with_a_token_and_under_the_policy_of_all_answers() {
    let client = tempfile::tempdir().expect("a folder");
    std::fs::write(client.path().join("index.html"), "<title>Shop the look</title>").expect("written");
    std::fs::write(client.path().join("admin.html"), "<title>Administration</title>").expect("written");
    let with = server(client.path());
    let page = get(with.clone(), "/admin").await;
    assert!(page.status == StatusCode::OK && page.body.starts_with(b"<title>Administration"), "{:?}", page.body);
    assert_eq!((page.header("content-type"), page.header("cache-control")), ("text/html", "no-cache"));
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe-inline"), "{policy}");
    for path in ["/admin", "/admin.html"] {
        assert_eq!(get(ready_app(), path).await.problem().0, 404, "{path}");
    }
    let description: Value = get(with, "/api/v1/openapi.json").await.json();
    assert!(description["paths"].get("/admin").is_none(), "it is no part of the API");
}
