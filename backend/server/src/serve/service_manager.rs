//! What the server tells a service manager such as systemd (`sd_notify`). In: states. Out: datagrams to the socket that `NOTIFY_SOCKET` names; none
//! without it.

use std::ffi::OsString;
use std::time::Duration;

/// The variable with the socket's path; `@` begins a name without a file.
const SOCKET: &str = "NOTIFY_SOCKET";

/// The variable with the microseconds after which a silent server is restarted.
const WATCHDOG: &str = "WATCHDOG_USEC";

/// The variable with the process whose silence counts.
const WATCHDOG_PID: &str = "WATCHDOG_PID";

/// A manager that takes a message no sooner does not get it.
#[cfg(unix)]
const TIMEOUT: Duration = Duration::from_secs(1);

/// The start has ended: searches are answered, or a first import or shards are waited for.
pub(super) fn ready(status: &str) {
    send(&format!("READY=1\nSTATUS={status}\n"));
}

/// What the server does.
pub(super) fn status(status: &str) {
    send(&format!("STATUS={status}\n"));
}

/// The server stops.
pub(super) fn stopping() {
    send("STOPPING=1\nSTATUS=stopping: open requests may end\n");
}

/// Tells the manager twice in its interval that the server runs, if it waits for that: from a task, through the threads for waiting work, so that
/// neither of them hangs.
pub(super) fn watch() {
    let pid = std::env::var(WATCHDOG_PID).ok();
    let variable = std::env::var(WATCHDOG).ok();
    let Some(interval) = interval(variable.as_deref(), pid.as_deref()) else { return };
    tokio::spawn(async move {
        loop {
            let _ = tokio::task::spawn_blocking(|| send("WATCHDOG=1\n")).await;
            tokio::time::sleep(interval).await;
        }
    });
}

/// Half of the time that a manager waits, if it waits for this process.
fn interval(variable: Option<&str>, pid: Option<&str>) -> Option<Duration> {
    let is_meant = pid.is_none_or(|pid| pid.parse() == Ok(std::process::id()));
    let micros: u64 = variable?.parse().ok()?;
    (is_meant && micros > 1).then(|| Duration::from_micros(micros / 2))
}

fn send(message: &str) {
    let Some(socket) = std::env::var_os(SOCKET).filter(|socket| !socket.is_empty()) else { return };
    if let Err(error) = send_to(&socket, message) {
        tracing::warn!("the service manager at {} was not told: {error}", socket.display());
    }
}

#[cfg(unix)]
fn send_to(socket: &OsString, message: &str) -> std::io::Result<()> {
    use std::os::unix::net::UnixDatagram;

    let sender = UnixDatagram::unbound()?;
    sender.set_write_timeout(Some(TIMEOUT))?;
    #[cfg(target_os = "linux")]
    {
        use std::os::linux::net::SocketAddrExt as _;
        use std::os::unix::ffi::OsStrExt as _;
        use std::os::unix::net::SocketAddr;

        if let Some(name) = socket.as_bytes().strip_prefix(b"@") {
            sender.connect_addr(&SocketAddr::from_abstract_name(name)?)?;
            return sender.send(message.as_bytes()).map(|_| ());
        }
    }
    sender.send_to(message.as_bytes(), socket).map(|_| ())
}

#[cfg(not(unix))]
fn send_to(_: &OsString, _: &str) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watchdog_is_told_twice_in_its_time_if_it_waits_for_this_process() {
        let own = std::process::id().to_string();
        let half = Some(Duration::from_secs(15));
        for (variable, pid, expected) in [
            (Some("30000000"), None, half),
            (Some("30000000"), Some(own.as_str()), half),
            (Some("30000000"), Some("1"), None),
            (Some("soon"), None, None),
            (Some("0"), None, None),
            (None, Some(own.as_str()), None),
        ] {
            assert_eq!(interval(variable, pid), expected, "{variable:?} {pid:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_socket_without_a_file_is_told_as_well() {
        use std::os::linux::net::SocketAddrExt as _;
        use std::os::unix::net::{SocketAddr, UnixDatagram};

        let name = format!("shop-the-look-{}", std::process::id());
        let manager = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).expect("a name")).expect("bound");
        send_to(&format!("@{name}").into(), "READY=1\n").expect("sent");
        let mut message = [0; 64];
        let length = manager.recv(&mut message).expect("received");
        assert_eq!(&message[..length], b"READY=1\n");
    }
}
