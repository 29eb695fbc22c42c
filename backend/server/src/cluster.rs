//! A catalogue on more than one machine. In: the addresses of PostgreSQL and of object storage. Out: an ordinary catalogue folder.
//!
//! PostgreSQL is the **record** ([`record`]): it has the tables of a folder's database, row by row, and the list of the folder's files.
//! Object storage ([`objects`]) holds the files: each is an object that is named by the SHA-256 of its bytes and never changed. A **cache**
//! ([`cache`]) is a catalogue folder of this machine that is made from the record and kept up to date: a server serves it, and an import
//! writes it, as they would any other folder.
//!
//! - [`pull`] brings a cache up to date: the rows with a change number above the cache's, and the files that it lacks;
//! - [`push`] writes what a command has changed in a cache to the record, in one transaction, as the next change number;
//! - [`importing`] cuts an import into jobs, which each [`worker`] takes from the record;
//! - [`replica`] pulls while a server runs, and says what cannot be reached;
//! - [`absent`] says what is done without a record;
//! - [`desk`] has what the administrations of all servers share, [`feed_turn`] which server fetches the feeds.

pub mod absent;
pub mod address;
pub mod cache;
mod compared;
pub mod copy;
mod counts;
pub mod desk;
pub mod edit;
pub mod error;
pub mod feed_turn;
mod garbage;
pub mod importing;
mod job_states;
mod jobs;
pub mod objects;
pub mod pull;
mod push;
pub mod record;
pub mod replica;
mod runtime;
mod same_network;
mod scratch;
pub mod worker;

pub use address::{ClusterAddress, RecordAddress};
pub use error::ClusterError;
