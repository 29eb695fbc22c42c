//! Structured data for search engines and assistants. In: cards. Out: JSON-LD of schema.org.

use serde_json::{Value, json};
use stl_types::Price;
use stl_types::wire::{Availability, CategoryCards, Product};

/// An `ItemList` of the `Product`s, each with its `Offer`; `origin` is where pictures are served. Safe inside a `script` element.
pub(crate) fn item_list(categories: &[CategoryCards], origin: &str) -> String {
    let products = categories.iter().flat_map(|category| &category.cards).map(|card| product(&card.product, origin));
    let items: Vec<Value> = (1..)
        .zip(products)
        .map(|(position, item)| json!({ "@type": "ListItem", "position": position, "item": item }))
        .collect();
    let list = json!({ "@context": "https://schema.org", "@type": "ItemList", "itemListElement": items });
    in_script(&list)
}

/// The `Product` that the page is about. Safe inside a `script` element.
pub(crate) fn single(shown: &Product, origin: &str) -> String {
    let mut item = product(shown, origin);
    item["@context"] = "https://schema.org".into();
    in_script(&item)
}

fn in_script(value: &Value) -> String {
    // Nothing in it may end the element.
    value.to_string().replace('<', "\\u003c")
}

fn product(product: &Product, origin: &str) -> Value {
    let mut item = json!({
        "@type": "Product",
        "productID": product.id,
        "name": product.title,
        "image": format!("{origin}{}", product.image_url),
        "category": product.category.as_str(),
        "offers": offers(product),
    });
    for (name, text) in [("description", &product.description), ("color", &product.color)] {
        if !text.is_empty() {
            item[name] = text.as_str().into();
        }
    }
    if !product.brand.is_empty() {
        item["brand"] = json!({ "@type": "Brand", "name": product.brand });
    }
    item
}

/// The product's offer; of sizes with different prices their span.
fn offers(product: &Product) -> Value {
    let mut offer = json!({
        "@type": "Offer",
        "url": product.link,
        "priceCurrency": product.price.currency,
        "availability": availability(product.availability),
    });
    let lowest = amount(&product.price);
    if let Some(highest) = &product.highest_price {
        offer["@type"] = "AggregateOffer".into();
        offer["lowPrice"] = lowest.into();
        offer["highPrice"] = amount(highest).into();
        offer["offerCount"] = product.sizes.len().into();
    } else {
        offer["price"] = lowest.into();
        if let Some(until) = &product.price_valid_until {
            offer["priceValidUntil"] = until.as_str().into();
        }
    }
    offer
}

/// A price without its currency, with a decimal point.
fn amount(price: &Price) -> String {
    price.to_string().split(' ').next().unwrap_or_default().to_owned()
}

const fn availability(availability: Availability) -> &'static str {
    match availability {
        Availability::InStock => "https://schema.org/InStock",
        Availability::OutOfStock => "https://schema.org/OutOfStock",
        Availability::Preorder => "https://schema.org/PreOrder",
        Availability::Backorder => "https://schema.org/BackOrder",
    }
}

#[cfg(test)]
mod tests {
    use stl_types::Category;
    use stl_types::wire::Card;

    use super::*;

    #[test]
    fn nothing_that_a_feed_says_ends_the_script() {
        let text = in_script(&json!({ "name": "</script><script>alert(1)</script><!--" }));
        assert!(!text.contains('<'), "{text}");
        let back: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(back["name"], "</script><script>alert(1)</script><!--");
    }

    #[test]
    fn a_card_is_a_product_with_an_offer() {
        let product = Product {
            id: "7".to_owned(),
            title: "Shirt </script><b>".to_owned(),
            description: String::new(),
            link: "https://shop.example/7".to_owned(),
            image_url: "/api/v1/images/7?v=1".to_owned(),
            further_pictures: Vec::new(),
            price: Price { amount_minor: 1995, currency: "EUR".to_owned() },
            highest_price: None,
            sizes: Vec::new(),
            regular_price: None,
            price_valid_until: Some("2026-11-30T23:00:00Z".to_owned()),
            availability: Availability::Preorder,
            brand: "Example".to_owned(),
            color: "white".to_owned(),
            gender: String::new(),
            product_type: String::new(),
            age_group: String::new(),
            material: String::new(),
            pattern: String::new(),
            category: Category::Shirts,
            category_predicted: false,
        };
        let alone: Value = serde_json::from_str(&single(&product, "https://here.example")).expect("JSON");
        assert_eq!((&alone["@context"], &alone["@type"]), (&"https://schema.org".into(), &"Product".into()));
        let highest_price = Some(Price { amount_minor: 2495, currency: "EUR".to_owned() });
        let sizes = ["M", "L"].map(str::to_owned).to_vec();
        let sized = Product { highest_price, sizes, ..product.clone() };
        let alone: Value = serde_json::from_str(&single(&sized, "https://here.example")).expect("JSON");
        let offers = &alone["offers"];
        assert_eq!((&offers["@type"], &offers["offerCount"]), (&"AggregateOffer".into(), &2.into()));
        assert_eq!((&offers["lowPrice"], &offers["highPrice"]), (&"19.95".into(), &"24.95".into()));
        assert_eq!((offers.get("price"), offers.get("priceValidUntil")), (None, None));
        assert_eq!(offers["url"], "https://shop.example/7");
        let cards = vec![Card { product, score: 1.0 }];
        let text = item_list(
            &[CategoryCards {
                category: Category::Shirts,
                likely: Vec::new(),
                cards,
                further: Vec::new(),
                weak: false,
                garment: None,
            }],
            "https://here.example",
        );
        assert!(!text.contains('<'));
        let list: Value = serde_json::from_str(&text).expect("JSON");
        let item = &list["itemListElement"][0]["item"];
        assert_eq!(item["name"], "Shirt </script><b>");
        assert_eq!(item["image"], "https://here.example/api/v1/images/7?v=1");
        assert_eq!((&item["offers"]["price"], &item["offers"]["priceCurrency"]), (&"19.95".into(), &"EUR".into()));
        assert_eq!(item["offers"]["availability"], "https://schema.org/PreOrder");
        assert_eq!(item["offers"]["priceValidUntil"], "2026-11-30T23:00:00Z");
        assert_eq!((&item["brand"]["name"], item.get("description")), (&"Example".into(), None));
    }
}
