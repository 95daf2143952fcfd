//! What a loop says about something it needs and cannot have: once when it lasts, once when it is over, however
//! often it tries in between.

use std::{error::Error, time::Duration};

use tokio::time::Instant;

/// Failures that nobody is told of: at every start NATS is a moment away.
const QUIET_TRIES: u32 = 2;
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// The longest wait between two tries.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// A loop's trouble, if it has any.
#[derive(Debug)]
pub(crate) struct Trouble {
    task: &'static str,
    since: Option<Instant>,
    tries: u32,
    wait: Duration,
}

impl Trouble {
    /// None yet, for the task of this name.
    pub(crate) fn new(task: &'static str) -> Self {
        Self {
            task,
            since: None,
            tries: 0,
            wait: FIRST_WAIT,
        }
    }

    /// Notes a failure; returns how long to wait before the next try.
    pub(crate) fn met(&mut self, error: &(dyn Error + 'static)) -> Duration {
        self.since.get_or_insert_with(Instant::now);
        if self.tries == QUIET_TRIES {
            tracing::warn!(task = self.task, error, "cannot go on for now and keeps trying");
        } else {
            tracing::debug!(task = self.task, error, "cannot go on");
        }
        self.tries = self.tries.saturating_add(1);
        let wait = self.wait;
        self.wait = (wait * 2).min(MAX_WAIT);
        wait
    }

    /// Notes how a try went, for a loop that has its own time for the next.
    pub(crate) fn settle(&mut self, tried: Result<(), crate::error::Error>) {
        match tried {
            Ok(()) => self.over(),
            Err(error) => _ = self.met(&error),
        }
    }

    /// Notes that something has changed, so that the next try may well succeed: waits begin anew.
    pub(crate) fn hope(&mut self) {
        self.wait = FIRST_WAIT;
    }

    /// Notes that it went well.
    pub(crate) fn over(&mut self) {
        self.hope();
        let told = std::mem::take(&mut self.tries) > QUIET_TRIES;
        if let Some(since) = self.since.take()
            && told
        {
            let duration_ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::info!(task = self.task, duration_ms, "goes on");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_limit_and_begin_anew_afterwards() {
        let mut trouble = Trouble::new("test");
        let error = std::io::Error::other("away");
        let waits: Vec<u128> = (0..10).map(|_| trouble.met(&error).as_millis()).collect();
        assert_eq!(waits[..4], [50, 100, 200, 400]);
        assert_eq!(waits[9], 5000);
        trouble.hope();
        assert_eq!(trouble.met(&error).as_millis(), 50);
        assert_eq!(trouble.met(&error).as_millis(), 100);
        trouble.over();
        assert_eq!(trouble.met(&error).as_millis(), 50);
    }
}
