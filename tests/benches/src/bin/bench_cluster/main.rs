//! What a cluster takes on one machine. In: the demo's catalogue and feed. Out: lines of figures.
//!
//! `sizes` times copies, new servers and changes of prices. `replicas` and `import` tell what a search and a picture cost the machines of a
//! cluster, from which more machines can be reckoned: on the cores of one machine they only share what there is. With `--cpu-share` each server or
//! worker has the same part of a core, however many there are.

mod import;
mod replicas;
mod setup;
mod sizes;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::setup::Setup;

#[derive(Parser)]
#[command(about = "Times what a cluster does, with PostgreSQL and object storage of its own")]
struct Args {
    #[command(subcommand)]
    command: Command,
    /// Folder of the catalogue that is mixed
    #[arg(long, global = true, default_value = "target/demo/catalogue")]
    catalogue: PathBuf,
    /// Folder of the networks
    #[arg(long, global = true, default_value = "models")]
    models: PathBuf,
    /// The program `shop-the-look` [default: beside this one]
    #[arg(long, global = true)]
    program: Option<PathBuf>,
    /// Keep objects in a folder that all programs share, in place of an S3 server. The one that is used here computes checksums of whole files before it
    /// answers: of a million articles' features and rows, longer than its clients wait on a busy machine
    #[arg(long, global = true)]
    shared_folder: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Time copies, new servers and changes of prices
    Sizes(sizes::Args),
    /// Time searches by numbers through HAProxy
    Replicas(replicas::Args),
    /// Time an import that workers share
    Import(import::Args),
}

fn main() -> Result<()> {
    let args = Args::parse();
    let setup = || Setup::start(&args.catalogue, &args.models, args.program.as_deref(), args.shared_folder);
    match &args.command {
        Command::Sizes(sizes) => sizes::run(sizes, setup),
        Command::Replicas(replicas) => replicas::run(replicas, setup),
        Command::Import(import) => import::run(import, setup),
    }
}
