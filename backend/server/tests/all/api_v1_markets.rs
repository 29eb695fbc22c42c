//! The parameter `market`: each answer has what the market sells, and nothing else.

use std::path::Path;

use axum::Router;
use axum::http::StatusCode;
use serde_json::{Value, json};
use stl_encoder::numbers::{Encoder, of_person};
use stl_server::config::{AdminToken, Config};
use stl_server::http::admin::Admin;
use stl_server::http::app::app;
use stl_server::http::state::AppState;
use stl_server::pipeline::search::SearchEngine;
use stl_types::Manifest;
use stl_types::wire::{
    CatalogueStats, FacetCounts, ImportJob, JobState, Problem, Product, RulesReport, SearchResponse, WholeProduct,
};

use crate::api_v1_admin::{TOKEN, ended, send};
use crate::markets::{Markets, row};
use crate::requests::{Answer, call, get, post};
use crate::support::{ON_PROCESSOR, RED, models, png, rectangle};

/// Germany sells `a` to `d`; Switzerland `a` in sizes, `b`, which is sold out, and `e`; Italy only `e`.
fn shop() -> Markets {
    let shop = Markets::new();
    let german = ["a", "b", "c", "d"].map(|id| row(id, &format!("Hemd {id}"), "red.png", "20 EUR"));
    shop.import("de", &german);
    let mut swiss = ["a", "b", "e"].map(|id| row(id, &format!("chemise {id}"), "red.png", "35 CHF"));
    let size = |size: &str, availability: &str| json!({"id": format!("a-{size}"), "size": size, "price": "35 CHF", "availability": availability, "link": "https://shop.example/ch/a"});
    swiss[0]["variants"] = json!([size("S", "in_stock"), size("M", "out_of_stock"), size("L", "in_stock")]);
    swiss[1]["availability"] = "out_of_stock".into();
    swiss[2]["category"] = "tops".into();
    shop.import("ch", &swiss);
    shop.import("it", &[row("e", "camicia e", "red.png", "40 EUR")]);
    shop
}

fn server(shop: &Markets) -> (Router, AppState) {
    let catalogue = shop.catalogue();
    let config = Config::for_testing(&catalogue, Path::new("no-page"));
    let admin = Admin::new(AdminToken::new(TOKEN), &catalogue, models(), true);
    let state = AppState::new(&config).expect("threads").with_admin(admin);
    load(shop, &state);
    (app(&config, state.clone()), state)
}

/// Serves what the catalogue holds now.
fn load(shop: &Markets, state: &AppState) {
    let models = models().without_garment_head();
    state.set_engine(SearchEngine::load(&models, &shop.catalogue(), ON_PROCESSOR).expect("a catalogue"));
}

/// Ids, titles and prices of all cards, and how many articles were scored.
fn found(answer: &Answer) -> (Vec<(String, String, String)>, usize) {
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    let response: SearchResponse = answer.json();
    let cards = response.categories.iter().flat_map(|row| &row.cards);
    let card = |product: &Product| (product.id.clone(), product.title.clone(), product.price.to_string());
    let mut cards: Vec<_> = cards.map(|card_of| card(&card_of.product)).collect();
    cards.sort();
    (cards, response.articles_scored)
}

fn ids(answer: &Answer) -> Vec<String> {
    found(answer).0.into_iter().map(|(id, ..)| id).collect()
}

async fn search(server: &Router, parameters: &str) -> Answer {
    let cutout = png(&rectangle(90, 120, RED));
    post(server.clone(), &format!("/api/v1/search?{parameters}"), "image/png", cutout).await
}

#[tokio::test]
async fn a_search_finds_what_the_market_sells_with_its_titles_prices_and_sizes() {
    let shop = shop();
    let (server, _state) = server(&shop);
    let card = |id: &str, title: &str, price: &str| (id.to_owned(), format!("{title} {id}"), price.to_owned());
    let german = ["a", "b", "c", "d"].map(|id| card(id, "Hemd", "20.00 EUR")).to_vec();
    let swiss = ["a", "b", "e"].map(|id| card(id, "chemise", "35.00 CHF")).to_vec();
    for (parameters, expected) in [
        ("", &german),
        ("market=", &german),
        ("market=de", &german),
        ("market=ch", &swiss),
        ("market=it", &vec![card("e", "camicia", "40.00 EUR")]),
    ] {
        assert_eq!(found(&search(&server, parameters).await), (expected.clone(), expected.len()), "{parameters}");
    }
    // The categories of a market are those of its articles.
    let categories = |answer: &Answer| -> Vec<String> {
        answer.json::<SearchResponse>().categories.iter().map(|row| row.category.to_string()).collect()
    };
    assert_eq!(categories(&search(&server, "").await), ["shirts"]);
    assert_eq!(categories(&search(&server, "market=it").await), ["tops"]);
    // Filters are of the market.
    for (parameters, expected) in [
        ("market=ch&currency=EUR", vec![]),
        ("market=ch&price_min=3500", vec!["a", "b", "e"]),
        ("market=de&price_min=3500", vec![]),
        ("market=ch&in_stock=true", vec!["a", "e"]),
        ("market=de&in_stock=true", vec!["a", "b", "c", "d"]),
        ("market=ch&size=L", vec!["a"]),
        ("market=ch&size=M", vec![]),
        ("market=de&size=L", vec![]),
        ("market=ch&less_like=a", vec!["b", "e"]),
        ("market=it&less_like=a", vec!["e"]),
    ] {
        assert_eq!(ids(&search(&server, parameters).await), expected, "{parameters}");
    }
    let further: SearchResponse = search(&server, "market=ch&limit=1&further=49&category=shirts").await.json();
    let (cards, later) = (&further.categories[0].cards, &further.categories[0].further);
    let mut both = [cards[0].product.id.as_str(), later[0].id.as_str()];
    both.sort_unstable();
    assert_eq!((cards.len(), later.len(), both), (1, 1, ["a", "b"]));
    let swiss: SearchResponse = search(&server, "market=ch&category=shirts&less_like=b").await.json();
    let product = &swiss.categories[0].cards[0].product;
    assert_eq!(
        (product.sizes.clone(), product.link.as_str()),
        (vec!["S".to_owned(), "L".to_owned()], "https://shop.example/chemise%20a")
    );
}

#[tokio::test]
async fn numbers_find_the_same_as_their_picture_in_each_market() {
    let shop = shop();
    let (server, _state) = server(&shop);
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let spec = Manifest::parse(&std::fs::read_to_string(manifest.join("manifest.toml")).expect("a manifest"))
        .expect("the networks' manifest")
        .fashion2shop
        .query;
    let encoder = Encoder::new(&std::fs::read(manifest.join(&spec.file)).expect("a network"), spec).expect("operators");
    let regions = png(&image::GrayImage::from_pixel(9, 12, image::Luma([6])).into());
    let numbers = of_person(&encoder, &png(&rectangle(90, 120, RED)), &regions).expect("a person");
    for (market, expected) in [("de", 4), ("ch", 3), ("it", 1)] {
        let json = serde_json::to_vec(&numbers).expect("JSON");
        let path = format!("/api/v1/search?market={market}");
        let by_numbers = post(server.clone(), &path, "application/json", json).await;
        assert_eq!(ids(&by_numbers), ids(&search(&server, &format!("market={market}")).await), "{market}");
        assert_eq!(ids(&by_numbers).len(), expected, "{market}");
    }
}

#[tokio::test]
async fn what_a_market_does_not_sell_has_no_page_no_looks_and_nothing_similar_there() {
    let shop = shop();
    let (server, _state) = server(&shop);
    let get = async |path: &str| get(server.clone(), &format!("/api/v1/{path}")).await;
    let title = async |path: &str| get(path).await.json::<WholeProduct>().product.title;
    assert_eq!(title("products/a").await, "Hemd a");
    assert_eq!(title("products/a?market=ch").await, "chemise a");
    let sizes: WholeProduct = get("products/a-M?market=ch").await.json();
    let sizes: Vec<String> = sizes.variants.into_iter().map(|variant| variant.size).collect();
    assert_eq!(sizes, ["S", "M", "L"]);
    for path in ["products/c", "products/c/similar", "products/c/looks", "products/a-M"] {
        let market = if path.ends_with("a-M") { "de" } else { "ch" };
        let answer = get(&format!("{path}?market={market}")).await;
        assert_eq!(answer.problem(), (404, "unknown-product".to_owned()), "{path}");
    }
    let listed: Vec<Product> = get("products?id=e&id=c&id=a&market=ch").await.json();
    assert_eq!(listed.iter().map(|product| product.title.as_str()).collect::<Vec<_>>(), ["chemise e", "chemise a"]);
    // Twice, as what was found is kept: by market.
    for _ in 0..2 {
        for (market, expected) in [("de", vec!["b", "c", "d"]), ("ch", vec!["b"])] {
            let answer = get(&format!("products/a/similar?market={market}")).await;
            assert_eq!(
                (ids(&answer), found(&answer).1),
                (expected.iter().map(ToString::to_string).collect(), expected.len()),
                "{market}"
            );
        }
    }
    // A picture is one of all markets.
    for id in ["a", "c", "e", "a-M"] {
        assert_eq!(get(&format!("images/{id}")).await.status, StatusCode::OK, "{id}");
    }
    let counts = async |market: &str| get(&format!("facets?market={market}")).await.json::<FacetCounts>();
    let (german, swiss) = (counts("de").await, counts("ch").await);
    assert_eq!((german.articles, german.in_stock, german.sizes.values.len()), (4, 4, 0));
    assert_eq!((swiss.articles, swiss.in_stock, swiss.sizes.values.len()), (3, 2, 2));
    assert_eq!((german.prices[0].currency.as_str(), german.prices[0].lowest_minor), ("EUR", 2000));
    assert_eq!((swiss.prices[0].currency.as_str(), swiss.prices[0].highest_minor), ("CHF", 3500));
    assert_eq!(get("facets").await.json::<FacetCounts>(), german, "the first market's");
}

#[tokio::test]
async fn a_market_that_is_not_there_is_answered_with_those_that_are() {
    let shop = shop();
    let (server, _state) = server(&shop);
    for path in ["facets?", "products?id=a&", "products/a?", "products/a/similar?", "products/a/looks?"] {
        let answer = get(server.clone(), &format!("/api/v1/{path}market=fr")).await;
        assert_eq!(answer.problem(), (404, "unknown-market".to_owned()), "{path}");
    }
    let answer = search(&server, "market=fr").await;
    assert_eq!(answer.problem(), (404, "unknown-market".to_owned()));
    let both = search(&server, "market=de&market=ch").await;
    assert_eq!(both.json::<Problem>().detail, "The parameter market: expected one value, got \"de\" and \"ch\".");
    assert_eq!(search(&server, "market=de&market=de").await.status, StatusCode::OK);
    let detail = answer.json::<Problem>().detail;
    assert_eq!(detail, "There is no market \"fr\": expected one of de, ch, it.");
    assert_eq!(search(&server, "market=%20de").await.problem(), (400, "bad-parameter".to_owned()));
    for (method, path) in [("PATCH", "products?format=jsonl&market=fr"), ("DELETE", "products/a?market=fr")] {
        let answer = send(&server, method, path, Some(TOKEN), "{\"id\": \"a\", \"price\": \"1 EUR\"}").await;
        assert_eq!(answer.problem(), (404, "unknown-market".to_owned()), "{method}");
    }
}

#[tokio::test]
async fn rules_act_in_their_market_and_the_report_knows_all() {
    let shop = shop();
    let (server, _state) = server(&shop);
    let rules = "[[rule]]\nname = \"recalled\"\naction = \"exclude\"\nid = \"a\"\nmarket = \"ch\"\n\
                 [[rule]]\nname = \"top\"\naction = \"pin\"\nposition = 1\nid = \"d\"\nmarket = \"de\"\n\
                 [[rule]]\nname = \"sold out\"\naction = \"bury\"\nby = 50\nin_stock = false\n\
                 [[rule]]\nname = \"lost\"\naction = \"exclude\"\nid = \"b\"\nmarket = \"fr\"\n";
    let request = axum::http::Request::put("/api/v1/admin/rules")
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("content-type", "application/toml")
        .body(axum::body::Body::from(rules))
        .expect("a request");
    let report: RulesReport = call(server.clone(), request).await.json();
    assert_eq!(report.rules.iter().map(|rule| rule.products).collect::<Vec<_>>(), [1, 1, 1, 0]);
    assert_eq!(report.problems, ["rule \"lost\": there is no market \"fr\": expected one of de, ch, it"]);
    let in_order = async |parameters: &str| {
        let response: SearchResponse = search(&server, parameters).await.json();
        let row = response.categories.into_iter().find(|row| row.category.as_str() == "shirts").expect("shirts");
        (row.cards.into_iter().map(|card| card.product.id).collect::<Vec<_>>(), response.articles_scored)
    };
    assert_eq!(in_order("market=de").await, (vec!["d".into(), "a".into(), "b".into(), "c".into()], 4));
    assert_eq!(in_order("market=ch&category=shirts").await, (vec!["b".into()], 1));
    let similar = get(server.clone(), "/api/v1/products/b/similar?market=ch").await;
    assert_eq!(ids(&similar), Vec::<String>::new());
    assert_eq!(ids(&get(server.clone(), "/api/v1/products/b/similar?market=de").await), ["a", "c", "d"]);
    // The token sees what moved which card in which market.
    let moved = async |market: &str| {
        let request = axum::http::Request::post(format!("/api/v1/search?market={market}&category=shirts"))
            .header("content-type", "image/png")
            .header("authorization", format!("Bearer {TOKEN}"))
            .body(axum::body::Body::from(png(&rectangle(90, 120, RED))))
            .expect("a request");
        let cards = call(server.clone(), request).await.json::<Value>()["categories"][0]["cards"].clone();
        cards.as_array().expect("cards").iter().map(|card| card["rules"][0]["rule"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(moved("de").await, [json!("top"), Value::Null, Value::Null, Value::Null]);
    assert_eq!(moved("ch").await, [json!("sold out")]);
}

#[tokio::test]
async fn the_administration_imports_changes_and_deletes_in_a_market() {
    let shop = shop();
    let (server, state) = server(&shop);
    let stats: CatalogueStats = send(&server, "GET", "catalogue", Some(TOKEN), "").await.json();
    let markets: Vec<_> = stats.markets.iter().map(|market| (market.name.as_str(), market.products)).collect();
    assert_eq!((stats.products, markets), (5, vec![("de", 4), ("ch", 3), ("it", 1)]));
    let change = "{\"id\": \"a\", \"price\": \"39 CHF\"}\n{\"id\": \"c\", \"price\": \"1 CHF\"}";
    let path = "products?format=jsonl&market=ch";
    let answer: Value = send(&server, "PATCH", path, Some(TOKEN), change).await.json();
    assert_eq!((&answer["edited"], &answer["problems"]), (&1.into(), &json!(["there is no product \"c\""])));
    assert_eq!(answer["notes"], json!([]));
    let other = "{\"id\": \"e\", \"price\": \"39 EUR\"}\n{\"id\": \"e\", \"price\": \"35 CHF\"}\n{\"id\": \"b\", \"price\": \"1 EUR\"}";
    let answer: Value = send(&server, "PATCH", path, Some(TOKEN), other).await.json();
    assert_eq!(
        answer["notes"],
        json!(["1 price in EUR, and the market's were in CHF: is it the market that was meant?"])
    );
    let answer: Value = send(&server, "DELETE", "products/b?market=ch", Some(TOKEN), "").await.json();
    assert_eq!(answer["edited"], 1);
    // Without pictures of its own: the first market that sells it has one.
    let line = row("d", "chemise d", "https://127.0.0.1:9/d.png", "50 EUR").to_string();
    let refused = send(&server, "POST", "feeds?format=jsonl&force=true", Some(TOKEN), line.clone()).await;
    assert_eq!(refused.problem(), (400, "bad-parameter".to_owned()));
    let detail = refused.json::<Problem>().detail;
    assert!(detail.contains("the catalogue has the markets de, ch, it: name the feed's market with"), "{detail}");
    let jobs: Vec<ImportJob> = send(&server, "GET", "jobs", Some(TOKEN), "").await.json();
    assert_eq!(jobs, []);
    let started = send(&server, "POST", "feeds?format=jsonl&market=fr", Some(TOKEN), line).await;
    let job = ended(&server, started.json::<ImportJob>().id).await;
    assert_eq!((job.state, job.market.as_str(), job.imported, job.encoded), (JobState::Done, "fr", 1, 0), "{job:?}");
    load(&shop, &state);
    let card = |id: &str, title: &str, price: &str| (id.to_owned(), title.to_owned(), price.to_owned());
    let swiss = vec![card("a", "chemise a", "39.00 CHF"), card("e", "chemise e", "35.00 CHF")];
    assert_eq!(found(&search(&server, "market=ch").await).0, swiss);
    assert_eq!(found(&search(&server, "market=fr").await).0, [card("d", "chemise d", "50.00 EUR")]);
    assert_eq!(found(&search(&server, "").await).0.len(), 4, "the first market is as it was");
    assert!(
        found(&search(&server, "").await)
            .0
            .iter()
            .all(|(_, title, price)| title.starts_with("Hemd") && price == "20.00 EUR")
    );
}
