//! `cargo xtask`: sets up what is missing, builds, serves, tests. In: a command line. Out: an exit status.

mod bench;
mod client;
mod demo;
mod fingerprint;
mod python;
mod serve;
mod service_worker;
mod shell;
mod styles;
mod test;
mod tools;
mod wasm_target;
mod widget;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lexopt::prelude::*;

const HELP: &str = "\
cargo xtask COMMAND

  serve   sets up, builds, loads the demo catalogue, serves page, API and pictures on 127.0.0.1:8080
            --port PORT       another port
            --catalogue DIR   serve this catalogue instead of the demo (made by `shop-the-look catalogue import`)
            --no-build        serve what was built last
            --release         optimise for visitors: slower to build, faster to load and run
  test    runs all: format, lints, Rust, Python, WebAssembly and browser tests
            --only NAMES      some of them, e.g. --only lints,rust
                              (format, lints, python, page, rust, wasm)
  build   builds client and server only; --release as above
  bench   matching    times the match beside faiss and usearch; --articles N, --json, --device cpu|gpu[:N],
                      --catalogue DIR and --photos DIR for other articles and queries than the demo's
          load        loads the server with searches; --seconds N, --json
          curve DIR   times the networks that `python -m training.measure.curve --out DIR` left, in Chromium
  setup   gets what building and testing need, and nothing else
";

/// How to build: `Quick` for trying out and testing, `Release` for visitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Optimised dependencies, no link-time optimisation.
    Quick,
    /// Everything optimised.
    Release,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut args = lexopt::Parser::from_env();
    let mut command = None;
    let mut port = 8080;
    let mut catalogue = None;
    let mut build = true;
    let mut profile = Profile::Quick;
    let mut only = Vec::new();
    let mut words: Vec<std::ffi::OsString> = Vec::new();
    while let Some(arg) = args.next()? {
        match arg {
            // A benchmark's options are its own.
            Value(name) if command.is_none() && name == "bench" => {
                command = Some(name.string()?);
                words = args.raw_args()?.collect();
            }
            Long("help") | Short('h') => {
                print!("{HELP}");
                return Ok(());
            }
            Long("port") => port = args.value()?.parse().context("--port takes a number from 0 to 65535")?,
            Long("catalogue") => catalogue = Some(std::path::absolute(args.value()?)?),
            Long("no-build") => build = false,
            Long("release") => profile = Profile::Release,
            Long("only") => only = args.value()?.string()?.split(',').map(str::to_owned).collect(),
            Value(name) if command.is_none() => command = Some(name.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let here = std::env::current_dir().context("the current folder is unknown")?;
    std::env::set_current_dir(root()).context("the project's folder cannot be entered")?;
    match command.as_deref() {
        Some("serve") => serve::run(&serve::Options { port, catalogue, build, profile }),
        Some("test") => test::run(&only),
        Some("build") => serve::build(profile, &serve::SERVED).map(|_| ()),
        Some("bench") => bench::run(&words, &here),
        Some("setup") => tools::set_up_all(),
        Some(other) => bail!("unknown command {other:?}\n{HELP}"),
        None => bail!("which command?\n{HELP}"),
    }
}

/// The project's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}
