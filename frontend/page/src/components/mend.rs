//! The editor of the cutout: a button and the dialog that it opens. In: photo and mask. Out: the edited mask.
//!
//! An `<img>`, which browsers rotate by EXIF, shows the photo under a canvas with the veil. The program reads none of its
//! pixels, and nothing leaves this device.

mod editor;
mod stage;
mod toolbar;

use js_sys::Uint8Array;
use leptos::ev::KeyboardEvent;
use leptos::html::{Button, Dialog};
use leptos::prelude::*;
use stl_types::Size;

use super::icons;
use crate::browser;
use crate::i18n::{t, use_i18n};
use crate::journey::Journey;
use crate::mask_edit::{Action, MaskEdit, by_key};
use crate::state::Photo;
use editor::Editor;
use stage::Stage;
use toolbar::Toolbar;

/// What an open dialog works on.
#[derive(Clone)]
struct Session {
    photo: Photo,
    size: Size,
    /// The mask as it is now.
    kept: Vec<u8>,
    /// The network's mask.
    original: Vec<u8>,
}

/// The button, and the dialog once it is pressed.
#[component]
pub(crate) fn Mend() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let session = RwSignal::new_local(None::<Session>);
    let opener = NodeRef::<Button>::new();
    // The network's mask and its photo: an edited cutout no longer has it.
    let original = StoredValue::new(None::<(String, Vec<u8>)>);
    // A saved look has no photo to edit with.
    let has_cutout =
        Memo::new(move |_| journey.query.cutout.with(Option::is_some) && journey.query.photo.with(Option::is_some));
    // Another photo may be dropped or pasted while the dialog is open.
    Effect::new(move || {
        if !has_cutout.get() {
            session.set(None);
        }
    });
    let open = move |_| {
        let (Some(cutout), Some(photo)) = (journey.query.cutout.get_untracked(), journey.query.photo.get_untracked())
        else {
            return;
        };
        let (size, kept) = (Size { width: cutout.width, height: cutout.height }, cutout.mask.to_vec());
        // Another person's mask is another one.
        let of = format!("{} {:?}", photo.url.as_str(), cutout.subject);
        let known = original.get_value().filter(|(known, _)| *known == of);
        let first = known.map_or_else(|| kept.clone(), |(_, first)| first);
        original.set_value(Some((of, first.clone())));
        session.set(Some(Session { photo, size, kept, original: first }));
    };
    let on_close = move || {
        session.set(None);
        if let Some(opener) = opener.get_untracked() {
            browser::focus_quietly(&opener);
        }
    };
    view! {
        <Show when=move || has_cutout.get()>
            <button
                node_ref=opener
                type="button"
                class="button button--quiet"
                data-testid="mend"
                aria-haspopup="dialog"
                on:click=open
            >
                {t!(i18n, receipt.mend)}
            </button>
        </Show>
        {move || {
            let Session { photo, size, kept, original } = session.get()?;
            let edit = MaskEdit::new(size, kept, original)?;
            Some(view! { <MendDialog photo edit on_close /> })
        }}
    }
}

/// The dialog. It closes itself; `on_close` removes it.
#[component]
fn MendDialog(photo: Photo, edit: MaskEdit, on_close: impl Fn() + 'static) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let dialog = NodeRef::<Dialog>::new();
    let editor = Editor::new(edit);
    Effect::new(move || {
        if let Some(dialog) = dialog.get()
            && !dialog.open()
        {
            // Fails only for a dialog that is not in the page, and then there is nothing to show.
            let _ = dialog.show_modal();
        }
    });
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let done = move || match editor.finished() {
        Ok(Some(mask)) => {
            close();
            journey.mend(Uint8Array::from(mask.as_slice()));
        }
        Ok(None) => close(),
        Err(said) => editor.say(said),
    };
    let on_key = move |event: KeyboardEvent| {
        let command = event.ctrl_key() || event.meta_key();
        if event.alt_key() || !command && !editor.is_canvas(event.target()) {
            return;
        }
        let (at, size) = (editor.at.get_untracked(), editor.size.get_untracked());
        if let Some(action) = by_key(&event.key(), (event.shift_key(), command), at, size, editor.picture) {
            event.prevent_default();
            // A held key repeats; the brush is down already.
            if action != Action::Press || !event.repeat() {
                editor.act(action);
            }
        }
    };
    view! {
        <dialog
            node_ref=dialog
            class="mend"
            aria-labelledby="mend-heading"
            data-testid="mend-dialog"
            on:keydown=on_key
            on:keyup=move |event| {
                if matches!(event.key().as_str(), " " | "Enter") && editor.is_canvas(event.target()) {
                    editor.release();
                }
            }
            on:close=move |_| on_close()
        >
            <div class="mend__panel">
                <div class="mend__words">
                    <h2 id="mend-heading" class="mend__heading">{t!(i18n, mend.heading)}</h2>
                    <p id="mend-hint" class="mend__hint">{t!(i18n, mend.hint)}</p>
                    <p id="mend-keys" class="mend__hint mend__hint--keys">{t!(i18n, mend.keys)}</p>
                    <Show when=move || journey.is_person_hidden()>
                        <p class="mend__hint">{t!(i18n, mend.hides)}</p>
                    </Show>
                    <p class="mend__hint mend__hint--stays">{icons::lock()} {t!(i18n, look.stays)}</p>
                </div>
                <Stage editor photo />
                <div class="mend__controls">
                    <p class="mend__said" role="status" data-testid="mend-said">{move || editor.words(i18n)}</p>
                    <Toolbar editor />
                    <div class="mend__row mend__row--end">
                        <button
                            type="button"
                            class="button button--outline"
                            data-testid="mend-cancel"
                            on:click=move |_| close()
                        >
                            {t!(i18n, cancel)}
                        </button>
                        <button type="button" class="button" data-testid="mend-done" on:click=move |_| done()>
                            {t!(i18n, mend.done)}
                        </button>
                    </div>
                </div>
            </div>
        </dialog>
    }
}
