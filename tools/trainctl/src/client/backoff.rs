//! How long to wait before trying again, and when to give up.

use std::time::Duration;

/// The longest wait that a server may ask for before a person should decide instead.
const LONGEST_ASKED: Duration = Duration::from_secs(30);

/// Waits that double, up to a bound, a bounded number of times.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    next: Duration,
    cap: Duration,
    left: u32,
    waited: u32,
}

impl Backoff {
    /// For calls: about six seconds in all.
    pub(crate) fn for_calls() -> Self {
        Self::new(Duration::from_millis(200), Duration::from_secs(4), 5)
    }

    /// For streams, which outlive a server's restart: about two minutes in all.
    pub(crate) fn for_streams() -> Self {
        Self::new(Duration::from_millis(200), Duration::from_secs(5), 28)
    }

    fn new(first: Duration, cap: Duration, tries: u32) -> Self {
        Self {
            next: first,
            cap,
            left: tries,
            waited: 0,
        }
    }

    /// Whether nothing was waited for yet.
    pub(crate) fn is_fresh(&self) -> bool {
        self.waited == 0
    }

    /// The next wait, or the one asked for; `None` when it is time to give up.
    fn next(&mut self, asked: Option<Duration>) -> Option<Duration> {
        if asked.is_some_and(|asked| asked > LONGEST_ASKED) {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        self.waited += 1;
        let own = self.next;
        self.next = (own * 2).min(self.cap);
        Some(asked.unwrap_or(own))
    }

    /// Says why and waits; false, at once, when it is time to give up.
    pub(crate) async fn wait(&mut self, asked: Option<Duration>, why: &str) -> bool {
        let Some(delay) = self.next(asked) else {
            return false;
        };
        super::note_retry(why, delay);
        tokio::time::sleep(delay).await;
        true
    }

    /// Waits without a word; false, at once, when it is time to give up.
    pub(crate) async fn wait_quietly(&mut self, asked: Option<Duration>) -> bool {
        let Some(delay) = self.next(asked) else {
            return false;
        };
        tokio::time::sleep(delay).await;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_end() {
        let mut backoff = Backoff::for_calls();
        let waits: Vec<u128> = std::iter::from_fn(|| backoff.next(None))
            .map(|wait| wait.as_millis())
            .collect();
        assert_eq!(waits, [200, 400, 800, 1600, 3200]);
    }

    #[test]
    fn a_wait_asked_for_is_kept_unless_it_is_too_long() {
        let mut backoff = Backoff::for_calls();
        let asked = Duration::from_secs(7);
        assert_eq!(backoff.next(Some(asked)), Some(asked));
        assert_eq!(backoff.next(Some(Duration::from_secs(3600))), None);
    }
}
