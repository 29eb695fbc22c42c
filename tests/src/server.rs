//! The real server on a free port. In: the demo catalogue. Out: its address, until dropped.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use crate::{binaries, root};

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    /// Where it answers, e.g. `http://127.0.0.1:40123`.
    pub origin: String,
}

impl Server {
    /// Starts the server with the demo catalogue and the built client, and waits until it listens.
    ///
    /// # Errors
    /// When something was not built, or the server does not say where it listens.
    pub fn start() -> Result<Self> {
        Self::start_at("0")
    }

    /// Starts it again where it answered before.
    ///
    /// # Errors
    /// As [`Server::start`], and when the address was taken meanwhile.
    pub fn restart(&mut self) -> Result<()> {
        self.kill()?;
        let (_, port) = self.origin.rsplit_once(':').context("the origin has a port")?;
        *self = Self::start_at(port)?;
        Ok(())
    }

    fn start_at(port: &str) -> Result<Self> {
        let mut process = Command::new(binaries().join("shop-the-look"))
            .args(["serve", "--port", port, "--models", "models", "--client", "dist"])
            .args(["--catalogue", "target/demo/catalogue"])
            .current_dir(root())
            .stdout(Stdio::piped())
            .spawn()
            .context("the server cannot be started: run `cargo xtask build` first")?;
        let stdout = process.stdout.take().context("the server has no standard output")?;
        let origin = BufReader::new(stdout)
            .lines()
            .map_while(std::result::Result::ok)
            .find_map(|line| line.split_once("listening on ").map(|(_, origin)| origin.trim().to_owned()))
            .context("the server ended without saying where it listens")?;
        Ok(Self { process, origin })
    }

    /// Kills the server at once, as a crash would.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already dead is as good.
        let _ = self.kill();
    }
}
