//! One product: picture, title, brand, price, availability, a link to the shop's page of it, and a button for similar ones.

use leptos::prelude::*;
use stl_types::wire::{Availability, Card, Product};

use super::icons;
use crate::format;
use crate::i18n::{t, t_string, use_i18n};
use crate::journey::Journey;

/// A card: a link to the shop, and below it a button.
#[component]
pub(crate) fn ProductCard(card: Card) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let Card { product, score } = card;
    let (price, availability) = (price(&product), availability(&product));
    let Product { id, title, brand, link, image_url, .. } = product.clone();
    let name = title.clone();
    view! {
        <li class="card" part="card" data-testid="card" data-product-id=id data-score=score.to_string()>
            <a href=link target="_blank" rel="noopener">
                <span class="card__picture" part="card-picture">
                    <img src=image_url alt="" width="300" height="400" loading="lazy" decoding="async" />
                </span>
                // As high as the highest of its row, so that prices and buttons align.
                <div class="card__words">
                    {(!brand.is_empty()).then(|| view! { <span class="card__brand">{brand}</span> })}
                    <h4 class="card__title" part="card-title">{title}</h4>
                </div>
                <span class="card__price" part="card-price">{price}</span>
                {availability}
                <span class="visually-hidden">" (" {t!(i18n, results.new_tab)} ")"</span>
            </a>
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
    view! {
        {move || format::price(i18n.get_locale(), &price)}
        {regular.map(|regular| view! {
            <s class="card__regular">
                <span class="visually-hidden">{t!(i18n, results.was)} " "</span>
                {move || format::price(i18n.get_locale(), &regular)}
            </s>
        })}
    }
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
