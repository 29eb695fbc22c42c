//! Flags and environment become one checked struct. In: [`ServeArgs`]. Out: [`Config`].

use std::net::SocketAddr;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::HeaderName;

use self::host::{is_host, is_taken};
use crate::catalogue::CatalogueOptions;
use crate::cluster::ClusterAddress;
use crate::matching::Device;
use crate::networks::runtime::Runtime;
use crate::parallel::available_threads;
use crate::tokens::TokenFile;
use crate::traces::TraceExport;

mod admin_token;
mod args;
mod error;
mod feeds;
mod file;
mod host;
mod origin;
mod place;
mod role;
mod shop;
mod socket;
mod tls;
mod trace;
mod unused;
pub mod values;

pub use admin_token::{AdminToken, TokenError};
pub use args::{Accept, CatalogueArgs, CatalogueFlag, DeviceArgs, ModelsArgs, ServeArgs};
pub use error::ConfigError;
pub use feeds::{FeedsError, ScheduledFeed, ScheduledFeeds};
pub use file::{ConfigFile, ConfigFileError, ConfigTables};
pub use origin::{Origin, OriginError};
pub use place::Place;
pub use role::{Front, Role, ShardArgs};
pub use shop::{Logo, Notice, NoticeError, Shop, ShopError};
pub use socket::SocketFile;
pub use tls::{TlsError, TlsFiles};
pub use trace::TraceArgs;

/// How often one client may search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientLimit {
    /// Searches in a minute, and at once.
    pub searches_per_minute: NonZero<u32>,
    /// The header in which a proxy names the client; without one a client is who connects.
    pub header: Option<HeaderName>,
}

/// The server's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Host name or address to listen on.
    pub host: String,
    /// Port, 0 for any.
    pub port: u16,
    /// A Unix socket to listen on instead.
    pub socket: Option<SocketFile>,
    /// What HTTPS needs; without it the server speaks HTTP.
    pub tls: Option<TlsFiles>,
    /// The catalogue's folder.
    pub catalogue: PathBuf,
    /// Where the record is that the folder follows; none of a folder that stands for itself.
    pub cluster: Option<ClusterAddress>,
    /// Bytes of pictures in a folder that follows a record.
    pub cache_bytes: u64,
    /// Whether it has all of the catalogue, a part, or asks those that have.
    pub role: Role,
    /// The networks' folder.
    pub models: PathBuf,
    /// The runtime of the encoders.
    pub runtime: Runtime,
    /// The built page's folder.
    pub client: PathBuf,
    /// Searches that run at once, at least 1.
    pub workers: usize,
    /// Searches that may wait.
    pub queue: usize,
    /// Threads and device of the matcher.
    pub matching: CatalogueOptions,
    /// The token of the administration; without one the administration is off.
    pub admin_token: Option<AdminToken>,
    /// The file of further tokens.
    pub admin_tokens: Option<PathBuf>,
    /// Whether uploaded feeds may name addresses of loopback and private networks.
    pub private_addresses_allowed: bool,
    /// The feeds that the server fetches by itself, and how hosts are asked.
    pub feeds: ScheduledFeeds,
    /// Whether events of shoppers are counted.
    pub events: bool,
    /// Where metrics are answered; without an address there are none.
    pub metrics: Option<SocketAddr>,
    /// Where spans are sent; without it they are not.
    pub traces: Option<TraceExport>,
    /// Whether `traceparent` is the proxy's, whose trace a request continues.
    pub traceparent_trusted: bool,
    /// How often one client may search; as often as it likes without a limit.
    pub client_limit: Option<ClientLimit>,
    /// Connections that one client may hold; any number without a limit, as behind a proxy, which holds those of all.
    pub connections_per_client: Option<NonZero<u32>>,
    /// Pages of other origins that may use the server.
    pub allowed_origins: Vec<Origin>,
    /// The shop's name and looks.
    pub shop: Shop,
    /// How long a search may wait and run. After this the client gets 503 and may try again.
    pub search_timeout: Duration,
    /// How long a request may take, including the arrival of its body. Uploads of feeds are limited by silence and rate instead.
    pub request_timeout: Duration,
}

impl Config {
    /// A search waits and runs at most this long: visitors give up earlier.
    const SEARCH_TIMEOUT: Duration = Duration::from_secs(15);
    /// A cutout of 1 MB arrives within this on a connection of 0.3 Mbit/s.
    const REQUEST_TIMEOUT: Duration = Duration::from_secs(45);
    /// More workers than any machine has cores.
    const MAX_WORKERS: usize = 1024;
    /// 4096 waiting uploads hold at most 16 GB.
    const MAX_QUEUE: usize = 4096;

    /// Checks the flags of `serve`.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn from_args(args: ServeArgs) -> Result<Self, ConfigError> {
        for note in unused::notes(&args) {
            tracing::warn!("{note}");
        }
        let workers = match args.workers.unwrap_or_else(available_threads) {
            0 => return Err(ConfigError::NoWorkers),
            received if received > Self::MAX_WORKERS => {
                return Err(ConfigError::TooManyWorkers { limit: Self::MAX_WORKERS, received });
            }
            workers => workers,
        };
        let threads = args.match_threads.unwrap_or_else(available_threads);
        if !(1..=Self::MAX_WORKERS).contains(&threads) {
            return Err(ConfigError::MatchThreads { limit: Self::MAX_WORKERS, received: threads });
        }
        if !is_host(&args.host) {
            return Err(ConfigError::Host { received: args.host });
        }
        if let Some(received) = args.metrics.filter(|address| is_taken(*address, &args.host, args.port)) {
            return Err(ConfigError::MetricsAddress { received });
        }
        let admin_token =
            args.admin_token.as_deref().map(AdminToken::checked).transpose().map_err(ConfigError::Token)?.flatten();
        if let Some(file) = &args.admin_tokens {
            let tokens = TokenFile::read(file).map_err(|error| ConfigError::Tokens(error.to_string()))?;
            if tokens.tokens.is_empty() {
                tracing::warn!("{} has no token yet: `shop-the-look token add` makes one", file.display());
            }
        }
        let traces = args.traces.export()?;
        let header = args
            .client_header
            .map(|name| name.parse::<HeaderName>().map_err(|_| ConfigError::ClientHeader { received: name }));
        let header = header.transpose()?;
        let connections_per_client = args.connections_per_client.filter(|_| header.is_none());
        let client_limit =
            args.searches_per_minute.map(|searches_per_minute| ClientLimit { searches_per_minute, header });
        let socket = args.socket.map(|path| SocketFile::new(path, &args.socket_mode)).transpose()?;
        let tls = TlsFiles::of(args.tls_certificate, args.tls_key).map_err(ConfigError::Tls)?;
        if args.queue > Self::MAX_QUEUE {
            return Err(ConfigError::QueueTooLong { limit: Self::MAX_QUEUE, received: args.queue });
        }
        // A list may have spaces after its commas, and a comma at its end.
        let origins = args.allow_origin.iter().map(|origin| origin.trim()).filter(|origin| !origin.is_empty());
        let allowed_origins = origins.map(str::parse).collect::<Result<_, _>>().map_err(ConfigError::Origin)?;
        let ConfigTables { shop, feeds, file: settings, folder } = args.tables;
        let shop = match (args.shop, shop) {
            (Some(file), _) => Shop::read(&file).map_err(|reason| ConfigError::Shop { file, reason })?,
            (None, Some(text)) => Shop::of_settings(&text, &folder)
                .map_err(|reason| ConfigError::ShopTable { file: settings.clone(), reason })?,
            (None, None) => Shop::default(),
        };
        let feeds = match (args.feeds, feeds) {
            (Some(file), _) => ScheduledFeeds::read(&file).map_err(|reason| ConfigError::Feeds { file, reason })?,
            (None, Some(text)) => ScheduledFeeds::of_settings(&text, &folder)
                .map_err(|reason| ConfigError::FeedTables { file: settings, reason })?,
            (None, None) => ScheduledFeeds::default(),
        };
        let shop = Shop { only_numbers: args.accept == Accept::Numbers, ..shop };
        for note in shop.notes() {
            tracing::warn!("{note}");
        }
        let (catalogue, cluster) = match args.catalogue.place()? {
            Place::Folder(folder) => (folder, None),
            Place::Cluster(address) => (address.cache.clone(), Some(address)),
        };
        for (flag, path) in [("--catalogue", &catalogue), ("--client", &args.client)] {
            if path.exists() && !path.is_dir() {
                return Err(ConfigError::NoFolder { flag, path: path.clone() });
            }
        }
        let role = args.shards.role()?;
        let writes = [
            ("--admin-token", admin_token.is_some()),
            ("--admin-tokens", args.admin_tokens.is_some()),
            ("--feeds", !feeds.feeds.is_empty()),
        ];
        if let Some((flag, _)) = writes.into_iter().find(|(_, is_given)| *is_given)
            && let Some(role) = role.flag()
        {
            return Err(ConfigError::NotWithShards { flag, role });
        }
        Ok(Self {
            host: args.host,
            port: args.port,
            socket,
            tls,
            catalogue,
            cluster,
            cache_bytes: u64::from(args.cache_mb) * 1_000_000,
            role,
            models: args.models.resolve()?,
            runtime: args.models.runtime()?,
            client: args.client,
            workers,
            queue: args.queue,
            matching: CatalogueOptions { threads, device: args.device.device },
            admin_token,
            admin_tokens: args.admin_tokens,
            private_addresses_allowed: args.allow_private_addresses,
            feeds,
            events: args.events,
            metrics: args.metrics,
            traceparent_trusted: traces.is_some() && args.traces.otlp_traceparent,
            traces,
            client_limit,
            connections_per_client,
            allowed_origins,
            shop,
            search_timeout: Self::SEARCH_TIMEOUT,
            request_timeout: Self::REQUEST_TIMEOUT,
        })
    }

    /// What an operator should know of a server that listens on sockets of a service manager, of which `has_port` tells whether one is a port: flags
    /// that have no effect, a sentence for each.
    #[must_use]
    pub fn notes_beside_inherited(&self, has_port: bool) -> Vec<String> {
        let mut notes = unused::beside_inherited(self.socket.is_some(), &self.host, self.port);
        if self.tls.is_some() && !has_port {
            notes.push("--tls-certificate has no effect beside Unix sockets: HTTPS is for ports".to_owned());
        }
        if self.connections_per_client.is_some() && !has_port {
            notes.push(
                "--connections-per-client has no effect beside Unix sockets: who connects has no address".to_owned(),
            );
        }
        notes
    }

    /// Two workers, the source tree's networks, any port, and timeouts that a debug build keeps.
    #[must_use]
    pub fn for_testing(catalogue: &Path, client: &Path) -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 0,
            socket: None,
            tls: None,
            catalogue: catalogue.to_owned(),
            cluster: None,
            cache_bytes: 1_000_000_000,
            role: Role::Whole,
            models: args::source_models(),
            runtime: Runtime::default(),
            client: client.to_owned(),
            workers: 2,
            queue: 16,
            matching: CatalogueOptions { threads: 2, device: Device::Cpu },
            admin_token: None,
            admin_tokens: None,
            private_addresses_allowed: false,
            feeds: ScheduledFeeds::default(),
            events: false,
            metrics: None,
            traces: None,
            traceparent_trusted: false,
            client_limit: None,
            connections_per_client: None,
            allowed_origins: Vec::new(),
            shop: Shop::default(),
            search_timeout: Duration::from_secs(60),
            request_timeout: Duration::from_secs(120),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(flags: &[&str]) -> Result<Config, ConfigError> {
        Config::from_args(ServeArgs::of(flags))
    }

    #[test]
    fn flags_are_checked_once() {
        let checked = config(&["--port", "0", "--workers", "3"]).expect("good flags");
        assert_eq!((checked.port, checked.workers, checked.queue), (0, 3, 64));
        assert_eq!(checked.matching.device, Device::Auto);
        let held = |flags: &[&str]| config(flags).expect("good flags").connections_per_client.map(NonZero::get);
        assert_eq!((held(&[]), held(&["--connections-per-client", "64"])), (None, Some(64)));
        let behind_proxy = ["--connections-per-client", "64", "--client-header", "X-Real-IP"];
        assert_eq!(held(&behind_proxy), None, "all connections are the proxy's");
        assert_eq!(config(&["--workers", "0"]).err(), Some(ConfigError::NoWorkers));
        assert!(matches!(config(&["--match-threads", "0"]), Err(ConfigError::MatchThreads { .. })));
        assert_eq!(config(&["--device", "gpu:1"]).expect("a device").matching.device, Device::Gpu(Some(1)));
        let socket = config(&["--socket", "look.sock", "--socket-mode", "600"]).expect("good flags").socket;
        assert_eq!(socket, Some(SocketFile { path: "look.sock".into(), mode: 0o600 }));
        for mode in ["", "rw", "1777", "680", "-1"] {
            let flags = [format!("--socket-mode={mode}"), "--socket=look.sock".to_owned()];
            let refused = config(&flags.each_ref().map(String::as_str)).err();
            assert_eq!(refused, Some(ConfigError::SocketMode { received: mode.to_owned() }));
        }
        assert!(matches!(config(&["--queue", "999999"]), Err(ConfigError::QueueTooLong { .. })));
        let origins =
            config(&["--allow-origin", "https://a.example,https://b.example", "--allow-origin", "http://c:1"]);
        let origins = origins.expect("origins").allowed_origins;
        let origins: Vec<String> = origins.iter().map(ToString::to_string).collect();
        assert_eq!(origins, ["https://a.example", "https://b.example", "http://c:1"]);
        let origins =
            config(&["--allow-origin", "https://a.example, https://b.example ,"]).expect("origins").allowed_origins;
        assert_eq!(origins.len(), 2);
        let error: Box<dyn std::error::Error> = config(&["--allow-origin", "*"]).expect_err("refused").into();
        assert!(error.source().is_none(), "the reason is written once: {error}");
        assert_eq!(config(&["--allow-origin", "*"]).err(), Some(ConfigError::Origin(OriginError::Everybody)));
        let refused = config(&["--host", "[::1]"]).err();
        assert_eq!(refused, Some(ConfigError::Host { received: "[::1]".to_owned() }));
        let refused = config(&["--port", "9464", "--metrics"]).expect_err("refused").to_string();
        assert!(refused.ends_with("got 127.0.0.1:9464, at which visitors are answered"), "{refused}");
        let refused = config(&["--otlp-endpoint", "collector:4318"]).expect_err("refused").to_string();
        assert_eq!(refused, "--otlp-endpoint: expected an address such as http://127.0.0.1:4318, got something else");
        let traced = config(&["--otlp-endpoint", "http://127.0.0.1:4318", "--otlp-traceparent"]).expect("good flags");
        assert!(traced.traces.is_some() && traced.traceparent_trusted);
        assert!(matches!(config(&["--models", "/nowhere"]), Err(ConfigError::NoModels { .. })));
        let database = ["--catalogue", "postgres://a:secret@b/c", "--objects", "file:///objects"];
        let checked = config(&[&database[..], &["--cache", "here"]].concat()).expect("an address");
        assert_eq!((checked.catalogue.as_path(), checked.cluster.is_some()), (Path::new("here"), true));
        assert!(matches!(config(&database[..2]), Err(ConfigError::Catalogue(reason)) if !reason.contains("secret")));
        let token = ["--admin-token", "0123456789abcdef0123456789abcdef"];
        let administered = config(&[&database[..], &token[..]].concat()).expect("an administration of a database");
        assert!(administered.cluster.is_some() && administered.admin_token.is_some());
        for (flags, expected) in [
            (&["--shard", "5/4"][..], "--shard: expected a part and how many there are, such as 2/4"),
            (&["--shard", "0/4"], "got \"0/4\""),
            (&["--shards", "nowhere"], "--shards: expected an address such as http://10.0.0.5:8080"),
            (&["--shards", "http://a", "--shard", "1/2"], "expected --shard of a shard or --shards of a front"),
        ] {
            let with_token = [flags, &["--shard-token", "0123456789abcdef"]].concat();
            let refused = config(&with_token).expect_err("refused").to_string();
            assert!(refused.contains(expected), "{flags:?}: {refused}");
        }
        assert_eq!(config(&["--shard", "1/2"]).err(), Some(ConfigError::NoShardToken { role: "--shard" }));
        let shard = ["--shard", "1/2", "--shard-token", "0123456789abcdef"];
        let refused = config(&[&shard[..], &token[..]].concat()).err();
        assert_eq!(refused, Some(ConfigError::NotWithShards { flag: "--admin-token", role: "--shard" }));
        let front = config(&["--shards", "http://a,http://b http://c", "--shard-token", "0123456789abcdef"]);
        let Role::Front(front) = front.expect("a front").role else { panic!("expected a front") };
        assert_eq!(front.addresses.parts().map(|(_, replicas)| replicas.len()).collect::<Vec<_>>(), [2, 1]);
        let message = config(&["--admin-tokens", "/nowhere/at/all"]).expect("none yet").admin_tokens;
        assert_eq!(message.as_deref(), Some(Path::new("/nowhere/at/all")));
        let folder = std::env::temp_dir();
        let message = config(&["--admin-tokens", &folder.display().to_string()]).expect_err("a folder").to_string();
        assert!(message.starts_with("--admin-tokens /"), "{message}");
        let message = config(&["--shop", "/nowhere/shop.toml"]).expect_err("refused").to_string();
        assert!(message.starts_with("--shop /nowhere/shop.toml: the file cannot be read"), "{message}");
    }
}
