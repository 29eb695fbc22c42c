//! Why a server stops without a signal.

use std::io;

use super::listen_error::ListenError;
use crate::cluster::ClusterError;
use crate::networks::models::ModelsError;
use crate::pipeline::search::LoadError;
use crate::shards::ShardsError;

/// Why the server stopped without a signal.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It cannot listen.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// There is no certificate any more.
    #[error("{0}")]
    Tls(String),
    /// The address of the metrics cannot be listened on.
    #[error("--metrics: cannot listen on {address}")]
    Metrics {
        /// The address.
        address: std::net::SocketAddr,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// The system refuses threads or signal handlers.
    #[error("the server cannot be started")]
    System(#[from] io::Error),
    /// The networks' manifest cannot be read.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// The client has other networks.
    #[error(
        "searches by numbers would be refused: {list} is of a client with other networks than the server's; build the client again"
    )]
    OtherClient {
        /// The client's list.
        list: String,
    },
    /// The catalogue's record cannot be followed.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// Networks or catalogue cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The shards are others than a front needs.
    #[error("--shards: {0}")]
    Shards(#[from] ShardsError),
}
