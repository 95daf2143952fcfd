//! Waiting for something to become true: what tests do instead of sleeping.

use std::panic::Location;
use std::time::{Duration, Instant};

/// The time between two looks.
const INTERVAL: Duration = Duration::from_millis(10);

/// Calls `probe` every 10 ms until it returns a value, and returns that.
///
/// # Panics
///
/// When `timeout` has passed without a value: with `what` was waited for and where the wait stands in the test.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use std::time::Duration;
/// let mut looks = 0;
/// let third = testkit::eventually("the third look", Duration::from_secs(5), || {
///     looks += 1;
///     std::future::ready((looks == 3).then_some(looks))
/// });
/// assert_eq!(third.await, 3);
/// # }
/// ```
#[track_caller]
pub fn eventually<T, P, F>(what: &str, timeout: Duration, mut probe: P) -> impl Future<Output = T>
where
    P: FnMut() -> F,
    F: Future<Output = Option<T>>,
{
    let place = Location::caller();
    async move {
        let start = Instant::now();
        loop {
            // A look that hangs must not outlive the timeout either.
            let left = timeout.saturating_sub(start.elapsed());
            if let Ok(Some(value)) = tokio::time::timeout(left.max(INTERVAL), probe()).await {
                return value;
            }
            assert!(
                start.elapsed() < timeout,
                "{what}: not within {timeout:?} ({place})"
            );
            tokio::time::sleep(INTERVAL).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    #[should_panic(expected = "a miracle: not within 30ms")]
    async fn what_never_happens_panics_with_its_description() {
        eventually("a miracle", Duration::from_millis(30), || async { None::<()> }).await;
    }

    #[tokio::test]
    #[should_panic(expected = "an answer: not within 30ms")]
    async fn a_look_that_hangs_ends_with_the_timeout() {
        eventually(
            "an answer",
            Duration::from_millis(30),
            std::future::pending::<Option<()>>,
        )
        .await;
    }
}
