//! Why a catalogue of several machines cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use crate::catalogue::{LockError, StoreError};
use crate::digest::Digest;

/// Why a catalogue of several machines cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// `--catalogue` is no address.
    #[error("the catalogue's address cannot be used ({reason}): expected postgres://USER:PASSWORD@HOST:PORT/DATABASE")]
    Address {
        /// What is wrong; never a part of the address.
        reason: String,
    },
    /// `--objects` is missing or no address.
    #[error(
        "expected --objects s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX or file:///FOLDER beside a catalogue in PostgreSQL, \
         got {received:?}"
    )]
    ObjectsAddress {
        /// The value.
        received: String,
    },
    /// There is no connection to PostgreSQL.
    #[error("{address} cannot be reached: {reason}")]
    Unreachable {
        /// The database, without password.
        address: String,
        /// The system's or the client's reason.
        reason: String,
    },
    /// PostgreSQL has refused something.
    #[error("{address} refused: {reason}")]
    Refused {
        /// The database, without password.
        address: String,
        /// PostgreSQL's reason.
        reason: String,
    },
    /// Another command has held the record for as long as was waited.
    #[error("another command is changing the catalogue in {address}: try again")]
    Busy {
        /// The database, without password.
        address: String,
    },
    /// Another server fetches the feeds.
    #[error("another server fetches the feeds of the catalogue in {address}")]
    NotOurTurn {
        /// The database, without password.
        address: String,
    },
    /// The database has no catalogue.
    #[error("there is no catalogue in {address}: run `shop-the-look catalogue import FEED` or `catalogue copy` first")]
    Missing {
        /// The database, without password.
        address: String,
    },
    /// Another version of this program has made the record.
    #[error(
        "the catalogue in {address} was written by a later version of this program: expected at most schema {supported}, got {received}"
    )]
    Later {
        /// The database, without password.
        address: String,
        /// The schema that this program writes, as layout.migrations.
        supported: String,
        /// The database's.
        received: String,
    },
    /// The record's tables are not those of its schema.
    #[error(
        "the tables in {address} are not those of schema {schema} (expected {expected}, got {received}): restore the database from a backup"
    )]
    Shape {
        /// The database, without password.
        address: String,
        /// The schema that the record names.
        schema: String,
        /// A column.
        expected: String,
        /// What is there instead.
        received: String,
    },
    /// Object storage has failed.
    #[error("the objects in {objects} cannot be {what}: {reason}")]
    Objects {
        /// The address.
        objects: String,
        /// What was tried: `listed`, `read`, `written`.
        what: &'static str,
        /// The storage's reason.
        reason: String,
    },
    /// An object is not what its name says.
    #[error("the object {name} in {objects} is damaged: expected SHA-256 {expected}, got {received}")]
    Damaged {
        /// The address.
        objects: String,
        /// The catalogue's file.
        name: String,
        /// The digest that the record names.
        expected: String,
        /// That of the bytes that came.
        received: String,
    },
    /// Another FashionDNA has made the version's features.
    #[error(
        "version {version} of the catalogue in {address} was made by another fashion-dna network (expected {expected}, got {received}): \
         start this server with the networks of that version"
    )]
    OtherNetworks {
        /// The database, without password.
        address: String,
        /// The catalogue's version.
        version: u64,
        /// SHA-256 of the server's network.
        expected: Digest,
        /// SHA-256 of the network that made the features.
        received: Digest,
    },
    /// Another process uses the cache.
    #[error("another process uses the cache {}: give each process a --cache of its own", folder.display())]
    CacheInUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder is no cache.
    #[error("{} holds a catalogue of its own: expected an empty folder, or a cache of this catalogue", folder.display())]
    NoCache {
        /// The folder.
        folder: PathBuf,
    },
    /// A copy would replace something.
    #[error("{to} holds a catalogue already: expected an empty {kind}")]
    NotEmpty {
        /// The address or folder.
        to: String,
        /// `database` or `folder`.
        kind: &'static str,
    },
    /// A copy leads from and to places of one kind.
    #[error("expected a folder and an address of PostgreSQL, got two of a kind")]
    CopyKinds,
    /// A file of the cache cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The cache's database failed.
    #[error("the cache's database {} failed", path.display())]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// SQLite's reason.
        #[source]
        source: rusqlite::Error,
    },
    /// The catalogue's database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder's catalogue is being written.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Another import is running, on any machine.
    #[error("another import is writing the catalogue in {address}: wait for its end")]
    Importing {
        /// The database, without password.
        address: String,
    },
    /// What was to be published has failed.
    #[error(transparent)]
    Inner(Box<dyn std::error::Error + Send + Sync>),
}

impl ClusterError {
    /// Whether a later try may succeed: the other side was not there, is busy, or may have a version of this server's networks again.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Objects { .. }
                | Self::Damaged { .. }
                | Self::Missing { .. }
                | Self::OtherNetworks { .. }
        )
    }

    /// Whether another command or import is at work, on any machine.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        matches!(self, Self::Importing { .. } | Self::CacheInUse { .. } | Self::Busy { .. })
    }

    /// Whether PostgreSQL cannot be reached.
    #[must_use]
    pub const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

/// Adds the path to the system's error.
pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> ClusterError + use<> {
    let path = path.to_owned();
    move |source| ClusterError::File { path, source }
}

/// Adds the path to SQLite's error.
pub(super) fn sqlite(path: &Path) -> impl Fn(rusqlite::Error) -> ClusterError + Clone + use<> {
    let path = path.to_owned();
    move |source| ClusterError::Sqlite { path: path.clone(), source }
}
