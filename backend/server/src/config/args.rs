//! Flags and environment variables, unchecked. In: the command line. Out: [`ServeArgs`], which [`Config`](super::Config) checks.

use std::net::SocketAddr;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use clap::{ArgAction, Args, ValueEnum};

use super::error::ConfigError;
use super::file::ConfigTables;
use super::role::ShardArgs;
use super::trace::TraceArgs;
use super::values::{at_least_once, listening, number, switch};
use crate::matching::Device;
use crate::networks::runtime::Runtime;

/// A folder of networks contains this file.
const MANIFEST: &str = "manifest.toml";

/// More than any of these numbers may be; some have limits of their own, which [`Config`](super::Config) checks.
const MANY: u64 = u32::MAX as u64;

/// Values of flags that are not given, where another module compares with them.
pub(super) mod defaults {
    /// Of `--host`.
    pub(in crate::config) const HOST: &str = "127.0.0.1";
    /// Of `--port`.
    pub(in crate::config) const PORT: u16 = 8080;
    /// Of `--socket-mode`.
    pub(in crate::config) const SOCKET_MODE: &str = "660";
    /// Of `--cache`.
    pub(in crate::config) const CACHE: &str = "catalogue-cache";
    /// Of `--cache-mb`.
    pub(in crate::config) const CACHE_MB: u32 = 10_000;
}

/// What visitors may send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Accept {
    /// Cutouts, or numbers that the visitor's browser has computed of one.
    #[default]
    All,
    /// Numbers only: no picture is ever read.
    Numbers,
}

/// Flags of `serve`.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Address to listen on; 0.0.0.0 for all
    #[arg(long, env = "SHOP_THE_LOOK_HOST", default_value = defaults::HOST)]
    pub host: String,
    /// Port to listen on; 0 lets the system choose
    #[arg(long, env = "SHOP_THE_LOOK_PORT", default_value_t = defaults::PORT, value_parser = number::<u16>(0, 65_535))]
    pub port: u16,
    /// Listen on a Unix socket at this path instead, for a proxy on the same machine
    #[arg(long, env = "SHOP_THE_LOOK_SOCKET", value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// Permissions of the Unix socket: 660 lets its user and group connect
    #[arg(long, env = "SHOP_THE_LOOK_SOCKET_MODE", value_name = "OCTAL", default_value = defaults::SOCKET_MODE)]
    pub socket_mode: String,
    /// Speak HTTPS with this certificate: a PEM file, the server's own first; new files are taken up within seconds
    #[arg(long, env = "SHOP_THE_LOOK_TLS_CERTIFICATE", value_name = "FILE")]
    pub tls_certificate: Option<PathBuf>,
    /// The certificate's private key, a PEM file
    #[arg(long, env = "SHOP_THE_LOOK_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// The catalogue's folder.
    #[command(flatten)]
    pub catalogue: CatalogueArgs,
    /// Beside a database: megabytes of pictures that the cache keeps; others are fetched when they are asked for
    #[arg(long, env = "SHOP_THE_LOOK_CACHE_MB", value_name = "MB", default_value_t = defaults::CACHE_MB, value_parser = number::<u32>(0, MANY))]
    pub cache_mb: u32,
    /// The networks' folder and runtime.
    #[command(flatten)]
    pub models: ModelsArgs,
    /// Folder of the built page
    #[arg(long, env = "SHOP_THE_LOOK_CLIENT", value_name = "DIR", default_value = "dist")]
    pub client: PathBuf,
    /// File with the shop's name, logo and colours, e.g. shop.toml
    #[arg(long, env = "SHOP_THE_LOOK_SHOP", value_name = "FILE")]
    pub shop: Option<PathBuf>,
    /// What visitors may send: cutouts or numbers, or numbers only
    #[arg(long, env = "SHOP_THE_LOOK_ACCEPT", value_enum, default_value_t)]
    pub accept: Accept,
    /// Searches that run at once [default: one for each core]
    #[arg(long, env = "SHOP_THE_LOOK_WORKERS", value_name = "N", value_parser = number::<usize>(0, MANY))]
    pub workers: Option<usize>,
    /// Searches that may wait; more are answered with 503
    #[arg(long, env = "SHOP_THE_LOOK_QUEUE", value_name = "N", default_value_t = 64, value_parser = number::<usize>(0, MANY))]
    pub queue: usize,
    /// Threads that share a pass over the products [default: one for each core]
    #[arg(long, env = "SHOP_THE_LOOK_MATCH_THREADS", value_name = "N", value_parser = number::<usize>(0, MANY))]
    pub match_threads: Option<usize>,
    /// The device that encodes pictures and scores the products.
    #[command(flatten)]
    pub device: DeviceArgs,
    /// Servers that share the catalogue.
    #[command(flatten)]
    pub shards: ShardArgs,
    /// Bearer token of /api/v1/admin, better set in the environment; without it the administration is off
    #[arg(long, env = "SHOP_THE_LOOK_ADMIN_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub admin_token: Option<String>,
    /// File of named tokens of the administration, made by `shop-the-look token`
    #[arg(long, env = "SHOP_THE_LOOK_ADMIN_TOKENS", value_name = "FILE")]
    pub admin_tokens: Option<PathBuf>,
    /// File with the feeds that the server fetches by itself, and how hosts are asked, e.g. feeds.toml
    #[arg(long, env = "SHOP_THE_LOOK_FEEDS", value_name = "FILE")]
    pub feeds: Option<PathBuf>,
    /// Searches that one client may make in a minute; more are answered with 429 [default: any number]
    #[arg(long, env = "SHOP_THE_LOOK_SEARCHES_PER_MINUTE", value_name = "N", value_parser = at_least_once)]
    pub searches_per_minute: Option<NonZero<u32>>,
    /// Connections that one client may hold at ports without a proxy; further ones are closed [default: any number]
    #[arg(long, env = "SHOP_THE_LOOK_CONNECTIONS_PER_CLIENT", value_name = "N", value_parser = at_least_once)]
    pub connections_per_client: Option<NonZero<u32>>,
    /// Header in which the proxy in front of the server names the client, e.g. X-Forwarded-For or Forwarded; only if nobody else reaches the server
    #[arg(long, env = "SHOP_THE_LOOK_CLIENT_HEADER", value_name = "NAME")]
    pub client_header: Option<String>,
    /// Feeds may name pictures on this machine and in private networks, and scheduled feeds may lie there
    #[arg(long, env = "SHOP_THE_LOOK_ALLOW_PRIVATE_ADDRESSES", action = ArgAction::Set, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    #[arg(value_parser = switch())]
    pub allow_private_addresses: bool,
    /// Count what shoppers do with products, by hour (POST /api/v1/events); nothing of it identifies them
    #[arg(long, env = "SHOP_THE_LOOK_EVENTS", action = ArgAction::Set, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    #[arg(value_parser = switch())]
    pub events: bool,
    /// Address for Prometheus' metrics, GET /metrics, apart from the visitors' [default with the flag alone: 127.0.0.1:9464]
    #[arg(long, env = "SHOP_THE_LOOK_METRICS", value_name = "ADDRESS", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "127.0.0.1:9464", value_parser = listening)]
    pub metrics: Option<SocketAddr>,
    /// Where spans are sent.
    #[command(flatten)]
    pub traces: TraceArgs,
    /// Origin of a page that may use the search and show the widget, e.g. https://shop.example; may be given several times
    #[arg(long, env = "SHOP_THE_LOOK_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub allow_origin: Vec<String>,
    /// What the settings' file holds beside values of flags.
    #[arg(skip)]
    pub tables: ConfigTables,
}

#[cfg(test)]
impl ServeArgs {
    /// Those of a command line.
    pub(super) fn of(flags: &[&str]) -> Self {
        #[derive(clap::Parser)]
        struct Program {
            #[command(flatten)]
            serve: ServeArgs,
        }
        let program: Program = clap::Parser::parse_from([&["serve"], flags].concat());
        program.serve
    }
}

/// The device that encodes pictures and scores the products.
#[derive(Clone, Copy, Debug, Args)]
pub struct DeviceArgs {
    /// Device that encodes pictures and scores the products: auto (a graphics processor if there is one, else the processor), cpu, gpu or gpu:N
    #[arg(long, env = "SHOP_THE_LOOK_DEVICE", value_name = "DEVICE", default_value_t = Device::Auto)]
    pub device: Device,
}

/// The catalogue's folder or database.
#[derive(Clone, Debug, Args)]
pub struct CatalogueFlag {
    /// Folder of the catalogue; or its database, postgres://USER:PASSWORD@HOST/DATABASE, better set in the environment
    #[arg(
        long,
        env = "SHOP_THE_LOOK_CATALOGUE",
        value_name = "DIR",
        default_value = "catalogue",
        hide_env_values = true
    )]
    pub catalogue: PathBuf,
}

/// Where the catalogue is, and of one in a database its files.
#[derive(Clone, Debug, Args)]
pub struct CatalogueArgs {
    /// Its folder or database.
    #[command(flatten)]
    pub at: CatalogueFlag,
    /// Beside a database: where its files are, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX or file:///FOLDER
    #[arg(long, env = "SHOP_THE_LOOK_OBJECTS", value_name = "URL")]
    pub objects: Option<String>,
    /// Beside a database: folder that this process keeps up to date; each process has one of its own
    #[arg(long, env = "SHOP_THE_LOOK_CACHE", value_name = "DIR", default_value = defaults::CACHE)]
    pub cache: PathBuf,
}

/// The networks' folder and runtime.
#[derive(Clone, Debug, Args)]
pub struct ModelsArgs {
    /// Folder of the networks and their manifest [default: the first `models` here, beside the program or above it]
    #[arg(long, env = "SHOP_THE_LOOK_MODELS", value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// Encode with ONNX Runtime: its library, e.g. libonnxruntime.so; with tract if not given
    #[cfg(feature = "onnxruntime")]
    #[arg(long, env = "ORT_DYLIB_PATH", value_name = "FILE")]
    pub onnxruntime: Option<PathBuf>,
}

impl ModelsArgs {
    /// The runtime of the encoders.
    ///
    /// # Errors
    /// When ONNX Runtime's library cannot be loaded.
    pub fn runtime(&self) -> Result<Runtime, ConfigError> {
        #[cfg(feature = "onnxruntime")]
        if let Some(library) = &self.onnxruntime {
            let opened = crate::networks::runtime::OnnxRuntime::open(library);
            return opened.map(Runtime::OnnxRuntime).map_err(|error| ConfigError::Runtime(error.to_string()));
        }
        Ok(Runtime::default())
    }

    /// The folder that was named; else the first `models` that contains a manifest: in the working directory, beside
    /// the program or above it, or, of a build for tests, in the source tree.
    ///
    /// # Errors
    /// When none of them contains a manifest.
    pub fn resolve(&self) -> Result<PathBuf, ConfigError> {
        let candidates = match &self.models {
            Some(named) => vec![named.clone()],
            None => {
                let program = std::env::current_exe().unwrap_or_default();
                let above = program.ancestors().skip(1).map(|folder| folder.join("models"));
                // A release names no folder of the machine that has built it.
                let sources = cfg!(debug_assertions).then(source_models);
                std::iter::once(PathBuf::from("models")).chain(above).chain(sources).collect()
            }
        };
        let found = candidates.iter().find(|folder| folder.join(MANIFEST).is_file());
        found.cloned().ok_or_else(|| ConfigError::NoModels {
            tried: candidates.iter().map(|folder| folder.display().to_string()).collect(),
        })
    }
}

/// The networks of the source tree.
pub(super) fn source_models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}
