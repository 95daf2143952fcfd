//! How much memory a process holds, read from `/proc`. Sampled, because what the kernel tells at the end of a
//! child is not passed on by the standard library.

use std::fs;

/// Bytes of memory a process holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Now.
    pub(crate) resident: u64,
    /// At most, until now.
    pub(crate) peak: u64,
}

impl Memory {
    /// Looks at a process; none once it has ended.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
    }

    fn parse(status: &str) -> Option<Self> {
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim()
                .strip_suffix("kB")?
                .trim()
                .parse::<u64>()
                .ok()?
                .checked_mul(1024)
        };
        Some(Self {
            resident: field("VmRSS:")?,
            peak: field("VmHWM:")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_living_process_holds_memory_and_a_kernel_thread_does_not() {
        let own = Memory::of(std::process::id()).unwrap();
        assert!(own.resident > 1 << 19 && own.peak >= own.resident, "{own:?}");
        assert_eq!(Memory::parse("Name:\tkthreadd\nState:\tS\n"), None);
        assert_eq!(
            Memory::parse("VmHWM:\t  20 kB\nVmRSS:\t  10 kB\n"),
            Some(Memory {
                resident: 10240,
                peak: 20480
            })
        );
    }
}
