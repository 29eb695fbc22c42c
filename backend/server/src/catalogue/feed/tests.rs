//! Small feeds of every format, and what is made of them.

use stl_types::Category;
use stl_types::wire::Availability;

use super::*;
use crate::catalogue::sale::Sale;

mod data_pictures;
mod exports;
mod formats;
mod further;
mod google;
mod invisible;
mod json_lines;
mod optional;
mod own;
mod properties;
mod shopify;
mod variants;
mod whole;

/// A row without faults, its picture beside the feed.
const GOOD: &str = r#"{"id": 17, "title": "Linen shirt", "link": "https://shop.example/17", "image_link": "a.png",
        "price": "19.95 EUR", "availability": "in stock"}"#;

/// What is made of a file with this name and content.
fn read_bytes(name: &str, bytes: &[u8], options: &FeedOptions) -> Result<Feed, FeedError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("written");
    read(&path, options)
}

/// The same of text: its rows and problems.
fn read_text(name: &str, text: &str, options: &FeedOptions) -> Result<(Vec<FeedRow>, Vec<RowProblem>), FeedError> {
    read_bytes(name, text.as_bytes(), options).map(|feed| (feed.rows, feed.problems))
}

/// What Shopify's export leaves out.
fn euros() -> FeedOptions {
    FeedOptions {
        currency: Some("EUR".to_owned()),
        shop_url: Some("https://shop.example/".to_owned()),
        ..FeedOptions::default()
    }
}

/// As Google's own examples are written: a namespace, CDATA, entities, nested prices, a plain and a `g:` title.
const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0">
  <channel>
    <title>A shop</title><link>https://shop.example</link>
    <item>
      <title>not this one</title>
      <g:title>Wickelkleid &quot;Anna&quot; &amp; G&#252;te</g:title>
      <g:id>sku 1</g:id>
      <g:description><![CDATA[<p>Viscose &amp; silk</p>]]></g:description>
      <link>https://shop.example/p/1?a=1&amp;b=2</link>
      <g:image_link>https://cdn.example/1.jpg</g:image_link>
      <g:additional_image_link>https://cdn.example/1b.jpg</g:additional_image_link>
      <g:shipping><g:country>DE</g:country><g:price>4.95 EUR</g:price></g:shipping>
      <g:price>89.95 EUR</g:price><g:sale_price>59.95 EUR</g:sale_price>
      <g:availability>in stock</g:availability>
      <g:google_product_category>2271</g:google_product_category>
      <g:brand>Example</g:brand><g:color>Navy/White</g:color><g:gender>female</g:gender>
    </item>
    <item>
      <g:id>sku 2</g:id><title>Boots</title><link>https://shop.example/p/2</link>
      <g:image_link>https://cdn.example/2.jpg</g:image_link><g:price>9 EUR</g:price>
      <g:availability>preorder</g:availability>
    </item>
  </channel>
</rss>"#;
