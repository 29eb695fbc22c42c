//! PostgreSQL, object storage and a folder. In: what the command line names. Out: [`Setup`], whose programs use them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use stl_benches::catalogue::write_mixed;
use stl_cluster::{CpuShare, ObjectStorage, Postgres, Process};
use stl_server::catalogue::{Article, features};
use stl_server::matching::ProjectedRows;
use stl_server::networks::models::Models;
use tempfile::TempDir;

/// Longest wait for an answer: a server without a cache reads some thousand articles a second on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(1800);

/// Where objects are without an S3 server.
const OBJECTS: &str = "objects";

/// How often the memory of a command is read.
const MEMORY_INTERVAL: Duration = Duration::from_millis(10);

/// Parts of `/proc`'s times of a process in a second.
const TICKS_PER_S: f64 = 100.0;

/// Everything but servers, workers and commands, which use it.
pub(crate) struct Setup {
    pub(crate) folder: TempDir,
    postgres: Postgres,
    /// None if objects are in the folder.
    storage: Option<ObjectStorage>,
    catalogue: PathBuf,
    models: PathBuf,
    program: PathBuf,
}

impl Setup {
    pub(crate) fn start(
        catalogue: &Path,
        models: &Path,
        program: Option<&Path>,
        is_folder_shared: bool,
    ) -> Result<Self> {
        let Some(postgres) = Postgres::start_or_skip()? else { bail!("PostgreSQL is needed") };
        let program = match program {
            Some(program) => std::path::absolute(program)?,
            None => std::env::current_exe()?.with_file_name("shop-the-look"),
        };
        let folder = tempfile::tempdir()?;
        std::fs::create_dir(folder.path().join(OBJECTS))?;
        Ok(Self {
            folder,
            postgres,
            storage: if is_folder_shared { None } else { Some(ObjectStorage::start()?) },
            catalogue: std::path::absolute(catalogue)?,
            models: std::path::absolute(models)?,
            program,
        })
    }

    /// The program, with the database as its catalogue.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).env("SHOP_THE_LOOK_CATALOGUE", self.postgres.address()).env("SHOP_THE_LOOK_DEVICE", "cpu");
        match &self.storage {
            Some(storage) => command.env("SHOP_THE_LOOK_OBJECTS", storage.address()).envs(storage.environment()),
            None => {
                let folder = self.folder.path().join(OBJECTS);
                command.env("SHOP_THE_LOOK_OBJECTS", format!("file://{}", folder.display()))
            }
        };
        command.env("SHOP_THE_LOOK_MODELS", &self.models).stdout(Stdio::null()).stderr(Stdio::null());
        command.current_dir(self.folder.path());
        command
    }

    /// Mixes a catalogue of `count` articles, each changed by `change`, and copies it to the database; seconds of the copy.
    pub(crate) fn fill(&self, count: usize, change: impl FnMut(&mut Article)) -> Result<f64> {
        let mixed = self.folder.path().join("mixed");
        std::fs::create_dir_all(mixed.join("images"))?;
        let models = Models::open(&self.models)?;
        write_mixed(&self.catalogue, &models, count, &mixed, change)?;
        // As an import does: else each new server would compute them.
        let read = features::read(&mixed.join("features-1.bin"), models.fashion_dna_sha256())?;
        let (projected, file): (Vec<&[f32]>, _) = (read.features.rows().collect(), mixed.join("rows-1.bin"));
        ProjectedRows::open_or_project(&file, &models.match_weights()?, &projected, *read.sha256.as_bytes());
        let copy_s = timed(|| run(self.command(&["catalogue", "copy"]).arg(&mixed).arg(self.postgres.address())))?;
        std::fs::remove_dir_all(&mixed)?;
        Ok(copy_s)
    }

    /// Starts a server or a worker, which gets so much of a core if a share is given.
    pub(crate) fn start_limited(&self, words: &[&str], cpu_share: Option<f64>) -> Result<Limited> {
        let share = cpu_share.map(CpuShare::new).transpose()?;
        let process = Process(self.command(words).spawn()?);
        share.iter().try_for_each(|share| share.add(&process.0))?;
        Ok(Limited { process, _share: share })
    }
}

/// A process that ends when it is dropped, and then its control group, if it has one: a group with a process cannot be removed.
pub(crate) struct Limited {
    process: Process,
    _share: Option<CpuShare>,
}

impl Limited {
    /// Seconds of processor time that it has taken.
    pub(crate) fn processor_s(&self) -> Result<f64> {
        processor_s(self.process.0.id())
    }
}

/// Checks before anything is made that a share can be had, and says if `count` processes with it leave nothing of this machine to the others.
pub(crate) fn check_share(cpu_share: Option<f64>, count: usize) -> Result<()> {
    let Some(share) = cpu_share else { return Ok(()) };
    drop(CpuShare::new(share)?);
    let (taken, cores) = (share * count as f64, std::thread::available_parallelism()?.get());
    if taken + 1.0 > cores as f64 {
        eprintln!(
            "{count} of {share} of a core take {taken} of this machine's {cores} cores: less than one is left to all else, which may be too little"
        );
    }
    Ok(())
}

/// How much of its processor's share was taken, in words; nothing without a share.
pub(crate) fn share_words(cpu_share: Option<f64>, count: usize, spent_s: f64, elapsed_s: f64) -> String {
    cpu_share.map_or_else(String::new, |share| {
        format!(", {:.0} % of {share} of a core each", 100.0 * spent_s / (elapsed_s * share * count as f64))
    })
}

/// The rate of the first measurement, with which the others are compared.
#[derive(Default)]
pub(crate) struct First(Option<(usize, f64)>);

impl First {
    /// How the rate of `count` of something compares, in words; nothing of the first one itself.
    pub(crate) fn words(&mut self, count: usize, rate: f64) -> String {
        match self.0 {
            None => {
                self.0 = Some((count, rate));
                String::new()
            }
            Some((of_count, of_rate)) => format!(" ({:.2} times that of {of_count})", rate / of_rate),
        }
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

/// Runs a command. Returns its seconds, and the most memory that it took, in MB.
pub(crate) fn run_measured(command: &mut Command) -> Result<(f64, f64)> {
    let begin = Instant::now();
    let (mut process, mut most_mb) = (Process(command.spawn()?), 0.0_f64);
    loop {
        // A process that ends has no memory.
        if let Ok(memory) = memory(process.0.id()) {
            most_mb = most_mb.max(memory.most_mb);
        }
        if let Some(status) = process.0.try_wait()? {
            ensure!(status.success(), "{command:?} failed");
            return Ok((begin.elapsed().as_secs_f64(), most_mb));
        }
        std::thread::sleep(MEMORY_INTERVAL);
    }
}

/// Memory of a process.
pub(crate) struct Memory {
    /// All that it has now.
    pub(crate) all_mb: f64,
    /// Pages of mapped files, a part of that, which the system takes back when it needs them.
    pub(crate) mapped_mb: f64,
    /// The most that it has had.
    pub(crate) most_mb: f64,
}

/// The memory of a process of this machine.
pub(crate) fn memory(process: u32) -> Result<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let megabytes = |name: &str| -> Result<f64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()).with_context(|| format!("no {name}"))?;
        Ok(kilobytes.parse::<f64>()? * 1024.0 / 1e6)
    };
    Ok(Memory { all_mb: megabytes("VmRSS")?, mapped_mb: megabytes("RssFile")?, most_mb: megabytes("VmHWM")? })
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
pub(crate) fn processors_s(processes: &[Limited]) -> Result<f64> {
    processes.iter().map(Limited::processor_s).sum()
}
