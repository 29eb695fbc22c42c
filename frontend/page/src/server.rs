//! Address of the server: the page's own origin, or, for a widget in a shop's page, the one it was loaded from.
//! In: the server's address, once. Out: addresses of what it serves.

use std::cell::OnceCell;

thread_local! {
    /// Without a slash at its end. The first one stays, as the widget's loader loads this program once for each server.
    static SERVER: OnceCell<String> = const { OnceCell::new() };
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
    fn paths_lead_to_the_server_and_whole_addresses_stay() {
        assert_eq!((address("/a"), is_foreign_page()), ("/a".to_owned(), false));
        set("https://look.example/");
        set("https://other.example");
        assert_eq!((address("/a"), is_foreign_page()), ("https://look.example/a".to_owned(), true));
        assert_eq!(address("https://pictures.example/a"), "https://pictures.example/a");
    }
}
