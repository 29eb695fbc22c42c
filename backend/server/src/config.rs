//! Flags and environment become one checked struct. In: [`ServeArgs`], [`CatalogueArgs`], [`ModelsArgs`].
//! Out: [`Config`], or folders that exist.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use crate::catalogue::CatalogueOptions;
use crate::http::admin::AdminToken;
use crate::http::origins::{Origin, OriginError};
use crate::matching::Device;
use crate::networks::runtime::Runtime;
use crate::parallel::available_threads;

/// Name of the models' manifest, by which their folder is recognised.
const MANIFEST: &str = "manifest.toml";

/// Flags of `serve`.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Address to listen on; 0.0.0.0 for all
    #[arg(long, env = "SHOP_THE_LOOK_HOST", default_value = "127.0.0.1")]
    pub host: String,
    /// Port to listen on; 0 lets the system choose
    #[arg(long, env = "SHOP_THE_LOOK_PORT", default_value_t = 8080)]
    pub port: u16,
    /// Where the catalogue lies.
    #[command(flatten)]
    pub catalogue: CatalogueArgs,
    /// Where the networks lie.
    #[command(flatten)]
    pub models: ModelsArgs,
    /// Folder of the built page
    #[arg(long, env = "SHOP_THE_LOOK_CLIENT", value_name = "DIR", default_value = "dist")]
    pub client: PathBuf,
    /// Searches that run at once [default: one for each core]
    #[arg(long, env = "SHOP_THE_LOOK_WORKERS", value_name = "N")]
    pub workers: Option<usize>,
    /// Searches that may wait; more are answered with 503
    #[arg(long, env = "SHOP_THE_LOOK_QUEUE", value_name = "N", default_value_t = 64)]
    pub queue: usize,
    /// Threads that share a pass over the articles [default: one for each core]
    #[arg(long, env = "SHOP_THE_LOOK_MATCH_THREADS", value_name = "N")]
    pub match_threads: Option<usize>,
    /// Where the articles are scored.
    #[command(flatten)]
    pub device: DeviceArgs,
    /// Bearer token of /api/v1/admin, better set in the environment; without it there is no administration
    #[arg(long, env = "SHOP_THE_LOOK_ADMIN_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub admin_token: Option<String>,
    /// Uploaded feeds may name pictures on this machine and in private networks
    #[arg(long)]
    pub allow_private_addresses: bool,
    /// Origin of a page that may use the search and show the widget, e.g. https://shop.example; may be given several times
    #[arg(long, env = "SHOP_THE_LOOK_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub allow_origin: Vec<String>,
}

/// Where the articles are scored.
#[derive(Clone, Copy, Debug, Args)]
pub struct DeviceArgs {
    /// What scores the articles: auto (a graphics processor where there is one, else the processor), cpu, gpu or gpu:N
    #[arg(long, env = "SHOP_THE_LOOK_DEVICE", value_name = "DEVICE", default_value_t = Device::Auto)]
    pub device: Device,
}

/// Where the catalogue lies.
#[derive(Clone, Debug, Args)]
pub struct CatalogueArgs {
    /// Folder of the catalogue
    #[arg(long, env = "SHOP_THE_LOOK_CATALOGUE", value_name = "DIR", default_value = "catalogue")]
    pub catalogue: PathBuf,
}

/// Where the networks lie.
#[derive(Clone, Debug, Args)]
pub struct ModelsArgs {
    /// Folder of the networks and their manifest [default: `models`, here or above the program]
    #[arg(long, env = "SHOP_THE_LOOK_MODELS", value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// Encode by ONNX Runtime: its library, e.g. libonnxruntime.so; by tract without it
    #[cfg(feature = "onnxruntime")]
    #[arg(long, env = "ORT_DYLIB_PATH", value_name = "FILE")]
    pub onnxruntime: Option<PathBuf>,
}

/// What the server runs with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Host name or address to listen on.
    pub host: String,
    /// Port, 0 for any.
    pub port: u16,
    /// The catalogue's folder.
    pub catalogue: PathBuf,
    /// The networks' folder.
    pub models: PathBuf,
    /// What runs the encoders.
    pub runtime: Runtime,
    /// The built page's folder.
    pub client: PathBuf,
    /// Searches that run at once, at least 1.
    pub workers: usize,
    /// Searches that may wait.
    pub queue: usize,
    /// How the catalogue is searched.
    pub matching: CatalogueOptions,
    /// Who may change the catalogue.
    pub admin_token: Option<AdminToken>,
    /// Whether uploaded feeds may name addresses of loopback and private networks.
    pub private_addresses_allowed: bool,
    /// Pages of other origins that may use the server.
    pub allowed_origins: Vec<Origin>,
    /// How long a search may wait and run before its client is told to try again.
    pub search_timeout: Duration,
    /// How long any request may take, its body's arrival included.
    pub request_timeout: Duration,
}

/// Flags that do not make sense.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// No worker would answer.
    #[error("--workers: expected at least 1, got 0")]
    NoWorkers,
    /// Each worker holds a decoded picture and the network's buffers.
    #[error("--workers: expected at most {most}, got {received}")]
    TooManyWorkers {
        /// The most that make sense.
        most: usize,
        /// The flag's value.
        received: usize,
    },
    /// No thread would score, or more than make sense.
    #[error("--match-threads: expected a number from 1 to {most}, got {received}")]
    MatchThreads {
        /// The most that make sense.
        most: usize,
        /// The flag's value.
        received: usize,
    },
    /// A token that can be guessed.
    #[error("the administration's token: expected at least {} characters, got {received}", AdminToken::FEWEST_CHARS)]
    ShortToken {
        /// Characters of the token.
        received: usize,
    },
    /// Each waiting search holds up to 4 MB.
    #[error("--queue: expected at most {most}, got {received}")]
    QueueTooLong {
        /// The most that make sense.
        most: usize,
        /// The flag's value.
        received: usize,
    },
    /// An origin that cannot be allowed.
    #[error("--allow-origin: {0}")]
    Origin(#[from] OriginError),
    /// ONNX Runtime was asked for and cannot be loaded.
    #[error("--onnxruntime: {0}")]
    Runtime(String),
    /// No folder with a manifest.
    #[error("no networks found: expected a {MANIFEST} in {}; name the folder with --models", tried.join(", "))]
    NoModels {
        /// Folders that were looked into.
        tried: Vec<String>,
    },
}

impl Config {
    /// A search waits and runs at most this long: after it, a visitor has given up.
    const SEARCH_TIMEOUT: Duration = Duration::from_secs(15);
    /// A cut-out of 1 MB arrives within this on a connection of 0.3 Mbit/s.
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
        let workers = match args.workers.unwrap_or_else(available_threads) {
            0 => return Err(ConfigError::NoWorkers),
            received if received > Self::MAX_WORKERS => {
                return Err(ConfigError::TooManyWorkers { most: Self::MAX_WORKERS, received });
            }
            workers => workers,
        };
        let threads = args.match_threads.unwrap_or_else(available_threads);
        if !(1..=Self::MAX_WORKERS).contains(&threads) {
            return Err(ConfigError::MatchThreads { most: Self::MAX_WORKERS, received: threads });
        }
        if let Some(token) = &args.admin_token {
            let received = token.chars().count();
            if received < AdminToken::FEWEST_CHARS {
                return Err(ConfigError::ShortToken { received });
            }
        }
        if args.queue > Self::MAX_QUEUE {
            return Err(ConfigError::QueueTooLong { most: Self::MAX_QUEUE, received: args.queue });
        }
        let allowed_origins = args.allow_origin.iter().map(|origin| origin.parse()).collect::<Result<_, _>>()?;
        Ok(Self {
            host: args.host,
            port: args.port,
            catalogue: args.catalogue.catalogue,
            models: args.models.resolve()?,
            runtime: args.models.runtime()?,
            client: args.client,
            workers,
            queue: args.queue,
            matching: CatalogueOptions { threads, device: args.device.device },
            admin_token: args.admin_token.map(|token| AdminToken::new(&token)),
            private_addresses_allowed: args.allow_private_addresses,
            allowed_origins,
            search_timeout: Self::SEARCH_TIMEOUT,
            request_timeout: Self::REQUEST_TIMEOUT,
        })
    }

    /// Two workers, the source tree's networks, any port; a debug build may take its time.
    #[must_use]
    pub fn for_testing(catalogue: &Path, client: &Path) -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 0,
            catalogue: catalogue.to_owned(),
            models: source_models(),
            runtime: Runtime::Tract,
            client: client.to_owned(),
            workers: 2,
            queue: 16,
            matching: CatalogueOptions { threads: 2, device: Device::Cpu },
            admin_token: None,
            private_addresses_allowed: false,
            allowed_origins: Vec::new(),
            search_timeout: Duration::from_secs(60),
            request_timeout: Duration::from_secs(120),
        }
    }
}

impl ModelsArgs {
    /// What runs the encoders.
    ///
    /// # Errors
    /// When ONNX Runtime's library cannot be loaded.
    pub fn runtime(&self) -> Result<Runtime, ConfigError> {
        #[cfg(feature = "onnxruntime")]
        if let Some(library) = &self.onnxruntime {
            let opened = crate::networks::runtime::OnnxRuntime::open(library);
            return opened.map(Runtime::OnnxRuntime).map_err(|error| ConfigError::Runtime(error.to_string()));
        }
        Ok(Runtime::Tract)
    }

    /// The folder that was named; else `models` in the working directory, beside the program or above it, or in the
    /// source tree.
    ///
    /// # Errors
    /// When none of them holds a manifest.
    pub fn resolve(&self) -> Result<PathBuf, ConfigError> {
        let candidates = match &self.models {
            Some(named) => vec![named.clone()],
            None => {
                let program = std::env::current_exe().unwrap_or_default();
                let above = program.ancestors().skip(1).map(|folder| folder.join("models"));
                std::iter::once(PathBuf::from("models")).chain(above).chain([source_models()]).collect()
            }
        };
        let found = candidates.iter().find(|folder| folder.join(MANIFEST).is_file());
        found.cloned().ok_or_else(|| ConfigError::NoModels {
            tried: candidates.iter().map(|folder| folder.display().to_string()).collect(),
        })
    }
}

fn source_models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        serve: ServeArgs,
    }

    fn config(flags: &[&str]) -> Result<Config, ConfigError> {
        Config::from_args(Flags::parse_from([&["serve"], flags].concat()).serve)
    }

    #[test]
    fn flags_are_checked_once() {
        let checked = config(&["--port", "0", "--workers", "3"]).expect("good flags");
        assert_eq!((checked.port, checked.workers, checked.queue), (0, 3, 64));
        assert_eq!(checked.matching.device, Device::Auto);
        assert_eq!(config(&["--workers", "0"]).err(), Some(ConfigError::NoWorkers));
        assert!(matches!(config(&["--match-threads", "0"]), Err(ConfigError::MatchThreads { .. })));
        assert_eq!(config(&["--device", "gpu:1"]).expect("a device").matching.device, Device::Gpu(Some(1)));
        assert!(matches!(config(&["--queue", "999999"]), Err(ConfigError::QueueTooLong { .. })));
        let origins =
            config(&["--allow-origin", "https://a.example,https://b.example", "--allow-origin", "http://c:1"]);
        let origins = origins.expect("origins").allowed_origins;
        let origins: Vec<String> = origins.iter().map(ToString::to_string).collect();
        assert_eq!(origins, ["https://a.example", "https://b.example", "http://c:1"]);
        assert_eq!(config(&["--allow-origin", "*"]).err(), Some(ConfigError::Origin(OriginError::Everybody)));
        assert!(matches!(config(&["--models", "/nowhere"]), Err(ConfigError::NoModels { .. })));
    }
}
