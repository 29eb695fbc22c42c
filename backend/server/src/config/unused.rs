//! Flags that do nothing beside the others. In: flags. Out: a sentence for each.

use super::args::{ServeArgs, defaults};
use crate::cluster::address::is_record;

/// What an operator should know about flags whose values nothing reads.
pub(super) fn notes(args: &ServeArgs) -> Vec<String> {
    let without = |flag: &str, other: &str, then: &str| format!("{flag} has no effect without {other}: {then}");
    let in_folder = !is_record(&args.catalogue.catalogue);
    let beside_folder = |is_given: bool, flag: &str| {
        (in_folder && is_given).then(|| without(flag, "--catalogue postgres://…", "the catalogue is a folder"))
    };
    let beside_socket = |is_given: bool, flag: &str| {
        let is_unused = args.socket.is_some() && is_given;
        is_unused.then(|| format!("{flag} has no effect beside --socket: the server listens there only"))
    };
    let notes = [
        (args.client_header.is_some() && args.searches_per_minute.is_none())
            .then(|| without("--client-header", "--searches-per-minute", "no client is limited")),
        (args.socket.is_none() && args.socket_mode != defaults::SOCKET_MODE)
            .then(|| without("--socket-mode", "--socket", "the server listens on a port")),
        beside_socket(args.host != defaults::HOST, "--host"),
        beside_socket(args.port != defaults::PORT, "--port"),
        beside_socket(args.tls_certificate.is_some(), "--tls-certificate"),
        beside_folder(args.catalogue.objects.is_some(), "--objects"),
        beside_folder(args.catalogue.cache.as_os_str() != defaults::CACHE, "--cache"),
        beside_folder(args.cache_mb != defaults::CACHE_MB, "--cache-mb"),
    ];
    notes.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes_of(flags: &[&str]) -> Vec<String> {
        notes(&ServeArgs::of(flags))
    }

    #[test]
    fn each_flag_without_effect_is_named() {
        assert_eq!(notes_of(&["--port", "81", "--host", "::1"]), Vec::<String>::new());
        assert_eq!(notes_of(&["--socket", "a.sock", "--socket-mode", "600"]), Vec::<String>::new());
        let record = ["--catalogue", "postgres://a/b", "--objects", "file:///o", "--cache", "c", "--cache-mb", "5"];
        assert_eq!(notes_of(&record), Vec::<String>::new());
        let cases: [(&[&str], &str); 7] = [
            (&["--client-header", "Forwarded"], "--client-header has no effect without --searches-per-minute: "),
            (&["--socket-mode", "600"], "--socket-mode has no effect without --socket: the server listens on a port"),
            (&["--socket", "a.sock", "--host", "::1"], "--host has no effect beside --socket: "),
            (&["--socket", "a.sock", "--port", "81"], "--port has no effect beside --socket: "),
            (&["--objects", "file:///o"], "--objects has no effect without --catalogue postgres://…: "),
            (&["--cache", "c"], "--cache has no effect without --catalogue postgres://…: "),
            (&["--cache-mb", "5"], "--cache-mb has no effect without --catalogue postgres://…: "),
        ];
        for (flags, expected) in cases {
            let notes = notes_of(flags);
            assert!(notes.len() == 1 && notes[0].starts_with(expected), "{notes:?}");
        }
    }
}
