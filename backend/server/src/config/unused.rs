//! Flags that do nothing beside the others. In: flags. Out: a sentence for each.

use super::args::{Accept, ServeArgs, defaults};
use super::{role, trace};
use crate::cluster::address::is_record;
use crate::shards::WhenMissing;

/// What an operator should know about flags whose values nothing reads.
pub(super) fn notes(args: &ServeArgs) -> Vec<String> {
    let without = |flag: &str, other: &str, then: &str| format!("{flag} has no effect without {other}: {then}");
    let in_folder = !is_record(&args.catalogue.at.catalogue);
    let beside_folder = |is_given: bool, flag: &str| {
        (in_folder && is_given).then(|| without(flag, "--catalogue postgres://…", "the catalogue is a folder"))
    };
    let beside_socket = |is_given: bool, flag: &str| {
        let is_unused = args.socket.is_some() && is_given;
        is_unused.then(|| format!("{flag} has no effect beside --socket: the server listens there only"))
    };
    let (is_shard, is_front) = (args.shards.shard.is_some(), args.shards.is_front());
    let has_token = args.shards.shard_token.as_deref().is_some_and(|token| !token.trim().is_empty());
    let without_shards = |is_given: bool, flag: &str| {
        (!is_front && is_given).then(|| without(flag, "--shards", "the server asks no shards"))
    };
    let beside_shard = |is_given: bool, flag: &str| {
        (is_shard && is_given).then(|| format!("{flag} has no effect beside --shard: the server answers fronts only"))
    };
    let notes = [
        // Beside --connections-per-client the header has an effect: the next note says which.
        (args.client_header.is_some() && args.searches_per_minute.is_none() && args.connections_per_client.is_none())
            .then(|| without("--client-header", "--searches-per-minute", "no client is limited")),
        (args.client_header.is_some() && args.connections_per_client.is_some()).then(|| {
            "--connections-per-client has no effect beside --client-header: all connections are the proxy's".to_owned()
        }),
        (args.socket.is_none() && args.socket_mode != defaults::SOCKET_MODE)
            .then(|| without("--socket-mode", "--socket", "the server listens on a port")),
        beside_socket(args.host != defaults::HOST, "--host"),
        beside_socket(args.port != defaults::PORT, "--port"),
        beside_socket(args.tls_certificate.is_some(), "--tls-certificate"),
        beside_socket(args.connections_per_client.is_some(), "--connections-per-client"),
        (has_token && !is_shard && !is_front)
            .then(|| without("--shard-token", "--shard or --shards", "the server has the whole catalogue")),
        without_shards(args.shards.shard_timeout_ms != role::TIMEOUT_MS, "--shard-timeout-ms"),
        without_shards(args.shards.missing_shards != WhenMissing::default(), "--missing-shards"),
        (args.traces.otlp_endpoint.is_none() && args.traces.otlp_sample != trace::SAMPLE)
            .then(|| without("--otlp-sample", "--otlp-endpoint", "no span is sent")),
        (args.traces.otlp_endpoint.is_none() && args.traces.otlp_traceparent)
            .then(|| without("--otlp-traceparent", "--otlp-endpoint", "no span is sent")),
        beside_shard(args.traces.otlp_traceparent, "--otlp-traceparent"),
        beside_shard(args.events, "--events"),
        beside_shard(!args.allow_origin.is_empty(), "--allow-origin"),
        beside_shard(args.searches_per_minute.is_some(), "--searches-per-minute"),
        beside_shard(args.connections_per_client.is_some(), "--connections-per-client"),
        beside_shard(args.accept != Accept::default(), "--accept"),
        beside_shard(args.shop.is_some(), "--shop"),
        beside_folder(args.catalogue.objects.is_some(), "--objects"),
        beside_folder(args.catalogue.cache.as_os_str() != defaults::CACHE, "--cache"),
        beside_folder(args.cache_mb != defaults::CACHE_MB, "--cache-mb"),
    ];
    notes.into_iter().flatten().collect()
}

/// The same of flags that tell where to listen, for a server that listens on sockets of a service manager.
pub(super) fn beside_inherited(is_socket_given: bool, host: &str, port: u16) -> Vec<String> {
    let given = [(is_socket_given, "--socket"), (host != defaults::HOST, "--host"), (port != defaults::PORT, "--port")];
    let given = given.into_iter().filter(|(is_given, _)| *is_given);
    let note =
        |flag| format!("{flag} has no effect beside sockets of the service manager: the server listens there only");
    given.map(|(_, flag)| note(flag)).collect()
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
        let shards = ["--shards", "http://a", "--shard-timeout-ms", "5", "--missing-shards", "refuse"];
        assert_eq!(notes_of(&[&shards[..], &["--shard-token", "t", "--events", "--shop", "s"]].concat()), [""; 0]);
        assert_eq!(notes_of(&["--shard", "1/2", "--shard-token", "t"]), [""; 0]);
        let traces = ["--otlp-endpoint", "http://a", "--otlp-sample", "0.5", "--otlp-traceparent"];
        assert_eq!(notes_of(&traces), [""; 0]);
        let cases: [(&[&str], &str); 23] = [
            (&["--client-header", "Forwarded"], "--client-header has no effect without --searches-per-minute: "),
            (&["--socket-mode", "600"], "--socket-mode has no effect without --socket: the server listens on a port"),
            (&["--socket", "a.sock", "--host", "::1"], "--host has no effect beside --socket: "),
            (&["--socket", "a.sock", "--port", "81"], "--port has no effect beside --socket: "),
            (
                &["--socket", "a.sock", "--connections-per-client", "9"],
                "--connections-per-client has no effect beside --socket: ",
            ),
            (
                &["--searches-per-minute", "5", "--client-header", "Forwarded", "--connections-per-client", "9"],
                "--connections-per-client has no effect beside --client-header: all connections are the proxy's",
            ),
            (
                &["--client-header", "Forwarded", "--connections-per-client", "9"],
                "--connections-per-client has no effect beside --client-header: all connections are the proxy's",
            ),
            (
                &["--shard", "1/2", "--connections-per-client", "9"],
                "--connections-per-client has no effect beside --shard: ",
            ),
            (&["--shard-token", "t"], "--shard-token has no effect without --shard or --shards: "),
            (&["--shard-timeout-ms", "5"], "--shard-timeout-ms has no effect without --shards: "),
            (&["--missing-shards", "refuse"], "--missing-shards has no effect without --shards: "),
            (&["--shard", "1/2", "--missing-shards", "refuse"], "--missing-shards has no effect without --shards: "),
            (&["--shard", "1/2", "--events"], "--events has no effect beside --shard: the server answers fronts only"),
            (&["--shard", "1/2", "--allow-origin", "https://a"], "--allow-origin has no effect beside --shard: "),
            (&["--shard", "1/2", "--searches-per-minute", "5"], "--searches-per-minute has no effect beside --shard: "),
            (&["--shard", "1/2", "--accept", "numbers"], "--accept has no effect beside --shard: "),
            (&["--shard", "1/2", "--shop", "shop.toml"], "--shop has no effect beside --shard: "),
            (
                &["--shard", "1/2", "--otlp-endpoint", "http://a", "--otlp-traceparent"],
                "--otlp-traceparent has no effect beside --shard: ",
            ),
            (&["--otlp-sample", "0.5"], "--otlp-sample has no effect without --otlp-endpoint: no span is sent"),
            (&["--otlp-traceparent"], "--otlp-traceparent has no effect without --otlp-endpoint: no span is sent"),
            (&["--objects", "file:///o"], "--objects has no effect without --catalogue postgres://…: "),
            (&["--cache", "c"], "--cache has no effect without --catalogue postgres://…: "),
            (&["--cache-mb", "5"], "--cache-mb has no effect without --catalogue postgres://…: "),
        ];
        for (flags, expected) in cases {
            let notes = notes_of(flags);
            assert!(notes.len() == 1 && notes[0].starts_with(expected), "{notes:?}");
        }
    }

    #[test]
    fn flags_that_tell_where_to_listen_are_named_beside_sockets_of_the_manager() {
        assert_eq!(beside_inherited(false, defaults::HOST, defaults::PORT), [""; 0]);
        let notes = beside_inherited(true, "::1", 81);
        for (note, flag) in notes.iter().zip(["--socket", "--host", "--port"]) {
            assert!(
                note.starts_with(&format!("{flag} has no effect beside sockets of the service manager: ")),
                "{note}"
            );
        }
        assert_eq!(notes.len(), 3);
    }
}
