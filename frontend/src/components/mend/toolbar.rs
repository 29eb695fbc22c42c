//! The brush's tools: add or erase, its size, back and forth. In: clicks. Out: changes of the editor.

use leptos::prelude::*;

use super::editor::Editor;
use crate::capture::input_of;
use crate::components::icons;
use crate::i18n::{t, t_string, use_i18n};
use crate::mask_edit::{Brush, SIZES};

/// Two rows of tools.
#[component]
pub(crate) fn Toolbar(editor: Editor) -> impl IntoView {
    let i18n = use_i18n();
    let is_chosen = move |brush: Brush| editor.brush.get() == brush;
    let can_undo = move || editor.steps.get().0;
    let can_redo = move || editor.steps.get().1;
    view! {
        <div class="mend__row">
            <div class="mend__tools" role="group" aria-label=move || t_string!(i18n, mend.tool)>
                <button
                    type="button"
                    class="mend__tool"
                    data-testid="mend-add"
                    aria-pressed=move || is_chosen(Brush::Add).to_string()
                    on:click=move |_| editor.brush.set(Brush::Add)
                >
                    {t!(i18n, mend.add)}
                </button>
                <button
                    type="button"
                    class="mend__tool"
                    data-testid="mend-erase"
                    aria-pressed=move || is_chosen(Brush::Erase).to_string()
                    on:click=move |_| editor.brush.set(Brush::Erase)
                >
                    {t!(i18n, mend.erase)}
                </button>
            </div>
            // Not `disabled`: whoever undoes the last step by keyboard would lose the focus.
            <button
                type="button"
                class="mend__step"
                data-testid="mend-undo"
                aria-label=move || t_string!(i18n, mend.undo)
                title=move || t_string!(i18n, mend.undo)
                aria-disabled=move || (!can_undo()).to_string()
                on:click=move |_| editor.undo()
            >
                {icons::undo()}
            </button>
            <button
                type="button"
                class="mend__step"
                data-testid="mend-redo"
                aria-label=move || t_string!(i18n, mend.redo)
                title=move || t_string!(i18n, mend.redo)
                aria-disabled=move || (!can_redo()).to_string()
                on:click=move |_| editor.redo()
            >
                {icons::redo()}
            </button>
        </div>
        <div class="mend__row">
            <label class="mend__size">
                <span>{t!(i18n, mend.size)}</span>
                <input
                    type="range"
                    min="1"
                    max=SIZES.to_string()
                    step="1"
                    data-testid="mend-size"
                    aria-valuetext=move || t_string!(i18n, mend.size_of, size = editor.size.get(), most = SIZES)
                    prop:value=move || editor.size.get().to_string()
                    on:input=move |event| {
                        if let Some(size) = input_of(&event).and_then(|input| input.value().parse().ok()) {
                            editor.size.set(size);
                        }
                    }
                />
            </label>
            <button
                type="button"
                class="button button--quiet"
                data-testid="mend-reset"
                on:click=move |_| editor.reset()
            >
                {t!(i18n, mend.reset)}
            </button>
        </div>
    }
}
