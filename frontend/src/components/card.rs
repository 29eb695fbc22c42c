//! One product: picture, title, brand, price, availability, and the way to the shop's page of it.

use leptos::prelude::*;
use stl_shared::wire::{Availability, Card};

use crate::format;
use crate::i18n::{t, use_i18n};

/// A card, the whole of it a link.
#[component]
pub(crate) fn ProductCard(card: Card) -> impl IntoView {
    let i18n = use_i18n();
    let Card { product, score } = card;
    let price = product.price;
    let is_available = product.availability == Availability::InStock;
    view! {
        <li class="card" part="card" data-testid="card" data-product-id=product.id data-score=score.to_string()>
            <a href=product.link target="_blank" rel="noopener">
                <span class="card__picture" part="card-picture">
                    <img src=product.image_url alt="" width="300" height="400" loading="lazy" decoding="async" />
                </span>
                {(!product.brand.is_empty()).then(|| view! { <span class="card__brand">{product.brand}</span> })}
                <h4 class="card__title" part="card-title">{product.title}</h4>
                <span class="card__price" part="card-price">
                    {move || format::price(i18n.get_locale(), &price)}
                    {product.regular_price.map(|regular| view! {
                        <s class="card__regular">
                            <span class="visually-hidden">{t!(i18n, results.was)} " "</span>
                            {move || format::price(i18n.get_locale(), &regular)}
                        </s>
                    })}
                </span>
                <span class="card__availability" class:card__availability--in-stock=is_available>
                    {move || format::availability(i18n.get_locale(), product.availability)}
                </span>
                <span class="visually-hidden">" (" {t!(i18n, results.new_tab)} ")"</span>
            </a>
        </li>
    }
}
