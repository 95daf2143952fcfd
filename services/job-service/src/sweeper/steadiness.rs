//! Whether this replica has been well for long enough to call others dead. While it was cut off itself, beats
//! could not reach it, and an expired lease says nothing about its trainer.

use std::time::Duration;

use tokio::time::Instant;

/// How long everything has gone well.
#[derive(Debug)]
pub(super) struct Steadiness {
    ttl: Duration,
    tick: Duration,
    /// The beginning of the unbroken time, and its latest tick.
    well: Option<(Instant, Instant)>,
}

impl Steadiness {
    /// Nothing is known yet. Leases last `ttl`, and somebody looks every `tick`.
    pub(super) fn new(ttl: Duration, tick: Duration) -> Self {
        Self {
            ttl,
            tick,
            well: None,
        }
    }

    /// Notes a look at `now`; tells whether all looks of one TTL found everything well and none was late by more
    /// than half a TTL.
    pub(super) fn observe(&mut self, now: Instant, well: bool) -> bool {
        if !well {
            self.well = None;
            return false;
        }
        let since = match self.well {
            Some((since, last)) if now - last <= self.tick + self.ttl / 2 => since,
            Some(_) | None => now,
        };
        self.well = Some((since, now));
        now - since >= self.ttl
    }

    /// Notes what came of doing what only a steady replica may: a failure is a break, whatever the looks have found.
    pub(super) fn relied_on<T, E>(&mut self, done: Result<T, E>) -> Result<T, E> {
        if done.is_err() {
            self.well = None;
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at these seconds, finding well or not, with a TTL of 10 s and a tick of 2 s.
    fn judged(looks: &[(u64, bool)]) -> Vec<bool> {
        let start = Instant::now();
        let mut steadiness = Steadiness::new(Duration::from_secs(10), Duration::from_secs(2));
        let look = |(at, well): &(u64, bool)| steadiness.observe(start + Duration::from_secs(*at), *well);
        looks.iter().map(look).collect()
    }

    #[test]
    fn a_whole_ttl_without_a_break_is_needed() {
        let looks: Vec<_> = (0..7).map(|i| (i * 2, true)).collect();
        assert_eq!(judged(&looks), [false, false, false, false, false, true, true]);
    }

    #[test]
    fn a_break_begins_the_wait_anew() {
        let looks = [
            (0, true),
            (5, true),
            (10, true),
            (12, false),
            (14, true),
            (19, true),
            (24, true),
        ];
        assert_eq!(judged(&looks), [false, false, true, false, false, false, true]);
    }

    #[test]
    fn a_judgement_that_could_not_be_committed_is_a_break() {
        let start = Instant::now();
        let mut steadiness = Steadiness::new(Duration::from_secs(10), Duration::from_secs(2));
        let mut look = |at: u64, committed: Result<(), ()>| {
            let steady = steadiness.observe(start + Duration::from_secs(at), true);
            if steady {
                let _ = steadiness.relied_on(committed);
            }
            steady
        };
        let looks = [
            (0, Ok(())),
            (5, Ok(())),
            (10, Ok(())),
            (12, Err(())),
            (14, Ok(())),
            (19, Ok(())),
            (24, Ok(())),
        ];
        let judged = looks.map(|(at, committed)| look(at, committed));
        assert_eq!(judged, [false, false, true, true, false, false, true]);
    }

    #[test]
    fn a_late_look_is_a_break() {
        let looks = [
            (0, true),
            (5, true),
            (10, true),
            (18, true),
            (25, true),
            (28, true),
        ];
        assert_eq!(judged(&looks), [false, false, true, false, false, true]);
    }
}
