//! Sample looks to choose from. Without a list of them the part is absent.

use leptos::prelude::*;
use leptos::task::spawn_local;
use stl_types::Category;
use stl_types::wire::SampleLook;

use crate::i18n::{Locale, t, use_i18n};
use crate::journey::Journey;
use crate::sight::seen;
use crate::{api, format};

/// More would push the page's texts out of sight.
const MOST_SHOWN: usize = 6;

/// The sample looks.
#[component]
pub(crate) fn Samples(
    /// Becomes true if there are none.
    are_missing: RwSignal<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    let samples = RwSignal::new(Vec::<SampleLook>::new());
    spawn_local(async move {
        let list = api::samples().await.unwrap_or_default();
        are_missing.try_set(list.is_empty());
        samples.try_set(list);
    });
    let list = NodeRef::new();
    let are_seen = seen(list);
    view! {
        <Show when=move || samples.with(|samples| !samples.is_empty())>
            <section class="samples" aria-labelledby="samples-heading">
                <h2 id="samples-heading">{t!(i18n, hero.samples)}</h2>
                <ul node_ref=list>
                    {move || samples.get().into_iter().take(MOST_SHOWN).map(|sample| view! { <Sample sample are_seen /> }).collect_view()}
                </ul>
            </section>
        </Show>
    }
}

#[component]
fn Sample(
    sample: SampleLook,
    /// Whether the list is seen: then the picture is fetched.
    are_seen: Signal<bool>,
) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let SampleLook { image, thumbnail, caption, products } = sample;
    let shown = if thumbnail.is_empty() { image.clone() } else { thumbnail };
    let worn: Vec<Category> = products.keys().filter_map(|name| name.parse().ok()).collect();
    // The captions are English; other languages name the categories that are worn.
    let words = move || match i18n.get_locale() {
        Locale::De | Locale::Fr if !worn.is_empty() => {
            let names: Vec<String> =
                worn.iter().map(|category| format::heading(i18n.get_locale(), *category)).collect();
            names.join(" · ")
        }
        Locale::En | Locale::De | Locale::Fr => caption.clone(),
    };
    view! {
        <li>
            <button
                type="button"
                class="sample"
                data-testid="sample"
                on:click=move |_| journey.choose_sample(image.clone())
            >
                <img src=move || are_seen.get().then(|| shown.clone()) alt="" width="300" height="400" decoding="async" />
                <span>{words}</span>
            </button>
        </li>
    }
}
