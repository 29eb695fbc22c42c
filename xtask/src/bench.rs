//! `cargo xtask bench`: measurements that take longer than a test. In: a benchmark and its options. Out: figures.

mod curve;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use clap::Subcommand;

use crate::browsers::Browser;
use crate::project::{Profile, root};
use crate::worker::WORKERS;
use crate::{build, client, demo, machines, native, python, shell, tools};

/// The package of the benchmark programs, as arguments of cargo.
const BENCHES: [&str; 2] = ["--package", "stl-benches"];

/// A benchmark. `options` are passed on to its program; `-- --help` lists them.
#[derive(Debug, Subcommand)]
pub(crate) enum Benchmark {
    /// Time the match beside faiss and usearch, e.g. with `--articles 1000000 --json --device gpu`
    ///
    /// Without `--catalogue DIR` and `--photos DIR`, the queries are the demo's looks.
    Matching {
        /// Options of the program; `-- --help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Time the networks beside ONNX Runtime and tract on one thread, or on a graphics processor with `--device gpu`, e.g. with `--json`
    Encoders {
        /// Options of the program; `-- --help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Time what is similar to a product, e.g. with `--articles 1000000`
    Similar {
        /// Options of the program; `-- --help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Time the shop's rules: a pass with them beside one without, e.g. with `--rules 1000 --articles 1000000`
    Rules {
        /// Options of the program; `-- --help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Time what a cluster does with PostgreSQL and object storage: `sizes --articles 100000`, `replicas`, `import`
    Cluster {
        /// Options of the program; `-- --help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Time searches with shards: `measure --articles 1000000`; or simulate many machines: `simulate --pass-ms 12 …`
    Shards {
        /// Options of the program; `-- --help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Load the server with searches, e.g. with `--seconds 10 --mode numbers --json`
    Load {
        /// Options of the program; `-- --help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Keep the server busy while prices change, feeds are imported and clients misbehave, e.g. with `--minutes 60`
    Soak {
        /// Options of the program; `-- --help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Time the segmenter in Chromium beside onnxruntime-web, or alone in Node with `--node`; `--network query` times the encoder
    Browser {
        /// What runs the segmenter; with tract, the figures are printed as JSON and no file is written
        #[arg(long, value_enum, value_name = "ENGINE", default_value_t)]
        segmenter_engine: client::Wanted,
        /// What runs the encoder
        #[arg(long, value_enum, value_name = "ENGINE", default_value_t)]
        encoder_engine: client::Wanted,
        /// `--node`, or options of the program; `-- --help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Time the page's first visit in Chromium, e.g. with `--visits 5 --json`
    Page {
        /// Options of the program; `-- --help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Time the networks of a folder, which `python -m training.measure.curve --out DIR` has written, in Chromium
    Curve {
        /// The folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// Runs a benchmark. `caller_folder` is the folder of relative paths.
///
/// # Errors
/// When the benchmark fails.
pub(crate) fn run(benchmark: Benchmark, caller_folder: &Path) -> Result<()> {
    match benchmark {
        Benchmark::Matching { options } => matching(&options, caller_folder),
        Benchmark::Encoders { options } => encoders(&options),
        Benchmark::Similar { options } => of_demo("bench_similar", &options),
        Benchmark::Rules { options } => of_demo("bench_rules", &options),
        Benchmark::Cluster { options } => {
            machines::ensure()?;
            of_demo("bench_cluster", &options)
        }
        Benchmark::Shards { options } => of_demo("bench_shards", &options),
        Benchmark::Load { options } => load(&options),
        Benchmark::Soak { options } => soak(&options),
        Benchmark::Browser { segmenter_engine: engine, encoder_engine, options } => {
            browser(&client::Options { engine, encoder_engine, ..client::Options::of(Profile::Release) }, &options)
        }
        Benchmark::Page { options } => page(&options),
        Benchmark::Curve { folder } => curve::run(&caller_folder.join(folder)),
    }
}

/// Times the match beside faiss and usearch. Adds the demo's catalogue and photos to the options if they have none.
fn matching(options: &[OsString], caller_folder: &Path) -> Result<()> {
    let programs = native::build(Profile::Release, &[&native::SERVED[..], &BENCHES].concat())?;
    demo::ensure(&programs)?;
    let python = python::ensure_peers()?.join("python");
    let mut command = Command::new(root().join(programs).join("bench_matching"));
    command.args(options).current_dir(caller_folder).arg("--python").arg(python);
    for (option, path) in [
        ("--models", "models"),
        ("--scratch", "target/bench"),
        ("--catalogue", demo::CATALOGUE),
        ("--photos", demo::LOOK_IMAGES),
    ] {
        if !options.iter().any(|given| given == option) {
            command.arg(option).arg(root().join(path));
        }
    }
    shell::run(&mut command)
}

/// Times the networks beside ONNX Runtime and tract.
fn encoders(options: &[OsString]) -> Result<()> {
    let programs = native::build(Profile::Release, &[&native::SERVED[..], &BENCHES].concat())?;
    let python = python::ensure_encoders()?.join("python");
    let mut command = Command::new(root().join(programs).join("bench_encoders"));
    command.args(options).arg("--python").arg(python);
    if !options.iter().any(|given| given == "--models") {
        command.arg("--models").arg(root().join("models"));
    }
    shell::run(&mut command)
}

/// Runs a program that mixes the demo's catalogue to larger ones.
fn of_demo(program: &str, options: &[OsString]) -> Result<()> {
    let programs = native::build(Profile::Release, &[&native::SERVED[..], &BENCHES].concat())?;
    demo::ensure(&programs)?;
    let mut command = Command::new(root().join(programs).join(program));
    command.args(options);
    for (option, path) in [("--models", "models"), ("--catalogue", demo::CATALOGUE)] {
        if !options.iter().any(|given| given == option) {
            command.arg(option).arg(root().join(path));
        }
    }
    shell::run(&mut command)
}

/// Times the segmenter in Chromium beside onnxruntime-web, or alone in Node if the options have `--node`.
fn browser(client: &client::Options, options: &[OsString]) -> Result<()> {
    client::ensure(client)?;
    if options.iter().any(|option| option == "--node") {
        for (name, _) in WORKERS {
            // Older versions of Node need the flag; newer ones refuse it.
            let flag = "--experimental-wasm-relaxed-simd";
            let flag = [flag].into_iter().filter(|flag| shell::probe("node", &[flag, "-e", "0"]).is_some());
            shell::run(Command::new("node").args(flag).arg("tests/benches/peers/browser/node.mjs").args([
                client::DIST,
                name,
                "40",
            ]))?;
        }
        return Ok(());
    }
    let chromium = Browser::ensure()?;
    let python = python::ensure()?.join("python");
    let natural = root().join("target/natural.onnx");
    let is_query = options.iter().any(|option| option == "query");
    let network = if is_query { "fashion2shop-query.onnx" } else { "street2fashion.onnx" };
    shell::run(
        Command::new(python).arg("tests/benches/peers/natural.py").arg(format!("models/{network}")).arg(&natural),
    )?;
    // The selection of the other benchmarks: another one compiles most of them again.
    let programs = native::build(Profile::Release, &[&native::SERVED[..], &BENCHES].concat())?;
    shell::run(
        Command::new(root().join(programs).join("bench_browser"))
            .env("CHROMIUM", &chromium.program)
            .env("CHROMEDRIVER", &chromium.driver)
            .arg("--dist")
            .arg(root().join(client::DIST))
            .arg("--natural")
            .arg(&natural)
            .arg("--ort")
            .arg(tools::onnxruntime_web()?)
            .arg("--mediapipe")
            .arg(tools::selfie_segmentation()?)
            .args(options),
    )
}

/// Times the page's first visit.
fn page(options: &[OsString]) -> Result<()> {
    let programs =
        root().join(build::all(&client::Options::of(Profile::Release), &[&native::SERVED[..], &BENCHES].concat())?);
    let chromium = Browser::ensure()?;
    shell::run(
        Command::new(programs.join("bench_page"))
            .env("STL_BINARIES", &programs)
            .env("CHROMIUM", &chromium.program)
            .env("CHROMEDRIVER", &chromium.driver)
            .args(options),
    )
}

/// Loads the server with searches.
fn load(options: &[OsString]) -> Result<()> {
    let programs = root().join(native::build(Profile::Release, &[&native::SERVED[..], &BENCHES].concat())?);
    demo::ensure(&programs)?;
    let oha = tools::oha()?.join("oha");
    shell::run(
        Command::new(programs.join("bench_load")).env("STL_BINARIES", &programs).arg("--oha").arg(oha).args(options),
    )
}

/// Keeps the server busy. Without a client it serves no page, which nobody asks for.
fn soak(options: &[OsString]) -> Result<()> {
    let programs = root().join(native::build(Profile::Release, &[&native::SERVED[..], &BENCHES].concat())?);
    demo::ensure(&programs)?;
    shell::run(Command::new(programs.join("bench_soak")).env("STL_BINARIES", &programs).args(options))
}
