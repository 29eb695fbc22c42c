//! Where a command's catalogue is. In: `--catalogue` and what stands beside it. Out: a folder to read or to change.

use std::path::{Path, PathBuf};

use anyhow::bail;
use stl_server::cluster::edit::Cluster;
use stl_server::cluster::pull::Extent;
use stl_server::config::{CatalogueArgs, Place};

/// A catalogue that is read. The folder of one in PostgreSQL is this process's as long as this lives.
pub(super) enum Opened {
    Folder(PathBuf),
    Cluster(Box<Cluster>),
}

impl Opened {
    /// The catalogue's folder.
    pub(super) fn folder(&self) -> &Path {
        match self {
            Self::Folder(folder) => folder,
            Self::Cluster(cluster) => cluster.folder(),
        }
    }
}

/// Opens a catalogue to read it, without pictures if it is in PostgreSQL.
pub(super) fn reading(args: &CatalogueArgs) -> anyhow::Result<Opened> {
    reading_with(args, Extent::Served)
}

/// Opens a catalogue to read it.
pub(super) fn reading_with(args: &CatalogueArgs, extent: Extent) -> anyhow::Result<Opened> {
    Ok(match args.place()? {
        Place::Folder(folder) => Opened::Folder(folder),
        Place::Cluster(address) => Opened::Cluster(Box::new(Cluster::open(&address, extent)?)),
    })
}

/// Runs `work` on the folder of a catalogue, and publishes what it has changed if that is in PostgreSQL.
pub(super) fn changing<T>(args: &CatalogueArgs, work: impl FnOnce(&Path) -> anyhow::Result<T>) -> anyhow::Result<T> {
    match args.place()? {
        Place::Folder(folder) => work(&folder),
        Place::Cluster(address) => Cluster::create(&address)?.change(work)?,
    }
}

/// The same for work that changes offers of some articles.
pub(super) fn changing_offers<T>(
    args: &CatalogueArgs,
    work: impl FnOnce(&Path) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    match args.place()? {
        Place::Folder(folder) => work(&folder),
        Place::Cluster(address) => Cluster::create(&address)?.change_offers(work)?,
    }
}

/// The same, if no import runs and none begins meanwhile. In a folder `work` sees to that itself.
pub(super) fn changing_between_imports<T>(
    args: &CatalogueArgs,
    work: impl FnOnce(&Path) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    match args.place()? {
        Place::Folder(folder) => work(&folder),
        Place::Cluster(address) => Cluster::create(&address)?.change_between_imports(work)?,
    }
}

/// The folder of a catalogue that is in one: what the command does takes longer than a cluster may be held, or is about what a cluster has not.
pub(super) fn folder_only(args: &CatalogueArgs, command: &str) -> anyhow::Result<PathBuf> {
    match args.place()? {
        Place::Folder(folder) => Ok(folder),
        Place::Cluster(_) => {
            bail!("{command} needs a catalogue in a folder: make one with `shop-the-look catalogue copy`")
        }
    }
}
