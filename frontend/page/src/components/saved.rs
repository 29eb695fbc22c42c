//! Saved products, on this device only: to look at in the shop, to search with, or to remove.

use leptos::prelude::*;
use stl_types::wire::Product;

use super::focus::focus_list;
use super::icons;
use crate::browser;
use crate::i18n::{t, t_string, use_i18n};
use crate::journey::Journey;
use crate::saved_products::SavedProducts;

/// The saved products; nothing in a widget, or if there are none.
#[component]
pub(crate) fn Saved() -> impl IntoView {
    let (saved, i18n) = (expect_context::<SavedProducts>(), use_i18n());
    let has_some = Memo::new(move |_| !saved.is_empty());
    view! {
        <Show when=move || has_some.get()>
            <section class="history" aria-label=move || t_string!(i18n, saved.heading) data-testid="saved">
                <h2 tabindex="-1">{icons::heart()} {t!(i18n, saved.heading)}</h2>
                <ul>{move || saved.all().into_iter().map(|product| view! { <Item product /> }).collect_view()}</ul>
            </section>
        </Show>
    }
}

/// Without its price, which may have changed since.
#[component]
fn Item(product: Product) -> impl IntoView {
    let (journey, saved, i18n) = (expect_context::<Journey>(), expect_context::<SavedProducts>(), use_i18n());
    let Product { id, title, link, image_url, .. } = product.clone();
    let (again, removed) = (product.clone(), product);
    let [of_again, of_removed] = [title.clone(), title.clone()];
    view! {
        <li data-testid="saved-product" data-product-id=id>
            <a class="sample" href=link target="_blank" rel="noopener">
                <img src=format!("{image_url}&width=240") alt="" width="300" height="400" loading="lazy" decoding="async" />
                <span>{title}</span>
                <span class="visually-hidden">" (" {t!(i18n, results.new_tab)} ")"</span>
            </a>
            <button
                type="button"
                class="button button--quiet saved__more"
                data-testid="saved-more"
                aria-label=move || t_string!(i18n, product.more_like, title = of_again.clone())
                on:click=move |_| journey.more_like_saved(&again)
            >
                {icons::similar()} {t!(i18n, product.more)}
            </button>
            <button
                type="button"
                class="corner"
                data-testid="saved-remove"
                aria-label=move || t_string!(i18n, saved.remove, title = of_removed.clone())
                on:click=move |event| {
                    focus_list(&event, saved.count());
                    saved.toggle(&removed);
                }
            >
                {icons::cross()}
            </button>
        </li>
    }
}

/// The button on a card that saves its product; none in a widget.
#[component]
pub(super) fn SaveButton(product: Product) -> impl IntoView {
    let (saved, i18n) = (expect_context::<SavedProducts>(), use_i18n());
    browser::remembers().then(|| {
        let (id, title) = (product.id.clone(), product.title.clone());
        let is_saved = move || saved.has(&id);
        view! {
            <button
                type="button"
                class="corner card__mark"
                data-testid="save"
                aria-pressed=move || is_saved().to_string()
                aria-label=move || t_string!(i18n, saved.save, title = title.clone())
                on:click=move |_| saved.toggle(&product)
            >
                {icons::heart()}
            </button>
        }
    })
}
