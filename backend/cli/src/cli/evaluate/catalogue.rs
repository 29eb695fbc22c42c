//! `evaluate catalogue`: how good the match is on a shop's own pictures. In: a catalogue. Out: a table on stdout, and JSON.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use stl_server::adapt;
use stl_server::cluster::pull::Extent;
use stl_server::config::ModelsArgs;
use stl_server::parallel::available_threads;

use crate::cli::place::reading_with;
use crate::cli::{inputs, pairs_table};

#[derive(Args)]
pub(in crate::cli) struct CatalogueArgs {
    /// Also write all figures with their intervals
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    catalogue: stl_server::config::CatalogueArgs,
    #[command(flatten)]
    models: ModelsArgs,
}

pub(super) fn run(args: &CatalogueArgs) -> anyhow::Result<ExitCode> {
    let models = inputs::open_models(&args.models)?;
    let progress = inputs::pictures_progress();
    let opened = reading_with(&args.catalogue, Extent::WithPictures)?;
    let evaluation = adapt::evaluate(opened.folder(), &models, available_threads(), progress)?;
    let text = pairs_table::found(&evaluation.found) + "\n" + &pairs_table::text(&evaluation.table);
    std::io::stdout().write_all(text.as_bytes())?;
    if let Some(path) = &args.json {
        std::fs::write(path, serde_json::to_vec_pretty(&evaluation)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
