//! A control group for each attempt, where the system has handed one over to the trainer: there the kernel itself
//! holds an attempt, and all it starts, to its memory. Elsewhere the warden looks at what the child holds.
//!
//! The interface is cgroup v2's (<https://docs.kernel.org/admin-guide/cgroup-v2.html>): a group that is divided holds
//! no processes itself, so the trainer moves into a leaf beside those of its attempts.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
};

use domain::id::LeaseId;

/// Where the groups are mounted.
const MOUNT: &str = "/sys/fs/cgroup";
/// The leaf of the trainer itself.
const OWN: &str = "trainer";

/// The group that was handed over to this trainer.
#[derive(Debug, Clone)]
pub(crate) struct Delegation {
    dir: PathBuf,
}

/// The group of one attempt. It goes with this, once its processes are gone.
#[derive(Debug)]
pub(crate) struct Room {
    dir: PathBuf,
}

impl Delegation {
    /// Takes over the group this process is alone in; none where there is no such group, or it may not be divided.
    pub(crate) fn take() -> Option<Self> {
        let dir = own_group()?;
        match Self::divide(&dir, process::id()) {
            Ok(delegation) => Some(delegation),
            Err(error) => {
                tracing::debug!(group = %dir.display(), %error, "no control groups: memory is sampled");
                None
            }
        }
    }

    fn divide(dir: &Path, trainer: u32) -> io::Result<Self> {
        let unfit = |reason: &str| io::Error::new(io::ErrorKind::Unsupported, reason);
        if !words(&dir.join("cgroup.controllers"))?.contains(&"memory".to_owned()) {
            return Err(unfit("memory is not controlled"));
        }
        // What others live in was not handed over to us, whatever we may write there.
        if words(&dir.join("cgroup.procs"))? != [trainer.to_string()] {
            return Err(unfit("other processes are in it"));
        }
        make(&dir.join(OWN))?;
        fs::write(dir.join(OWN).join("cgroup.procs"), trainer.to_string())?;
        fs::write(dir.join("cgroup.subtree_control"), "+memory")?;
        Ok(Self { dir: dir.to_owned() })
    }

    /// Makes the group of an attempt that may hold so many bytes.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn room(&self, lease: LeaseId, limit: u64) -> io::Result<Room> {
        let dir = self.dir.join(format!("attempt-{lease}"));
        make(&dir)?;
        let room = Room { dir };
        fs::write(room.dir.join("memory.max"), limit.to_string())?;
        // Where there is no swap these files are not there.
        let _ = fs::write(room.dir.join("memory.swap.max"), "0");
        let _ = fs::write(room.dir.join("memory.oom.group"), "1");
        Ok(room)
    }
}

impl Room {
    /// Moves a process in.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn admit(&self, pid: u32) -> io::Result<()> {
        fs::write(self.dir.join("cgroup.procs"), pid.to_string())
    }

    /// Whether the kernel has killed it for what it held.
    pub(crate) fn was_full(&self) -> bool {
        let events = words(&self.dir.join("memory.events")).unwrap_or_default();
        events
            .chunks_exact(2)
            .any(|pair| pair[0] == "oom_kill" && pair[1] != "0")
    }

    /// The most bytes it has held, where the kernel counts them (since 5.19).
    pub(crate) fn peak(&self) -> Option<u64> {
        words(&self.dir.join("memory.peak")).ok()?.first()?.parse().ok()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir(&self.dir) {
            tracing::debug!(group = %self.dir.display(), %error, "a control group is left behind");
        }
    }
}

/// The most memory this process and its children may hold by its group's limit, if it has one.
pub(crate) fn own_limit() -> Option<u64> {
    words(&own_group()?.join("memory.max"))
        .ok()?
        .first()?
        .parse()
        .ok()
}

/// The directory of the group this process is in.
fn own_group() -> Option<PathBuf> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    Some(Path::new(MOUNT).join(path))
}

fn words(file: &Path) -> io::Result<Vec<String>> {
    let text = fs::read_to_string(file)?;
    Ok(text.split_whitespace().map(String::from).collect())
}

fn make(dir: &Path) -> io::Result<()> {
    match fs::create_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory with the files that a group has before it is divided.
    fn group(controllers: &str, processes: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("cgroup.controllers"), controllers).unwrap();
        fs::write(dir.path().join("cgroup.procs"), processes).unwrap();
        dir
    }

    fn read(dir: &Path, file: &str) -> String {
        fs::read_to_string(dir.join(file)).unwrap()
    }

    #[test]
    fn a_group_of_ones_own_is_divided_into_leaves_with_limits() {
        let group = group("cpu memory pids\n", "7\n");
        let delegation = Delegation::divide(group.path(), 7).unwrap();
        let lease = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        assert_eq!(read(group.path(), "trainer/cgroup.procs"), "7");
        assert_eq!(read(group.path(), "cgroup.subtree_control"), "+memory");
        let room = delegation.room(lease, 4096).unwrap();
        room.admit(8).unwrap();
        assert_eq!(read(&room.dir, "memory.max"), "4096");
        assert_eq!(read(&room.dir, "memory.swap.max"), "0");
        assert_eq!(read(&room.dir, "cgroup.procs"), "8");
        assert_eq!(read(&room.dir, "memory.oom.group"), "1");
    }

    #[test]
    fn a_group_with_others_in_it_or_without_control_of_memory_is_left_alone() {
        for (controllers, processes) in [("cpu memory\n", "7\n8\n"), ("cpu pids\n", "7\n")] {
            let group = group(controllers, processes);
            Delegation::divide(group.path(), 7).unwrap_err();
            assert!(!group.path().join(OWN).exists());
        }
    }

    #[test]
    fn the_kernels_count_tells_who_was_killed_for_its_memory() {
        let dir = tempfile::tempdir().unwrap();
        let room = Room {
            dir: dir.path().to_owned(),
        };
        let events =
            |kills: u32| format!("low 0\nhigh 0\nmax 4\noom 1\noom_kill {kills}\noom_group_kill 0\n");
        assert!(!room.was_full());
        fs::write(dir.path().join("memory.events"), events(0)).unwrap();
        assert!(!room.was_full());
        fs::write(dir.path().join("memory.events"), events(1)).unwrap();
        assert!(room.was_full());
        assert_eq!(room.peak(), None);
        fs::write(dir.path().join("memory.peak"), "4096\n").unwrap();
        assert_eq!(room.peak(), Some(4096));
    }
}
