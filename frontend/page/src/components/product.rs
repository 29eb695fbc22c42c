//! A product in the photo's place, whose similar products are the results.

use leptos::html::H1;
use leptos::prelude::*;
use leptos::task::spawn_local;
use stl_types::wire::{Product, product_page};

use super::card::{availability, price};
use super::error::FailureNote;
use super::gallery::Gallery;
use super::icons;
use super::progress::Progress;
use super::sizes::size_list;
use crate::browser::{self, Shared};
use crate::i18n::{t, t_string, use_i18n};
use crate::journey::Journey;
use crate::{format, json_ld};

/// The product's pictures and texts, a link to the shop's page of it, and buttons to go back and to share.
#[component]
pub(crate) fn ProductView() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let id = move || journey.query.product.with(|product| product.as_ref().map(|product| product.id.clone()));
    let product = Memo::new(move |_| journey.query.product.with(|product| product.as_ref()?.product.clone()));
    view! {
        <section class="product" part="article" aria-labelledby="product-heading" data-testid="product" data-product-id=id>
            <Show when=move || journey.query.has_look()>
                <button
                    type="button"
                    class="button button--quiet product__back"
                    data-testid="back-to-results"
                    on:click=move |_| journey.back_to_look()
                >
                    {icons::back()} {t!(i18n, product.back)}
                </button>
            </Show>
            {move || match product.get() {
                Some(product) => view! { <Known product /> }.into_any(),
                None => view! {
                    <div class="frame frame--waiting"></div>
                    <div class="product__words">
                        <h1 id="product-heading">{t!(i18n, product.heading)}</h1>
                    </div>
                }.into_any(),
            }}
            <div class="product__progress">
                <Progress />
                <FailureNote />
            </div>
        </section>
    }
}

#[component]
fn Known(product: Product) -> impl IntoView {
    let i18n = use_i18n();
    let heading = NodeRef::<H1>::new();
    // The pressed button is gone: keyboards and screen readers go on from the heading.
    Effect::new(move || {
        if let Some(heading) = heading.get() {
            browser::focus_quietly(&heading);
        }
    });
    let origin = window().location().origin().unwrap_or_default();
    let described = browser::remembers().then(|| json_ld::single(&product, &origin));
    let (price, availability, sizes) = (price(&product), availability(&product), size_list(&product));
    let Product { id, title, brand, link, image_url, further_pictures, category, category_predicted, .. } = product;
    let pictures: Vec<String> = std::iter::once(image_url).chain(further_pictures).collect();
    let predicted = move || {
        let name = format::heading(i18n.get_locale(), category);
        t_string!(i18n, product.category_predicted, category = name)
    };
    view! {
        {described.map(|described| view! { <script type="application/ld+json" inner_html=described></script> })}
        <Gallery title=title.clone() pictures />
        <div class="product__words">
            {(!brand.is_empty()).then(|| view! { <p class="card__brand">{brand}</p> })}
            <h1 id="product-heading" node_ref=heading tabindex="-1">{title.clone()}</h1>
            <p class="product__price">{price}</p>
            <p>{availability}</p>
            {sizes}
            {category_predicted.then(|| view! {
                <p class="product__note" data-testid="category-predicted">{predicted}</p>
            })}
            <div class="product__ways">
                <a class="button" href=link target="_blank" rel="noopener" data-testid="product-link">
                    {t!(i18n, product.shop)} <span class="visually-hidden">" (" {t!(i18n, results.new_tab)} ")"</span>
                </a>
                {browser::remembers().then(|| view! { <ShareButton id title /> })}
            </div>
        </div>
    }
}

/// Shares the address of this view.
#[component]
fn ShareButton(id: String, title: String) -> impl IntoView {
    let i18n = use_i18n();
    let outcome = RwSignal::new(None::<Shared>);
    let share = move |_| {
        let (id, title) = (id.clone(), title.clone());
        spawn_local(async move {
            let shared = match browser::whole_address(&product_page(&id, &title)) {
                Some(address) => browser::share(&title, &address).await,
                None => Shared::Refused,
            };
            outcome.try_set(Some(shared));
        });
    };
    let message = move || match outcome.get() {
        Some(Shared::Copied) => t_string!(i18n, product.copied),
        Some(Shared::Refused) => t_string!(i18n, product.not_copied),
        Some(Shared::Handed) | None => String::new(),
    };
    view! {
        <button type="button" class="button button--outline" data-testid="share-product" on:click=share>
            {icons::link()} {t!(i18n, product.share)}
        </button>
        <p class="product__message" role="status">{message}</p>
    }
}
