//! Who runs the program. In: the process, and its environment. Out: a name.

/// Bytes of the system's list of users.
#[cfg(target_os = "linux")]
const MAX_USERS_BYTES: u64 = 1 << 20;

/// The name of the user as whom the program runs, and who has called `sudo`, if anybody has: `anna as shop-the-look`.
pub(super) fn user() -> String {
    let in_environment = |name: &&str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let named = || ["LOGNAME", "USER", "USERNAME"].iter().find_map(in_environment);
    let name = of_process().or_else(named).unwrap_or_else(|| "unknown".to_owned());
    match in_environment(&"SUDO_USER") {
        Some(caller) if caller != name => format!("{caller} as {name}"),
        _ => name,
    }
}

/// The name of the process' user; none if it is not in the machine's own list.
#[cfg(target_os = "linux")]
fn of_process() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;

    let id = std::fs::metadata("/proc/self").ok()?.uid();
    let users = stl_server::files::read_text_bounded("/etc/passwd".as_ref(), MAX_USERS_BYTES).ok()?;
    name_of(id, &users).map(str::to_owned)
}

#[cfg(not(target_os = "linux"))]
const fn of_process() -> Option<String> {
    None
}

/// The name that a list in the format of `/etc/passwd` has for a number.
#[cfg(target_os = "linux")]
fn name_of(id: u32, users: &str) -> Option<&str> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, number) = (fields.next()?, fields.next()?, fields.next()?);
        (number.parse() == Ok(id)).then_some(name)
    })
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_number() {
        let users = "root:x:0:0:root:/root:/bin/sh\n\nanna:x:1000:1000:Anna,1001:/home/anna:/bin/sh\n+::::::\n";
        assert_eq!((name_of(0, users), name_of(1000, users), name_of(1001, users)), (Some("root"), Some("anna"), None));
        assert!(!user().is_empty());
    }
}
