//! Which of several people is meant: numbered buttons on the photo, and beside the review.

use leptos::prelude::*;
use stl_types::Rect;
use stl_types::worker::Subject;

use crate::i18n::{t, t_string, use_i18n};
use crate::journey::Journey;
use crate::state::{Crowd, Step};

/// The photo with a button on each person, while the page asks.
#[component]
pub(crate) fn CrowdPicture(crowd: Crowd) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let Crowd { size, people } = crowd;
    let count = people.len() as u32;
    let percent = |part: u32, of: u32| format!("{:.2}%", 100.0 * f64::from(part) / f64::from(of.max(1)));
    let url = move || journey.query.photo.with(|photo| photo.as_ref().map(|photo| photo.url.as_str().to_owned()));
    let buttons = people.into_iter().enumerate().map(|(person, Rect { left, top, width, height })| {
        let number = person as u32 + 1;
        view! {
            <button
                type="button"
                class="person"
                data-testid="person"
                style:left=percent(left, size.width)
                style:top=percent(top, size.height)
                style:width=percent(width, size.width)
                style:height=percent(height, size.height)
                aria-label=move || t_string!(i18n, people.person, number = number, count = count)
                on:click=move |_| journey.choose_subject(Subject::Person(person as u8))
            >
                <span aria-hidden="true">{number.to_string()}</span>
            </button>
        }
    });
    view! {
        <div class="frame frame--white frame--crowd" data-testid="crowd">
            <div
                class="cutout"
                role="group"
                aria-labelledby="people-heading"
                style=("--ratio", format!("{:.4}", f64::from(size.width) / f64::from(size.height.max(1))))
            >
                <img src=url alt="" />
                {buttons.collect_view()}
            </div>
        </div>
    }
}

/// The question, while the page asks.
#[component]
pub(crate) fn WhoIsMeant() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let count = move || journey.query.crowd.with(|crowd| crowd.as_ref().map_or(0, |crowd| crowd.people.len() as u32));
    let is_asked = Memo::new(move |_| journey.step.with(|step| *step == Step::Asking));
    view! {
        <Show when=move || is_asked.get()>
            <div class="face-note" data-testid="who">
                <h2 id="people-heading" class="note-heading">{t!(i18n, people.heading)}</h2>
                <p>{move || t_string!(i18n, people.hint, count = count())}</p>
            </div>
        </Show>
    }
}

/// In the review: who of several people is cut out, and the others to choose.
#[component]
pub(crate) fn PeopleBar() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let people = Memo::new(move |_| {
        journey.query.cutout.with(|cutout| cutout.as_ref().map_or(0, |cutout| cutout.people.len() as u32))
    });
    let chosen = Memo::new(move |_| journey.query.cutout.with(|cutout| cutout.as_ref().map(|cutout| cutout.subject)));
    let choice = move |person: u32| {
        let subject = Subject::Person(person as u8);
        view! {
            <li>
                <button
                    type="button"
                    class="chip"
                    data-testid="other-person"
                    aria-pressed=move || (chosen.get() == Some(subject)).to_string()
                    on:click=move |_| {
                        if chosen.get_untracked() != Some(subject) {
                            journey.choose_subject(subject);
                        }
                    }
                >
                    {move || t_string!(i18n, people.choice, number = person + 1)}
                </button>
            </li>
        }
    };
    view! {
        <Show when=move || { people.get() > 1 }>
            <div class="garments" role="group" aria-labelledby="people-bar-heading">
                <p id="people-bar-heading" class="garments__heading">{t!(i18n, people.bar)}</p>
                <ul class="chips">{move || (0..people.get()).map(choice).collect_view()}</ul>
            </div>
        </Show>
    }
}

/// The button that turns the photo.
#[component]
pub(crate) fn TurnButton() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    view! {
        <button
            type="button"
            class="button button--quiet turn"
            part="button"
            data-testid="turn"
            on:click=move |_| journey.turn(1)
        >
            {t!(i18n, look.turn)}
        </button>
    }
}

/// Offers the turned photo if a person is seen clearly more in it.
#[component]
pub(crate) fn TurnNote() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let turns = Memo::new(move |_| {
        let of_cutout = journey.query.cutout.with(|cutout| cutout.as_ref().and_then(|cutout| cutout.turns));
        of_cutout.or_else(|| journey.query.nobody.with(|nobody| nobody.and_then(|nobody| nobody.turns)))
    });
    view! {
        <Show when=move || turns.get().is_some()>
            <div class="face-note" data-testid="turn-note">
                <p>{t!(i18n, look.lies)}</p>
                <button
                    type="button"
                    class="chip"
                    data-testid="turn-upright"
                    on:click=move |_| journey.turn(turns.get_untracked().unwrap_or(1))
                >
                    {t!(i18n, look.lies_now)}
                </button>
            </div>
        </Show>
    }
}
