//! What a catalogue's folder has published while a server runs. In: the folder. Out: each publication that is neither served nor refused.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::catalogue::Store;
use crate::catalogue::store::Publication;
use crate::cluster::replica::Replica;
use crate::metrics;

/// How often the catalogue's version is read, which is one row of its database.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// A folder's publications.
#[derive(Debug)]
pub(crate) struct Publications {
    folder: PathBuf,
    /// What brings the folder up to date, if it follows a record.
    replica: Option<Arc<Replica>>,
    /// When the folder was read.
    read_at: Option<Instant>,
    /// One that cannot be loaded.
    refused: Option<Publication>,
    is_unreadable: bool,
}

/// What a folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InFolder {
    /// It was read a moment ago, or cannot be.
    Unknown,
    /// What is served, or what was refused.
    Known,
    /// Another publication.
    Other(Publication),
}

impl Publications {
    /// Those of a folder.
    pub(crate) fn of(folder: &Path, replica: Option<Arc<Replica>>) -> Self {
        Self { folder: folder.to_owned(), replica, read_at: None, refused: None, is_unreadable: false }
    }

    /// Waits for a time; less if the folder is told to have a new version.
    pub(crate) async fn wait(&mut self, pause: Duration) {
        match &self.replica {
            None => tokio::time::sleep(pause).await,
            Some(replica) => {
                if tokio::time::timeout(pause, replica.published.notified()).await.is_ok() {
                    self.read_at = None;
                }
            }
        }
    }

    /// What the folder holds beside the `latest` that was loaded. It is read every two seconds at most, and when it is told to have a new version.
    /// That it cannot be read is logged once.
    pub(crate) async fn held(&mut self, latest: &Publication) -> InFolder {
        if self.read_at.is_some_and(|read_at| read_at.elapsed() < POLL_INTERVAL) {
            return InFolder::Unknown;
        }
        self.read_at = Some(Instant::now());
        let folder = self.folder.clone();
        let read = tokio::task::spawn_blocking(move || Store::open(&folder)?.publication()).await;
        match read {
            Ok(Ok(published)) => {
                self.is_unreadable = false;
                // Not only the number: the folder may have been replaced by another catalogue's.
                let is_known = published == *latest || self.refused.as_ref() == Some(&published);
                if is_known { InFolder::Known } else { InFolder::Other(published) }
            }
            Ok(Err(error)) => {
                if !std::mem::replace(&mut self.is_unreadable, true) {
                    tracing::warn!("the catalogue's version cannot be read: {error}");
                }
                InFolder::Unknown
            }
            Err(_) => InFolder::Unknown,
        }
    }

    /// Notes that a publication cannot be loaded. It is not tried again.
    pub(crate) fn refuse(&mut self, publication: Publication, latest: &Publication, reason: &str) {
        metrics::catalogue_refused();
        let (version, former) = (publication.version, latest.version);
        tracing::error!("version {version} of the catalogue cannot be loaded, version {former} stays: {reason}");
        self.refused = Some(publication);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::store::Published;

    #[tokio::test]
    async fn a_publication_is_told_until_it_is_known_or_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut publications = Publications::of(folder.path(), None);
        let none = Publication { version: 0, mark: String::new() };
        assert_eq!(publications.held(&none).await, InFolder::Unknown, "there is no catalogue yet");
        let mut store = Store::create(folder.path()).expect("a database");
        let published = Published { version: 1, features_file: "features-1.bin".to_owned(), adaptation: None };
        store.publish(&published, &[]).expect("published");
        assert_eq!(publications.held(&none).await, InFolder::Unknown, "it was read a moment ago");
        let later = |publications: &mut Publications| publications.read_at = None;
        later(&mut publications);
        let InFolder::Other(first) = publications.held(&none).await else { panic!("expected a publication") };
        assert_eq!(first.version, 1);
        later(&mut publications);
        assert_eq!(publications.held(&first).await, InFolder::Known);
        publications.refuse(first, &none, "a test");
        later(&mut publications);
        assert_eq!(publications.held(&none).await, InFolder::Known, "it is not tried again");
        // Another catalogue of the same version.
        store.publish(&published, &[]).expect("published");
        later(&mut publications);
        assert!(matches!(publications.held(&none).await, InFolder::Other(_)));
    }
}
