//! Saved looks, on this device only: a picture of each, to search with again or to delete.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::focus::{focus_in, focus_list};
use super::icons;
use super::switch::Switch;
use crate::history::{self, SavedLook};
use crate::i18n::{t, t_string, use_i18n};
use crate::journey::Journey;
use crate::{browser, format};

/// The saved looks, and the switch that saves them; nothing in a widget.
#[component]
pub(crate) fn History() -> impl IntoView {
    browser::remembers().then(|| view! { <Looks /> })
}

#[component]
fn Looks() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let looks = RwSignal::new_local(Vec::<SavedLook>::new());
    let keeps = journey.choices.keeps_looks;
    spawn_local(async move {
        let kept = history::looks().await;
        looks.try_set(kept);
    });
    let clear = move || {
        looks.set(Vec::new());
        journey.forget_looks();
    };
    let switch = move |keeps: bool| {
        journey.keep_looks(keeps);
        if !keeps {
            looks.set(Vec::new());
        }
    };
    let has_looks = Memo::new(move |_| looks.with(|looks| !looks.is_empty()));
    view! {
        <section class="history" aria-label=move || t_string!(i18n, history.heading) data-testid="history">
            <Show when=move || has_looks.get()>
                <h2 tabindex="-1">{icons::lock()} {t!(i18n, history.heading)}</h2>
                <ul>{move || looks.get().into_iter().map(|look| view! { <Look look looks /> }).collect_view()}</ul>
            </Show>
            <div class="history__foot">
                <Switch name="history-keep" is_on=keeps change=switch>
                    {t!(i18n, history.keep)}
                </Switch>
                <Show when=move || has_looks.get()>
                    <button
                        type="button"
                        class="button button--quiet"
                        data-testid="history-clear"
                        on:click=move |event| {
                            focus_in(&event, "section", "input");
                            clear();
                        }
                    >
                        {t!(i18n, history.clear)}
                    </button>
                </Show>
            </div>
        </section>
    }
}

#[component]
fn Look(look: SavedLook, looks: RwSignal<Vec<SavedLook>, LocalStorage>) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let (key, date_ms, url) = (look.key.clone(), look.date_ms, look.cutout.url.as_str().to_owned());
    let date = move || format::moment(i18n.get_locale(), date_ms);
    let forget = move |event: MouseEvent| {
        focus_list(&event, looks.with_untracked(Vec::len));
        looks.update(|looks| looks.retain(|look| look.key != key));
        let key = key.clone();
        spawn_local(async move { history::forget(&key).await });
    };
    view! {
        <li>
            <button
                type="button"
                class="sample"
                data-testid="history-look"
                aria-label=move || t_string!(i18n, history.again, date = date())
                on:click=move |_| journey.choose_saved(look.clone())
            >
                <img src=url alt="" width="300" height="400" loading="lazy" decoding="async" />
                <span>{date}</span>
            </button>
            <button
                type="button"
                class="corner"
                data-testid="history-remove"
                aria-label=move || t_string!(i18n, history.remove, date = date())
                on:click=forget
            >
                {icons::cross()}
            </button>
        </li>
    }
}
