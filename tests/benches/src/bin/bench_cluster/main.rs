//! What a cluster takes on one machine. In: the demo's catalogue and feed. Out: lines of figures.
//!
//! `sizes` times copies, new servers and changes of prices. `replicas` and `import` tell what a search and a picture cost the machines of a
//! cluster, from which more machines can be reckoned: on the cores of one machine they only share what there is.

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
    let setup = || Setup::start(&args.catalogue, &args.models, args.program.as_deref());
    match &args.command {
        Command::Sizes(sizes) => sizes::run(sizes, setup),
        Command::Replicas(replicas) => replicas::run(replicas, setup),
        Command::Import(import) => import::run(import, setup),
    }
}
