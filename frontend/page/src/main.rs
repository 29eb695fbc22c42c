//! The page of Shop the look.
//!
//! The way of a photo: [`capture`] checks the file that was chosen, taken with the [`camera`] or [`share`]d by another
//! app, [`segmenter`] has the worker cut the person out, [`api`] sends the cutout and reads the cards, [`components`] show
//! all of it. [`journey`] walks these steps in order; no step calls backwards. The photo itself goes to the worker and into
//! an `<img>`, and nowhere else. [`widget`] is the same page in an element of a shop's page.

mod api;
mod app;
mod browser;
mod camera;
mod capture;
mod choices;
mod components;
mod encoder;
mod failure;
mod file_dialog;
mod filters;
mod format;
mod history;
mod host;
mod i18n;
mod journey;
mod json_ld;
mod mask_edit;
mod offline;
mod pressed;
mod report;
mod saved_products;
mod search_params;
mod segmenter;
mod server;
mod share;
mod shop;
mod sight;
mod state;
mod swatches;
mod turned;
mod widget;

fn main() {
    console_error_panic_hook::set_once();
    app::mount();
}
