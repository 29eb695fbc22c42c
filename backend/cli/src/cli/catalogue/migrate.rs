//! `catalogue migrate`: the first step of an upgrade, alone.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Args;
use stl_server::catalogue::Store;
use stl_server::catalogue::store::Migrated;
use stl_server::cluster::record::Record;
use stl_server::config::{CatalogueArgs, Place};

use super::super::noted::Change;

#[derive(Args)]
pub(in crate::cli) struct MigrateArgs {
    #[command(flatten)]
    catalogue: CatalogueArgs,
}

impl MigrateArgs {
    /// What it changes.
    pub(super) fn change(&self) -> Option<Change> {
        Change::of("catalogue migrate", &self.catalogue)
    }
}

pub(super) fn run(args: &MigrateArgs) -> anyhow::Result<ExitCode> {
    let (place, migrated) = match args.catalogue.place()? {
        Place::Folder(folder) => (folder.display().to_string(), Store::migrate(&folder)?),
        Place::Cluster(address) => (address.record.to_string(), Record::connect(&address.record)?.migrate()?),
    };
    let Migrated { from, to } = migrated;
    let done = if from == to {
        format!("has version {to} of the schema, which is this program's: nothing was changed")
    } else {
        format!("was brought from version {from} of the schema to {to}")
    };
    writeln!(std::io::stdout(), "the catalogue in {place} {done}")?;
    Ok(ExitCode::SUCCESS)
}
