//! The ways to add a photo: file dialog, camera, clipboard, drop, another app. [`crate::app`] listens for drops and for pasting by
//! keys.

use leptos::prelude::*;
use leptos::task::spawn_local;
use stl_types::worker::Stage;

use super::camera::{Booth, CameraDialog};
use super::icons;
use crate::capture::{self, PasteFault};
use crate::file_dialog::FileDialog;
use crate::host::use_host;
use crate::i18n::{Locale, t, t_string, td_string, use_i18n};
use crate::journey::Journey;
use crate::state::{Loading, Step};
use crate::{browser, share};

/// The parameter of the manifest's shortcuts.
const WAY: &str = "way";
const CAMERA: &str = "camera";

/// The drop zone with its button, the promise, and how far the worker is.
#[component]
pub(crate) fn WaysIn() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let dialog = expect_context::<FileDialog>();
    let is_checking = move || journey.step.with(|step| *step == Step::Checking);
    let booth = Booth::new(journey);
    let note = RwSignal::new(None::<Note>);
    if !use_host().is_element() {
        follow_address(journey, booth, note);
    }
    let paste = move |_| {
        note.set(None);
        spawn_local(async move {
            match capture::from_clipboard().await {
                Ok(picture) => journey.choose(picture),
                Err(fault) => note_if_here(note, Note::Paste(fault)),
            }
        });
    };
    view! {
        <div class="drop-zone" part="drop-zone" data-testid="drop-zone">
            <span class="drop-zone__icon">{icons::picture()}</span>
            <button
                type="button"
                class="button"
                part="button"
                prop:disabled=is_checking
                on:click=move |_| dialog.open()
            >
                {move || if is_checking() { t_string!(i18n, hero.reading) } else { t_string!(i18n, hero.choose) }}
            </button>
            <div class="ways">
                <button
                    type="button"
                    class="button button--outline"
                    part="button"
                    data-testid="camera"
                    prop:disabled=is_checking
                    on:click=move |_| booth.open()
                >
                    {icons::camera()} {t!(i18n, camera.take)}
                </button>
                <Show when=capture::can_paste>
                    <button
                        type="button"
                        class="button button--outline"
                        part="button"
                        data-testid="paste"
                        prop:disabled=is_checking
                        on:click=paste
                    >
                        {icons::clipboard()} {t!(i18n, ways.paste)}
                    </button>
                </Show>
            </div>
            <p class="ways__note" role="status" data-testid="ways-note">
                {move || note.get().map(|note| words(i18n.get_locale(), note))}
            </p>
            <p class="drop-zone__hint for-keys">{t!(i18n, hero.hint)}</p>
        </div>
        <p class="promise">
            {icons::lock()}
            <span>
                {move || match journey.choices.sends_numbers.get() {
                    true => t_string!(i18n, hero.promise_numbers),
                    false => t_string!(i18n, hero.promise),
                }}
            </span>
        </p>
        <CameraDialog booth />
        <p class="readiness">{move || journey.loading.with(|loading| readiness(i18n.get_locale(), loading))}</p>
    }
}

/// Why no photo arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Note {
    /// From the clipboard.
    Paste(PasteFault),
    /// From another app.
    Shared,
}

/// How this page was opened: by sharing a photo, by the installed page's shortcut to the camera, or otherwise.
fn follow_address(journey: Journey, booth: Booth, note: RwSignal<Option<Note>>) {
    let was_shared = share::was_shared();
    spawn_local(async move {
        match (share::take().await, was_shared) {
            (Ok(photo), true) => journey.choose(photo),
            (Err(share::Missed), true) => note_if_here(note, Note::Shared),
            (_, false) => {}
        }
    });
    if browser::query_parameter(WAY).as_deref() == Some(CAMERA) {
        browser::forget_query_parameter(WAY);
        // Once the dialog is mounted.
        Effect::new(move || booth.open());
    }
}

/// The clipboard and the camera answer late: the page may show something else by then.
fn note_if_here(note: RwSignal<Option<Note>>, words: Note) {
    let _ = note.try_set(Some(words));
}

fn words(locale: Locale, note: Note) -> String {
    match note {
        Note::Paste(PasteFault::Denied) => td_string!(locale, ways.paste_denied),
        Note::Paste(PasteFault::NoPicture) => td_string!(locale, ways.paste_nothing),
        Note::Paste(PasteFault::Failed) => td_string!(locale, ways.paste_failed),
        Note::Shared => td_string!(locale, ways.shared_missed),
    }
}

/// How far the worker is: nobody has to wait for it yet.
fn readiness(locale: Locale, loading: &Loading) -> String {
    match loading {
        Loading::Underway { stage: Stage::Download, done } => {
            td_string!(locale, readiness.download, percent = format!("{:.0}", done * 100.0))
        }
        Loading::Underway { .. } => td_string!(locale, readiness.almost),
        Loading::Ready => td_string!(locale, readiness.ready),
        Loading::Failed(_) => td_string!(locale, readiness.failed),
    }
}
