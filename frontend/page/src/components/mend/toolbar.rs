//! The brush's tools: add or erase, size, undo and redo. In: clicks. Out: changes of the editor.

use leptos::prelude::*;

use super::editor::Editor;
use crate::capture::input_of;
use crate::components::icons;
use crate::i18n::{I18n, t, t_string, use_i18n};
use crate::mask_edit::{Brush, SIZES};

/// Two rows of tools.
#[component]
pub(crate) fn Toolbar(editor: Editor) -> impl IntoView {
    let i18n = use_i18n();
    let tool = move |brush: Brush, test_id: &'static str, words: fn(I18n) -> String| {
        view! {
            <button
                type="button"
                class="mend__tool"
                data-testid=test_id
                aria-pressed=move || (editor.brush.get() == brush).to_string()
                on:click=move |_| editor.brush.set(brush)
            >
                {move || words(i18n)}
            </button>
        }
    };
    view! {
        <div class="mend__row">
            <div class="mend__tools" role="group" aria-label=move || t_string!(i18n, mend.tool)>
                {tool(Brush::Add, "mend-add", |i18n| t_string!(i18n, mend.add))}
                {tool(Brush::Erase, "mend-erase", |i18n| t_string!(i18n, mend.erase))}
            </div>
            <StepButton
                test_id="mend-undo"
                label=Signal::derive(move || t_string!(i18n, mend.undo))
                is_possible=Signal::derive(move || editor.steps.get().0)
                act=move || editor.undo()
            >
                {icons::undo()}
            </StepButton>
            <StepButton
                test_id="mend-redo"
                label=Signal::derive(move || t_string!(i18n, mend.redo))
                is_possible=Signal::derive(move || editor.steps.get().1)
                act=move || editor.redo()
            >
                {icons::redo()}
            </StepButton>
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

/// Undo or redo. Never `disabled`: a keyboard user who undoes the last step would lose the focus.
#[component]
fn StepButton(
    /// Its `data-testid`.
    test_id: &'static str,
    /// What it does, in words.
    label: Signal<String>,
    /// Whether there is such a step.
    is_possible: Signal<bool>,
    /// Takes it.
    act: impl Fn() + 'static,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="mend__step"
            data-testid=test_id
            aria-label=label
            title=label
            aria-disabled=move || (!is_possible.get()).to_string()
            on:click=move |_| act()
        >
            {children()}
        </button>
    }
}
