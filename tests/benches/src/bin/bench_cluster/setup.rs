//! PostgreSQL, object storage and a folder. In: what the command line names. Out: [`Setup`], whose programs use them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use stl_benches::catalogue::write_mixed;
use stl_cluster::{ObjectStorage, Postgres};
use stl_server::networks::models::Models;
use tempfile::TempDir;

/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(600);

/// Parts of `/proc`'s times of a process in a second.
const TICKS_PER_S: f64 = 100.0;

/// Everything but servers, workers and commands, which use it.
pub(crate) struct Setup {
    pub(crate) folder: TempDir,
    postgres: Postgres,
    storage: ObjectStorage,
    catalogue: PathBuf,
    models: PathBuf,
    program: PathBuf,
}

impl Setup {
    pub(crate) fn start(catalogue: &Path, models: &Path, program: Option<&Path>) -> Result<Self> {
        let Some(postgres) = Postgres::start_or_skip()? else { bail!("PostgreSQL is needed") };
        let program = match program {
            Some(program) => std::path::absolute(program)?,
            None => std::env::current_exe()?.with_file_name("shop-the-look"),
        };
        Ok(Self {
            folder: tempfile::tempdir()?,
            postgres,
            storage: ObjectStorage::start()?,
            catalogue: std::path::absolute(catalogue)?,
            models: std::path::absolute(models)?,
            program,
        })
    }

    /// The program, with the database as its catalogue.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).env("SHOP_THE_LOOK_CATALOGUE", self.postgres.address()).env("SHOP_THE_LOOK_DEVICE", "cpu");
        command.env("SHOP_THE_LOOK_OBJECTS", self.storage.address()).envs(self.storage.environment());
        command.env("SHOP_THE_LOOK_MODELS", &self.models).stdout(Stdio::null()).stderr(Stdio::null());
        command.current_dir(self.folder.path());
        command
    }

    /// Mixes a catalogue of `count` articles and copies it to the database; seconds of the copy.
    pub(crate) fn fill(&self, count: usize) -> Result<f64> {
        let mixed = self.folder.path().join("mixed");
        std::fs::create_dir_all(mixed.join("images"))?;
        write_mixed(&self.catalogue, &Models::open(&self.models)?, count, &mixed, |_| {})?;
        let copy_s = timed(|| run(self.command(&["catalogue", "copy"]).arg(&mixed).arg(self.postgres.address())))?;
        std::fs::remove_dir_all(&mixed)?;
        Ok(copy_s)
    }
}

pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status()?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}

pub(crate) fn timed(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let begin = Instant::now();
    work()?;
    Ok(begin.elapsed().as_secs_f64())
}

/// Asks until an answer has a text.
pub(crate) fn wait_for(address: &str, text: &str) -> Result<()> {
    let begin = Instant::now();
    let (host, path) = address.strip_prefix("http://").and_then(|rest| rest.split_once('/')).context("an address")?;
    while begin.elapsed() < TIMEOUT {
        if get(host, path).is_ok_and(|answer| answer.contains(text)) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    bail!("{address}: expected {text:?}")
}

fn get(host: &str, path: &str) -> std::io::Result<String> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(host)?;
    write!(stream, "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Seconds of processor time that a process of this machine has taken, in all its threads.
pub(crate) fn processor_s(process: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field is the program's name in brackets, which may hold spaces; user and system time are the 14th and 15th.
    let (_, fields) = stat.rsplit_once(')').context("the line of a process")?;
    let ticks: Vec<f64> = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    ensure!(ticks.len() == 2, "expected user and system time in {stat:?}");
    Ok(ticks.iter().sum::<f64>() / TICKS_PER_S)
}

/// The same of several.
pub(crate) fn processors_s<'a>(processes: impl IntoIterator<Item = &'a Child>) -> Result<f64> {
    processes.into_iter().map(|process| processor_s(process.id())).sum()
}
