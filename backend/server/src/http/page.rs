//! The page's document with the shop's name and the product that it is about. In: `index.html` and the [`Shop`]. Out: HTML.
//!
//! Search engines and messengers run no WebAssembly: they read the head that is written here.

use std::path::Path;
use std::sync::Arc;

use axum::body::Bytes;
use html_escape::{encode_double_quoted_attribute, encode_text};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use stl_types::wire::{Availability, MARKET, Product, SHOP_ELEMENT, ShopPage, paths, product_page};

use crate::config::Shop;
use crate::digest::Digest;

/// This program's name, as it is in `index.html`.
const NAME: &str = "Shop the look";

/// What search engines show of a page; they cut what is longer than this many characters.
const MAX_DESCRIPTION_CHARS: usize = 200;

const DESCRIPTION: &str =
    "Choose a photo of an outfit and find pieces like these. Only the part of it that you have seen is sent.";

/// A picture of the page itself.
const ICON: &str = "/icons/icon-512.png";

/// The document, ready to be completed for each request.
#[derive(Clone, Debug)]
pub struct Page(Arc<Template>);

#[derive(Debug)]
struct Template {
    /// `index.html` up to its title.
    before: String,
    /// `index.html` after its title.
    after: String,
    shop: Shop,
    style_sheet: Asset,
    logo: Option<Asset>,
    manifest: Option<Bytes>,
}

/// A file of the shop's own, with its versioned address.
#[derive(Clone, Debug)]
pub(super) struct Asset {
    /// Its address; empty without content.
    pub(super) url: String,
    pub(super) file: Bytes,
    pub(super) media_type: &'static str,
}

impl Page {
    /// Reads `index.html` and the manifest of the page's folder; `None` if there is no page.
    #[must_use]
    pub fn read(client: &Path, shop: &Shop) -> Option<Self> {
        let path = client.join("index.html");
        let html = std::fs::read_to_string(&path)
            .inspect_err(|error| tracing::warn!("no page is served: {}: {error}", path.display()))
            .ok()?;
        let manifest = std::fs::read_to_string(client.join("manifest.webmanifest")).ok();
        Some(Self::new(&html, manifest.as_deref(), shop))
    }

    fn new(html: &str, manifest: Option<&str>, shop: &Shop) -> Self {
        let style_sheet = Asset::new(paths::SHOP_STYLE, shop.style_sheet().into(), "text/css; charset=utf-8");
        let logo = shop.logo.as_ref().map(|logo| Asset::new(paths::SHOP_LOGO, logo.file.clone(), logo.media_type));
        let (before, after) = match between(html, "<title>", "</title>") {
            Some((before, after)) => (before.to_owned(), with_wordmark(after, shop, logo.as_ref())),
            // A page that was not built here.
            None => (html.to_owned(), String::new()),
        };
        let manifest = shop.name.as_deref().zip(manifest).and_then(|(name, text)| named_manifest(text, name));
        Self(Arc::new(Template { before, after, shop: shop.clone(), style_sheet, logo, manifest }))
    }

    /// The document, about one product or about the search.
    #[must_use]
    pub fn html(&self, product: Option<&Product>) -> String {
        self.html_in(product, "")
    }

    /// The document about a product of a market; of the first one, if it has no name.
    #[must_use]
    pub fn html_in(&self, product: Option<&Product>, market: &str) -> String {
        let Template { before, after, .. } = &*self.0;
        if after.is_empty() {
            return before.clone();
        }
        [before, self.head(product, market).as_str(), after].concat()
    }

    /// The style sheet of the shop's own colours.
    pub(super) fn style_sheet(&self) -> &Asset {
        &self.0.style_sheet
    }

    /// The shop's logo.
    pub(super) fn logo(&self) -> Option<&Asset> {
        self.0.logo.as_ref()
    }

    /// The manifest with the shop's name, if it has one.
    pub(super) fn manifest(&self) -> Option<&Bytes> {
        self.0.manifest.as_ref()
    }

    fn head(&self, product: Option<&Product>, market: &str) -> String {
        let Template { shop, style_sheet, logo, .. } = &*self.0;
        let name = shop.name.as_deref().unwrap_or(NAME);
        let mut path = product.map_or_else(|| "/".to_owned(), |product| product_page(&product.id, &product.title));
        if !market.is_empty() {
            path.push_str(&format!("?{MARKET}={}", utf8_percent_encode(market, NON_ALPHANUMERIC)));
        }
        let (title, description, picture) = match product {
            Some(product) => (format!("{} – {name}", product.title), about(product), product.image_url.as_str()),
            None => (name.to_owned(), DESCRIPTION.to_owned(), ICON),
        };
        let mut head = format!("<title>{}</title>", encode_text(&title));
        let mut meta = |key: &str, of: &str, content: &str| {
            let content = encode_double_quoted_attribute(content);
            head.push_str(&format!("<meta {key}=\"{of}\" content=\"{content}\">"));
        };
        meta("name", "description", &description);
        meta("name", "application-name", name);
        meta("property", "og:site_name", name);
        meta("property", "og:type", if product.is_some() { "product" } else { "website" });
        meta("property", "og:title", product.map_or(name, |product| &product.title));
        meta("property", "og:description", &description);
        if let Some(product) = product {
            let price = product.price.to_string();
            meta("property", "product:price:amount", price.split(' ').next().unwrap_or_default());
            meta("property", "product:price:currency", &product.price.currency);
            meta("property", "product:availability", availability(product.availability));
        }
        // Those who read these do not resolve relative addresses, and the address of a request can be forged.
        if let Some(address) = &shop.address {
            meta("property", "og:url", &format!("{address}{path}"));
            meta("property", "og:image", &format!("{address}{picture}"));
        }
        let address = shop.address.as_ref().map(ToString::to_string).unwrap_or_default();
        let canonical = format!("{address}{path}");
        head.push_str(&format!("<link rel=\"canonical\" href=\"{}\">", encode_double_quoted_attribute(&canonical)));
        if !style_sheet.url.is_empty() {
            head.push_str(&format!("<link rel=\"stylesheet\" href=\"{}\">", style_sheet.url));
        }
        let settings = ShopPage {
            name: shop.name.clone(),
            logo: logo.as_ref().map(|logo| logo.url.clone()),
            privacy: shop.privacy.clone(),
            only_numbers: shop.only_numbers,
        };
        // Nothing in it may end the element. Data is no script: the policy does not concern it.
        let settings = serde_json::to_string(&settings).unwrap_or_default().replace('<', "\\u003c");
        head.push_str(&format!("<script type=\"application/json\" id=\"{SHOP_ELEMENT}\">{settings}</script>"));
        head
    }
}

impl Asset {
    fn new(path: &str, file: Vec<u8>, media_type: &'static str) -> Self {
        let url = if file.is_empty() { String::new() } else { format!("{path}?v={}", Digest::of(&file).short()) };
        Self { url, file: file.into(), media_type }
    }
}

/// The parts of a text before `start` and after the first `end` behind it.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<(&'a str, &'a str)> {
    let (before, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(_, after)| (before, after))
}

/// The page's first frame, before its program runs, with the shop's name or logo.
fn with_wordmark(html: &str, shop: &Shop, logo: Option<&Asset>) -> String {
    let (default, name) = (format!(">{NAME}<"), shop.name.as_deref().unwrap_or(NAME));
    let shown = match logo {
        Some(logo) => {
            format!(
                "><img class=\"wordmark__logo\" src=\"{}\" alt=\"{}\"><",
                logo.url,
                encode_double_quoted_attribute(name)
            )
        }
        None => format!(">{}<", encode_text(name)),
    };
    html.replacen(&default, &shown, 1)
}

fn named_manifest(text: &str, name: &str) -> Option<Bytes> {
    let mut manifest: serde_json::Value = serde_json::from_str(text).ok()?;
    for key in ["name", "short_name"] {
        manifest[key] = name.into();
    }
    serde_json::to_vec(&manifest).ok().map(Bytes::from)
}

/// As Open Graph writes it.
const fn availability(availability: Availability) -> &'static str {
    match availability {
        Availability::InStock => "in stock",
        Availability::OutOfStock => "out of stock",
        Availability::Preorder => "preorder",
        Availability::Backorder => "backorder",
    }
}

/// A product in a sentence: its description, else brand and price.
fn about(product: &Product) -> String {
    let words: Vec<&str> = product.description.split_whitespace().collect();
    if words.is_empty() {
        let from = if product.highest_price.is_some() { "from " } else { "" };
        let price = format!("{from}{}", product.price);
        let parts = [product.title.as_str(), &product.brand, &price].map(str::to_owned);
        return parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    }
    let text = words.join(" ");
    match text.char_indices().nth(MAX_DESCRIPTION_CHARS) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::catalogue::article::tests::article;
    use crate::pipeline::cards;

    const HTML: &str = "<!doctype html><html><head><title>Shop the look</title><link rel=\"icon\" href=\"/i.svg\"></head>\
                        <body><span class=\"wordmark\">Shop the look</span></body></html>";

    fn shop() -> Shop {
        let address = Some("https://look.example".parse().expect("an origin"));
        Shop { name: Some("A & \"B\" <C>".to_owned()), address, ..Shop::default() }
    }

    fn product() -> Product {
        let article = crate::catalogue::Article {
            title: "Top </title><script>alert(1)</script>".to_owned(),
            description: "\"Soft\"\n & <b>light</b>".to_owned(),
            ..article("a/7")
        };
        cards::product(&article, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn the_head_names_shop_and_product_and_nothing_in_it_escapes() {
        let html = Page::new(HTML, None, &shop()).html(Some(&product()));
        let path = "/products/a%2F7/top-title-script-alert-1-script";
        for expected in [
            "<title>Top &lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; – A &amp; \"B\" &lt;C&gt;</title>",
            "<meta property=\"og:title\" content=\"Top &lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;\">",
            "<meta property=\"og:type\" content=\"product\">",
            "<meta property=\"product:price:amount\" content=\"19.95\">",
            "<meta property=\"product:price:currency\" content=\"EUR\">",
            "<meta property=\"product:availability\" content=\"in stock\">",
            "content=\"&quot;Soft&quot; &amp; &lt;b&gt;light&lt;/b&gt;\"",
            &format!("<link rel=\"canonical\" href=\"https://look.example{path}\">"),
            &format!("<meta property=\"og:url\" content=\"https://look.example{path}\">"),
            "<meta property=\"og:image\" content=\"https://look.example/api/v1/images/a%2F7?v=",
            "{\"name\":\"A & \\\"B\\\" \\u003cC>\"}</script>",
            "<span class=\"wordmark\">A &amp; \"B\" &lt;C&gt;</span>",
        ] {
            assert!(html.contains(expected), "{expected} in {html}");
        }
        assert!(html.ends_with("</body></html>") && !html.contains(NAME), "{html}");
    }

    #[test]
    fn a_product_of_a_market_has_an_address_of_its_own() {
        let html = Page::new(HTML, None, &shop()).html_in(Some(&product()), "ö&");
        let address = "https://look.example/products/a%2F7/top-title-script-alert-1-script?market=%C3%B6%26";
        assert!(html.contains(&format!("<link rel=\"canonical\" href=\"{address}\">")), "{html}");
        assert!(html.contains(&format!("<meta property=\"og:url\" content=\"{address}\">")), "{html}");
    }

    #[test]
    fn without_settings_the_document_is_the_programs_and_has_no_address_of_its_own() {
        let html = Page::new(HTML, None, &Shop::default()).html(None);
        assert!(html.contains("<title>Shop the look</title>") && html.contains("<link rel=\"canonical\" href=\"/\">"));
        assert!(!html.contains("og:image") && !html.contains("stylesheet"), "{html}");
        assert_eq!(Page::new("<p>Hello</p>", None, &shop()).html(None), "<p>Hello</p>");
    }

    #[test]
    fn the_manifest_has_the_shops_name() {
        let page = Page::new(HTML, Some("{\"name\":\"Shop the look\",\"id\":\"/\"}"), &shop());
        let manifest: serde_json::Value = serde_json::from_slice(page.manifest().expect("named")).expect("JSON");
        assert_eq!((manifest["name"].as_str(), manifest["id"].as_str()), (shop().name.as_deref(), Some("/")));
        assert!(Page::new(HTML, Some("{}"), &Shop::default()).manifest().is_none());
    }

    #[test]
    fn a_description_is_cut_between_characters() {
        let long = Product { description: "ü".repeat(300), ..product() };
        assert_eq!(about(&long), format!("{}…", "ü".repeat(200)));
        let none = Product { description: String::new(), title: "Top".to_owned(), brand: String::new(), ..product() };
        assert_eq!(about(&none), "Top · 19.95 EUR");
        let several = Product { highest_price: Some(none.price.clone()), ..none };
        assert_eq!(about(&several), "Top · from 19.95 EUR");
    }
}
