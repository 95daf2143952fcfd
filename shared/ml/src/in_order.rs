//! Pieces of a file worked on at once and finished in their order. A thread takes the next piece as soon as it is done
//! with one: threads that had to wait for each other after every few pieces would stand still whenever one of them
//! is kept from running, as on a busy machine they often are.

use std::{
    collections::BTreeMap,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// Takes pieces until there are none, does `work` for each on the threads of the rayon pool and has `finish` what
/// came of it, in the order the pieces were taken. None of the three may use the pool: a thread that waits for the
/// pool does other work meanwhile, which here would be to wait for itself.
///
/// # Errors
/// The first, in that order, of `take` and `finish`; no piece after it is finished.
pub(crate) fn in_order<Piece: Send, Done: Send, E: Send>(
    mut take: impl FnMut() -> Result<Option<Piece>, E> + Send,
    work: impl Fn(Piece) -> Done + Sync,
    mut finish: impl FnMut(Done) -> Result<(), E> + Send,
) -> Result<(), E> {
    let threads = rayon::current_num_threads();
    let turns = Turns::new(&mut take, &mut finish, threads);
    rayon::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|_| turns.run(&work));
        }
    });
    turns.result()
}

/// As [`in_order`], for pieces that each are much work: as many threads of their own as the rayon pool has, on each of
/// which whatever would use the pool runs alone.
///
/// # Errors
/// As [`in_order`].
///
/// # Panics
/// Where a thread cannot be started.
pub(crate) fn in_order_apart<Piece: Send, Done: Send, E: Send>(
    mut take: impl FnMut() -> Result<Option<Piece>, E> + Send,
    work: impl Fn(Piece) -> Done + Sync,
    mut finish: impl FnMut(Done) -> Result<(), E> + Send,
) -> Result<(), E> {
    let threads = rayon::current_num_threads();
    let turns = Turns::new(&mut take, &mut finish, threads);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build();
                let alone = alone.unwrap_or_else(|error| panic!("no thread can be started: {error}"));
                alone.install(|| turns.run(&work));
            });
        }
    });
    turns.result()
}

struct Turns<'a, Piece, Done, E> {
    taking: Mutex<Taking<'a, Piece, E>>,
    /// Nothing more is to be taken.
    over: AtomicBool,
    finishing: Mutex<Finishing<'a, Done, E>>,
    /// Told when pieces were finished.
    finished: Condvar,
    /// So many pieces may be done that an earlier one keeps from being finished, lest they fill the memory.
    most_waiting: usize,
}

struct Taking<'a, Piece, E> {
    take: &'a mut (dyn FnMut() -> Result<Option<Piece>, E> + Send),
    /// The next piece's turn.
    next: usize,
}

struct Finishing<'a, Done, E> {
    finish: &'a mut (dyn FnMut(Done) -> Result<(), E> + Send),
    /// The turn to be finished next.
    next: usize,
    /// What is done and not finished, by turns; none where the work panicked.
    waiting: BTreeMap<usize, Option<Result<Done, E>>>,
    result: Result<(), E>,
}

impl<'a, Piece, Done, E> Turns<'a, Piece, Done, E> {
    fn new(
        take: &'a mut (dyn FnMut() -> Result<Option<Piece>, E> + Send),
        finish: &'a mut (dyn FnMut(Done) -> Result<(), E> + Send),
        threads: usize,
    ) -> Self {
        Self {
            taking: Mutex::new(Taking { take, next: 0 }),
            over: AtomicBool::new(false),
            finishing: Mutex::new(Finishing {
                finish,
                next: 0,
                waiting: BTreeMap::new(),
                result: Ok(()),
            }),
            finished: Condvar::new(),
            most_waiting: 4 * threads,
        }
    }

    fn result(self) -> Result<(), E> {
        let finishing = self.finishing.into_inner();
        finishing.unwrap_or_else(PoisonError::into_inner).result
    }

    fn run(&self, work: &impl Fn(Piece) -> Done) {
        while let Some((number, piece)) = self.take() {
            let mut turn = Turn {
                turns: self,
                number,
                done: None,
            };
            turn.done = Some(piece.map(work));
        }
    }

    /// The next piece and its turn; none at the end.
    fn take(&self) -> Option<(usize, Result<Piece, E>)> {
        let mut finishing = lock(&self.finishing);
        // The turn to be finished next is then another thread's, which is at work on it.
        while finishing.waiting.len() >= self.most_waiting {
            let told = self.finished.wait(finishing);
            finishing = told.unwrap_or_else(PoisonError::into_inner);
        }
        drop(finishing);
        let mut taking = lock(&self.taking);
        if self.over.load(Ordering::SeqCst) {
            return None;
        }
        let piece = (taking.take)().transpose();
        if !matches!(piece, Some(Ok(_))) {
            self.over.store(true, Ordering::SeqCst);
        }
        taking.next += 1;
        Some((taking.next - 1, piece?))
    }

    fn hand_in(&self, number: usize, done: Option<Result<Done, E>>) {
        let mut finishing = lock(&self.finishing);
        finishing.waiting.insert(number, done);
        while let Some(done) = finishing.take_next() {
            finishing.next += 1;
            if finishing.result.is_ok() {
                finishing.result = match done {
                    Some(done) => done.and_then(&mut *finishing.finish),
                    None => Ok(()),
                };
            }
        }
        if finishing.result.is_err() {
            self.over.store(true, Ordering::SeqCst);
        }
        self.finished.notify_all();
    }
}

impl<Done, E> Finishing<'_, Done, E> {
    fn take_next(&mut self) -> Option<Option<Result<Done, E>>> {
        self.waiting.remove(&self.next)
    }
}

/// A turn that was taken. Whatever becomes of its thread, it is handed in, since others wait for it.
struct Turn<'a, 'b, Piece, Done, E> {
    turns: &'a Turns<'b, Piece, Done, E>,
    number: usize,
    done: Option<Result<Done, E>>,
}

impl<Piece, Done, E> Drop for Turn<'_, '_, Piece, Done, E> {
    fn drop(&mut self) {
        self.turns.hand_in(self.number, self.done.take());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;
    use crate::{Error, error::Result};

    fn on_threads(threads: usize, run: impl FnOnce() -> Result<()> + Send) -> Result<()> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(run)
    }

    fn failure(number: usize) -> Result<()> {
        Err(Error::data("AT", number.to_string()))
    }

    /// So that what is taken first is not done first.
    fn dawdle(number: usize) -> usize {
        let rounds = (number * 7919) % 13 * 1000;
        std::hint::black_box((0..rounds).fold(0, |sum: usize, n| std::hint::black_box(sum ^ n)));
        number
    }

    #[test]
    fn pieces_are_finished_in_their_order() {
        for threads in [1, 2, 5] {
            let (mut pieces, mut finished) = (0..300, Vec::new());
            on_threads(threads, || {
                in_order(
                    || Ok(pieces.next()),
                    dawdle,
                    |number| {
                        finished.push(number);
                        Ok(())
                    },
                )
            })
            .unwrap();
            assert_eq!(finished, (0..300).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_failure_is_told_and_ends_it() {
        // Of taking and of finishing.
        for (taking, finishing) in [(90, 40), (40, 90), (0, 0)] {
            for threads in [1, 2, 5] {
                let (mut pieces, mut finished) = (0..300, 0);
                let told = on_threads(threads, || {
                    in_order(
                        || match pieces.next() {
                            Some(number) if number == taking => failure(number).map(|()| None),
                            piece => Ok(piece),
                        },
                        dawdle,
                        |number| {
                            finished += 1;
                            if number == finishing {
                                failure(number)
                            } else {
                                Ok(())
                            }
                        },
                    )
                });
                let first = taking.min(finishing);
                assert_eq!(told.unwrap_err().failure().unwrap().message, first.to_string());
                assert!(finished <= first + 1);
            }
        }
    }

    #[test]
    fn pieces_that_use_the_pool_themselves_are_finished_in_their_order() {
        for threads in [1, 2, 5] {
            let (mut pieces, mut finished) = (0..300, Vec::new());
            on_threads(threads, || {
                in_order_apart(
                    || Ok(pieces.next()),
                    |number: usize| {
                        assert_eq!(rayon::current_num_threads(), 1);
                        (0..=number).into_par_iter().map(dawdle).max()
                    },
                    |number| {
                        finished.extend(number);
                        Ok(())
                    },
                )
            })
            .unwrap();
            assert_eq!(finished, (0..300).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_panic_leaves_no_thread_waiting() {
        for apart in [false, true] {
            let mut pieces = 0..300;
            let take = || Ok(pieces.next());
            let work = |number| assert!(number != 50);
            let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                on_threads(3, || match apart {
                    true => in_order_apart(take, work, |()| Ok(())),
                    false => in_order(take, work, |()| Ok(())),
                })
            }));
            assert!(panicked.is_err());
        }
    }
}
