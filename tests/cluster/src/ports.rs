//! Free ports.

use std::net::TcpListener;

/// A port of loopback that nobody listens on now.
///
/// # Errors
/// When the system has none.
pub fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
