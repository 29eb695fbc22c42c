//! What a search costs with shards, and what many machines would do. In: a catalogue, which is mixed to any size. Out: lines of figures.
//!
//! `measure` times a search of one server and of fronts with shards in one process, by numbers, so that nothing is encoded, and its steps.
//! `simulate` draws searches for many machines from such times.

use anyhow::Result;
use clap::{Parser, Subcommand};

mod measure;
mod simulate;

#[derive(Parser)]
#[command(about = "Times searches with shards, or simulates many of them")]
struct Args {
    #[command(subcommand)]
    command: Command,
    /// Folder of the catalogue that is mixed
    #[arg(long, global = true, default_value = "target/demo/catalogue")]
    catalogue: std::path::PathBuf,
    /// Folder of the networks
    #[arg(long, global = true, default_value = "models")]
    models: std::path::PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Time searches of one server and of shards
    Measure(measure::Args),
    /// Simulate many machines
    Simulate(simulate::Args),
}

fn main() -> Result<()> {
    let args = Args::parse();
    match args.command {
        Command::Measure(measured) => measure::run(&measured, &args.catalogue, &args.models),
        Command::Simulate(simulated) => simulate::run(&simulated),
    }
}
