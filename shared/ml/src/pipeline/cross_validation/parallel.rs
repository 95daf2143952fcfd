//! Folds done several at once, each on threads of its own.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use rayon::ThreadPoolBuilder;

use crate::{Error, error::Result};

/// Does `work` for each number below `count`, as many at once as there are threads but no more than `most`, and gives
/// the results in order.
/// `work` is told how many threads it has, and runs on a rayon pool of them; `done` is told how many have been done.
///
/// # Errors
/// The error of the least number that has one: nothing after a failure is begun, and everything before it is ended.
pub(super) fn each<T: Send>(
    count: usize,
    threads: usize,
    most: usize,
    done: impl Fn(u64) + Sync,
    work: impl Fn(usize, usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let workers = threads.clamp(1, count.min(most).max(1));
    let share = (threads / workers).max(1);
    let pools: Result<Vec<_>, _> = (0..workers)
        .map(|_| ThreadPoolBuilder::new().num_threads(share).build())
        .collect();
    let pools = pools.map_err(|error| Error::unsupported("THREADS", error.to_string()))?;
    let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
    let results: Mutex<Vec<Option<Result<T>>>> = Mutex::new((0..count).map(|_| None).collect());
    let completed = Mutex::new(0);
    let take_turns = || {
        loop {
            let at = next.fetch_add(1, Ordering::SeqCst);
            if at >= count || at > failed.load(Ordering::SeqCst) {
                return;
            }
            let result = work(at, share);
            if result.is_err() {
                failed.fetch_min(at, Ordering::SeqCst);
            }
            results.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(result);
            // Told under the lock, so that a smaller number cannot overtake a larger one.
            let mut completed = completed.lock().unwrap_or_else(PoisonError::into_inner);
            *completed += 1;
            done(*completed);
        }
    };
    thread::scope(|scope| {
        for pool in &pools {
            scope.spawn(|| pool.install(take_turns));
        }
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    // What was not begun follows a failure, so that the failure is met first.
    results.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_on_any_number_of_threads() {
        for threads in [1, 2, 3, 8, 100] {
            let shares = each(7, threads, usize::MAX, |_| {}, |at, share| Ok((at, share))).unwrap();
            let numbers: Vec<usize> = shares.iter().map(|(at, _)| *at).collect();
            assert_eq!(numbers, (0..7).collect::<Vec<_>>());
            assert!(shares.iter().all(|(_, share)| *share == (threads / 7).max(1)));
        }
        let shares = each(7, 8, 2, |_| {}, |_, share| Ok(share)).unwrap();
        assert_eq!(shares, [4; 7]);
        assert_eq!(
            each(0, 4, usize::MAX, |_| {}, |at, _| Ok(at)).unwrap(),
            Vec::<usize>::new()
        );
    }

    #[test]
    fn the_first_failure_is_told_whichever_comes_first() {
        for threads in [1, 2, 5] {
            let failed = each(
                9,
                threads,
                usize::MAX,
                |_| {},
                |at, _| {
                    if at >= 3 {
                        Err(Error::data("AT", at.to_string()))
                    } else {
                        Ok(())
                    }
                },
            );
            assert_eq!(failed.unwrap_err().failure().unwrap().message, "3");
        }
    }
}
