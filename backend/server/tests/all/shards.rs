//! Several servers that search one catalogue together answer as one server does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use jiff::{Timestamp, ToSpan as _};
use stl_server::catalogue::features::{self, Features};
use stl_server::catalogue::store::Published;
use stl_server::catalogue::{Article, Sale, Store, Variant};
use stl_server::config::Config;
use stl_server::http::app::app;
use stl_server::http::shard::ShardState;
use stl_server::http::state::AppState;
use stl_server::matching::Part;
use stl_server::networks::models::Models;
use stl_server::pipeline::search::SearchEngine;
use stl_server::shards::{Shard, ShardAddresses, ShardToken, Shards, WhenMissing};
use stl_types::wire::Availability;
use stl_types::{Category, Price};
use tempfile::TempDir;

use crate::dice::Dice;
use crate::requests::get;
use crate::support::{ON_PROCESSOR, models, png, rectangle};

mod alike;
mod faults;
mod versions;

const TOKEN: &str = "a-token-of-the-shards";

/// Articles of the first market.
const ARTICLES: usize = 700;

const BRANDS: [&str; 4] = ["Acme", "Müller", "Nordlicht", ""];

fn article(number: usize, currency: &str, dice: &mut Dice) -> Article {
    let availability = if dice.below(4) == 0 { Availability::OutOfStock } else { Availability::InStock };
    let price = 500 + dice.below(20_000) as u64;
    let begun = Timestamp::now() - 2.hours();
    let sale = Sale { amount_minor: price / 2, from: Some(begun), until: Some(begun + 240.hours()) };
    let size = |size: &str| Variant {
        id: format!("{number:05}-{size}"),
        size: size.to_owned(),
        size_system: String::new(),
        gtin: String::new(),
        link: String::new(),
        amount_minor: price,
        sale: None,
        availability,
    };
    let id = format!("{number:05}");
    let mut article = Article {
        // Some groups have the name of an article.
        group: if number.is_multiple_of(3) { format!("{:05}", number % 90) } else { String::new() },
        variants: if number.is_multiple_of(7) { vec![size("S"), size("L")] } else { Vec::new() },
        title: format!("Article {id}"),
        description: String::new(),
        link: "https://shop.example/article".to_owned(),
        price: Price { amount_minor: price, currency: currency.to_owned() },
        sale: number.is_multiple_of(11).then_some(sale),
        availability,
        brand: BRANDS[dice.below(BRANDS.len())].to_owned(),
        color: ["red", "navy/white", ""][dice.below(3)].to_owned(),
        gender: ["female", "male", "unisex"][dice.below(3)].to_owned(),
        product_type: String::new(),
        age_group: String::new(),
        material: String::new(),
        pattern: String::new(),
        labels: [("season".to_owned(), format!("S{}", dice.below(6)))].into(),
        // All of a picture are of one category; the sixth has too few for four parts.
        category: if number < 3 { Category::Dresses } else { Category::ALL[[0, 2, 3, 5, 7][number / 4 % 5]] },
        category_predicted: false,
        picture_sha256: stl_server::digest::Digest::of(&number.to_le_bytes()),
        further_pictures: Vec::new(),
        id,
    };
    article.settle();
    article
}

/// A catalogue of two markets. Four neighbours have one f(A), so that scores are equal across parts.
fn write_catalogue(folder: &Path, models: &Models, version: u64) {
    let mut dice = Dice(4711 + version);
    let width = models.match_weights().expect("weights").width;
    let german: Vec<Article> = (0..ARTICLES).map(|number| article(number, "EUR", &mut dice)).collect();
    // Others of the same categories, and some that only this market sells.
    let swiss: Vec<Article> =
        (0..ARTICLES + 40).filter(|number| number % 3 != 1).map(|number| article(number, "CHF", &mut dice)).collect();
    let mut ids: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    let mut of_picture = Vec::new();
    for number in 0..ARTICLES + 40 {
        if number % 4 == 0 {
            of_picture = (0..width).map(|_| dice.number()).collect();
        }
        let id = format!("{number:05}");
        if german.iter().chain(&swiss).any(|article| article.id == id) {
            ids.insert(id, of_picture.clone());
        }
    }
    std::fs::create_dir_all(folder).expect("a folder");
    let (ids, values): (Vec<String>, Vec<Vec<f32>>) = ids.into_iter().unzip();
    let features_file = format!("features-{version}.bin");
    let features = Features::new(models.fashion_dna_sha256(), version, width, ids, values.concat());
    features::write(&folder.join(&features_file), &features).expect("written");
    let published = Published { version, features_file, adaptation: None };
    let mut store = Store::create(folder).expect("a database");
    store.publish_market(&published, "de", &german).expect("published");
    store.publish_market(&published, "ch", &swiss).expect("published");
}

fn rules() -> String {
    let now = Timestamp::now();
    let (from, until) = (now - 24.hours(), now + 24.hours());
    format!(
        r#"
        [[rule]]
        name = "boost"
        action = "boost"
        by = 0.75
        brand = "Acme"
        [[rule]]
        name = "bury"
        action = "bury"
        by = 1.25
        price_max = 4000
        currency = "EUR"
        [[rule]]
        name = "of a group, whose name an article has as well"
        action = "boost"
        by = 2.5
        id = ["00003", "00088", "00061"]
        [[rule]]
        name = "pins"
        action = "pin"
        position = 2
        id = ["00010", "00333", "00602", "00044-S"]
        from = {from}
        until = {until}
        [[rule]]
        name = "gone"
        action = "exclude"
        label = {{ season = "S3" }}
        [[rule]]
        name = "of a variant"
        action = "boost"
        by = 5
        color = "navy"
        variant = "b"
        "#
    )
}

/// A catalogue in a folder, with the networks.
struct Shop {
    folder: TempDir,
    models: Models,
}

impl Shop {
    fn new() -> Self {
        let shop = Self { folder: tempfile::tempdir().expect("a folder"), models: models().without_garment_head() };
        write_catalogue(&shop.catalogue(), &shop.models, 1);
        shop
    }

    fn catalogue(&self) -> PathBuf {
        self.folder.path().join("catalogue")
    }

    fn config(&self) -> Config {
        Config::for_testing(&self.catalogue(), Path::new("no-page"))
    }

    /// One server that has the whole catalogue.
    fn alone(&self) -> Router {
        let state = AppState::new(&self.config()).expect("threads");
        state.set_engine(SearchEngine::load(&self.models, &self.catalogue(), ON_PROCESSOR).expect("a catalogue"));
        app(&self.config(), state)
    }

    /// A part of the version that the folder has.
    fn shard(&self, part: Part) -> Shard {
        Shard::load(&self.models, &self.catalogue(), ON_PROCESSOR, part).expect("a part")
    }

    /// A server of a part, which has no version yet.
    fn shard_state(&self, part: Part) -> ShardState {
        let token = ShardToken::checked(TOKEN).expect("a token");
        let networks = self.models.networks_sha256().to_string();
        ShardState::new(&self.config(), part, token, networks).expect("threads")
    }

    /// Servers of all parts on loopback, and their addresses.
    async fn shards(&self, of: usize) -> (Vec<ShardState>, Vec<String>) {
        let (mut states, mut addresses) = (Vec::new(), Vec::new());
        for part in Part::all(of) {
            let state = self.shard_state(part);
            state.add(self.shard(part));
            addresses.push(listening(state.clone().app(&self.config())).await);
            states.push(state);
        }
        (states, addresses)
    }

    /// A front of shards at some addresses.
    fn front_state(&self, addresses: &[String], when_missing: WhenMissing) -> AppState {
        let state = AppState::new(&self.config()).expect("threads");
        state.set_engine(self.front_engine(&Arc::new(self.asking(addresses, when_missing))));
        state
    }

    fn front(&self, addresses: &[String]) -> Router {
        app(&self.config(), self.front_state(addresses, WhenMissing::Answer))
    }

    fn asking(&self, addresses: &[String], when_missing: WhenMissing) -> Shards {
        let addresses = ShardAddresses::of(addresses).expect("addresses");
        let token = ShardToken::checked(TOKEN).expect("a token");
        let networks = self.models.networks_sha256().to_string();
        Shards::new(&addresses, networks, token, Duration::from_millis(1500), when_missing).expect("a client")
    }

    fn front_engine(&self, shards: &Arc<Shards>) -> SearchEngine {
        let shards = Some(Arc::clone(shards));
        SearchEngine::load_scored(&self.models, &self.catalogue(), ON_PROCESSOR, shards).expect("a catalogue")
    }
}

/// Serves on loopback for as long as the test runs; the address.
async fn listening(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// An address at which nobody listens.
async fn nowhere() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    format!("http://{}", listener.local_addr().expect("an address"))
}

/// Status and text of `/readyz`.
async fn readiness(server: &Router) -> (StatusCode, String) {
    let answer = get(server.clone(), "/readyz").await;
    (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
}

/// Waits until `/readyz` is 200 and says something.
async fn ready(server: &Router, expected: &str) {
    let begin = Instant::now();
    loop {
        let (status, text) = readiness(server).await;
        if status == StatusCode::OK && text == expected {
            return;
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "expected {expected:?}, got {status} {text:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn cutout() -> Vec<u8> {
    png(&rectangle(90, 120, crate::support::RED))
}
