//! Progress of the photo: loading the worker if it is not ready, cutting out, searching; and the button that stops it.

use leptos::prelude::*;
use stl_types::worker::Stage;

use crate::i18n::{Locale, t, td_string, use_i18n};
use crate::journey::Journey;
use crate::state::{Loading, Step};

/// A bar and a line while something is being done.
#[component]
pub(crate) fn Progress() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let progressing = move || journey.step.with(|step| journey.loading.with(|loading| progressing(step, loading)));
    // The bar stays while its number changes, so that the button in it keeps its focus.
    let stage = Memo::new(move |_| progressing().map(|(stage, _)| stage));
    let percent = move || progressing().and_then(|(_, done)| Some(format!("{:.0}", done? * 100.0)));
    // Another cutout of the same photo is ready sooner than anybody could stop it.
    let can_be_stopped = move || journey.step.with(|step| *step != Step::Composing);
    let is_unsent = move || journey.step.with(|step| *step != Step::Searching);
    move || {
        stage.get().map(|stage| {
            view! {
                <div class="progress" part="progress" data-testid="progress" data-stage=stage>
                    <p id="progress-words">
                        {move || words(i18n.get_locale(), stage)}
                        {move || percent().map(|percent| view! { <span class="progress__number">{percent} " %"</span> })}
                    </p>
                    <progress aria-labelledby="progress-words" max="100" value=percent></progress>
                    <div class="progress__foot">
                        <p class="comparison__note">
                            {move || is_unsent().then(|| t!(i18n, progress.nothing_sent))}
                        </p>
                        <Show when=can_be_stopped>
                            <button
                                type="button"
                                class="button button--quiet"
                                data-testid="cancel"
                                on:click=move |_| journey.cancel()
                            >
                                {t!(i18n, cancel)}
                            </button>
                        </Show>
                    </div>
                </div>
            }
        })
    }
}

/// The stage, and how much of it is done, in `0..=1`, if that can be known.
fn progressing(step: &Step, loading: &Loading) -> Option<(&'static str, Option<f64>)> {
    Some(match (step, loading) {
        (Step::Checking, _) => ("check", None),
        (Step::CuttingOut, Loading::Underway { stage: Stage::Download, done }) => ("download", Some(*done)),
        (Step::CuttingOut, Loading::Underway { stage: Stage::Compile, .. }) => ("compile", None),
        (Step::CuttingOut, Loading::Underway { stage: Stage::WarmUp, .. }) => ("warm-up", None),
        (Step::CuttingOut, _) => ("segment", None),
        (Step::Composing, _) => ("compose", None),
        (Step::Searching, _) => ("search", None),
        _ => return None,
    })
}

fn words(locale: Locale, stage: &str) -> String {
    match stage {
        "check" => td_string!(locale, progress.check),
        "download" => td_string!(locale, progress.download),
        "compile" => td_string!(locale, progress.compile),
        "warm-up" => td_string!(locale, progress.warm_up),
        "segment" => td_string!(locale, progress.segment),
        "compose" => td_string!(locale, progress.compose),
        _ => td_string!(locale, progress.search),
    }
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
        assert_eq!(shown, ("download", Some(0.4)));
        let shown = progressing(&Step::CuttingOut, &Loading::Ready).expect("the worker has the photo");
        assert_eq!(shown, ("segment", None));
    }
}
