//! Whether a child does anything at all. Its ticks only say that it lives: a fit that waits for ever for a lock or
//! a disk ticks as well, and is told by making no progress and using no CPU time.

use std::time::Duration;

use domain::job::Phase;

/// The part of the time that may pass in computing without counting as work: ticking costs a little, too.
const NOISE: u32 = 1000;

/// For how long a child has done nothing. Counted in looks and not by the clock: a trainer that was stopped for a
/// while must not take its own absence for the child's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Idleness {
    limit: Duration,
    idle: Duration,
    /// The CPU time it had used when it last did something.
    spent: Duration,
    pub(super) phase: Phase,
}

impl Idleness {
    /// Of a child that has just begun, and may do nothing for `limit`.
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            idle: Duration::ZERO,
            spent: Duration::ZERO,
            phase: Phase::Starting,
        }
    }

    /// It has told something: progress, a metric, a node's end.
    pub(super) fn told(&mut self) {
        self.idle = Duration::ZERO;
    }

    /// It has ticked, in this phase and after so much CPU time of all its threads.
    pub(super) fn ticked(&mut self, cpu_time: Duration, phase: Phase) {
        if phase != self.phase || cpu_time.saturating_sub(self.spent) > self.limit / NOISE {
            self.idle = Duration::ZERO;
            self.spent = cpu_time;
        }
        self.phase = phase;
    }

    /// It was looked at, so long after the last time. True when it has done nothing for too long.
    pub(super) fn looked_at(&mut self, after: Duration) -> bool {
        self.idle += after;
        self.idle > self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(300);
    const SECOND: Duration = Duration::from_secs(1);

    /// How many seconds a child is left alone that uses so much CPU time per second, up to an hour.
    fn left_alone(per_second: Duration, told_every: Option<u32>) -> Option<u32> {
        let mut idleness = Idleness::new(LIMIT);
        (1..=3600).find(|second| {
            if told_every.is_some_and(|every| second % every == 0) {
                idleness.told();
            }
            idleness.ticked(per_second * *second, Phase::Fitting);
            idleness.looked_at(SECOND)
        })
    }

    #[test]
    fn computing_or_telling_is_doing_something_and_ticking_is_not() {
        assert_eq!(left_alone(Duration::from_millis(20), None), None);
        assert_eq!(left_alone(Duration::ZERO, Some(299)), None);
        assert_eq!(left_alone(Duration::ZERO, None), Some(301));
        assert_eq!(left_alone(Duration::from_micros(100), None), Some(301));
        assert_eq!(left_alone(Duration::ZERO, Some(400)), Some(301));
    }

    #[test]
    fn a_new_phase_is_something_done() {
        let mut idleness = Idleness::new(LIMIT);
        assert!(!idleness.looked_at(LIMIT));
        idleness.ticked(Duration::ZERO, Phase::Saving);
        assert!(!idleness.looked_at(LIMIT));
        assert!(idleness.looked_at(SECOND));
        assert_eq!(idleness.phase, Phase::Saving);
    }
}
