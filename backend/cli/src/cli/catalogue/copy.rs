//! `catalogue copy`: a catalogue moves between a folder and a cluster.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use stl_server::cluster::{ClusterError, copy};
use stl_server::config::{CatalogueArgs, CatalogueFlag, Place};
use stl_server::counted::counted;

use super::super::noted::Change;

#[derive(Args)]
pub(in crate::cli) struct CopyArgs {
    /// Folder, or database: postgres://USER:PASSWORD@HOST/DATABASE
    from: PathBuf,
    /// Empty folder, or a database without a catalogue
    to: PathBuf,
    /// Where the files beside the database are, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX or file:///FOLDER
    #[arg(long, env = "SHOP_THE_LOOK_OBJECTS", value_name = "URL")]
    objects: Option<String>,
}

impl CopyArgs {
    fn catalogue(&self, at: &Path) -> CatalogueArgs {
        let at = CatalogueFlag { catalogue: at.to_owned() };
        CatalogueArgs { at, objects: self.objects.clone(), cache: PathBuf::new() }
    }

    /// What it changes.
    pub(super) fn change(&self) -> Option<Change> {
        Change::of("catalogue copy", &self.catalogue(&self.to))
    }
}

pub(super) fn run(args: &CopyArgs) -> anyhow::Result<ExitCode> {
    let products = match (args.catalogue(&args.from).place()?, args.catalogue(&args.to).place()?) {
        (Place::Folder(folder), Place::Cluster(to)) => copy::to_cluster(&folder, &to)?,
        (Place::Cluster(from), Place::Folder(folder)) => copy::to_folder(&from, &folder)?,
        _ => return Err(ClusterError::CopyKinds.into()),
    };
    writeln!(std::io::stdout(), "{} copied", counted(products, "product"))?;
    Ok(ExitCode::SUCCESS)
}
