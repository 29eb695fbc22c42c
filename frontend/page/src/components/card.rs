//! One product: picture, title, brand, price, availability, a link to the shop's page of it, and a button for similar ones.

use leptos::prelude::*;
use stl_types::Price;
use stl_types::wire::{Availability, Card, Product};

use super::focus::focus_results;
use super::icons;
use super::saved::SaveButton;
use super::sizes::size_line;
use crate::format;
use crate::i18n::{t, t_string, use_i18n};
use crate::journey::Journey;
use crate::report::Reporter;

/// Widths of a card's picture, as `cards.css` has them. Phones with three pixels to a point get two and a half: nobody sees more.
const CARD_SIZES: &str = "(min-width: 60rem) 15rem, (min-width: 34rem) 13rem, (min-resolution: 2.5dppx) 26vw, 38vw";

/// Widths in pixels of the copies that the server keeps, and of most whole pictures.
const COPY_WIDTHS: [u32; 3] = [240, 360, 480];
const WHOLE_WIDTH: u32 = 600;

/// The copies of a picture to choose from. Its address has the picture's version as its only parameter.
fn srcset(image_url: &str) -> String {
    let copies = COPY_WIDTHS.map(|width| format!("{image_url}&width={width} {width}w"));
    copies.into_iter().chain([format!("{image_url} {WHOLE_WIDTH}w")]).collect::<Vec<_>>().join(", ")
}

/// A card: a link to the shop, and buttons that save it or change the search.
#[component]
pub(crate) fn ProductCard(card: Card) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let reporter = expect_context::<Reporter>();
    let Card { product, score } = card;
    let (price, availability, sizes) = (price(&product), availability(&product), size_line(&product));
    let place = reporter.place();
    let Product { id, title, brand, link, image_url, .. } = product.clone();
    let [name, disliked_name] = [title.clone(), title.clone()];
    // Most of them show the product worn.
    let second = product.further_pictures.first().cloned();
    let frame = if second.is_some() { "card__picture card__picture--more" } else { "card__picture" };
    let (saved, disliked) = (product.clone(), product.clone());
    let dislike = move |event| {
        focus_results(&event);
        journey.filter(|filters| filters.dislike(&disliked));
    };
    view! {
        <li class="card" part="card" data-testid="card" data-product-id=id data-score=score.to_string() node_ref=place>
            <a href=link target="_blank" rel="noopener">
                <span class=frame part="card-picture">
                    <img
                        srcset=srcset(&image_url)
                        sizes=CARD_SIZES
                        src=image_url
                        alt=""
                        role="presentation"
                        width="300"
                        height="400"
                        loading="lazy"
                        decoding="async"
                    />
                    // Hidden until a mouse points at the card, and not loaded before. Fingers swipe to it where no row is swiped.
                    {second.map(|second| view! {
                        <img
                            class="card__second"
                            data-testid="second-picture"
                            srcset=srcset(&second)
                            sizes=CARD_SIZES
                            src=second
                            alt=""
                            role="presentation"
                            width="300"
                            height="400"
                            loading="lazy"
                            decoding="async"
                        />
                    })}
                </span>
                // As high as the highest of its row, so that prices and buttons align.
                <div class="card__words">
                    {(!brand.is_empty()).then(|| view! { <span class="card__brand">{brand}</span> })}
                    <h4 class="card__title" part="card-title">{title}</h4>
                    {sizes}
                </div>
                <span class="card__price" part="card-price">{price}</span>
                {availability}
                <span class="visually-hidden">" (" {t!(i18n, results.new_tab)} ")"</span>
            </a>
            <SaveButton product=saved />
            <button
                type="button"
                class="corner card__mark--less"
                part="card-less"
                data-testid="less-like-this"
                aria-label=move || t_string!(i18n, product.less_like, title = disliked_name.clone())
                title=t!(i18n, product.less)
                on:click=dislike
            >
                {icons::cross()}
            </button>
            <button
                type="button"
                class="button button--quiet card__more"
                part="card-more"
                data-testid="more-like-this"
                aria-label=move || t_string!(i18n, product.more_like, title = name.clone())
                on:click=move |_| journey.more_like(product.clone())
            >
                {icons::similar()} {t!(i18n, product.more)}
            </button>
        </li>
    }
}

/// What it costs, and what it did before.
pub(super) fn price(product: &Product) -> impl IntoView + use<> {
    let i18n = use_i18n();
    let (price, regular) = (product.price.clone(), product.regular_price.clone());
    let discount = regular.as_ref().and_then(|regular| discount_percent(&price, regular));
    let is_lowest = product.highest_price.is_some();
    let lowest = move || {
        let price = format::price(i18n.get_locale(), &price);
        if is_lowest { t_string!(i18n, results.from) + " " + &price } else { price }
    };
    view! {
        {lowest}
        {regular.map(|regular| view! {
            <s class="card__regular">
                <span class="visually-hidden">{t!(i18n, results.was)} " "</span>
                {move || format::price(i18n.get_locale(), &regular)}
            </s>
        })}
        {discount.map(|percent| view! {
            <span class="card__discount" data-testid="discount">{t!(i18n, results.discount, percent = percent)}</span>
        })}
    }
}

/// The part of the regular price that is saved, in whole per cent; none below one.
fn discount_percent(price: &Price, regular: &Price) -> Option<u32> {
    let is_comparable = price.currency == regular.currency && price.amount_minor < regular.amount_minor;
    let saved = || (regular.amount_minor - price.amount_minor) as f64 / regular.amount_minor as f64;
    // Rounded down: a shop promises no more than it gives.
    is_comparable.then(|| (100.0 * saved()) as u32).filter(|percent| *percent > 0)
}

/// Whether it can be bought.
pub(super) fn availability(product: &Product) -> impl IntoView + use<> {
    let i18n = use_i18n();
    let availability = product.availability;
    let is_available = availability == Availability::InStock;
    view! {
        <span class="card__availability" class:card__availability--in-stock=is_available>
            {move || format::availability(i18n.get_locale(), availability)}
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discount_is_in_whole_per_cent_of_one_currency() {
        let price = |amount_minor, currency: &str| Price { amount_minor, currency: currency.to_owned() };
        assert_eq!(discount_percent(&price(1400, "EUR"), &price(1999, "EUR")), Some(29));
        assert_eq!(discount_percent(&price(1990, "EUR"), &price(1999, "EUR")), None);
        assert_eq!(discount_percent(&price(2000, "EUR"), &price(1999, "EUR")), None);
        assert_eq!(discount_percent(&price(1, "EUR"), &price(2, "USD")), None);
        assert_eq!(discount_percent(&price(0, "EUR"), &price(0, "EUR")), None);
    }

    #[test]
    fn a_card_chooses_among_the_copies_of_its_picture() {
        let expected = "/i/7?v=a&width=240 240w, /i/7?v=a&width=360 360w, /i/7?v=a&width=480 480w, /i/7?v=a 600w";
        assert_eq!(srcset("/i/7?v=a"), expected);
    }
}
