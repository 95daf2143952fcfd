//! How much memory there is, and how much a process has held, read from `/proc`. The latter is looked at while it
//! lives, because what the kernel tells at the end of a child is not passed on by the standard library.

use std::fs;

use super::cgroup;

/// The most bytes of memory a process has held until now; none once it has ended.
pub(crate) fn peak_of(pid: u32) -> Option<u64> {
    bytes(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?, "VmHWM:")
}

/// Bytes of memory there are for this process and its children: the machine's, or its container's.
pub(crate) fn available() -> Option<u64> {
    let total = bytes(&fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:")?;
    Some(cgroup::own_limit().map_or(total, |limit| limit.min(total)))
}

/// What a line like `VmHWM:  10 kB` tells.
fn bytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes = line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_living_process_has_held_memory_and_a_kernel_thread_has_not() {
        let own = peak_of(std::process::id()).unwrap();
        assert!((1 << 19..available().unwrap()).contains(&own), "{own}");
        assert_eq!(bytes("Name:\tkthreadd\nState:\tS\n", "VmHWM:"), None);
        let status = "VmHWM:\t  20 kB\nVmRSS:\t  10 kB\n";
        assert_eq!(bytes(status, "VmHWM:"), Some(20480));
    }
}
