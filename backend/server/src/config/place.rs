//! Where a catalogue is. In: `--catalogue`, `--objects` and `--cache`. Out: a folder, or the addresses of a cluster.

use std::path::PathBuf;

use super::args::CatalogueArgs;
use super::error::ConfigError;
use crate::cluster::address::is_record;
use crate::cluster::{ClusterAddress, ClusterError};

/// Where a catalogue is.
#[derive(Clone, Debug)]
pub enum Place {
    /// A folder of this machine.
    Folder(PathBuf),
    /// PostgreSQL and object storage.
    Cluster(ClusterAddress),
}

impl CatalogueArgs {
    /// Where the catalogue is.
    ///
    /// # Errors
    /// When an address cannot be used.
    pub fn place(&self) -> Result<Place, ConfigError> {
        if !is_record(&self.at.catalogue) {
            return Ok(Place::Folder(self.at.catalogue.clone()));
        }
        let refused = |error: ClusterError| ConfigError::Catalogue(error.to_string());
        let record = self.at.catalogue.to_string_lossy().parse().map_err(refused)?;
        let missing = || refused(ClusterError::ObjectsAddress { received: String::new() });
        let objects = self.objects.clone().ok_or_else(missing)?;
        Ok(Place::Cluster(ClusterAddress { record, objects, cache: self.cache.clone() }))
    }
}
