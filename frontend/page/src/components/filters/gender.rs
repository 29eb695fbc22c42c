//! For whom the cards are: women, men or all. In: presses. Out: the journey's filters; the choice is remembered on this device.

use leptos::prelude::*;
use stl_types::wire::FacetValues;

use crate::filters::Property;
use crate::i18n::{t_string, use_i18n};
use crate::journey::Journey;

/// Three buttons, of which one is chosen; nothing where the shop does not distinguish.
#[component]
pub(super) fn GenderChoice(genders: FacetValues) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let has = |gender: &str| genders.values.iter().any(|value| value.value == gender);
    let is_offered = has("female") && has("male");
    let choice = move |gender: Option<&'static str>| {
        let is_chosen = move || {
            journey.results.filters.with(|filters| match gender {
                Some(gender) => filters.has(Property::Gender, gender),
                None => filters.count(Property::Gender) == 0,
            })
        };
        let words = move || match gender {
            Some("female") => t_string!(i18n, filters.female),
            Some(_) => t_string!(i18n, filters.male),
            None => t_string!(i18n, filters.all),
        };
        view! {
            <button
                type="button"
                class="genders__choice"
                data-testid="gender"
                data-gender=gender.unwrap_or("all")
                aria-pressed=move || is_chosen().to_string()
                on:click=move |_| journey.filter(|filters| filters.set_gender(gender))
            >
                {words}
            </button>
        }
    };
    is_offered.then(|| {
        view! {
            <div class="genders" role="group" aria-label=move || t_string!(i18n, filters.gender)>
                {[Some("female"), Some("male"), None].map(choice).collect_view()}
            </div>
        }
    })
}
