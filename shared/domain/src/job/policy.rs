//! The limits a job runs under, with the defaults of the protocol.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The limits a job runs under.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// How long it may wait for its first claim.
    pub queue_timeout: Duration,
    /// How long one attempt may run.
    pub run_timeout: Duration,
    /// How long it may take in all.
    pub total_timeout: Duration,
    /// How long a cancelled attempt may take to stop by itself.
    pub cancel_grace: Duration,
    /// When and how often failed attempts are repeated.
    pub retry: RetryPolicy,
    /// The pool of trainers that runs it.
    pub resource_class: String,
    /// The most memory an attempt may use, in bytes; `None` leaves it to the trainer.
    pub memory_limit_bytes: Option<u64>,
    /// The most threads an attempt may use; `None` leaves it to the trainer.
    pub threads: Option<u32>,
}

/// When and how often failed attempts are repeated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetryPolicy {
    /// The most attempts that may fail before the job fails.
    pub max_attempts: i32,
    /// The wait before the second attempt.
    pub initial_backoff: Duration,
    /// What each further wait is multiplied by.
    pub factor: f64,
    /// The longest wait.
    pub max_backoff: Duration,
}

const HOUR: Duration = Duration::from_secs(3600);

impl Default for Policy {
    fn default() -> Self {
        Self {
            queue_timeout: 24 * HOUR,
            run_timeout: 6 * HOUR,
            total_timeout: 48 * HOUR,
            cancel_grace: Duration::from_secs(5),
            retry: RetryPolicy::default(),
            resource_class: "cpu".into(),
            memory_limit_bytes: None,
            threads: None,
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            initial_backoff: Duration::from_secs(2),
            factor: 2.0,
            max_backoff: Duration::from_secs(300),
        }
    }
}

impl RetryPolicy {
    /// The wait after the `failures`-th failure (from 1): `initial · factor^(failures − 1)`, at most
    /// `max_backoff`, times a factor in [0.5, 1) that `jitter` in [0, 1) picks, so that jobs that failed
    /// together do not return together.
    pub fn backoff(&self, failures: i32, jitter: f64) -> Duration {
        let grown = self.initial_backoff.as_secs_f64() * self.factor.powi(failures.saturating_sub(1).max(0));
        let capped = grown.min(self.max_backoff.as_secs_f64()).max(0.0);
        Duration::try_from_secs_f64(capped * (0.5 + jitter / 2.0)).unwrap_or(self.max_backoff)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap() {
        let retry = RetryPolicy::default();
        let waits: Vec<u64> = (1..=9).map(|n| retry.backoff(n, 1.0).as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300]);
        assert_eq!(retry.backoff(1, 0.0), Duration::from_secs(1));
        assert_eq!(retry.backoff(i32::MAX, 1.0), Duration::from_secs(300));
    }
}
