//! Address of the server: the page's own origin, or, for a widget in a shop's page, the one it was loaded from; and the market that its
//! answers are of. In: the server's address, once, and the market's name. Out: addresses of what it serves.

use std::cell::{Cell, OnceCell};

use percent_encoding::utf8_percent_encode;
use stl_types::wire::MARKET;

use crate::filters::ESCAPED;

thread_local! {
    /// Without a slash at its end. The first one stays, as the widget's loader loads this program once for each server.
    static SERVER: OnceCell<String> = const { OnceCell::new() };
    /// As a parameter, `market=NAME`; empty for the shop's first one.
    static PARAMETER: Cell<String> = const { Cell::new(String::new()) };
}

/// Sets the market of all later requests; an empty name is the shop's first one. Widgets of one page share it.
pub(crate) fn set_market(name: &str) {
    let parameter =
        if name.is_empty() { String::new() } else { format!("{MARKET}={}", utf8_percent_encode(name, &ESCAPED)) };
    PARAMETER.set(parameter);
}

/// An address with the market.
pub(crate) fn in_market(mut address: String) -> String {
    let parameter = PARAMETER.take();
    if !parameter.is_empty() {
        address.push(if address.contains('?') { '&' } else { '?' });
        address.push_str(&parameter);
    }
    PARAMETER.set(parameter);
    address
}

/// Sets the server's address, for a page of another origin.
pub(crate) fn set(address: &str) {
    SERVER.with(|server| {
        let _ = server.get_or_init(|| address.trim_end_matches('/').to_owned());
    });
}

/// Whether the program runs in a page that is not its own, usually of another origin.
pub(crate) fn is_foreign_page() -> bool {
    SERVER.with(|server| server.get().is_some())
}

/// The address of a path on the server; whole addresses stay.
pub(crate) fn address(path: &str) -> String {
    SERVER.with(|server| match server.get() {
        Some(server) if path.starts_with('/') => format!("{server}{path}"),
        _ => path.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_market_is_the_last_parameter() {
        assert_eq!(in_market("/a".to_owned()), "/a");
        set_market("Österreich & co");
        assert_eq!(in_market("/a".to_owned()), "/a?market=%C3%96sterreich%20%26%20co");
        set_market("de");
        assert_eq!(in_market("/a?limit=1".to_owned()), "/a?limit=1&market=de");
        set_market("");
        assert_eq!(in_market("/a?limit=1".to_owned()), "/a?limit=1");
    }

    #[test]
    fn paths_lead_to_the_server_and_whole_addresses_stay() {
        assert_eq!((address("/a"), is_foreign_page()), ("/a".to_owned(), false));
        set("https://look.example/");
        set("https://other.example");
        assert_eq!((address("/a"), is_foreign_page()), ("https://look.example/a".to_owned(), true));
        assert_eq!(address("https://pictures.example/a"), "https://pictures.example/a");
    }
}
