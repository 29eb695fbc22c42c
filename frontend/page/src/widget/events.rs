//! The widget's events. In: the journey's signals and presses. Out: events on the element, whose details are the types of
//! `frontend/widget/widget.d.ts`.

use leptos::ev;
use leptos::prelude::*;
use serde::Serialize;
use stl_types::wire::SearchResponse;
use web_sys::MouseEvent;

use crate::browser::listen;
use crate::components::{failure_next, failure_sentence};
use crate::failure::Failure;
use crate::host::Host;
use crate::i18n::use_i18n;
use crate::journey::Journey;
use crate::pressed::{Pressed, closest};
use crate::state::{Answer, Cutout};

/// Dispatches events on the host while `journey` goes on.
pub(super) fn report(host: Host, journey: Journey) {
    // Values are taken out before a listener of the shop runs, which may begin another search.
    Effect::new(move || {
        if let Some(cutout) = journey.query.cutout.get() {
            host.dispatch("stl-segmented", &Segmented::from(&cutout), false);
        }
    });
    Effect::new(move || {
        if let Some(Answer { response, round_trip_ms }) = journey.results.answer.get() {
            let similar_to = journey.query.product.with_untracked(|product| Some(product.as_ref()?.id.clone()));
            host.dispatch("stl-results", &Results { response, similar_to, round_trip_ms }, false);
        }
    });
    let i18n = use_i18n();
    Effect::new(move || {
        if let Some(Failure { fault, detail, .. }) = journey.failure() {
            let locale = untrack(|| i18n.get_locale());
            let (message, next) = (failure_sentence(locale, fault), failure_next(locale, fault));
            host.dispatch("stl-error", &Failed { code: fault.code(), message, detail, next }, false);
        }
    });
    let has_photo = Memo::new(move |_| journey.query.photo.with(Option::is_some));
    Effect::new(move || {
        // The photo is shown at the widget's top.
        if has_photo.get() {
            host.show_top();
        }
    });
    // What is pressed to search is far below the results, which begin at the widget's top.
    let shows_results = Memo::new(move |_| journey.is_answered() && journey.query.product.with(Option::is_none));
    let has_answer = Memo::new(move |_| journey.results.answer.with(Option::is_some));
    Effect::new(move || {
        // Again when the answer comes: a dialog that was too low to scroll meanwhile goes back to where it was.
        has_answer.track();
        if shows_results.get() {
            request_animation_frame(move || host.show_results());
        }
    });
    let target = host.drop_target();
    listen(&target, ev::click, move |event| follow_link(host, journey, &event));
    listen(&target, ev::auxclick, move |event| follow_link(host, journey, &event));
}

/// A product's link is reported; a link within the widget is followed here.
fn follow_link(host: Host, journey: Journey, event: &MouseEvent) {
    let Some(link) = closest(event, "a[href]") else { return };
    if let Some(pressed) = Pressed::of(journey, &link) {
        // The middle button opens a link, the right one only its menu.
        if event.button() < 2 && !host.dispatch("stl-product-click", &pressed, true) {
            event.prevent_default();
        }
    } else if let Some(id) = link.get_attribute("href").as_deref().and_then(|href| href.strip_prefix('#')) {
        // Browsers look for a fragment outside of shadow trees.
        event.prevent_default();
        if let Some(Ok(Some(target))) = host.root().map(|root| root.query_selector(&format!("[id={id:?}]"))) {
            target.scroll_into_view();
        }
    }
}

/// The detail of `stl-segmented`: numbers, no pixels.
#[derive(Serialize)]
struct Segmented {
    width: u32,
    height: u32,
    /// Share of the pixels that belong to the person.
    coverage: f64,
    /// Of both pictures that are sent.
    bytes: f64,
    duration_ms: f64,
}

impl From<&Cutout> for Segmented {
    fn from(cutout: &Cutout) -> Self {
        let timings = cutout.timings;
        Self {
            width: cutout.width,
            height: cutout.height,
            coverage: cutout.coverage,
            bytes: cutout.png.size() + cutout.regions.size(),
            duration_ms: timings.decode_ms + timings.segment_ms + timings.encode_ms,
        }
    }
}

/// The detail of `stl-results`: the server's answer as it is in the API, and how long it took.
#[derive(Serialize)]
struct Results {
    #[serde(flatten)]
    response: SearchResponse,
    /// The product that was searched with, in place of a photo.
    #[serde(skip_serializing_if = "Option::is_none")]
    similar_to: Option<String>,
    round_trip_ms: f64,
}

/// The detail of `stl-error`.
#[derive(Serialize)]
struct Failed {
    code: &'static str,
    message: String,
    /// The server's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    next: String,
}
