//! A failure: what happened, what to do next, and the button that does it.

use leptos::prelude::*;
use stl_types::limits::MAX_PHOTO_BYTES;
use stl_types::worker::{Cause, Subject};

use super::people::TurnNote;
use crate::failure::{Failure, Fault, Retry};
use crate::file_dialog::FileDialog;
use crate::format;
use crate::i18n::{Locale, t_string, td_string, use_i18n};
use crate::journey::Journey;

/// The failure, if there is one.
#[component]
pub(crate) fn FailureNote() -> impl IntoView {
    let journey = expect_context::<Journey>();
    move || journey.failure().map(|failure| view! { <Note failure /> })
}

/// What the button says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    Choose,
    Numbers,
    Reload,
    Again,
}

#[component]
fn Note(failure: Failure) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let dialog = expect_context::<FileDialog>();
    let Failure { fault, retry, detail } = failure;
    let has_button = retry != Retry::Never;
    let label = match retry {
        Retry::ChooseAnother => Label::Choose,
        Retry::SendNumbers => Label::Numbers,
        Retry::Reload => Label::Reload,
        _ => Label::Again,
    };
    // "Another" only where there was one.
    let has_photo = fault != Fault::Gone || journey.query.has_look();
    let act = move |_| match &retry {
        Retry::ChooseAnother => dialog.open(),
        retry => journey.retry(retry.clone()),
    };
    let act = StoredValue::new(act);
    let has_thing = matches!(fault, Fault::NoPerson(_))
        && journey.query.nobody.with_untracked(|nobody| nobody.is_some_and(|nobody| nobody.has_thing));
    view! {
        <div class="failure" part="error" role="alert" data-testid="error" data-code=fault.code()>
            <p class="failure__sentence">{move || sentence(i18n.get_locale(), fault)}</p>
            {detail.map(|detail| view! { <p lang="en">{detail}</p> })}
            <p>{move || next(i18n.get_locale(), fault)}</p>
            <Show when=move || matches!(fault, Fault::NoPerson(_))>
                <TurnNote />
            </Show>
            <Show when=move || has_thing>
                <p>{move || t_string!(i18n, thing.hint)}</p>
                <button
                    type="button"
                    class="button"
                    part="button"
                    data-testid="take-thing"
                    on:click=move |_| journey.choose_subject(Subject::Garment)
                >
                    {move || t_string!(i18n, thing.take)}
                </button>
            </Show>
            <Show when=move || has_button>
                <button type="button" class=if has_thing { "button button--outline" } else { "button" } part="button" data-testid="retry" on:click=move |event| act.with_value(|act| act(event))>
                    {move || match label {
                        Label::Choose if has_photo => t_string!(i18n, choose_another),
                        Label::Choose => t_string!(i18n, choose_photo),
                        Label::Numbers => t_string!(i18n, receipt.numbers),
                        Label::Reload => t_string!(i18n, failure.reload),
                        Label::Again => t_string!(i18n, try_again),
                    }}
                </button>
            </Show>
        </div>
    }
}

/// One sentence: what happened.
pub(crate) fn sentence(locale: Locale, fault: Fault) -> String {
    match fault {
        Fault::TooManyPixels { width, height, .. } => {
            td_string!(locale, failure.too_many_pixels, width = width, height = height)
        }
        Fault::TooLarge { bytes } => {
            td_string!(locale, failure.too_large, size = format::bytes(locale, bytes as f64))
        }
        Fault::NotAPicture => td_string!(locale, failure.not_a_picture),
        Fault::Unreadable => td_string!(locale, failure.unreadable),
        Fault::Undecodable => td_string!(locale, failure.undecodable),
        Fault::Damaged => td_string!(locale, failure.damaged),
        Fault::Truncated => td_string!(locale, failure.truncated),
        Fault::Heic => td_string!(locale, failure.heic),
        Fault::Empty => td_string!(locale, failure.empty),
        Fault::NoPerson(Cause::Nobody) => td_string!(locale, failure.no_person),
        Fault::NoPerson(Cause::Blurred) => td_string!(locale, failure.blurred),
        Fault::NoPerson(Cause::Dark) => td_string!(locale, failure.dark),
        Fault::NoPerson(Cause::Small) => td_string!(locale, failure.small),
        Fault::NothingLeft => td_string!(locale, failure.nothing_left),
        Fault::Unreachable => td_string!(locale, failure.unreachable),
        Fault::Offline => td_string!(locale, failure.offline),
        Fault::Busy => td_string!(locale, failure.busy),
        Fault::Slow => td_string!(locale, failure.slow),
        Fault::Refused => td_string!(locale, failure.refused),
        Fault::OnlyNumbers => td_string!(locale, failure.only_numbers),
        Fault::Outdated => td_string!(locale, failure.outdated),
        Fault::Server => td_string!(locale, failure.server),
        Fault::Gone => td_string!(locale, failure.gone),
        Fault::Unsupported => td_string!(locale, failure.unsupported),
        Fault::Worker => td_string!(locale, failure.worker),
    }
}

/// One sentence: what to do next.
pub(crate) fn next(locale: Locale, fault: Fault) -> String {
    match fault {
        Fault::TooManyPixels { most_megapixels, .. } => {
            td_string!(locale, failure.too_many_pixels_next, most = most_megapixels)
        }
        Fault::TooLarge { .. } => {
            td_string!(locale, failure.too_large_next, most = format::bytes(locale, MAX_PHOTO_BYTES as f64))
        }
        Fault::NotAPicture => td_string!(locale, failure.not_a_picture_next),
        Fault::Unreadable => td_string!(locale, failure.unreadable_next),
        Fault::Undecodable => td_string!(locale, failure.undecodable_next),
        Fault::Damaged => td_string!(locale, failure.damaged_next),
        Fault::Truncated => td_string!(locale, failure.truncated_next),
        Fault::Heic => td_string!(locale, failure.heic_next),
        Fault::Empty => td_string!(locale, failure.empty_next),
        Fault::NoPerson(Cause::Nobody) => td_string!(locale, failure.no_person_next),
        Fault::NoPerson(Cause::Blurred) => td_string!(locale, failure.blurred_next),
        Fault::NoPerson(Cause::Dark) => td_string!(locale, failure.dark_next),
        Fault::NoPerson(Cause::Small) => td_string!(locale, failure.small_next),
        Fault::NothingLeft => td_string!(locale, failure.nothing_left_next),
        Fault::Unreachable => td_string!(locale, failure.unreachable_next),
        Fault::Offline => td_string!(locale, failure.offline_next),
        Fault::Busy => td_string!(locale, failure.busy_next),
        Fault::Slow => td_string!(locale, failure.slow_next),
        Fault::Refused => td_string!(locale, failure.refused_next),
        Fault::OnlyNumbers => td_string!(locale, failure.only_numbers_next),
        Fault::Outdated => td_string!(locale, failure.outdated_next),
        Fault::Server => td_string!(locale, failure.server_next),
        Fault::Gone => td_string!(locale, failure.gone_next),
        Fault::Unsupported => td_string!(locale, failure.unsupported_next),
        Fault::Worker => td_string!(locale, failure.worker_next),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_and_what_to_do_are_said_in_every_language() {
        let too_many = Fault::TooManyPixels { width: 10_000, height: 6_000, most_megapixels: 50 };
        assert!(sentence(Locale::En, too_many).contains("10000 × 6000"));
        let of_photos = [Cause::Nobody, Cause::Blurred, Cause::Dark, Cause::Small].map(Fault::NoPerson);
        let others = [
            Fault::NotAPicture,
            Fault::Heic,
            Fault::Offline,
            Fault::OnlyNumbers,
            Fault::Outdated,
            Fault::Worker,
            too_many,
        ];
        for fault in of_photos.into_iter().chain(others) {
            let [en, de, fr] = [Locale::En, Locale::De, Locale::Fr].map(|locale| {
                let words = (sentence(locale, fault), next(locale, fault));
                assert!(words.0.ends_with('.') && words.1.ends_with('.'), "{words:?}");
                words
            });
            assert!(en.0 != de.0 && de.0 != fr.0 && en.1 != de.1 && de.1 != fr.1, "{fault:?}");
        }
    }
}
