//! What the server says of the shop: its name, logo and privacy page. In: the document's head. Out: a [`ShopPage`], and titles.

use std::cell::OnceCell;

use stl_types::wire::{SHOP_ELEMENT, ShopPage, paths};

use crate::browser;
use crate::i18n::{Locale, td_string};

thread_local! {
    /// A widget has none: its page belongs to the shop.
    static SHOP: OnceCell<ShopPage> = const { OnceCell::new() };
}

/// The shop's settings, read once.
pub(crate) fn shop() -> ShopPage {
    SHOP.with(|shop| shop.get_or_init(|| read().unwrap_or_default()).clone())
}

fn read() -> Option<ShopPage> {
    let window = web_sys::window().filter(|_| browser::remembers())?;
    let element = window.document()?.get_element_by_id(SHOP_ELEMENT)?;
    serde_json::from_str(&element.text_content()?).ok()
}

/// The shop's name, or this program's.
pub(crate) fn name(locale: Locale) -> String {
    shop().name.unwrap_or_else(|| td_string!(locale, name))
}

/// Address of the privacy page.
pub(crate) fn privacy() -> String {
    shop().privacy.unwrap_or_else(|| paths::PRIVACY.to_owned())
}

/// Titles the document: a product's name before the shop's.
pub(crate) fn set_title(locale: Locale, product: Option<&str>) {
    let name = name(locale);
    let title = product.map_or_else(|| name.clone(), |product| format!("{product} – {name}"));
    if let Some(document) = web_sys::window().and_then(|window| window.document()) {
        document.set_title(&title);
    }
}
