//! The parts of a cluster for a test, and programs that use them.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use stl_cluster::objects::SECRET;
use stl_cluster::postgres::PASSWORD;
use stl_cluster::{ObjectStorage, Postgres};
use tempfile::TempDir;

use crate::support::write_feed;

/// Longest wait for a server or an answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// PostgreSQL, storage, a folder with a feed.
pub(crate) struct Machines {
    pub(crate) postgres: Postgres,
    pub(crate) storage: ObjectStorage,
    folder: TempDir,
}

impl Machines {
    /// None where PostgreSQL cannot be installed.
    pub(crate) fn start() -> Option<Self> {
        let postgres = Postgres::start_or_skip().expect("PostgreSQL starts")?;
        let (storage, folder) =
            (ObjectStorage::start().expect("storage starts"), tempfile::tempdir().expect("a folder"));
        write_feed(&folder.path().join("feed"));
        Some(Self { postgres, storage, folder })
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program in the folder, with the cluster as its catalogue.
    pub(crate) fn program(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
        command.args(words).current_dir(self.folder.path());
        command.env("SHOP_THE_LOOK_MODELS", Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models"));
        command.env("SHOP_THE_LOOK_CATALOGUE", self.postgres.address()).env("SHOP_THE_LOOK_DEVICE", "cpu");
        command.env("SHOP_THE_LOOK_OBJECTS", self.storage.address()).envs(self.storage.environment());
        command
    }

    /// What `catalogue …` prints, which must succeed.
    pub(crate) fn catalogue(&self, words: &[&str]) -> String {
        let output = self.output(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// What `catalogue …` does; no secret is printed.
    pub(crate) fn output(&self, words: &[&str]) -> Output {
        let output = self.program(&[&["catalogue"], words].concat()).output().expect("run");
        assert_silent(&output);
        output
    }

    /// A catalogue in the database, from the feed by way of a folder.
    pub(crate) fn fill(&self) {
        self.catalogue(&["import", "feed", "--catalogue", "folder"]);
        let address = self.postgres.address();
        self.catalogue(&["copy", "folder", &address]);
    }

    /// Changes a product's price.
    pub(crate) fn set_price(&self, id: &str, price: &str) {
        let line = serde_json::json!({"id": id, "price": price}).to_string();
        std::fs::write(self.at("change.jsonl"), line).expect("written");
        self.catalogue(&["update", "change.jsonl", "--cache", "of-updates"]);
    }

    /// A server with a cache of its own, once it is ready.
    pub(crate) fn serve(&self, cache: &str) -> Server {
        let server = self.serve_soon(cache);
        server.wait_for("/readyz", |answer| answer.starts_with("ready"));
        server
    }

    /// The same at a port.
    pub(crate) fn serve_at(&self, cache: &str, port: u16) -> Server {
        let server = self.started(cache, port);
        server.wait_for("/readyz", |answer| answer.starts_with("ready"));
        server
    }

    /// A server that may not be ready yet.
    pub(crate) fn serve_soon(&self, cache: &str) -> Server {
        self.started(cache, 0)
    }

    fn started(&self, cache: &str, port: u16) -> Server {
        let mut command = self.program(&["serve", "--port", &port.to_string(), "--cache", cache, "--events"]);
        Server::spawn(&mut command, self.at(&format!("{cache}.log")))
    }
}

/// No password and no key is in what a program prints.
pub(crate) fn assert_silent(output: &Output) {
    for text in [&output.stdout, &output.stderr] {
        let text = String::from_utf8_lossy(text);
        assert!(!text.contains(PASSWORD) && !text.contains(SECRET), "{text}");
    }
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) origin: String,
    log: PathBuf,
}

impl Server {
    /// Starts a server by a command, which writes a log; it may not be ready yet.
    pub(crate) fn spawn(command: &mut Command, log: PathBuf) -> Self {
        let file = std::fs::File::create(&log).expect("a log");
        let mut process = command.stdout(Stdio::piped()).stderr(file).spawn().expect("started");
        let lines = BufReader::new(process.stdout.take().expect("an output")).lines().map_while(Result::ok);
        let origin = lines.into_iter().find_map(|line| line.strip_prefix("listening on ").map(str::to_owned));
        Self { process, origin: origin.expect("it listens"), log }
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.origin.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
    }

    /// Kills it.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }

    /// Asks it to end, as an upgrade does, and waits.
    pub(crate) fn end(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.process.wait().expect("ended")
    }

    /// Waits until it has ended by itself.
    pub(crate) fn ended_within(&mut self, limit: Duration) -> ExitStatus {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().expect("a process") {
                return status;
            }
            assert!(begin.elapsed() < limit, "it ends within {limit:?}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(self.process.id().to_string()).status();
        assert!(sent.is_ok_and(|status| status.success()), "{signal}");
    }

    /// The status and the body of an answer; none if there was none.
    pub(crate) fn get(&self, path: &str) -> Option<(u16, Vec<u8>)> {
        get(&format!("{}{path}", self.origin))
    }

    /// The body of a good answer.
    pub(crate) fn text(&self, path: &str) -> String {
        let (status, body) = self.get(path).expect("an answer");
        let body = String::from_utf8(body).expect("text");
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Waits for an answer. Returns how long it took.
    pub(crate) fn wait_for(&self, path: &str, is_wanted: impl Fn(&str) -> bool) -> Duration {
        let begin = Instant::now();
        loop {
            let answer = self.get(path).map(|(_, body)| String::from_utf8_lossy(&body).into_owned());
            if answer.as_deref().is_some_and(&is_wanted) {
                return begin.elapsed();
            }
            assert!(begin.elapsed() < TIMEOUT, "{path}: {answer:?}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The status and the body of an answer; none if there was none.
pub(crate) fn get(address: &str) -> Option<(u16, Vec<u8>)> {
    get_version(address).map(|(status, _, body)| (status, body))
}

/// The same with the catalogue's version.
pub(crate) fn get_version(address: &str) -> Option<(u16, String, Vec<u8>)> {
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT)).build();
    let mut answer = ureq::Agent::from(config).get(address).call().ok()?;
    let version = answer.headers().get("catalogue-version").and_then(|version| version.to_str().ok());
    let version = version.unwrap_or_default().to_owned();
    Some((answer.status().as_u16(), version, answer.body_mut().read_to_vec().ok()?))
}
