//! The real server on a free port. In: the demo catalogue. Out: its address, until dropped.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{binaries, root};

/// Longest wait for the catalogue.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    /// Where it answers, e.g. `http://127.0.0.1:40123`.
    pub origin: String,
    allowed: Vec<String>,
}

impl Server {
    /// Starts the server with the demo catalogue and the built client, and waits until it is ready.
    ///
    /// # Errors
    /// When something was not built, or the server does not say where it listens.
    pub fn start() -> Result<Self> {
        Self::start_at("0", &[])
    }

    /// Starts it with pages of these origins allowed.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_for(allowed: &[String]) -> Result<Self> {
        Self::start_at("0", allowed)
    }

    /// Starts it again where it answered before.
    ///
    /// # Errors
    /// As [`Server::start`], and when the address was taken meanwhile.
    pub fn restart(&mut self) -> Result<()> {
        self.kill()?;
        let (_, port) = self.origin.rsplit_once(':').context("the origin has a port")?;
        *self = Self::start_at(port, &self.allowed)?;
        Ok(())
    }

    fn start_at(port: &str, allowed: &[String]) -> Result<Self> {
        let mut process = Command::new(binaries().join("shop-the-look"))
            .args(["serve", "--port", port, "--models", "models", "--client", "dist"])
            .args(["--catalogue", "target/demo/catalogue"])
            .args(allowed.iter().flat_map(|origin| ["--allow-origin", origin]))
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
        let server = Self { process, origin, allowed: allowed.to_vec() };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// It listens before its catalogue is loaded.
    fn wait_until_ready(&self) -> Result<()> {
        let address = self.origin.trim_start_matches("http://");
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let mut connection = TcpStream::connect(address)?;
            connection.set_read_timeout(Some(PATIENCE))?;
            write!(connection, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
            let mut status = String::new();
            BufReader::new(connection).read_line(&mut status)?;
            if status.starts_with("HTTP/1.1 200") {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!("the server was not ready within {PATIENCE:?}")
    }

    /// Posts a body and returns the answer's.
    ///
    /// # Errors
    /// When the answer is another than 200, or none.
    pub fn post(&self, path: &str, content_type: &str, body: &[u8]) -> Result<Vec<u8>> {
        let address = self.origin.trim_start_matches("http://");
        let mut connection = TcpStream::connect(address)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        let length = body.len();
        write!(
            connection,
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
        )?;
        connection.write_all(body)?;
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").context("an answer without a head")?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        if !head.starts_with("HTTP/1.1 200") || head.to_lowercase().contains("transfer-encoding") {
            bail!("expected 200 and a length, got {head}");
        }
        Ok(answer.split_off(end + 4))
    }

    /// Megabytes of memory that the server holds, on Linux.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn resident_mb(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes / 1024.0)
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
