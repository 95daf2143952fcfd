//! Places where a process can be told to die, so that tests can ask what a death there leaves behind: between two
//! steps that no signal from outside could be aimed at.
//!
//! `TRAINYARD_FAILPOINT=relay-published:3` aborts the process, as abruptly as `kill -9` does, when it reaches the
//! point `relay-published` for the third time. For tests only; without the variable a point costs one look at a static.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

/// The variable that names a point and, behind a colon, which time it is reached is the last.
pub const FAILPOINT: &str = "TRAINYARD_FAILPOINT";

/// Between the stream's acknowledgement of an outbox row's message and the row's deletion.
pub const RELAY_PUBLISHED: &str = "relay-published";
/// Between the commit of what a trainer told and the acknowledgement of its message.
pub const APPLIER_COMMITTED: &str = "applier-committed";

static ARMED: LazyLock<Option<Armed>> = LazyLock::new(|| {
    let armed = std::env::var(FAILPOINT)
        .ok()
        .and_then(|text| Armed::parse(&text))?;
    tracing::warn!(point = armed.point, "this process is told to die here");
    Some(armed)
});

#[derive(Debug)]
struct Armed {
    point: String,
    /// How many times it may still be reached, the last included.
    left: AtomicU64,
}

impl Armed {
    fn parse(text: &str) -> Option<Self> {
        let (point, times) = text.split_once(':').unwrap_or((text, "1"));
        let left = times.parse().ok().filter(|times| *times > 0)?;
        Some(Self {
            point: point.to_owned(),
            left: AtomicU64::new(left),
        })
    }

    /// Whether this time is the one.
    fn is_due(&self, point: &str) -> bool {
        self.point == point && self.left.fetch_sub(1, Ordering::Relaxed) == 1
    }
}

/// Dies if it was told to die at `point`, and this is the time.
pub fn failpoint(point: &str) {
    if ARMED.as_ref().is_some_and(|armed| armed.is_due(point)) {
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_due_the_time_that_was_named_and_no_other() {
        let armed = Armed::parse("relay-published:3").unwrap();
        let due: Vec<bool> = (0..5).map(|_| armed.is_due(RELAY_PUBLISHED)).collect();
        assert_eq!(due, [false, false, true, false, false]);
        assert!(!Armed::parse("relay-published").unwrap().is_due(APPLIER_COMMITTED));
        assert!(Armed::parse("relay-published").unwrap().is_due(RELAY_PUBLISHED));
    }

    #[test]
    fn a_count_that_is_none_arms_nothing() {
        assert!(Armed::parse("relay-published:0").is_none());
        assert!(Armed::parse("relay-published:soon").is_none());
    }

    #[test]
    fn without_the_variable_a_process_lives_on() {
        failpoint(RELAY_PUBLISHED);
    }
}
