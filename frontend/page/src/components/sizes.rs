//! The sizes of a product. In: a [`Product`]. Out: a line on its card; beside its picture a list, with a link to each size in the shop.

use leptos::prelude::*;
use leptos::task::spawn_local;
use stl_types::Price;
use stl_types::wire::{Availability, Product};

use crate::api::Size;
use crate::i18n::{Locale, t, td_string, use_i18n};
use crate::{api, format};

/// Sizes that a card has room for.
const ON_CARD: usize = 5;

/// The line of a card: the sizes that can be bought, or nothing.
pub(super) fn size_line(product: &Product) -> impl IntoView + use<> {
    view! { <span class="card__sizes" part="card-sizes" data-testid="sizes">{short(product)}</span> }
}

/// `S · M · L`, and how many there are beside.
fn short(product: &Product) -> String {
    let (shown, others) = product.sizes.split_at(product.sizes.len().min(ON_CARD));
    let shown = shown.join(" · ");
    if others.is_empty() { shown } else { format!("{shown} +{}", others.len()) }
}

/// All sizes, each with its page in the shop. A card has only the names of those that can be bought: the others are fetched.
pub(super) fn size_list(product: &Product) -> impl IntoView + use<> {
    let i18n = use_i18n();
    let has_none = product.sizes.is_empty();
    // As HTML: a type of view and of signal for sizes alone would make the program larger by some kilobytes.
    let list = RwSignal::new(format!("<li>{}</li>", escaped(&product.sizes.join(" · "))));
    if !has_none {
        let (id, price, locale) = (product.id.clone(), product.price.clone(), untrack(|| i18n.get_locale()));
        spawn_local(async move {
            // Without an answer the names stay.
            if let Ok(sizes) = api::sizes(&id).await {
                list.try_set(listed(sizes).iter().map(|size| item(locale, size, &price)).collect());
            }
        });
    }
    view! {
        <div class="product__sizes" data-testid="size-list" hidden=has_none>
            <h2>{t!(i18n, results.sizes)}</h2>
            <ul inner_html=list></ul>
        </div>
    }
}

/// A size as a list item of HTML. Its price is named if it is not the product's, its availability if it is not in stock.
fn item(locale: Locale, size: &Size, price: &Price) -> String {
    let mut notes = String::new();
    if size.price != *price {
        notes = format::price(locale, &size.price);
    }
    if size.availability != Availability::InStock {
        notes = notes + " " + &format::availability(locale, size.availability);
    }
    let gone = if size.availability == Availability::OutOfStock { " size--gone" } else { "" };
    let [link, name, notes] = [&size.link, &name(size), notes.trim_start()].map(escaped);
    let new_tab = td_string!(locale, results.new_tab);
    format!(
        "<li><a class=\"size{gone}\" href=\"{link}\" target=\"_blank\" rel=\"noopener\" data-testid=\"size\">\
         <span>{name}</span><small>{notes}</small><span class=\"visually-hidden\"> ({new_tab})</span></a></li>"
    )
}

/// A size; a number with its system, if that is known.
fn name(size: &Size) -> String {
    if size.size.as_bytes().first().is_some_and(u8::is_ascii_digit) && !size.size_system.is_empty() {
        [size.size_system.as_str(), &size.size].join(" ")
    } else {
        size.size.clone()
    }
}

/// A text that is no markup, neither between tags nor in an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// Each size once: a product may have it in several colours, of which one that can be bought counts.
fn listed(variants: Vec<Size>) -> Vec<Size> {
    let mut listed = Vec::<Size>::new();
    for variant in variants.into_iter().filter(|variant| !variant.size.is_empty()) {
        match listed.iter_mut().find(|known| known.size == variant.size && known.size_system == variant.size_system) {
            Some(known) if known.availability == Availability::OutOfStock => *known = variant,
            Some(_) => {}
            None => listed.push(variant),
        }
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(more: &str) -> Product {
        let json = format!(
            r#"{{"id":"a","title":"","link":"https://shop.example/a","image_url":"","category":"tops",
            "price":{{"amount_minor":1,"currency":"EUR"}},"availability":"in_stock"{more}}}"#
        );
        serde_json::from_str(&json).expect("a product")
    }

    #[test]
    fn a_card_names_five_sizes_and_counts_the_others() {
        for (more, expected) in [
            ("", ""),
            (r#","sizes":["S","M"]"#, "S · M"),
            (r#","sizes":["S","M","L","XL","36","38","40"]"#, "S · M · L · XL · 36 +2"),
        ] {
            assert_eq!(short(&product(more)), expected);
        }
    }

    fn size(size: &str, availability: Availability) -> Size {
        Size {
            size: size.to_owned(),
            size_system: String::new(),
            link: "https://shop.example/a?b&c".to_owned(),
            price: Price { amount_minor: 1, currency: "EUR".to_owned() },
            availability,
        }
    }

    #[test]
    fn a_size_of_several_colours_is_listed_once_and_can_be_bought_if_one_can() {
        let [m, l] = ["M", "L"].map(|name| size(name, Availability::InStock));
        let gone = size("M", Availability::OutOfStock);
        let plain = size("", Availability::InStock);
        assert_eq!(listed(vec![gone.clone(), l.clone(), m.clone(), gone, plain]), [m, l]);
    }

    #[test]
    fn nothing_in_a_size_is_markup() {
        let wicked = Size { size_system: "\"EU\"".to_owned(), ..size("38<b>&amp;", Availability::Preorder) };
        let html = item(Locale::En, &wicked, &wicked.price);
        assert!(html.contains("<span>&quot;EU&quot; 38&lt;b>&amp;amp;</span>"), "{html}");
        assert!(
            html.contains("href=\"https://shop.example/a?b&amp;c\"") && html.contains("<small>Pre-order</small>"),
            "{html}"
        );
    }
}
