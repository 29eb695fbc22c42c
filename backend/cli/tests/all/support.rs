//! Drawn pictures, a small feed, an imported catalogue, and requests without a network.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde::de::DeserializeOwned;
use stl_server::catalogue::CatalogueOptions;
use stl_server::catalogue::feed::FeedOptions;
use stl_server::catalogue::import::{ImportOptions, import};
use stl_server::config::Config;
use stl_server::http::app::{AppState, app};
use stl_server::matching::Device;
use stl_server::networks::models::Models;
use stl_server::pipeline::search::SearchEngine;
use stl_types::Category;
use stl_types::wire::Problem;
use tempfile::TempDir;
use tower::ServiceExt as _;

pub(crate) const RED: [u8; 3] = [200, 20, 30];
pub(crate) const GREEN: [u8; 3] = [10, 150, 60];
pub(crate) const BLUE: [u8; 3] = [20, 40, 190];

pub(crate) const OPTIONS: ImportOptions = ImportOptions {
    feed: FeedOptions { format: None, currency: None, shop_url: None },
    threads: 2,
    private_addresses_allowed: false,
};

/// Nothing but this machine's processor.
pub(crate) const ON_PROCESSOR: CatalogueOptions = CatalogueOptions { threads: 2, device: Device::Cpu };

/// Products of [`write_feed`]: three for each category.
pub(crate) const PRODUCTS: usize = 24;

/// A coloured rectangle on white.
pub(crate) fn rectangle(width: u32, height: u32, colour: [u8; 3]) -> DynamicImage {
    let mut picture = RgbImage::from_pixel(width, height, Rgb([255; 3]));
    for y in height / 5..height * 4 / 5 {
        for x in width / 4..width * 3 / 4 {
            picture.put_pixel(x, y, Rgb(colour));
        }
    }
    picture.into()
}

pub(crate) fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).expect("written to memory");
    file.into_inner()
}

pub(crate) fn png(picture: &DynamicImage) -> Vec<u8> {
    encoded(picture, ImageFormat::Png)
}

/// A line of a feed.
pub(crate) fn line(id: &str, picture: &str, category: &str) -> String {
    serde_json::json!({
        "id": id, "title": format!("Article {id}"), "description": "Drawn", "link": "https://shop.example/article",
        "image_link": picture, "price": "19.95 EUR", "availability": "in_stock", "brand": "Atelier", "color": "red",
        "gender": "Unisex", "product_type": "Clothing", "category": category,
    })
    .to_string()
}

/// Three articles for each category: two share a picture, the later id first in the file, and one has another.
pub(crate) fn write_feed(folder: &Path) {
    std::fs::create_dir_all(folder.join("images")).expect("a folder");
    let mut lines = Vec::new();
    for (index, category) in Category::ALL.into_iter().enumerate() {
        let shade = 20 * index as u8;
        let same = format!("images/{category}.png");
        let other = format!("images/{category}-other.jpg");
        std::fs::write(folder.join(&same), png(&rectangle(90, 120, [RED[0], shade, 10]))).expect("written");
        let green = rectangle(120 + u32::from(shade), 160, [shade, GREEN[1], 90]);
        std::fs::write(folder.join(&other), encoded(&green, ImageFormat::Jpeg)).expect("written");
        lines.push(line(&format!("{category}-b"), &same, category.as_str()));
        lines.push(line(&format!("{category}-a"), &same, category.as_str()));
        lines.push(line(&format!("{category}/c ü"), &other, category.as_str()));
    }
    std::fs::write(folder.join("products.jsonl"), lines.join("\n")).expect("written");
}

pub(crate) fn models() -> Models {
    Models::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")).expect("the repository's networks")
}

/// A feed and the catalogue that was imported from it, made once for all tests that only read.
pub(crate) struct Shop {
    folder: TempDir,
}

impl Shop {
    fn new() -> Self {
        let shop = Self { folder: tempfile::tempdir().expect("a folder") };
        write_feed(&shop.feed());
        let report = import(&shop.feed(), &shop.catalogue(), &models(), &OPTIONS, |_, _| {}).expect("imported");
        assert_eq!((report.imported, report.left_out), (PRODUCTS, Vec::new()));
        shop
    }

    pub(crate) fn feed(&self) -> PathBuf {
        self.folder.path().join("feed")
    }

    pub(crate) fn catalogue(&self) -> PathBuf {
        self.folder.path().join("catalogue")
    }
}

pub(crate) static SHOP: LazyLock<Shop> = LazyLock::new(Shop::new);

/// A state that answers searches, shared by all tests.
pub(crate) static STATE: LazyLock<AppState> = LazyLock::new(|| {
    let state = AppState::new(&Config::for_testing(&SHOP.catalogue(), Path::new("no-page"))).expect("threads");
    state.set_engine(SearchEngine::load(&models(), &SHOP.catalogue(), ON_PROCESSOR).expect("a catalogue"));
    state
});

/// The server, ready, without a page.
pub(crate) fn ready_app() -> Router {
    app(&Config::for_testing(&SHOP.catalogue(), Path::new("no-page")), STATE.clone())
}

/// The server as it is before its catalogue is loaded, with the page of a folder.
pub(crate) fn loading_app(client: &Path) -> Router {
    let config = Config::for_testing(Path::new("no-catalogue"), client);
    app(&config, AppState::new(&config).expect("threads"))
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    pub(crate) fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    /// Status and code of a problem, after checking that it is one.
    #[track_caller]
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{:?}", self.body);
        let problem: Problem = self.json();
        assert_eq!(problem.status, self.status.as_u16());
        assert_eq!(problem.kind, format!("/problems/{}", problem.code));
        assert!(problem.detail.ends_with('.') && !problem.title.is_empty(), "{problem:?}");
        (problem.status, problem.code)
    }
}

pub(crate) async fn call(app: Router, request: Request<Body>) -> Answer {
    let response = app.oneshot(request).await.expect("infallible");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    Answer { status: parts.status, headers: parts.headers, body }
}

pub(crate) async fn get(app: Router, path: &str) -> Answer {
    call(app, Request::get(path).body(Body::empty()).expect("a request")).await
}

pub(crate) async fn post(app: Router, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(path).header("content-type", content_type).body(body.into()).expect("a request");
    call(app, request).await
}

/// A `multipart/form-data` body of named parts, and its content type.
pub(crate) fn form(parts: &[(&str, Vec<u8>)]) -> (&'static str, Vec<u8>) {
    let mut body = Vec::new();
    for (name, bytes) in parts {
        let head = format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"blob\"\r\n\r\n");
        body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
    }
    body.extend(b"--edge--\r\n");
    ("multipart/form-data; boundary=edge", body)
}
