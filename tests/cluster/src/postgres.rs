//! A PostgreSQL of its own. In: the system's programs. Out: a server on loopback with one database, deleted when it is dropped.
//!
//! PostgreSQL refuses to run as root; it then runs as the user `postgres`, which its package has made.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

use crate::ports::free_port;

/// Where Debian has the programs that only servers need.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The user of the database, and its password.
const USER: &str = "shop";
/// A word that must be in no output.
pub const PASSWORD: &str = "a-secret-of-tests";
/// The database.
const DATABASE: &str = "fashion";

/// How long it may take to start or stop.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A running server.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    /// Of the user that runs it, if this process is root.
    user: Option<(u32, u32)>,
    port: u16,
}

/// The folder with `initdb` and `postgres`, the newest version first.
#[must_use]
pub fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut debian: Vec<PathBuf> =
        std::fs::read_dir(DEBIAN).into_iter().flatten().flatten().map(|entry| entry.path().join("bin")).collect();
    debian.sort();
    let folders = debian.into_iter().rev().chain(std::env::split_paths(&path));
    folders.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

impl Postgres {
    /// Starts a server; says aloud that the test is skipped if there is none to start.
    ///
    /// # Errors
    /// When it is there and does not start.
    pub fn start_or_skip() -> Result<Option<Self>> {
        match programs() {
            Some(programs) => Self::start(programs).map(Some),
            None => {
                eprintln!("SKIPPED: there is no PostgreSQL; `cargo xtask setup` names the command that installs it");
                Ok(None)
            }
        }
    }

    fn start(programs: PathBuf) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let user = if number("id", &["-u"])? == 0 {
            let user = (number("id", &["-u", "postgres"])?, number("id", &["-g", "postgres"])?);
            std::os::unix::fs::chown(folder.path(), Some(user.0), Some(user.1))?;
            Some(user)
        } else {
            None
        };
        let server = Self { folder, programs, user, port: free_port()? };
        let password_file = server.folder.path().join("password");
        std::fs::write(&password_file, PASSWORD)?;
        if let Some((user, group)) = user {
            std::os::unix::fs::chown(&password_file, Some(user), Some(group))?;
        }
        let made = server
            .command("initdb")
            .args(["--auth=scram-sha-256", "--username", USER, "--no-sync", "--encoding=UTF8", "--locale=C"])
            .arg("--pwfile")
            .arg(&password_file)
            .arg("--pgdata")
            .arg(server.data())
            .output()?;
        ensure!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        server.resume()?;
        server.sql_in("postgres", &format!("CREATE DATABASE {DATABASE}"))?;
        Ok(server)
    }

    /// The database's address with its password.
    #[must_use]
    pub fn address(&self) -> String {
        format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{}/{DATABASE}", self.port)
    }

    /// Starts it again after [`Postgres::pause`].
    ///
    /// # Errors
    /// When it does not start in time.
    pub fn resume(&self) -> Result<()> {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=50",
            self.port
        );
        self.control(&["start", "-w", "-o", &options])
    }

    /// Stops it, as an administrator would: connections end.
    ///
    /// # Errors
    /// When it does not stop in time.
    pub fn pause(&self) -> Result<()> {
        self.control(&["stop", "-w", "-m", "fast"])
    }

    fn control(&self, words: &[&str]) -> Result<()> {
        let log = self.folder.path().join("log");
        let mut command = self.command("pg_ctl");
        command.arg("--pgdata").arg(self.data()).arg("--log").arg(&log).args(words);
        // The server inherits them.
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let begin = Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                let text = std::fs::read_to_string(&log).unwrap_or_default();
                ensure!(status.success(), "pg_ctl {words:?}: {text}");
                return Ok(());
            }
            if begin.elapsed() > TIMEOUT {
                child.kill()?;
                bail!("pg_ctl {words:?} took more than {TIMEOUT:?}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Runs statements in the database. Returns what they print, a line for each row.
    ///
    /// # Errors
    /// When PostgreSQL refuses.
    pub fn sql(&self, statements: &str) -> Result<String> {
        self.sql_in(DATABASE, statements)
    }

    fn sql_in(&self, database: &str, statements: &str) -> Result<String> {
        let mut command = self.command("psql");
        command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"]);
        command.args(["--host", "127.0.0.1", "--username", USER, "--dbname", database, "--command", statements]);
        command.arg("--port").arg(self.port.to_string()).env("PGPASSWORD", PASSWORD);
        let output = command.output()?;
        ensure!(output.status.success(), "{statements}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        use std::os::unix::process::CommandExt as _;
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(Path::new("/"));
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Err(error) = self.control(&["stop", "-w", "-m", "immediate"]) {
            eprintln!("PostgreSQL was not stopped: {error}");
        }
    }
}

fn number(program: &str, words: &[&str]) -> Result<u32> {
    let output = Command::new(program).args(words).output().with_context(|| program.to_owned())?;
    let text = String::from_utf8(output.stdout)?;
    text.trim()
        .parse()
        .with_context(|| format!("{program} {words:?} printed {text:?}; PostgreSQL's package makes this user"))
}
