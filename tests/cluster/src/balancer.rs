//! HAProxy in front of servers. In: their ports. Out: a running balancer on loopback, which ends when it is dropped.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::ports::free_port;

/// Where Debian has it; a user's PATH may lack the folder.
const DEBIAN: &str = "/usr/sbin/haproxy";

/// A running balancer.
#[derive(Debug)]
pub struct Balancer {
    process: Child,
    _folder: TempDir,
    port: u16,
}

/// The program, if it is there.
#[must_use]
pub fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let candidates = std::env::split_paths(&path).map(|folder| folder.join("haproxy")).chain([PathBuf::from(DEBIAN)]);
    candidates.into_iter().find(|program| program.is_file())
}

impl Balancer {
    /// Starts a balancer; says aloud that the test is skipped if there is none to start.
    ///
    /// # Errors
    /// When it is there and does not start.
    pub fn start_or_skip(port: u16, servers: &[u16]) -> Result<Option<Self>> {
        let Some(program) = program() else {
            eprintln!("SKIPPED: there is no HAProxy; `cargo xtask setup` names the command that installs it");
            return Ok(None);
        };
        let port = if port == 0 { free_port()? } else { port };
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("haproxy.cfg");
        std::fs::write(&file, configuration(port, servers))?;
        let mut command = Command::new(program);
        command.arg("-db").arg("-f").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().context("HAProxy does not start")?;
        Ok(Some(Self { process, _folder: folder, port }))
    }

    /// Its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Its address.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// As `deploy/haproxy.cfg`, for servers on loopback: a request that no server has begun to answer goes to another one.
fn configuration(port: u16, servers: &[u16]) -> String {
    let mut text = format!(
        "global\n    maxconn 2000\n\
         defaults\n    mode http\n    timeout connect 1s\n    timeout client 60s\n    timeout server 60s\n\
         \x20   retries 3\n    option redispatch 1\n    retry-on conn-failure empty-response 503\n\
         frontend shop\n    bind 127.0.0.1:{port}\n    default_backend replicas\n\
         backend replicas\n    balance leastconn\n    option httpchk GET /readyz\n    http-check expect status 200\n\
         \x20   default-server check inter 500ms fall 2 rise 1 observe layer4 error-limit 1 on-error mark-down\n"
    );
    for (number, server) in servers.iter().enumerate() {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "    server replica-{number} 127.0.0.1:{server}");
    }
    text
}
