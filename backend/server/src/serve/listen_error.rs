//! Why the server cannot listen. In: what was asked for, and the system's errors. Out: a sentence.

use std::io;
use std::path::PathBuf;

/// Sockets that a service manager may hand over: an address for each family, a Unix socket, and room.
pub(super) const MAX_INHERITED: usize = 8;

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another process listens on the port.
    #[error("{host}:{port} is already in use: stop what listens there, or choose another --port")]
    PortInUse {
        /// Host name or address.
        host: String,
        /// The port.
        port: u16,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {host}:{port}")]
    Listen {
        /// Host name or address.
        host: String,
        /// The port.
        port: u16,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// Another process listens on the Unix socket.
    #[error("{} is already in use: stop what listens there, or choose another --socket", path.display())]
    SocketInUse {
        /// The socket's path.
        path: PathBuf,
    },
    /// A file that is no socket is in the way.
    #[error("--socket {}: expected a free path or a socket that nobody listens on, got another file", path.display())]
    NoSocket {
        /// The path.
        path: PathBuf,
    },
    /// The Unix socket cannot be listened on.
    #[error("cannot listen on --socket {}", path.display())]
    Socket {
        /// The socket's path.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// The system has none.
    #[error("--socket: this system has no Unix sockets")]
    Unsupported,
    /// A descriptor of the service manager is of no use.
    #[error("LISTEN_FDS: expected listening TCP or Unix stream sockets, descriptor {index} is none")]
    Inherited {
        /// Its place among them, from 0.
        index: usize,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// More sockets than are served.
    #[error("LISTEN_FDS: expected at most {MAX_INHERITED} sockets, got {received}")]
    TooManyInherited {
        /// Their number.
        received: usize,
    },
}
