//! Drills: one mishap at a time, at any size, with a report of what it did to the jobs. The tests run them small;
//! `cargo run --release -p harness --bin drill` runs them at the length and with the leases of a real installation.

mod cancel;
mod fits;
mod outage;
mod rolling;
mod wipe;

use std::time::Duration;

use serde_json::Value;

pub use cancel::{Engine, cancel};
pub use outage::{Away, Outage, outage};
pub use rolling::{Rolling, rolling};
pub use wipe::wipe;

/// What a drill found out.
pub type Report = anyhow::Result<Value>;

/// The value below which 99 of 100 lie, and the middle one.
pub(crate) fn quantiles(mut spans: Vec<Duration>) -> (Duration, Duration) {
    spans.sort();
    let at = |quantile: f64| {
        let rank = (quantile * spans.len() as f64).ceil() as usize;
        spans
            .get(rank.clamp(1, spans.len().max(1)) - 1)
            .copied()
            .unwrap_or_default()
    };
    (at(0.5), at(0.99))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occurred() {
        let spans: Vec<Duration> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(
            quantiles(spans),
            (Duration::from_millis(50), Duration::from_millis(99))
        );
        assert_eq!(
            quantiles(vec![Duration::from_millis(7)]).1,
            Duration::from_millis(7)
        );
        assert_eq!(quantiles(Vec::new()).0, Duration::ZERO);
    }
}
