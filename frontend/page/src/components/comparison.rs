//! Photo and cutout side by side, so that the visitor sees what stays and what is sent; beside results a compact strip of them.

use leptos::html::H1;
use leptos::prelude::*;
use stl_types::worker::Subject;
use web_sys::HtmlHeadingElement;

use super::error::FailureNote;
use super::garments::{GarmentBar, GarmentMarks};
use super::icons;
use super::people::{CrowdPicture, PeopleBar, TurnButton, TurnNote, WhoIsMeant};
use super::progress::Progress;
use super::receipt::{Another, FaceNote, Next, Receipt};
use crate::format;
use crate::i18n::{t, t_string, use_i18n};
use crate::journey::Journey;
use crate::state::{Answer, Cutout, Focus, Step};

/// The two pictures, what is searched for, what is sent, how long it took, and a button for another photo. With results it is
/// compact, and what was sent is folded.
#[component]
pub(crate) fn Comparison() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let has_cutout = Memo::new(move |_| journey.query.cutout.with(Option::is_some));
    let is_compact = Memo::new(move |_| journey.is_answered());
    let is_reviewed = move || has_cutout.get() && !is_compact.get();
    // The pressed button is gone: keyboards and screen readers go on from the heading.
    let heading = NodeRef::<H1>::new();
    let failed = Memo::new(move |_| journey.step.with(|step| matches!(step, Step::Failed(_))));
    // In the next frame: it needs the layout of all that has just been made.
    let focus = |heading: HtmlHeadingElement| request_animation_frame(move || drop(heading.focus()));
    Effect::new(move || {
        if let Some(heading) = heading.get()
            && !failed.get()
        {
            focus(heading);
        }
    });
    // From the results back to the review; a marked part takes the focus itself.
    Effect::new(move |was_compact: Option<bool>| {
        let is_part = journey.query.focus.with_untracked(|focus| matches!(focus, Focus::Part(_)));
        if was_compact == Some(true)
            && !is_compact.get()
            && !is_part
            && let Some(heading) = heading.get_untracked()
        {
            focus(heading);
        }
        is_compact.get()
    });
    let has_nothing_to_send = Memo::new(move |_| !has_cutout.get() || journey.step.with(|step| *step == Step::Asking));
    let photo_url = move || journey.query.photo.with(|photo| photo.as_ref().map(|photo| photo.url.as_str().to_owned()));
    let was_sent = move || journey.step.with(|step| matches!(step, Step::Searching | Step::Done));
    view! {
        <section class="comparison" class:comparison--compact=is_compact aria-labelledby="comparison-heading">
            // Beside results it stays in sight on a phone.
            <div class="comparison__look" data-testid="look">
                <div class="comparison__pictures">
                    // A saved look has no photo.
                    <Show when=move || journey.query.photo.with(Option::is_some)>
                        <figure>
                            <div class="frame">
                                <img
                                    data-testid="photo"
                                    part="photo"
                                    src=photo_url
                                    alt=move || t_string!(i18n, look.photo_alt)
                                    decoding="async"
                                />
                            </div>
                            <figcaption>{icons::lock()} {t!(i18n, look.stays)}</figcaption>
                            <Show when=move || !is_compact.get()>
                                <TurnButton />
                            </Show>
                        </figure>
                    </Show>
                    <figure>
                        {move || journey.query.cutout.with(|cutout| match cutout {
                            Some(cutout) => view! { <CutoutPicture cutout=cutout.clone() /> }.into_any(),
                            None => match journey.query.crowd.get() {
                                Some(crowd) => view! { <CrowdPicture crowd /> }.into_any(),
                                None => view! { <div class="frame frame--waiting"></div> }.into_any(),
                            },
                        })}
                        <figcaption>
                            {move || if has_nothing_to_send.get() || journey.is_by_numbers() {
                                icons::lock().into_any()
                            } else {
                                icons::outward().into_any()
                            }}
                            {move || if has_nothing_to_send.get() {
                                t_string!(i18n, progress.nothing_sent)
                            } else if journey.is_by_numbers() {
                                t_string!(i18n, look.only_numbers)
                            } else if was_sent() { t_string!(i18n, look.is_sent) } else { t_string!(i18n, look.would_be_sent) }}
                        </figcaption>
                    </figure>
                </div>
                <div class="comparison__head">
                    <h1 id="comparison-heading" node_ref=heading tabindex="-1">{t!(i18n, look.heading)}</h1>
                    <Show when=move || is_compact.get()>
                        <GarmentBar />
                    </Show>
                </div>
            </div>
            <div class="comparison__words">
                // With a cutout, progress replaces the button that caused it: nothing moves.
                <Show when=move || !has_cutout.get()>
                    <Progress />
                    <WhoIsMeant />
                </Show>
                <Show when=is_reviewed>
                    <WhatLeaves />
                    <TurnNote />
                    <PeopleBar />
                    <FaceNote />
                    <Next />
                </Show>
                <Show when=move || is_compact.get() && has_cutout.get()>
                    <Sent />
                </Show>
                <FailureNote />
                <Show when=is_reviewed>
                    <GarmentBar />
                    <Receipt />
                    <Timings />
                </Show>
            </div>
        </section>
    }
}

/// One sentence on what leaves the device and what does not.
#[component]
fn WhatLeaves() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let sentence = move || match journey.is_by_numbers() {
        true => t_string!(i18n, receipt.sentence_numbers),
        false => t_string!(i18n, receipt.sentence),
    };
    view! { <p class="comparison__why">{sentence}</p> }
}

/// One line beside results: how far the search is, or the folded receipt and the button for another photo.
#[component]
fn Sent() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let is_search = Memo::new(move |_| journey.step.with(|step| *step == Step::Searching));
    let size = move || {
        let bytes = if journey.is_by_numbers() {
            journey.query.outgoing_numbers()?.body.len() as f64
        } else {
            let sent = journey.query.outgoing()?;
            sent.png.size() + sent.regions.size()
        };
        Some(format::bytes(i18n.get_locale(), bytes))
    };
    let line = move || {
        if is_search.get() {
            return view! { <Progress /> }.into_any();
        }
        view! {
            <details class="sent__receipt" data-testid="sent">
                <summary>
                    {icons::lock()} <span>{t!(i18n, receipt.sent)}</span> <span class="sent__size">{size}</span>
                </summary>
                <WhatLeaves />
                <Receipt />
                <Timings />
            </details>
            <Another class="button button--quiet sent__another" />
        }
        .into_any()
    };
    view! { <div class="sent">{line}</div> }
}

/// The cutout with its garments' outlines over it.
#[component]
fn CutoutPicture(cutout: Cutout) -> impl IntoView {
    let i18n = use_i18n();
    let Cutout { width, height, coverage, subject, .. } = cutout;
    let (url, bytes) = (cutout.url.as_str().to_owned(), cutout.png.size());
    view! {
        <div class="frame frame--white">
            // As large as the picture, so that what lies over it lies where it shows.
            <div class="cutout" style=("--ratio", format!("{:.4}", f64::from(width) / f64::from(height.max(1))))>
                <img
                    data-testid="cutout"
                    part="cutout"
                    src=url
                    alt=move || match subject {
                        Subject::Person(_) => t_string!(i18n, look.cutout_alt),
                        Subject::Garment => t_string!(i18n, look.garment_alt),
                    }
                    width=width.to_string()
                    height=height.to_string()
                    data-bytes=bytes.to_string()
                    data-coverage=format!("{coverage:.4}")
                />
                <GarmentMarks cutout />
            </div>
        </div>
    }
}

/// How long the steps took, in words and for tests.
#[component]
fn Timings() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let number = |ms: f64| format!("{ms:.1}");
    let line = move |cutout: &Cutout, answer: Option<&Answer>| {
        let locale = i18n.get_locale();
        let stl_types::worker::CutoutTimings { decode_ms, segment_ms, encode_ms } = cutout.timings;
        let took = format::duration(locale, decode_ms + segment_ms + encode_ms);
        // A saved look was cut out before.
        let is_new = journey.query.photo.with(Option::is_some);
        let mut words: Vec<String> =
            is_new.then(|| t_string!(i18n, look.cut_out_in, duration = took)).into_iter().collect();
        // Filters may leave nothing to compare.
        let compared = answer.filter(|answer| answer.response.articles_scored > 0);
        words.extend(compared.map(|Answer { response, round_trip_ms }| {
            let (count, took) =
                (format::number(locale, response.articles_scored), format::duration(locale, *round_trip_ms));
            t_string!(i18n, look.compared_in, count = count, duration = took)
        }));
        view! {
            <p
                class="timings"
                data-testid="timings"
                data-decode-ms=number(decode_ms)
                data-segment-ms=number(segment_ms)
                data-encode-ms=number(encode_ms)
                data-search-ms=answer.map(|answer| number(answer.round_trip_ms))
            >
                {words.join(" · ")}
            </p>
        }
    };
    move || {
        journey.query.cutout.with(|cutout| {
            let cutout = cutout.as_ref()?;
            Some(journey.results.answer.with(|answer| line(cutout, answer.as_ref())))
        })
    }
}
