//! The server as a process. In: a catalogue. Out: its address, its memory, its log, its end.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use stl_tests::{binaries, root};

/// How long it may take to start, and to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server, killed when this is dropped.
pub(crate) struct Server {
    process: Mutex<Child>,
    pid: u32,
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    log: PathBuf,
}

impl Server {
    /// Starts it and waits until it is ready.
    pub(crate) fn start(scratch: &Path, catalogue: &Path) -> Result<Self> {
        let log = scratch.join("log");
        let mut process = Command::new(binaries().join("shop-the-look"))
            .args(["serve", "--port=0", "--client", "dist", "--models", "models", "--catalogue"])
            .arg(catalogue)
            .current_dir(root())
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()
            .context("the server cannot be started")?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("no output")?).read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on http://").context("the server prints no address")?;
        let server = Self { pid: process.id(), process: Mutex::new(process), address: address.to_owned(), log };
        let end = Instant::now() + PATIENCE;
        while ureq::get(format!("http://{}/readyz", server.address)).call().is_err() {
            ensure!(Instant::now() < end, "the server is not ready after a minute");
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// Its resident memory in MB, and the files and connections that it holds open.
    pub(crate) fn held(&self) -> Result<(f64, usize)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok((kilobytes / 1024.0, std::fs::read_dir(format!("/proc/{}/fd", self.pid))?.count()))
    }

    /// Ends it as a service manager does, and waits.
    pub(crate) fn terminate(&self) -> Result<()> {
        let status = Command::new("kill").args(["-TERM", &self.pid.to_string()]).status()?;
        ensure!(status.success(), "kill: {status}");
        let end = Instant::now() + PATIENCE;
        let mut process = self.process.lock().map_err(|_| anyhow::anyhow!("a thread panicked"))?;
        while Instant::now() < end {
            if let Some(status) = process.try_wait()? {
                ensure!(status.success(), "the server ended with {status}");
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!("the server did not end within a minute of SIGTERM")
    }

    /// What it has logged: warnings and errors.
    pub(crate) fn log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(&self.log)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(process) = self.process.get_mut() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
