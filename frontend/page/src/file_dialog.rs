//! The browser's file dialog. In: a press. Out: the page's file input, which it opens.

use leptos::html::Input;
use leptos::prelude::*;

/// Opens the file dialog; a handle, copies share the input.
#[derive(Clone, Copy, Default)]
pub(crate) struct FileDialog(NodeRef<Input>);

impl FileDialog {
    /// The input that it opens.
    pub(crate) fn input(self) -> NodeRef<Input> {
        self.0
    }

    /// Opens it; browsers allow this only while a click or key press is handled.
    pub(crate) fn open(self) {
        if let Some(input) = self.0.get_untracked() {
            input.click();
        }
    }
}
