//! A product's page in a shop of another origin. In: a drawn shop. Out: addresses of a page with `<shop-the-look-similar>` and of one with
//! `<shop-the-look-outfit>`.

use anyhow::{Context as _, Result};
use axum::Router;
use axum::response::Html;
use axum::routing::get;
use garment_renderer::Product;
use serde_json::Value;
use stl_tests::{Server, WornShop};
use stl_types::Layer;

/// Whether the element has its first pictures.
pub(crate) const IS_LOADED: &str =
    "const element = document.querySelector('shop-the-look-similar, shop-the-look-outfit');
    const pictures = [...(element?.shadowRoot?.querySelectorAll('img') ?? [])].slice(0, 2);
    return pictures.length === 2 && pictures.every(picture => picture.complete && picture.naturalWidth) || null";

/// Brings the element into sight.
pub(crate) const SHOW: &str = "document.querySelector('shop-the-look-similar, shop-the-look-outfit')
    .scrollIntoView({block: 'nearest'})";

/// The pages. They are there as long as this is.
pub(crate) struct ProductPages {
    /// Address of the page with similar products.
    pub(crate) similar: String,
    /// Address of the page with what is worn with the product.
    pub(crate) outfit: String,
    _shop: WornShop,
    _server: Server,
}

impl ProductPages {
    /// Draws the shop, imports it and serves the pages.
    ///
    /// # Errors
    /// When networks or the client are missing.
    pub(crate) async fn start() -> Result<Self> {
        let shop = WornShop::import()?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let server = Server::start_with(&["--catalogue", &shop.catalogue(), "--allow-origin", &origin])?;
        let is_outfit = |outfit: &&Vec<Product>| {
            outfit.iter().filter(|product| product.category.layer() != Layer::Outer).count() > 1
        };
        let worn = &shop.outfits.iter().find(is_outfit).context("an outfit of two")?[0];
        let pages = [("shop-the-look-similar", &shop.alone), ("shop-the-look-outfit", worn)];
        let [similar, outfit] = pages.map(|(element, product)| page(&server, element, product));
        let (similar, outfit) = (similar?, outfit?);
        let app = Router::new()
            .route("/similar", get(move || async move { Html(similar) }))
            .route("/outfit", get(move || async move { Html(outfit) }));
        tokio::spawn(async move { axum::serve(listener, app).await });
        let address = |page: &str| format!("{origin}/{page}");
        Ok(Self { similar: address("similar"), outfit: address("outfit"), _shop: shop, _server: server })
    }
}

/// The page of a product, with its picture from the server.
fn page(server: &Server, element: &str, product: &Product) -> Result<String> {
    let Product { id, title, price_cents, .. } = product;
    let (status, answer) = server.get(&format!("/api/v1/products/{id}"))?;
    anyhow::ensure!(status == 200, "{id}: {status}");
    let answer: Value = serde_json::from_slice(&answer)?;
    let picture = answer["image_url"].as_str().context("a picture")?;
    let api = &server.origin;
    let price = format!("{}.{:02} €", price_cents / 100, price_cents % 100);
    Ok(format!(
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{title}</title>
        <meta name='viewport' content='width=device-width, initial-scale=1'><link rel='icon' href='data:,'>
        <style>{STYLE}</style><script type='module' src='{api}/widget.js'></script></head>
        <body><header>A shop</header>
        <article><img src='{api}{picture}' alt=''><div><h1>{title}</h1><p>{price}</p><button>Add to basket</button></div></article>
        <{element} product='{id}'></{element}></body></html>"
    ))
}

/// The shop's own style.
const STYLE: &str = "
:root { color-scheme: light dark; }
body { max-width: 72rem; margin: 0 auto; padding: 1rem 1.25rem 2rem; background: light-dark(#ffffff, #17171a);
    color: light-dark(#222222, #eeeeee); font-family: sans-serif; }
header { padding-bottom: 0.75rem; border-bottom: 1px solid light-dark(#dddddd, #44444a); letter-spacing: 0.2em; }
article { display: grid; grid-template-columns: minmax(7rem, 15rem) minmax(0, 1fr); gap: 1.5rem; margin-block: 1.25rem; }
article img { width: 100%; border-radius: 8px; }
h1 { margin: 0 0 0.5rem; font-size: 1.4rem; }
button { padding: 0.7rem 1.2rem; border: 0; border-radius: 6px; background: light-dark(#222222, #eeeeee); color: light-dark(#ffffff, #222222);
    font: inherit; }
";
