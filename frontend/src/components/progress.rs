//! How far the photo is: loading the worker if it is not ready, cutting out, searching.

use leptos::prelude::*;
use stl_shared::worker::Stage;

use crate::journey::Journey;
use crate::state::{Loading, Step};

/// A stage in words, and how much of it is done, if that can be known.
struct Progressing {
    stage: &'static str,
    words: &'static str,
    percent: Option<f64>,
}

/// A bar and a line while something is being done.
#[component]
pub(crate) fn Progress() -> impl IntoView {
    let journey = expect_context::<Journey>();
    let progressing = move || journey.step.with(|step| journey.loading.with(|loading| progressing(step, loading)));
    move || {
        progressing().map(|Progressing { stage, words, percent }| {
            let number = percent.map(|percent| format!("{percent:.0}"));
            view! {
                <div class="progress" part="progress" data-testid="progress" data-stage=stage>
                    <p id="progress-words">
                        {words} {number.clone().map(|number| view! { <span class="progress__number">{number} " %"</span> })}
                    </p>
                    <progress aria-labelledby="progress-words" max="100" value=number></progress>
                </div>
            }
        })
    }
}

fn progressing(step: &Step, loading: &Loading) -> Option<Progressing> {
    let (stage, words, done) = match (step, loading) {
        (Step::Checking, _) => ("check", "Reading your photo", None),
        (Step::CuttingOut, Loading::Underway { stage: Stage::Download, done }) => {
            ("download", "Downloading the cut-out tool, once", Some(*done))
        }
        (Step::CuttingOut, Loading::Underway { stage: Stage::Compile, .. }) => {
            ("compile", "Preparing the cut-out tool", None)
        }
        (Step::CuttingOut, Loading::Underway { stage: Stage::WarmUp, .. }) => ("warm-up", "Warming up", None),
        (Step::CuttingOut, _) => ("segment", "Cutting the person out", None),
        (Step::Searching, _) => ("search", "Searching for similar pieces", None),
        _ => return None,
    };
    Some(Progressing { stage, words, percent: done.map(|done| done * 100.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_photo_on_its_way_shows_progress() {
        let downloading = Loading::Underway { stage: Stage::Download, done: 0.4 };
        assert!(progressing(&Step::Choosing, &downloading).is_none());
        assert!(progressing(&Step::Done, &Loading::Ready).is_none());
        let shown = progressing(&Step::CuttingOut, &downloading).expect("a photo waits for the worker");
        assert_eq!((shown.stage, shown.percent), ("download", Some(40.0)));
        let shown = progressing(&Step::CuttingOut, &Loading::Ready).expect("the worker has the photo");
        assert_eq!(shown.stage, "segment");
    }
}
