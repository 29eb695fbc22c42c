//! What the cards have to be: price, size, brand, colour, gender, age group, material, pattern, in stock. In: clicks and typed amounts. Out: the journey's filters.
//!
//! Each property opens below its name on a wide screen, and from the bottom edge on a phone.

mod gender;
mod words;

use leptos::ev::{Event, KeyboardEvent};
use leptos::html::Details;
use leptos::prelude::*;
use leptos::task::spawn_local;
use stl_types::Price;
use stl_types::wire::{FacetCounts, FacetValue, FacetValues, PriceSpan};

use super::icons;
use super::switch::Switch;
use crate::capture::{input_of, is_checked};
use crate::filters::{Bound, Choice, Filters, NoAmount, Property, amount_minor, amount_text};
use crate::i18n::{Locale, t, t_string, use_i18n};
use crate::journey::Journey;
use crate::state::Answer;
use crate::swatches::css_colour;
use crate::{api, format};
use gender::GenderChoice;
use words::{choice_words, property_words, value_words};

/// The filter that is open, by its name. While one is, it covers the cards, which cannot be used.
#[derive(Clone, Copy, Default)]
pub(super) struct OpenFilter(RwSignal<Option<&'static str>>);

impl OpenFilter {
    /// Whether a filter covers the cards.
    pub(super) fn is_some(self) -> bool {
        self.0.with(Option::is_some)
    }

    fn changed(self, name: &'static str, is_open: bool) {
        match is_open {
            true => self.0.set(Some(name)),
            // Another one may have opened before.
            false if self.0.get_untracked() == Some(name) => self.0.set(None),
            false => {}
        }
    }
}

/// Lists of more values can be searched.
const SEARCHED_FROM: usize = 10;

/// The filters in a row, and below them what was chosen.
#[component]
pub(crate) fn FilterPanel() -> impl IntoView {
    let i18n = use_i18n();
    let facets = RwSignal::new(None::<FacetCounts>);
    spawn_local(async move {
        // Without facets nothing can be chosen, but chosen filters can still be removed.
        if let Ok(counts) = api::facets().await {
            facets.try_set(Some(counts));
        }
    });
    let properties = move || facets.get().map(|counts| view! { <Properties counts /> });
    view! {
        <section class="filters" part="filters" aria-label=move || t_string!(i18n, filters.heading) data-testid="filters">
            <div class="filters__row">{properties}</div>
            <Chosen />
        </section>
    }
}

#[component]
fn Properties(counts: FacetCounts) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let FacetCounts { articles, in_stock, sizes, brands, colors, genders, age_groups, materials, patterns, prices } =
        counts;
    let all = [
        (Property::Size, sizes),
        (Property::Brand, brands),
        (Property::Color, colors),
        (Property::Material, materials),
        (Property::Pattern, patterns),
        (Property::AgeGroup, age_groups),
    ];
    let lists = all
        .into_iter()
        // One value or none is no choice.
        .filter(|(_, values)| values.values.len() > 1)
        .map(|(property, values)| view! { <ValueFilter property values /> })
        .collect_view();
    view! {
        <GenderChoice genders />
        {(!prices.is_empty()).then(|| view! { <PriceFilter spans=prices /> })}
        {lists}
        {(in_stock < articles).then(|| view! {
            <Switch
                name="filter-in-stock"
                class="switch filter-switch"
                is_on=Signal::derive(move || journey.results.filters.with(Filters::in_stock))
                change=move |is_on| journey.filter(|filters| filters.set_in_stock(is_on))
            >
                {t!(i18n, filters.in_stock)}
            </Switch>
        })}
    }
}

/// A property's name, and what opens below it.
#[component]
fn Opening(
    /// Ends its `data-testid`.
    name: &'static str,
    /// Its name in words, with the number of chosen values.
    #[prop(into)]
    label: Signal<String>,
    /// Whether something of it was chosen.
    #[prop(into)]
    is_used: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let (open_filter, i18n) = (expect_context::<OpenFilter>(), use_i18n());
    let details = NodeRef::<Details>::new();
    let close = move || {
        if let Some(details) = details.get_untracked() {
            details.set_open(false);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            close();
        }
    };
    let on_toggle = move |_| {
        let is_open = details.get_untracked().is_some_and(|details| details.open());
        open_filter.changed(name, is_open);
    };
    view! {
        <details
            node_ref=details
            class="filter"
            class:filter--used=is_used
            data-testid=format!("filter-{name}")
            on:keydown=on_key
            on:toggle=on_toggle
        >
            <summary class="filter__name">{label}</summary>
            <div class="filter__panel">
                {children()}
                <button
                    type="button"
                    class="button button--wide filter__done"
                    data-testid="filter-done"
                    on:click=move |_| close()
                >
                    {t!(i18n, filters.done)}
                </button>
            </div>
        </details>
    }
}

#[component]
fn PriceFilter(spans: Vec<PriceSpan>) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let first = spans.first().map_or_else(String::new, |span| span.currency.clone());
    // The chosen one, else the currency of most products.
    let currency = RwSignal::new(journey.results.filters.with_untracked(|filters| match filters.currency() {
        "" => first.clone(),
        chosen => chosen.to_owned(),
    }));
    let spans = StoredValue::new(spans);
    let span = move || {
        let span = spans.with_value(|spans| spans.iter().find(|span| span.currency == currency.get()).cloned())?;
        let [lowest, highest] = [span.lowest_minor, span.highest_minor].map(|amount_minor| {
            format::price(i18n.get_locale(), &Price { amount_minor, currency: span.currency.clone() })
        });
        Some(t_string!(i18n, filters.price_span, lowest = lowest, highest = highest))
    };
    let currencies = spans.with_value(|spans| {
        (spans.len() > 1).then(|| {
            let options = spans.iter().map(|span| {
                let code = span.currency.clone();
                let (value, chosen) = (code.clone(), code.clone());
                let is_chosen = move || currency.with(|currency| *currency == chosen);
                view! { <option value=value prop:selected=is_chosen>{code}</option> }
            });
            view! {
                <label class="filter__field">
                    <span>{t!(i18n, filters.currency)}</span>
                    <select
                        data-testid="filter-currency"
                        on:change=move |event| currency.set(event_target_value(&event))
                    >
                        {options.collect_view()}
                    </select>
                </label>
            }
        })
    });
    let is_used = move || journey.results.filters.with(|filters| !filters.currency().is_empty());
    view! {
        <Opening name="price" label=Signal::derive(move || t_string!(i18n, filters.price)) is_used=Signal::derive(is_used)>
            {currencies}
            <div class="filter__range">
                <Amount bound=Bound::Min currency />
                <Amount bound=Bound::Max currency />
            </div>
            <p class="filter__hint" id="filter-price-span">{span}</p>
        </Opening>
    }
}

/// A field for an end of the price's range, in the currency's units and the language's writing.
#[component]
fn Amount(bound: Bound, currency: RwSignal<String>) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let read = move |text: &str, locale: Locale| {
        amount_minor(text, Price::decimals(&currency.get()), format::decimal_mark(locale))
    };
    let text = RwSignal::new(String::new());
    // Typed text stays as typed; it changes only with the language or when the filter changes elsewhere.
    Effect::new(move || {
        let (locale, wanted) = (i18n.get_locale(), journey.results.filters.with(|filters| filters.price(bound)));
        let typed = text.with_untracked(|text| read(text, locale));
        if typed != Ok(wanted) && typed != Err(NoAmount) || wanted.is_some() && typed == Err(NoAmount) {
            let decimals = Price::decimals(&currency.get_untracked());
            let words = |amount| amount_text(amount, decimals, format::decimal_mark(locale));
            text.set(wanted.map_or_else(String::new, words));
        }
    });
    let is_wrong = Memo::new(move |_| text.with(|text| read(text, i18n.get_locale()).is_err()));
    let on_input = move |event: Event| {
        let Some(input) = input_of(&event) else { return };
        text.set(input.value());
        if let Ok(amount) = read(&input.value(), i18n.get_locale()) {
            journey.filter(|filters| filters.set_price(bound, amount, &currency.get_untracked()));
        }
    };
    let (label, test_id) = match bound {
        Bound::Min => {
            (Signal::derive(move || t_string!(i18n, filters.price_min, currency = currency.get())), "filter-price-min")
        }
        Bound::Max => {
            (Signal::derive(move || t_string!(i18n, filters.price_max, currency = currency.get())), "filter-price-max")
        }
    };
    view! {
        <label class="filter__field">
            <span>{label}</span>
            <input
                type="text"
                inputmode="decimal"
                autocomplete="off"
                data-testid=test_id
                aria-describedby="filter-price-span"
                aria-invalid=move || is_wrong.get().then_some("true")
                prop:value=text
                on:input=on_input
            />
            <Show when=move || is_wrong.get()>
                <span class="filter__wrong" role="alert">{t!(i18n, filters.wrong)}</span>
            </Show>
        </label>
    }
}

/// A list of values with a box to check each.
#[component]
fn ValueFilter(property: Property, values: FacetValues) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let FacetValues { values, others } = values;
    let is_searched = values.len() >= SEARCHED_FROM;
    let wanted = RwSignal::new(String::new());
    let rows = values
        .into_iter()
        .map(|FacetValue { value, count }| {
            let folded = value.to_lowercase();
            let is_hidden = move || !wanted.with(|wanted| folded.contains(&wanted.trim().to_lowercase()));
            let (of_box, changed) = (value.clone(), value.clone());
            let is_chosen = move || journey.results.filters.with(|filters| filters.has(property, &of_box));
            let on_change = move |event: Event| {
                journey.filter(|filters| filters.set(property, &changed, is_checked(&event)));
            };
            let named = value.clone();
            let words = move || value_words(i18n.get_locale(), property, &named);
            let swatch = (property == Property::Color).then(|| view! { <Swatch word=value.clone() /> });
            view! {
                <li hidden=is_hidden>
                    <label class="filter__value">
                        <input
                            type="checkbox"
                            data-testid="filter-value"
                            data-value=value
                            prop:checked=is_chosen
                            on:change=on_change
                        />
                        <span>{swatch} {words}</span>
                        <span class="filter__count">{move || format::number(i18n.get_locale(), count)}</span>
                    </label>
                </li>
            }
        })
        .collect_view();
    let chosen = Memo::new(move |_| journey.results.filters.with(|filters| filters.count(property)));
    let label = move || {
        let name = property_words(i18n, property);
        match chosen.get() {
            0 => name,
            chosen => format!("{name} · {}", format::number(i18n.get_locale(), chosen)),
        }
    };
    view! {
        <Opening name=property.as_str() label=Signal::derive(label) is_used=Signal::derive(move || chosen.get() > 0)>
            {is_searched.then(|| view! {
                <input
                    type="search"
                    class="filter__search"
                    data-testid="filter-search"
                    aria-label=move || t_string!(i18n, filters.search)
                    placeholder=move || t_string!(i18n, filters.search)
                    on:input=move |event| wanted.set(event_target_value(&event))
                />
            })}
            <ul class="filter__values">{rows}</ul>
            {(others > 0).then(|| view! { <p class="filter__hint">{t!(i18n, filters.others, count = others as u32)}</p> })}
        </Opening>
    }
}

/// A dot in the colour of a word; none for an unknown word. The word stands beside it.
#[component]
pub(super) fn Swatch(word: String) -> impl IntoView {
    let dot = |colour| view! { <span class="swatch" style:background-color=colour aria-hidden="true"></span> };
    css_colour(&word).map(dot)
}

/// The chosen filters, with buttons that remove one or all.
#[component]
fn Chosen() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    // The choice of women and men shows itself.
    let is_listed = |choice: &Choice| !matches!(choice, Choice::Value(Property::Gender, _));
    let choices = Memo::new(move |_| {
        let all = journey.results.filters.with(Filters::choices);
        all.into_iter().filter(is_listed).collect::<Vec<_>>()
    });
    // The note that nothing was found has the button then.
    let finds_nothing =
        Memo::new(move |_| journey.results.answer.with(|answer| answer.as_ref().is_some_and(Answer::is_empty)));
    let chips = move || {
        let locale = i18n.get_locale();
        let currency = journey.results.filters.with_untracked(|filters| filters.currency().to_owned());
        let chip = |choice: Choice| {
            let words = choice_words(locale, &choice, &currency);
            let label = t_string!(i18n, filters.remove, filter = words.clone());
            view! {
                <li>
                    <button
                        type="button"
                        class="chip chip--removable"
                        data-testid="filter-chip"
                        aria-label=label
                        on:click=move |_| journey.filter(|filters| filters.remove(&choice))
                    >
                        {words} {icons::cross()}
                    </button>
                </li>
            }
        };
        choices.get().into_iter().map(chip).collect_view()
    };
    view! {
        <Show when=move || choices.with(|choices| !choices.is_empty())>
            <div class="filters__chosen">
                <ul class="chips">{chips}</ul>
                <Show when=move || !finds_nothing.get()>
                    <ClearFilters />
                </Show>
            </div>
        </Show>
    }
}

/// Removes all filters.
#[component]
pub(super) fn ClearFilters() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    view! {
        <button
            type="button"
            class="button button--quiet"
            data-testid="filters-clear"
            on:click=move |_| journey.filter(|filters| *filters = Filters::default())
        >
            {t!(i18n, filters.clear)}
        </button>
    }
}
