//! What a single case may take of the machine. What lies beyond is noticed afterwards and told with the seed; what lies far
//! beyond is stopped by the kernel, so that a case that never ends or takes all memory fails as well.

use std::{
    fs::File,
    os::unix::fs::FileExt,
    sync::atomic::{AtomicUsize, Ordering},
};

use ml::Observer;
use peak_alloc::PeakAlloc;
use rustix::{
    process::{Resource, Rlimit, setrlimit},
    time::{ClockId, clock_gettime},
};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The most bytes a case may hold at any moment; a table of twelve rows with a thousand columns takes an eighth of it.
const MOST_MEMORY: usize = 64 << 20;

/// The most bytes of data the process may hold: an allocation beyond them fails.
const WALL_OF_MEMORY: u64 = 4 << 30;

/// The seconds of processor time after which the process is stopped, counted from the start of each case. A case takes
/// milliseconds; the rest is for what else the process does.
const WALL_OF_WORK: u64 = 60;

/// How often a training may ask whether to go on, which every loop of a learner does; ten times what a thousand
/// polynomial features make of it.
const MOST_WORK: usize = 5_000_000;

/// The limits, set before each case.
pub(super) struct Limits {
    /// Holds the seed of the case at hand, for when the process is stopped.
    seed: File,
}

impl Limits {
    pub(super) fn new() -> Self {
        let wall = Rlimit {
            current: Some(WALL_OF_MEMORY),
            maximum: None,
        };
        setrlimit(Resource::Data, wall).unwrap();
        let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/graph_fuzz.seed");
        Self {
            seed: File::create(path).unwrap(),
        }
    }

    /// Runs a case within the limits.
    ///
    /// # Panics
    /// When it took too much.
    pub(super) fn hold<T>(&self, seed: u64, case: impl FnOnce(&Counted) -> T) -> T {
        self.seed
            .write_all_at(format!("{seed:20}\n").as_bytes(), 0)
            .unwrap();
        let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec as u64;
        let wall = Rlimit {
            current: Some(used + WALL_OF_WORK),
            maximum: None,
        };
        setrlimit(Resource::Cpu, wall).unwrap();
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let counted = Counted::default();
        let result = case(&counted);
        let taken = MEMORY.peak_usage().saturating_sub(before);
        assert!(taken <= MOST_MEMORY, "it took {taken} bytes of memory");
        let asked = counted.asked.into_inner();
        assert!(asked <= MOST_WORK, "it asked {asked} times whether to go on");
        result
    }
}

/// Counts how often a training asks whether to go on, and stops it when that is too often.
#[derive(Default)]
pub(super) struct Counted {
    asked: AtomicUsize,
}

impl Observer for Counted {
    fn cancelled(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) >= MOST_WORK
    }
}
