//! The real server on a free port. In: the demo catalogue. Out: its address. It ends when dropped.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{binaries, root};

/// Longest wait until the catalogue is loaded.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    /// Its address, e.g. `http://127.0.0.1:40123`.
    pub origin: String,
    args: Vec<String>,
}

/// The demo's catalogue, in the repository's folder.
const CATALOGUE: &str = "target/demo/catalogue";

impl Server {
    /// Starts the server with the demo catalogue and the built client, and waits until it is ready.
    ///
    /// # Errors
    /// When something was not built, or the server does not print its address.
    pub fn start() -> Result<Self> {
        Self::start_with(&[])
    }

    /// Starts the server and allows pages of these origins.
    ///
    /// # Errors
    /// As for [`Server::start`].
    pub fn start_for(allowed: &[String]) -> Result<Self> {
        let args: Vec<String> =
            allowed.iter().flat_map(|origin| ["--allow-origin".to_owned(), origin.clone()]).collect();
        Self::start_at("0", args)
    }

    /// Starts the server with further arguments of `serve`; `--catalogue`, `--models` and `--client` replace the demo's, the shipped ones and
    /// the built one.
    ///
    /// # Errors
    /// As for [`Server::start`].
    pub fn start_with(args: &[&str]) -> Result<Self> {
        Self::start_at("0", args.iter().map(|&arg| arg.to_owned()).collect())
    }

    /// Starts the server again at the same address.
    ///
    /// # Errors
    /// As for [`Server::start`], and when another program has taken the address.
    pub fn restart(&mut self) -> Result<()> {
        self.kill()?;
        let (_, port) = self.origin.rsplit_once(':').context("the origin has a port")?;
        *self = Self::start_at(port, self.args.clone())?;
        Ok(())
    }

    fn start_at(port: &str, args: Vec<String>) -> Result<Self> {
        let defaults = [["--models", "models"], ["--client", "dist"], ["--catalogue", CATALOGUE]];
        let mut process = Command::new(binaries().join("shop-the-look"))
            .args(["serve", "--port", port])
            .args(defaults.iter().filter(|default| args.iter().all(|arg| arg != default[0])).flatten())
            .args(&args)
            .current_dir(root())
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .context("the server cannot be started: run `cargo xtask build` first")?;
        let stdout = process.stdout.take().context("the server has no standard output")?;
        let origin = BufReader::new(stdout)
            .lines()
            .map_while(std::result::Result::ok)
            .find_map(|line| line.split_once("listening on ").map(|(_, origin)| origin.trim().to_owned()))
            .context("the server ended without printing its address")?;
        let server = Self { process, origin, args };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Waits until the catalogue is loaded; the server listens earlier.
    fn wait_until_ready(&self) -> Result<()> {
        let address = self.origin.trim_start_matches("http://");
        let deadline = Instant::now() + TIMEOUT;
        while Instant::now() < deadline {
            let mut connection = TcpStream::connect(address)?;
            connection.set_read_timeout(Some(TIMEOUT))?;
            write!(connection, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
            let mut status = String::new();
            BufReader::new(connection).read_line(&mut status)?;
            if status.starts_with("HTTP/1.1 200") {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!("the server was not ready within {TIMEOUT:?}")
    }

    /// The status and the body of the response to a `GET`.
    ///
    /// # Errors
    /// When there is no response.
    pub fn get(&self, path: &str) -> Result<(u16, Vec<u8>)> {
        let address = self.origin.trim_start_matches("http://");
        let mut connection = TcpStream::connect(address)?;
        connection.set_read_timeout(Some(TIMEOUT))?;
        write!(connection, "GET {path} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut response = Vec::new();
        connection.read_to_end(&mut response)?;
        let end = response.windows(4).position(|four| four == b"\r\n\r\n").context("a response without a head")?;
        let head = String::from_utf8_lossy(&response[..end]).into_owned();
        let status = head.split(' ').nth(1).context("a status")?.parse()?;
        Ok((status, response.split_off(end + 4)))
    }

    /// Posts a body and returns the response's body.
    ///
    /// # Errors
    /// When there is no response, or its status is not 200.
    pub fn post(&self, path: &str, content_type: &str, body: &[u8]) -> Result<Vec<u8>> {
        let address = self.origin.trim_start_matches("http://");
        let mut connection = TcpStream::connect(address)?;
        connection.set_read_timeout(Some(TIMEOUT))?;
        let length = body.len();
        write!(
            connection,
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
        )?;
        connection.write_all(body)?;
        let mut response = Vec::new();
        connection.read_to_end(&mut response)?;
        let end = response.windows(4).position(|four| four == b"\r\n\r\n").context("a response without a head")?;
        let head = String::from_utf8_lossy(&response[..end]).into_owned();
        if !head.starts_with("HTTP/1.1 200") || head.to_lowercase().contains("transfer-encoding") {
            bail!("expected 200 and a length, got {head}");
        }
        Ok(response.split_off(end + 4))
    }

    /// The server's resident memory in megabytes, on Linux.
    ///
    /// # Errors
    /// When the system does not provide it.
    pub fn resident_mb(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes / 1024.0)
    }

    /// Files and connections that the server holds open.
    ///
    /// # Errors
    /// When the system does not provide it.
    pub fn file_handles(&self) -> Result<usize> {
        Ok(std::fs::read_dir(format!("/proc/{}/fd", self.process.id()))?.count())
    }

    /// Kills the server, like a crash.
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
        // It may have ended already.
        let _ = self.kill();
    }
}
