//! What the server listens on. In: a [`Config`], and the sockets that the service manager holds. Out: [`Listener`]s and their [`Address`]es.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use super::listen_error::{ListenError, MAX_INHERITED};
#[cfg(unix)]
use super::unix_socket::BoundSocket;
use crate::config::Config;

/// An address that the server listens on, as it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `http://ADDRESS:PORT`
    Tcp(SocketAddr),
    /// `https://ADDRESS:PORT`
    Tls(SocketAddr),
    /// `unix:PATH`; without a path for a socket without one.
    Unix(Option<PathBuf>),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "http://{address}"),
            Self::Tls(address) => write!(f, "https://{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.as_deref().unwrap_or("".as_ref()).display()),
        }
    }
}

/// Accepts connections.
#[derive(Debug)]
pub(super) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix {
        listener: UnixListener,
        /// Deletes the socket in the end, if the server has made it.
        bound: Option<BoundSocket>,
    },
}

impl Listener {
    /// Where it listens; ports speak HTTPS if `is_tls`.
    pub(super) fn address(&self, is_tls: bool) -> io::Result<Address> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(if is_tls { Address::Tls } else { Address::Tcp }),
            #[cfg(unix)]
            Self::Unix { bound: Some(bound), .. } => Ok(Address::Unix(Some(bound.path().to_owned()))),
            #[cfg(unix)]
            Self::Unix { listener, bound: None } => {
                Ok(Address::Unix(listener.local_addr()?.as_pathname().map(ToOwned::to_owned)))
            }
        }
    }
}

/// The sockets that a service manager has opened for this process (`LISTEN_FDS`), which goes on while the server restarts.
#[derive(Debug, Default)]
pub struct Inherited {
    #[cfg(unix)]
    sockets: Vec<InheritedSocket>,
}

#[cfg(unix)]
#[derive(Debug)]
enum InheritedSocket {
    Tcp(std::net::TcpListener),
    Unix(std::os::unix::net::UnixListener),
}

impl Inherited {
    /// Takes them from the environment, which names them no more then: before the process has further threads.
    ///
    /// # Errors
    /// When there are too many, or one is no listening stream socket.
    #[cfg(unix)]
    pub fn take() -> Result<Self, ListenError> {
        let mut passed = listenfd::ListenFd::from_env();
        if passed.len() > MAX_INHERITED {
            return Err(ListenError::TooManyInherited { received: passed.len() });
        }
        let mut sockets = Vec::with_capacity(passed.len());
        for index in 0..passed.len() {
            let inherited = |source| ListenError::Inherited { index, source };
            // A socket of the wrong kind is left at its place.
            if let Ok(Some(listener)) = passed.take_tcp_listener(index) {
                sockets.push(InheritedSocket::Tcp(listener));
            } else if let Some(listener) = passed.take_unix_listener(index).map_err(inherited)? {
                sockets.push(InheritedSocket::Unix(listener));
            }
        }
        Ok(Self { sockets })
    }

    /// None: this system has no such service manager.
    ///
    /// # Errors
    /// Never.
    #[cfg(not(unix))]
    pub fn take() -> Result<Self, ListenError> {
        Ok(Self {})
    }

    #[cfg(unix)]
    fn listeners(self) -> Result<Vec<Listener>, ListenError> {
        let opened = self.sockets.into_iter().enumerate().map(|(index, socket)| {
            let listener = match socket {
                InheritedSocket::Tcp(listener) => {
                    listener.set_nonblocking(true).and_then(|()| TcpListener::from_std(listener)).map(Listener::Tcp)
                }
                InheritedSocket::Unix(listener) => listener
                    .set_nonblocking(true)
                    .and_then(|()| UnixListener::from_std(listener))
                    .map(|listener| Listener::Unix { listener, bound: None }),
            };
            listener.map_err(|source| ListenError::Inherited { index, source })
        });
        opened.collect()
    }

    #[cfg(not(unix))]
    fn listeners(self) -> Result<Vec<Listener>, ListenError> {
        Ok(Vec::new())
    }
}

/// Listens on what the service manager has opened; else on the Unix socket, if one is named; else on host and port.
pub(super) async fn listen(config: &Config, inherited: Inherited) -> Result<Vec<Listener>, ListenError> {
    let listeners = inherited.listeners()?;
    if !listeners.is_empty() {
        let has_port = listeners.iter().any(|listener| matches!(listener, Listener::Tcp(_)));
        for note in config.notes_beside_inherited(has_port) {
            tracing::warn!("{note}");
        }
        return Ok(listeners);
    }
    if let Some(socket) = &config.socket {
        #[cfg(unix)]
        return super::unix_socket::bind(socket)
            .map(|(listener, bound)| vec![Listener::Unix { listener, bound: Some(bound) }]);
        #[cfg(not(unix))]
        return Err(ListenError::Unsupported);
    }
    let (host, port) = (config.host.clone(), config.port);
    let bound = TcpListener::bind((host.as_str(), port)).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ListenError::PortInUse { host, port },
        _ => ListenError::Listen { host, port, source },
    });
    bound.map(|listener| vec![Listener::Tcp(listener)])
}
