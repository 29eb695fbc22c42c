//! The pictures of a product: its title picture, and further ones by swipe, by keys and by arrows. In: their addresses. Out: a list
//! that scrolls sideways, one picture at a time.

use leptos::ev::KeyboardEvent;
use leptos::html::Ul;
use leptos::prelude::*;

use super::icons;
use crate::i18n::{t_string, use_i18n};

/// The pictures in frames of one size, so that nothing moves when they come. A further picture is fetched when the one before it is
/// shown to somebody who has begun to look at them.
#[component]
pub(super) fn Gallery(
    /// Of what they are.
    title: String,
    /// Addresses, the title picture first.
    pictures: Vec<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let count = pictures.len();
    let shown = RwSignal::new(0_usize);
    // How many pictures are fetched.
    let fetched = RwSignal::new(1_usize);
    let fetch_next = move || {
        let next = (shown.get_untracked() + 2).min(count);
        if fetched.get_untracked() < next {
            fetched.set(next);
        }
    };
    let list = NodeRef::<Ul>::new();
    let on_scroll = move |_| {
        if let Some(list) = list.get_untracked()
            && list.client_width() > 0
        {
            let place = f64::from(list.scroll_left()) / f64::from(list.client_width());
            shown.set((place.round() as usize).min(count.saturating_sub(1)));
            fetch_next();
        }
    };
    let go = move |to: usize| {
        if let Some(list) = list.get_untracked() {
            fetch_next();
            list.scroll_to_with_x_and_y((to.min(count - 1) * list.client_width() as usize) as f64, 0.0);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        // With Alt or Meta they are the browser's: back and forward.
        if event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let to = match &*event.key() {
            "ArrowRight" => shown.get_untracked() + 1,
            "ArrowLeft" => shown.get_untracked().saturating_sub(1),
            _ => return,
        };
        event.prevent_default();
        go(to);
    };
    let of_list = title.clone();
    let pictures = pictures.into_iter().enumerate().map(|(at, address)| {
        let title = title.clone();
        let words = move || match at {
            0 => title.clone(),
            _ => t_string!(i18n, product.picture, title = title.clone(), number = at + 1, count = count),
        };
        view! {
            <li class="frame frame--white">
                <img
                    data-testid="product-picture"
                    src=move || (at < fetched.get()).then(|| address.clone())
                    alt=words
                    width="300"
                    height="400"
                    decoding="async"
                />
            </li>
        }
    });
    let pictures = pictures.collect_view();
    if count < 2 {
        return view! { <ul class="gallery">{pictures}</ul> }.into_any();
    }
    view! {
        <div>
            <ul
                class="gallery"
                tabindex="0"
                aria-label=move || t_string!(i18n, product.pictures, title = of_list.clone())
                data-testid="gallery"
                node_ref=list
                on:scroll=on_scroll
                on:keydown=on_key
                on:focus=move |_| fetch_next()
                on:pointerenter=move |_| fetch_next()
            >
                {pictures}
            </ul>
            <div class="gallery__ways">
                <button
                    type="button"
                    class="arrow"
                    data-testid="picture-back"
                    aria-label=move || t_string!(i18n, product.picture_back)
                    aria-disabled=move || (shown.get() == 0).to_string()
                    on:click=move |_| go(shown.get_untracked().saturating_sub(1))
                >
                    {icons::back()}
                </button>
                <p data-testid="picture-number">
                    {move || t_string!(i18n, product.picture_number, number = shown.get() + 1, count = count)}
                </p>
                <button
                    type="button"
                    class="arrow arrow--on"
                    data-testid="picture-on"
                    aria-label=move || t_string!(i18n, product.picture_on)
                    aria-disabled=move || (shown.get() + 1 == count).to_string()
                    on:click=move |_| go(shown.get_untracked() + 1)
                >
                    {icons::back()}
                </button>
            </div>
        </div>
    }
    .into_any()
}
