//! Photo and cut-out side by side, so that the visitor sees what stays and what is sent.

use leptos::html::H1;
use leptos::prelude::*;

use super::error::FailureNote;
use super::icons;
use super::progress::Progress;
use crate::app::FileDialog;
use crate::format;
use crate::journey::Journey;
use crate::state::{Answer, Cutout, Step};

/// The two pictures, what is sent, how long it took, and the way to another photo.
#[component]
pub(crate) fn Comparison() -> impl IntoView {
    let journey = expect_context::<Journey>();
    let dialog = expect_context::<FileDialog>();
    // The button that was pressed, on the start page or in a failure, is gone: whoever reads by keyboard or ear goes on
    // from the heading.
    let heading = NodeRef::<H1>::new();
    let failed = Memo::new(move |_| journey.step.with(|step| matches!(step, Step::Failed(_))));
    Effect::new(move || {
        if let Some(heading) = heading.get()
            && !failed.get()
        {
            let _ = heading.focus();
        }
    });
    let photo_url = move || journey.photo.with(|photo| photo.as_ref().map(|photo| photo.url.as_str().to_owned()));
    view! {
        <section class="comparison" aria-labelledby="comparison-heading">
            <div class="comparison__pictures">
                <figure>
                    <div class="frame">
                        <img data-testid="photo" part="photo" src=photo_url alt="The photo you chose" decoding="async" />
                    </div>
                    <figcaption>{icons::lock()} "Stays on this device"</figcaption>
                </figure>
                <figure>
                    {move || journey.cutout.with(|cutout| match cutout {
                        Some(cutout) => cutout_picture(cutout).into_any(),
                        None => view! { <div class="frame frame--waiting"></div> }.into_any(),
                    })}
                    <figcaption>{icons::outward()} "Is sent to search"</figcaption>
                </figure>
            </div>
            <div class="comparison__words">
                <h1 id="comparison-heading" node_ref=heading tabindex="-1">"Your look"</h1>
                <Progress />
                <FailureNote />
                {move || journey.cutout.with(|cutout| cutout.as_ref().map(what_is_sent))}
                <button
                    type="button"
                    class="button button--outline"
                    part="button"
                    data-testid="try-another"
                    on:click=move |_| dialog.open()
                >
                    "Try another photo"
                </button>
                {move || journey.cutout.with(|cutout| cutout.as_ref().map(|cutout| {
                    journey.answer.with(|answer| timings(cutout, answer.as_ref()))
                }))}
                {move || (journey.step.with(|step| *step == Step::CuttingOut)).then(|| view! {
                    <p class="comparison__note">"Nothing has been sent yet."</p>
                })}
            </div>
        </section>
    }
}

fn cutout_picture(cutout: &Cutout) -> impl IntoView + use<> {
    view! {
        <div class="frame frame--white">
            <img
                data-testid="cutout"
                part="cutout"
                src=cutout.url.as_str().to_owned()
                alt="The person from your photo on plain white"
                width=cutout.width.to_string()
                height=cutout.height.to_string()
                data-bytes=cutout.png.size().to_string()
                data-coverage=format!("{:.4}", cutout.coverage)
            />
        </div>
    }
}

fn what_is_sent(cutout: &Cutout) -> impl IntoView + use<> {
    let size = format::bytes(cutout.png.size() + cutout.regions.size());
    view! {
        <p>
            "Only the right picture is sent, the person on white, and with it an outline of the garments: " <strong>{size}</strong>
            ". The photo itself stays here."
        </p>
    }
}

fn timings(cutout: &Cutout, answer: Option<&Answer>) -> impl IntoView + use<> {
    let stl_shared::worker::CutoutTimings { decode_ms, segment_ms, encode_ms } = cutout.timings;
    let mut words = format!("Cut out in {}", format::duration(decode_ms + segment_ms + encode_ms));
    let search_ms = answer.map(|answer| answer.round_trip_ms);
    if let Some(Answer { response, round_trip_ms }) = answer {
        let duration = format::duration(*round_trip_ms);
        words.push_str(&format!(", {} articles compared in {duration}", response.articles_scored));
    }
    let number = |ms: f64| format!("{ms:.1}");
    view! {
        <p
            class="timings"
            data-testid="timings"
            data-decode-ms=number(decode_ms)
            data-segment-ms=number(segment_ms)
            data-encode-ms=number(encode_ms)
            data-search-ms=search_ms.map(number)
        >
            {words}
        </p>
    }
}
