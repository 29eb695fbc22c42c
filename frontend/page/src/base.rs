//! Where the server is: the page's own origin, or, for a widget in a shop's page, the one it was loaded from.
//! In: the server's address, once. Out: addresses of what it serves.

use std::cell::OnceCell;

thread_local! {
    /// Without a slash at its end; the first one stays, as the widget's loader loads this program once for each server.
    static BASE: OnceCell<String> = const { OnceCell::new() };
}

/// From now on everything is asked of this server.
pub(crate) fn set(server: &str) {
    BASE.with(|base| {
        let _ = base.get_or_init(|| server.trim_end_matches('/').to_owned());
    });
}

/// Whether this program runs in a page of another origin.
pub(crate) fn is_elsewhere() -> bool {
    BASE.with(|base| base.get().is_some())
}

/// The address of a path that the server gave.
pub(crate) fn address(path: &str) -> String {
    BASE.with(|base| match base.get() {
        Some(server) if path.starts_with('/') => format!("{server}{path}"),
        _ => path.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_the_server_and_whole_addresses_stay() {
        assert_eq!((address("/a"), is_elsewhere()), ("/a".to_owned(), false));
        set("https://look.example/");
        set("https://other.example");
        assert_eq!((address("/a"), is_elsewhere()), ("https://look.example/a".to_owned(), true));
        assert_eq!(address("https://pictures.example/a"), "https://pictures.example/a");
    }
}
