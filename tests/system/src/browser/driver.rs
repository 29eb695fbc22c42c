//! WebDrivers as processes. In: a program. Out: the address at which it takes commands.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

/// How often a driver is started before a test fails.
const STARTS: usize = 5;

/// Longest wait until a driver takes connections, or a screen is there.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// A driver that takes commands.
#[derive(Debug)]
pub(super) struct Driver {
    /// Its address.
    pub(super) url: String,
    // Killed when dropped: the driver together with its browser, then the screen.
    _processes: Vec<Child>,
}

impl Driver {
    /// Starts chromedriver or geckodriver at a free port of its choice.
    ///
    /// chromedriver takes a free port of IPv6 and ends if another process has the same one of IPv4, so a driver that ends is started again.
    pub(super) async fn start(program: &str) -> Result<Self> {
        let mut said = Vec::new();
        for _ in 0..STARTS {
            let mut process = start(Command::new(program).arg("--port=0").stdout(Stdio::piped()))?;
            let mut lines = BufReader::new(process.stdout.take().context("the driver has no output")?).lines();
            while let Some(line) = lines.next_line().await? {
                // An earlier line of chromedriver repeats the requested port, 0.
                let named = ["successfully on port ", "Listening on 127.0.0.1:"].map(|words| line.split_once(words));
                if let Some((_, port)) = named.into_iter().flatten().next() {
                    let url = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
                    // Keep reading: the driver blocks when the pipe is full.
                    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                    return Ok(Self { url, _processes: vec![process] });
                }
                said.push(line);
            }
        }
        bail!("{program} ended {STARTS} times without naming its port: {}", said.join(" / "))
    }

    /// Starts WebKit's driver at a port that is free now, with an own screen for the browser, which cannot run without one. What the
    /// browser stores is in the folder `profile`.
    pub(super) async fn start_webkit(program: &str, profile: &Path) -> Result<Self> {
        let (screen, display) = start_screen().await?;
        let mut processes = vec![screen];
        for _ in 0..STARTS {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?.port();
            let mut process = start(
                Command::new(program)
                    .arg(format!("--port={port}"))
                    .stdout(Stdio::null())
                    .env("DISPLAY", &display)
                    .env("HOME", profile)
                    // Else it would look for the session's message bus.
                    .env_remove("DBUS_SESSION_BUS_ADDRESS"),
            )?;
            let deadline = tokio::time::Instant::now() + START_TIMEOUT;
            // Another process may have taken the port in between: then the driver ends.
            while process.try_wait()?.is_none() && tokio::time::Instant::now() < deadline {
                if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok() {
                    processes.insert(0, process);
                    return Ok(Self { url: format!("http://127.0.0.1:{port}"), _processes: processes });
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        bail!("{program} took no connection in {STARTS} starts")
    }
}

/// Starts a screen in memory; returns its process and its name for `DISPLAY`.
async fn start_screen() -> Result<(Child, String)> {
    let mut screen = start(
        Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped()),
    )?;
    let mut lines = BufReader::new(screen.stdout.take().context("Xvfb has no output")?).lines();
    let number = tokio::time::timeout(START_TIMEOUT, lines.next_line())
        .await
        .context("Xvfb did not start in time")??
        .context("Xvfb ended without naming its screen")?;
    Ok((screen, format!(":{number}")))
}

/// Starts a process that ends with the value.
fn start(command: &mut Command) -> Result<Child> {
    let program = command.as_std().get_program().display().to_string();
    command
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{program} cannot be started: `cargo xtask setup` gets it"))
}
