//! A share of a core. In: how much of one. Out: a control group of Linux with that quota, which is removed when it is dropped.
//!
//! Both versions of control groups will do, whichever has the controller `cpu` and can be written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

/// When a group gets its quota again. The kernel's own 100 ms would let an answer wait as long.
const PERIOD_US: u32 = 20_000;

/// The least quota that the kernel takes.
const LEAST_QUOTA_US: u32 = 1000;

/// More cores than machines have.
const MOST_CORES: f64 = 1024.0;

/// The beginning of a group's name, before the number of the process that has made it.
const PREFIX: &str = "shop-the-look-";

/// How long a group that had processes may need to become empty.
const TIMEOUT: Duration = Duration::from_secs(2);

/// A control group.
#[derive(Debug)]
pub struct CpuShare {
    folder: PathBuf,
}

/// Version 1 or 2 of control groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl CpuShare {
    /// Makes a group whose processes together get so much of a core: 0.25 is a quarter, 2 are two cores.
    ///
    /// # Errors
    /// When the share cannot be had, or this system has no control groups that may be written.
    pub fn new(share: f64) -> Result<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let least = f64::from(LEAST_QUOTA_US) / f64::from(PERIOD_US);
        ensure!(
            (least..=MOST_CORES).contains(&share),
            "expected a share of a core between {least} and {MOST_CORES}, got {share}"
        );
        let quota_us = (f64::from(PERIOD_US) * share).round() as u32;
        let read = |file: &str| fs::read_to_string(file).with_context(|| format!("{file}: control groups are Linux's"));
        let parents = parents(&read("/proc/self/mountinfo")?, &read("/proc/self/cgroup")?);
        let name = format!("{PREFIX}{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let mut reasons = Vec::new();
        for (version, parent) in parents {
            remove_left(&parent);
            let folder = parent.join(&name);
            match make(version, &parent, &folder, quota_us) {
                Ok(()) => return Ok(Self { folder }),
                Err(error) => reasons.push(format!("{}: {error}", parent.display())),
            }
        }
        if reasons.is_empty() {
            bail!("a share of a core takes control groups with the controller cpu, and none are mounted");
        }
        bail!(
            "a share of a core takes control groups that may be written: expected root, or `systemd-run --user --scope --property Delegate=cpu`, got {}",
            reasons.join("; ")
        )
    }

    /// Puts a process with all its threads into the group.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn add(&self, child: &Child) -> Result<()> {
        let file = self.folder.join("cgroup.procs");
        fs::write(&file, child.id().to_string()).with_context(|| file.display().to_string())
    }
}

impl Drop for CpuShare {
    fn drop(&mut self) {
        let begin = Instant::now();
        while let Err(error) = fs::remove_dir(&self.folder) {
            if begin.elapsed() > TIMEOUT {
                eprintln!("the control group {} was not removed: {error}", self.folder.display());
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Folders in which a group may be made, the likeliest first: this process's own group, then those above it.
fn parents(mountinfo: &str, own: &str) -> Vec<(Version, PathBuf)> {
    let mut found = Vec::new();
    for version in [Version::One, Version::Two] {
        let Some((root, mount)) = mountinfo.lines().find_map(|line| mount_of(version, line)) else { continue };
        let own = own.lines().find_map(|line| group_of(version, line)).unwrap_or(root);
        // Of a container's groups, those above its own are not mounted.
        let below = Path::new(own).strip_prefix(root).unwrap_or(Path::new(""));
        let below = if below.components().any(|part| part.as_os_str() == "..") { Path::new("") } else { below };
        let mount = Path::new(mount);
        let own: PathBuf = mount.join(below).components().collect();
        found.extend(own.ancestors().take_while(|folder| folder.starts_with(mount)).map(|at| (version, at.to_owned())));
    }
    found
}

/// Which group is mounted where, if a line of `mountinfo` is of control groups that may have the controller.
fn mount_of(version: Version, line: &str) -> Option<(&str, &str)> {
    let (before, after) = line.split_once(" - ")?;
    let mut after = after.split(' ');
    let (kind, options) = (after.next()?, after.nth(1)?);
    let is_of_it = match version {
        Version::One => kind == "cgroup" && options.split(',').any(|option| option == "cpu"),
        Version::Two => kind == "cgroup2",
    };
    let mut before = before.split(' ').skip(3);
    is_of_it.then_some((before.next()?, before.next()?))
}

/// This process's group, if a line of `/proc/self/cgroup` is of the controller.
fn group_of(version: Version, line: &str) -> Option<&str> {
    let (number, rest) = line.split_once(':')?;
    let (controllers, path) = rest.split_once(':')?;
    let is_of_it = match version {
        Version::One => controllers.split(',').any(|controller| controller == "cpu"),
        Version::Two => number == "0" && controllers.is_empty(),
    };
    is_of_it.then_some(path)
}

fn make(version: Version, parent: &Path, folder: &Path, quota_us: u32) -> io::Result<()> {
    if version == Version::Two {
        let children = parent.join("cgroup.subtree_control");
        let has_controller = |text: &str| text.split_whitespace().any(|controller| controller == "cpu");
        if !has_controller(&fs::read_to_string(parent.join("cgroup.controllers"))?) {
            return Err(io::Error::other("it has no controller cpu"));
        }
        if !has_controller(&fs::read_to_string(&children)?) {
            fs::write(&children, "+cpu")?;
        }
    }
    fs::create_dir(folder)?;
    let written = match version {
        Version::One => fs::write(folder.join("cpu.cfs_period_us"), PERIOD_US.to_string())
            .and_then(|()| fs::write(folder.join("cpu.cfs_quota_us"), quota_us.to_string())),
        Version::Two => fs::write(folder.join("cpu.max"), format!("{quota_us} {PERIOD_US}")),
    };
    written.inspect_err(|_| _ = fs::remove_dir(folder))
}

/// Removes groups that a process has left which was killed.
fn remove_left(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let maker = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split_once('-'));
        let is_left = maker.is_some_and(|(maker, number)| {
            let numbers = [maker, number].map(str::parse::<u32>);
            numbers.iter().all(Result::is_ok) && !Path::new("/proc").join(maker).exists()
        });
        if is_left {
            // One that still has processes stays.
            let _ = fs::remove_dir(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::Process;

    #[test]
    fn groups_are_made_in_the_own_one_or_above_it() {
        let of = |mountinfo: &str, own: &str| {
            let found = parents(mountinfo, own);
            found.into_iter().map(|(version, path)| (version, path.display().to_string())).collect::<Vec<_>>()
        };
        let one = "31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct\n\
                   32 25 0:28 / /sys/fs/cgroup/cpuset rw shared:10 - cgroup cgroup rw,cpuset\n\
                   33 25 0:29 / /sys/fs/cgroup/unified rw shared:11 - cgroup2 cgroup2 rw\n";
        let found = of(one, "4:cpuset:/x\n3:cpu,cpuacct:/user/shell\n0::/\n");
        let cpu = "/sys/fs/cgroup/cpu,cpuacct";
        let expected = [format!("{cpu}/user/shell"), format!("{cpu}/user"), cpu.to_owned()];
        let expected: Vec<_> = expected.into_iter().map(|path| (Version::One, path)).collect();
        assert_eq!(found[..3], expected);
        assert_eq!(found[3..], [(Version::Two, "/sys/fs/cgroup/unified".to_owned())]);

        let two = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
        let found = of(two, "0::/user.slice/a.scope\n");
        let expected = ["/user.slice/a.scope", "/user.slice", ""].map(|path| format!("/sys/fs/cgroup{path}"));
        assert_eq!(found, expected.map(|path| (Version::Two, path)));
        // A container that sees only its own groups.
        let inside = "30 23 0:26 /docker/7 /sys/fs/cgroup rw - cgroup2 cgroup rw\n";
        let own = [(Version::Two, "/sys/fs/cgroup".to_owned())];
        assert_eq!(of(inside, "0::/docker/7\n"), own);
        assert_eq!(of(inside, "0::/../elsewhere\n"), own);
        assert!(of("", "0::/\n").is_empty());
    }

    #[test]
    fn only_shares_that_can_be_had_are_taken() {
        for share in [0.0, -1.0, 0.01, 5000.0, f64::NAN] {
            let reason = CpuShare::new(share).expect_err("refused").to_string();
            assert!(reason.starts_with("expected a share of a core between 0.05 and 1024, got "), "{reason}");
        }
    }

    #[test]
    fn a_process_gets_its_share_and_the_group_goes_with_it() {
        let share = match CpuShare::new(0.1) {
            Ok(share) => share,
            Err(error) => return eprintln!("SKIPPED: {error}"),
        };
        let folder = share.folder.clone();
        let busy = Process(Command::new("sh").args(["-c", "while :; do :; done"]).spawn().expect("started"));
        share.add(&busy.0).expect("added");
        let begin = Instant::now();
        let is_held_back = || {
            let text = fs::read_to_string(folder.join("cpu.stat")).expect("counts");
            let count = text.lines().find_map(|line| line.strip_prefix("nr_throttled ")).map(str::parse::<u64>);
            count.expect("a count").expect("a number") > 0
        };
        while !is_held_back() {
            assert!(begin.elapsed() < Duration::from_secs(60), "it takes more than its share");
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(busy);
        drop(share);
        assert!(!folder.exists());
    }
}
