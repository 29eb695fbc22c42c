//! `cargo xtask`: sets up what is missing, builds, serves, tests, measures. In: a command line. Out: an exit status.

mod admin;
mod bench;
mod browsers;
mod build;
mod client;
mod cluster;
mod demo;
mod doctor;
mod fingerprint;
mod folder;
mod fuzz;
mod install;
mod machines;
mod native;
mod privacy;
mod project;
mod python;
mod release;
mod remap;
mod sanitize;
mod serve;
mod service_worker;
mod setup;
mod shell;
mod styles;
mod test;
mod tools;
mod wasm_target;
mod widget;
mod worker;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};

use crate::project::{Profile, root};

/// Sets up what is missing, builds, serves, tests and measures this project.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Set up, build, import the demo catalogue, and serve page, API and pictures on 127.0.0.1
    Serve(ServeArgs),
    /// Run all tests: format, licences, lints, Python, page, Rust and WebAssembly
    Test {
        /// Run only these suites, e.g. `--only lints,rust`
        #[arg(long, value_name = "NAMES", value_delimiter = ',')]
        only: Vec<test::Suite>,
    },
    /// Build client and server
    Build {
        /// Optimise for visitors: slower to build, faster to load and run
        #[arg(long)]
        release: bool,
        /// Build the client alone: page, workers and widget
        #[arg(long)]
        client: bool,
        /// Also build the client that tests of the second engine need, without optimisation
        #[arg(long, conflicts_with = "release")]
        tests: bool,
        #[command(flatten)]
        networks: NetworksArgs,
    },
    /// Measure
    Bench {
        #[command(subcommand)]
        benchmark: bench::Benchmark,
    },
    /// Run PostgreSQL, object storage, workers and three servers behind HAProxy on this machine, with the demo's products
    Cluster {
        /// The balancer's port on 127.0.0.1; 0 takes a free one
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Optimise for visitors: slower to build, faster to load and run
        #[arg(long)]
        release: bool,
        #[command(flatten)]
        networks: NetworksArgs,
    },
    /// Feed the readers of strangers' bytes with anything, by libFuzzer
    Fuzz {
        /// Minutes for each target
        #[arg(long, value_name = "N", default_value_t = 1.0)]
        minutes: f64,
        /// The most runs of each target
        #[arg(long, value_name = "N")]
        runs: Option<u64>,
        /// Only this target, a file of fuzz/fuzz_targets
        #[arg(long, value_name = "NAME")]
        target: Option<String>,
        /// Fuzz nothing: lock the targets to the versions of Cargo.lock, after a change of dependencies
        #[arg(long, conflicts_with_all = ["minutes", "runs", "target"])]
        update_lock: bool,
    },
    /// Run the tests of the crates with unsafe code with AddressSanitizer
    Sanitize,
    /// Make packages: a tarball, and a Debian package where `dpkg-deb` is
    Release {
        /// The folder for them
        #[arg(long, value_name = "DIR", default_value = release::PACKAGES)]
        out: PathBuf,
        /// Package the build for testing and trying out, which is made sooner and runs slower
        #[arg(long)]
        quick: bool,
        /// Also build a container image of the Debian package, by podman, docker or buildah, and use it
        #[arg(long)]
        image: bool,
        /// Where the image's base comes from
        #[arg(long, value_enum, value_name = "SOURCE", requires = "image", default_value_t)]
        image_base: release::Source,
        /// Fail unless all bytes are those of the packages in this folder, of the same commit built elsewhere
        #[arg(long, value_name = "DIR")]
        compare: Option<PathBuf>,
        #[command(flatten)]
        networks: NetworksArgs,
    },
    /// Install everything that building and testing need
    Setup,
    /// Say what this machine has, what it lacks, and how to get it; install nothing
    Doctor,
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Serve this catalogue (from `shop-the-look catalogue import`) instead of the demo
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// Serve the last build
    #[arg(long)]
    no_build: bool,
    /// Optimise for visitors: slower to build, faster to load and run
    #[arg(long)]
    release: bool,
    #[command(flatten)]
    networks: NetworksArgs,
}

#[derive(Debug, Args)]
struct NetworksArgs {
    /// The folder of the networks and their manifest
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// What runs the segmenter in browsers
    #[arg(long, value_enum, value_name = "ENGINE", default_value_t)]
    segmenter_engine: client::Wanted,
    /// What runs the encoders in browsers, for visitors who send only numbers
    #[arg(long, value_enum, value_name = "ENGINE", default_value_t)]
    encoder_engine: client::Wanted,
}

impl NetworksArgs {
    /// How the client is built by a command that was called in `caller_folder`.
    fn client(self, release: bool, caller_folder: &Path) -> client::Options {
        let options = client::Options::of(Profile::from_flag(release));
        let models = self.models.map_or(options.models, |folder| caller_folder.join(folder));
        client::Options { engine: self.segmenter_engine, encoder_engine: self.encoder_engine, models, ..options }
    }
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let caller_folder = std::env::current_dir().context("the current folder is unknown")?;
    std::env::set_current_dir(root()).context("the repository's folder cannot be entered")?;
    match command {
        Command::Serve(ServeArgs { port, catalogue, no_build, release, networks }) => serve::run(&serve::Options {
            port,
            catalogue: catalogue.map(|folder| caller_folder.join(folder)),
            build: !no_build,
            client: networks.client(release, &caller_folder),
        }),
        Command::Test { only } => test::run(&only),
        Command::Build { release, client: is_client, tests, networks } => {
            let options = networks.client(release, &caller_folder);
            if is_client {
                client::ensure(&options)?;
            } else {
                build::all(&options, &native::SERVED)?;
            }
            if tests { client::ensure_by_tract() } else { Ok(()) }
        }
        Command::Bench { benchmark } => bench::run(benchmark, &caller_folder),
        Command::Cluster { port, release, networks } => cluster::run(port, &networks.client(release, &caller_folder)),
        Command::Fuzz { update_lock: true, .. } => fuzz::update_lock(),
        Command::Fuzz { minutes, runs, target, .. } => fuzz::run(fuzz::Until { minutes, runs }, target.as_deref()),
        Command::Sanitize => sanitize::run(),
        Command::Release { out, quick, image, image_base, compare, networks } => release::run(&release::Options {
            client: networks.client(!quick, &caller_folder),
            out: caller_folder.join(out),
            image: image.then_some(image_base),
            others: compare.map(|folder| caller_folder.join(folder)),
        }),
        Command::Setup => setup::everything(),
        Command::Doctor => doctor::report(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parsed(words: &str) -> Result<Command, clap::Error> {
        Cli::try_parse_from(words.split(' ')).map(|cli| cli.command)
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_benchmarks_own_options_are_passed_on() {
        let Ok(Command::Bench { benchmark: bench::Benchmark::Matching { options } }) =
            parsed("xtask bench matching --articles 1000 --json --device gpu:1")
        else {
            panic!("a benchmark");
        };
        assert_eq!(options, ["--articles", "1000", "--json", "--device", "gpu:1"]);
        assert!(parsed("xtask bench browser --node").is_ok() && parsed("xtask bench browser --json").is_ok());
        let Ok(Command::Bench { benchmark: bench::Benchmark::Browser { segmenter_engine, encoder_engine, options } }) =
            parsed("xtask bench browser --segmenter-engine tract --build simd")
        else {
            panic!("a benchmark");
        };
        assert_eq!((segmenter_engine, encoder_engine), (client::Wanted::Tract, client::Wanted::Auto));
        assert_eq!(options, ["--build", "simd"]);
        assert!(parsed("xtask bench curve").is_err() && parsed("xtask bench nothing").is_err());
    }

    #[test]
    fn networks_and_their_engine_are_chosen_for_building_and_serving() {
        for command in ["build --client", "build", "serve"] {
            let words = format!("xtask {command} --models own --segmenter-engine tract --encoder-engine separable");
            let networks = match parsed(&words) {
                Ok(Command::Build { networks, .. } | Command::Serve(ServeArgs { networks, .. })) => networks,
                other => panic!("{words}: {other:?}"),
            };
            let options = networks.client(false, Path::new("/shop"));
            let engines = (options.engine, options.encoder_engine);
            assert_eq!(engines, (client::Wanted::Tract, client::Wanted::Separable));
            assert_eq!(&*options.models, Path::new("/shop/own"));
        }
        assert!(parsed("xtask build --segmenter-engine onnxruntime").is_err());
    }

    #[test]
    fn a_base_is_of_an_image() {
        for (words, expected) in [
            ("release", Some((false, release::Source::Auto))),
            ("release --image", Some((true, release::Source::Auto))),
            ("release --image --image-base made", Some((true, release::Source::Made))),
            ("release --image-base made", None),
        ] {
            let found = match parsed(&format!("xtask {words}")) {
                Ok(Command::Release { image, image_base, .. }) => Some((image, image_base)),
                _ => None,
            };
            assert_eq!(found, expected, "{words}");
        }
    }

    #[test]
    fn suites_are_named_with_commas() {
        let Ok(Command::Test { only }) = parsed("xtask test --only lints,rust") else { panic!("a test") };
        assert_eq!(only, [test::Suite::Lints, test::Suite::Rust]);
        assert!(parsed("xtask test --only everything").is_err());
    }
}
