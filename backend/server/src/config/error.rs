//! Why flags are refused.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::admin_token::TokenError;
use super::feeds::FeedsError;
use super::origin::OriginError;
use super::shop::ShopError;
use super::tls::TlsError;
use crate::matching::UnknownPart;
use crate::shards::ShardAddressesError;
use crate::shards::token::ShardTokenError;
use crate::traces::EndpointError;

/// Why flags are refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Nothing can listen there.
    #[error("--host: expected an address such as 127.0.0.1 or ::1, or a name such as localhost, got {received:?}")]
    Host {
        /// The flag's value.
        received: String,
    },
    /// One address for two servers.
    #[error("--metrics: expected an address of its own, got {received}, at which visitors are answered")]
    MetricsAddress {
        /// The flag's value.
        received: SocketAddr,
    },
    /// Without a worker no search would run.
    #[error("--workers: expected at least 1, got 0")]
    NoWorkers,
    /// Each worker holds a decoded picture and the network's buffers.
    #[error("--workers: expected at most {limit}, got {received}")]
    TooManyWorkers {
        /// The limit.
        limit: usize,
        /// The flag's value.
        received: usize,
    },
    /// No thread would score the products, or more than any machine runs at once.
    #[error("--match-threads: expected a number from 1 to {limit}, got {received}")]
    MatchThreads {
        /// The limit.
        limit: usize,
        /// The flag's value.
        received: usize,
    },
    /// A token that cannot be used.
    // Not a source: its text is in the message already.
    #[error("the administration's token: {0}")]
    Token(TokenError),
    /// The file of tokens cannot be used.
    // Not a source: its text is in the message already.
    #[error("--admin-tokens {0}")]
    Tokens(String),
    /// Each waiting search holds up to 4 MB.
    #[error("--queue: expected at most {limit}, got {received}")]
    QueueTooLong {
        /// The limit.
        limit: usize,
        /// The flag's value.
        received: usize,
    },
    /// More than the system takes.
    #[error(
        "--socket: expected a path of at most {most} bytes in a folder of at most {most_of_folder}, got {received} in {folder}"
    )]
    SocketPath {
        /// The bytes that a path may have.
        most: usize,
        /// The bytes that its folder may have.
        most_of_folder: usize,
        /// The path's bytes.
        received: usize,
        /// The folder's bytes.
        folder: usize,
    },
    /// Another file is there.
    #[error("--socket {}: expected a free path or a socket that nobody listens on, got another file or folder", path.display())]
    SocketTaken {
        /// The flag's value.
        path: PathBuf,
    },
    /// A file is there.
    #[error("{flag} {}: expected a folder, got a file", path.display())]
    NoFolder {
        /// The flag.
        flag: &'static str,
        /// The flag's value.
        path: PathBuf,
    },
    /// No permissions of a file.
    #[error("--socket-mode: expected permissions as octal digits, such as 660, got {received:?}")]
    SocketMode {
        /// The flag's value.
        received: String,
    },
    /// No certificate, or no key.
    // Not a source: its text is in the message already.
    #[error("{0}")]
    Tls(TlsError),
    /// No name of a header.
    #[error("--client-header: expected the name of a header, such as X-Forwarded-For, got {received:?}")]
    ClientHeader {
        /// The flag's value.
        received: String,
    },
    /// No address of a collector.
    // Not a source: its text is in the message already.
    #[error("--otlp-endpoint: {0}")]
    Endpoint(EndpointError),
    /// An origin that cannot be allowed.
    // Not a source: its text is in the message already.
    #[error("--allow-origin: {0}")]
    Origin(OriginError),
    /// Settings of the shop that cannot be used.
    // Not a source: its text is in the message already.
    #[error("--shop {}: {reason}", file.display())]
    Shop {
        /// The file.
        file: PathBuf,
        /// The reason.
        reason: ShopError,
    },
    /// Scheduled feeds that cannot be used.
    // Not a source: its text is in the message already.
    #[error("--feeds {}: {reason}", file.display())]
    Feeds {
        /// The file.
        file: PathBuf,
        /// The reason.
        reason: FeedsError,
    },
    /// The same of the table in the settings' file.
    #[error("{}: [shop]: {reason}", file.display())]
    ShopTable {
        /// The settings' file.
        file: PathBuf,
        /// The reason.
        reason: ShopError,
    },
    /// The same of the tables in the settings' file.
    #[error("{}: [[feed]] and [fetch]: {reason}", file.display())]
    FeedTables {
        /// The settings' file.
        file: PathBuf,
        /// The reason.
        reason: FeedsError,
    },
    /// The catalogue's address cannot be used.
    #[error("{0}")]
    Catalogue(String),
    /// A server is one of both.
    #[error("expected --shard of a shard or --shards of a front, got both")]
    ShardAndFront,
    /// Not a part.
    // Not a source: its text is in the message already.
    #[error("--shard: {0}")]
    Shard(UnknownPart),
    /// Addresses of shards that cannot be used.
    // Not a source: its text is in the message already.
    #[error("--shards: {0}")]
    Shards(ShardAddressesError),
    /// Shards answer whom they know.
    #[error("{role} needs --shard-token, which fronts and shards share: set SHOP_THE_LOOK_SHARD_TOKEN")]
    NoShardToken {
        /// The flag.
        role: &'static str,
    },
    /// A token that cannot be used.
    // Not a source: its text is in the message already.
    #[error("--shard-token: {0}")]
    ShardToken(ShardTokenError),
    /// What writes a catalogue is no part of a server that shares one.
    #[error("{flag} is for a server that has the whole catalogue, got it with {role}")]
    NotWithShards {
        /// The flag.
        flag: &'static str,
        /// The flag of the server's role.
        role: &'static str,
    },
    /// ONNX Runtime's library cannot be loaded.
    #[error("--onnxruntime: {0}")]
    Runtime(String),
    /// No folder with a manifest.
    #[error("no networks found: expected a manifest.toml in {}; name the folder with --models", tried.join(", "))]
    NoModels {
        /// The folders that were searched.
        tried: Vec<String>,
    },
}
