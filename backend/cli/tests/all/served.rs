//! A server of the program. In: a command. Out: its answers, its output and its log.

#![cfg_attr(not(unix), allow(dead_code, reason = "most tests of servers are of Unix"))]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for a server or an answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A running server; killed when dropped.
pub(crate) struct Server {
    process: Child,
    said: BufReader<ChildStdout>,
    pub(crate) origin: String,
    log: PathBuf,
}

impl Server {
    /// Starts a server by a command, which writes a log; it may not be ready yet.
    pub(crate) fn spawn(command: &mut Command, log: PathBuf) -> Self {
        let file = std::fs::File::create(&log).expect("a log");
        let mut process = command.stdout(Stdio::piped()).stderr(file).spawn().expect("started");
        let mut said = BufReader::new(process.stdout.take().expect("an output"));
        let lines = said.by_ref().lines().map_while(Result::ok);
        let origin = lines.into_iter().find_map(|line| line.strip_prefix("listening on ").map(str::to_owned));
        Self { process, said, origin: origin.expect("it listens"), log }
    }

    /// What it has printed after where it listens, once it has ended.
    pub(crate) fn said(&mut self) -> String {
        let mut said = String::new();
        self.said.read_to_string(&mut said).expect("UTF-8");
        said
    }

    /// The answer to the bytes of a request, with its head; the request says that the connection closes.
    pub(crate) fn send(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.origin.trim_start_matches("http://")).expect("it listens");
        stream.write_all(bytes).expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
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

    /// Waits until something is so.
    pub(crate) fn wait_until(&self, is_so: impl Fn() -> bool) {
        let begin = Instant::now();
        while !is_so() {
            assert!(begin.elapsed() < TIMEOUT, "in vain for {TIMEOUT:?}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
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

/// Waits until an address has a good answer, as that of a balancer whose servers have started.
pub(crate) fn wait_for_answer(address: &str) {
    let begin = Instant::now();
    while get(address).is_none_or(|(status, _)| status != 200) {
        assert!(begin.elapsed() < Duration::from_secs(20), "{address} has an answer");
        std::thread::sleep(Duration::from_millis(50));
    }
}
