//! The page's own addresses, and what the server tells the page about the shop.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

/// First part of the path of a product in the page.
const PRODUCTS: &str = "products";

/// Characters of a product's name in its address: search results show about this many.
const MAX_NAME_CHARS: usize = 60;

/// In a part of a path, everything but RFC 3986's unreserved characters is escaped.
const ESCAPED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Id of the element of the page's head that holds a [`ShopPage`] as JSON.
pub const SHOP_ELEMENT: &str = "shop-settings";

/// The parameter that names a market, in addresses of the page as in requests.
pub const MARKET: &str = "market";

/// What the page shows of the shop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShopPage {
    /// The shop's name; this program's if missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// URL of its logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    /// URL of its privacy page; the server's own if missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy: Option<String>,
    /// Whether the server accepts numbers only, no pictures.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub only_numbers: bool,
}

/// The path of a product's view in the page: `/products/sku-7/linen-top`. Only the id counts; the name is for people.
#[must_use]
pub fn product_page(id: &str, title: &str) -> String {
    let name = name_in_address(title);
    let separator = if name.is_empty() { "" } else { "/" };
    let [id, name] = [id, &name].map(|part| utf8_percent_encode(part, &ESCAPED).to_string());
    format!("/{PRODUCTS}/{id}{separator}{name}")
}

/// The product's id in a path of [`product_page`]; `None` for other paths.
#[must_use]
pub fn product_of_page(path: &str) -> Option<String> {
    let mut parts = path.strip_prefix('/')?.split('/');
    let (first, id) = (parts.next()?, parts.next()?);
    // The name, and at most a slash at the end.
    let rest: Vec<&str> = parts.skip(1).collect();
    let is_product = first == PRODUCTS && !id.is_empty() && matches!(rest[..], [] | [""]);
    is_product.then(|| percent_decode_str(id).decode_utf8().ok().map(Into::into)).flatten()
}

/// Letters and digits of a title in lower case, with hyphens between words.
fn name_in_address(title: &str) -> String {
    let letters = title.chars().flat_map(char::to_lowercase).take(MAX_NAME_CHARS);
    let spaced: String = letters.map(|letter| if letter.is_alphanumeric() { letter } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_products_address_has_its_name_and_leads_back_to_its_id() {
        assert_eq!(product_page("sku-7", "Linen top, relaxed"), "/products/sku-7/linen-top-relaxed");
        assert_eq!(product_page("a/ü", "Größe 38!"), "/products/a%2F%C3%BC/gr%C3%B6%C3%9Fe-38");
        assert_eq!(product_page("x", "…"), "/products/x");
        for (id, title) in [("sku-7", "Linen top"), ("a/ü", "b/c"), (".", "."), ("100 %", ""), ("?#", "?#")] {
            assert_eq!(product_of_page(&product_page(id, title)).as_deref(), Some(id));
        }
        assert_eq!(product_of_page("/products/x/another-name/").as_deref(), Some("x"));
        for path in [
            "/",
            "/products",
            "/products/",
            "/products//a",
            "/products/a/b/c",
            "/other/a",
            "products/a",
            "/products/%FF",
        ] {
            assert_eq!(product_of_page(path), None, "{path}");
        }
        assert!(product_page("x", &"long ".repeat(100)).len() < 80);
    }
}
