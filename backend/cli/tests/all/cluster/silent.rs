//! PostgreSQL accepts connections and says nothing, as on a machine whose disk hangs.

use std::process::Command;
use std::time::{Duration, Instant};

use super::administration::{TOKEN, ask};
use super::machines::{Machines, Server};

/// A request may take this long.
const REQUEST_LIMIT: Duration = Duration::from_secs(45);

/// Stopped processes, which go on when this is dropped.
struct Stopped(Vec<String>);

impl Stopped {
    /// All of PostgreSQL.
    fn all(machines: &Machines) -> Self {
        let sql = "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() \
             UNION ALL SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::integer";
        let pids = machines.postgres.sql(sql).expect("processes");
        let stopped = Self(pids.lines().map(str::to_owned).collect());
        stopped.signal("STOP");
        stopped
    }

    fn signal(&self, signal: &str) {
        // One that PostgreSQL starts now and then may have ended.
        let _ = Command::new("kill").arg(format!("-{signal}")).args(&self.0).status().expect("run");
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        self.signal("CONT");
    }
}

#[test]
fn a_database_that_says_nothing_holds_no_request_for_longer_than_it_may_take() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    let mut command = machines.program(&["serve", "--port", "0", "--cache", "one"]);
    let server = Server::spawn(command.env("SHOP_THE_LOOK_ADMIN_TOKEN", TOKEN), machines.at("one.log"));
    server.wait_for("/readyz", |answer| answer.starts_with("ready"));
    assert_eq!(ask(&server, "GET", "jobs", "").0, 200, "it has a connection");
    let stopped = Stopped::all(&machines);
    let timed = |work: &dyn Fn() -> u16| {
        let begin = Instant::now();
        (work(), begin.elapsed())
    };
    std::thread::scope(|scope| {
        let jobs: Vec<_> = (0..8).map(|_| scope.spawn(|| timed(&|| ask(&server, "GET", "jobs", "").0))).collect();
        // Whoever shops notices nothing: a search, and a picture that comes from storage.
        for path in ["/api/v1/products/skirts-a/similar", "/api/v1/images/skirts-a"] {
            let (status, took) = timed(&|| server.get(path).map_or(0, |(status, _)| status));
            assert!(status == 200 && took < Duration::from_secs(10), "{path}: {status} after {took:?}");
        }
        for asked in jobs {
            let (status, took) = asked.join().expect("asked");
            assert!(status == 503 && took < REQUEST_LIMIT, "{status} after {took:?}\n{}", server.log());
        }
    });
    drop(stopped);
    let begin = Instant::now();
    while ask(&server, "GET", "jobs", "").0 != 200 {
        assert!(begin.elapsed() < REQUEST_LIMIT, "{}", server.log());
        std::thread::sleep(Duration::from_millis(100));
    }
}
