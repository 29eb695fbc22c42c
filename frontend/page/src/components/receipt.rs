//! What we send: the exact files or numbers, their sizes, what was removed from them, and the visitor's choices.

use leptos::prelude::*;
use stl_types::wire::paths;
use stl_types::worker::Subject;

use super::icons;
use super::mend::Mend;
use super::switch::Switch;
use crate::file_dialog::FileDialog;
use crate::format;
use crate::i18n::{t, t_string, use_i18n};
use crate::journey::Journey;
use crate::server;
use crate::state::{Cutout, Step};

/// The receipt: before the search beside the send button, afterwards folded.
#[component]
pub(crate) fn Receipt() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let choices = journey.choices;
    let was_sent = move || journey.step.with(|step| matches!(step, Step::Searching | Step::Done));
    let heading = move || if was_sent() { t_string!(i18n, receipt.sent) } else { t_string!(i18n, receipt.heading) };
    let picture = move || {
        let sent = journey.query.outgoing()?;
        let size = format::bytes(i18n.get_locale(), sent.png.size());
        Some(if journey.query.part.with(Option::is_some) {
            t_string!(i18n, receipt.part, width = sent.width, height = sent.height, size = size)
        } else {
            t_string!(i18n, receipt.picture, width = sent.width, height = sent.height, size = size)
        })
    };
    let is_garment = move || {
        journey.query.cutout.with(|cutout| cutout.as_ref().is_some_and(|cutout| cutout.subject == Subject::Garment))
    };
    let outline = move || {
        let size = format::bytes(i18n.get_locale(), journey.query.outgoing()?.regions.size());
        Some(match is_garment() {
            true => t_string!(i18n, receipt.outline_garment, size = size),
            false => t_string!(i18n, receipt.outline, size = size),
        })
    };
    let removed = move || {
        let has_others =
            journey.query.cutout.with(|cutout| cutout.as_ref().is_some_and(|cutout| cutout.people.len() > 1));
        match (journey.query.outgoing().is_some_and(|sent| sent.hides_person) && !is_garment(), has_others) {
            (true, true) => t_string!(i18n, receipt.removed_person_others),
            (true, false) => t_string!(i18n, receipt.removed_person),
            (false, true) => t_string!(i18n, receipt.removed_others),
            (false, false) => t_string!(i18n, receipt.removed),
        }
    };
    let sends_numbers = choices.sends_numbers;
    let bytes = move || match journey.is_by_numbers() {
        true => journey.query.outgoing_numbers().map(|numbers| numbers.body.len().to_string()),
        false => journey.query.outgoing().map(|sent| format!("{}", sent.png.size() + sent.regions.size())),
    };
    let numbers = move || match journey.query.outgoing_numbers() {
        Some(numbers) => {
            let size = format::bytes(i18n.get_locale(), numbers.body.len() as f64);
            t_string!(i18n, receipt.count, count = numbers.count, size = size)
        }
        // After a reload they are gone.
        None if was_sent() => t_string!(i18n, receipt.numbers_sent),
        None => t_string!(i18n, receipt.counting),
    };
    // What is shown here is what would be sent: it is computed as soon as there is something to review.
    Effect::new(move || {
        let is_review = journey.step.with(|step| *step == Step::Reviewing);
        if is_review && sends_numbers.get() && journey.query.outgoing().is_some() {
            journey.prepare_numbers();
        }
    });
    let lines = move || match journey.is_by_numbers() {
        true => view! {
            <li data-testid="numbers">{numbers}</li>
            <li>{t!(i18n, receipt.no_picture)}</li>
            <li>{t!(i18n, receipt.can_tell)}</li>
        }
        .into_any(),
        false => view! {
            <li>{picture}</li>
            <li>{outline}</li>
            <li data-testid="removed">{removed}</li>
        }
        .into_any(),
    };
    let notice = move || server::address(&format!("{}#{}", paths::NOTICE, i18n.get_locale().as_str()));
    view! {
        <section class="receipt" aria-labelledby="receipt-heading" data-testid="receipt" data-bytes=bytes>
            <h2 id="receipt-heading">{icons::lock()} {heading}</h2>
            <ul>{lines}</ul>
            <Show when=move || !choices.is_bound_to_numbers.get()>
                <Switch name="send-numbers" is_on=sends_numbers change=move |is_on| journey.send_numbers(is_on)>
                    {t!(i18n, receipt.numbers)}
                </Switch>
            </Show>
            // A saved look has no photo to make another cutout of.
            <Show when=move || journey.query.photo.with(Option::is_some) && !is_garment() && journey.can_hide_person()>
                <Switch
                    name="hide-person"
                    is_on=choices.hides_person
                    change=move |hides| journey.hide_person(hides)
                >
                    {t!(i18n, receipt.hide)}
                </Switch>
            </Show>
            <Switch name="send-at-once" is_on=choices.sends_at_once change=move |is_on| choices.send_at_once(is_on)>
                {t!(i18n, receipt.at_once)}
            </Switch>
            <Mend />
            <p class="receipt__notice">
                <a href=notice target="_blank" rel="noopener" data-testid="privacy-notice">
                    {t!(i18n, receipt.notice)} <span class="visually-hidden">" (" {t!(i18n, results.new_tab)} ")"</span>
                </a>
            </p>
        </section>
    }
}

/// From this share of the person's pixels on, a face is a large part of the picture: of a standing person it is 2 %, of the upper half
/// of one 6 %, of a portrait 15 % and more.
const LARGE_FACE: f64 = 0.12;

/// Offers to remove a face that is a large part of the picture.
#[component]
pub(crate) fn FaceNote() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let is_large = Memo::new(move |_| {
        let is_shown = |cutout: &Cutout| cutout.face_share >= LARGE_FACE && !cutout.hides_person;
        journey.query.cutout.with(|cutout| cutout.as_ref().is_some_and(is_shown))
    });
    view! {
        <Show when=move || is_large.get()>
            <div class="face-note" data-testid="face-note">
                <p>{t!(i18n, receipt.face)}</p>
                <button type="button" class="chip" data-testid="hide-face" on:click=move |_| journey.hide_person(true)>
                    {t!(i18n, receipt.hide_now)}
                </button>
            </div>
        </Show>
    }
}

/// Before the search, always in the same place: the send button and below it the one for another photo, or progress.
#[component]
pub(crate) fn Next() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let is_review = Memo::new(move |_| journey.step.with(|step| matches!(step, Step::Reviewing | Step::Composing)));
    let next = move || {
        if !is_review.get() {
            return view! { <Another class="button button--outline" /> }.into_any();
        }
        view! {
            <button
                type="button"
                class="button button--wide"
                part="button"
                data-testid="send"
                aria-disabled=move || journey.step.with(|step| *step == Step::Composing).then_some("true")
                on:click=move |_| journey.send()
            >
                {t!(i18n, receipt.send)}
            </button>
            <Another class="button button--quiet" />
        }
        .into_any()
    };
    view! { <div class="next">{next}</div> }
}

/// The button for another photo.
#[component]
pub(crate) fn Another(class: &'static str) -> impl IntoView {
    let (dialog, i18n) = (expect_context::<FileDialog>(), use_i18n());
    view! {
        <button type="button" class=class part="button" data-testid="try-another" on:click=move |_| dialog.open()>
            {t!(i18n, look.another)}
        </button>
    }
}
