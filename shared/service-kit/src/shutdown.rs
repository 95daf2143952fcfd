//! How a process ends. Tasks are told through a token, waited for through a tracker, and left behind after a
//! grace period; every background task is spawned here, so none is forgotten.

use std::{future::Future, time::Duration};

use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::{
    sync::{CancellationToken, WaitForCancellationFuture},
    task::TaskTracker,
};

use crate::{Error, Result};

/// What a signal does.
#[derive(Debug, Clone, Copy)]
enum Step {
    Begin,
    Hurry,
    Exit,
}

/// The end of a process, passed to everything that runs until then. Clones are the same end.
#[derive(Debug, Clone)]
pub struct Shutdown {
    token: CancellationToken,
    hurry: CancellationToken,
    tasks: TaskTracker,
    grace: Duration,
}

impl Shutdown {
    /// An end that waits for tasks no longer than `grace`.
    #[must_use]
    pub fn new(grace: Duration) -> Self {
        Self {
            token: CancellationToken::new(),
            hurry: CancellationToken::new(),
            tasks: TaskTracker::new(),
            grace,
        }
    }

    /// Begins the end on SIGTERM or SIGINT. A second signal ends the process at once.
    ///
    /// # Errors
    /// [`Error::Signals`].
    pub fn listen_for_signals(&self) -> Result<()> {
        self.listen(&[Step::Begin, Step::Exit])
    }

    /// Begins the end on SIGTERM or SIGINT. A second signal hurries it, a third ends the process at once.
    ///
    /// # Errors
    /// [`Error::Signals`].
    pub fn listen_for_signals_patiently(&self) -> Result<()> {
        self.listen(&[Step::Begin, Step::Hurry, Step::Exit])
    }

    fn listen(&self, steps: &'static [Step]) -> Result<()> {
        let mut terminate = signal(SignalKind::terminate()).map_err(Error::Signals)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Signals)?;
        let shutdown = self.clone();
        // Not tracked: it waits for signals for as long as the process lives.
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one task the end does not wait for"
        )]
        tokio::spawn(async move {
            for step in steps {
                let signal = tokio::select! {
                    _ = terminate.recv() => "SIGTERM",
                    _ = interrupt.recv() => "SIGINT",
                };
                match step {
                    Step::Begin => {
                        tracing::info!(signal, "shutting down");
                        shutdown.trigger();
                    }
                    Step::Hurry => {
                        tracing::info!(signal, "hurrying on another signal");
                        shutdown.hurry.cancel();
                    }
                    Step::Exit => {
                        tracing::warn!(signal, "ending at once on another signal");
                        std::process::exit(1);
                    }
                }
            }
        });
        Ok(())
    }

    /// Begins the end.
    pub fn trigger(&self) {
        self.token.cancel();
    }

    /// Whether the end has begun.
    #[must_use]
    pub fn is_triggered(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits for the beginning of the end.
    pub fn triggered(&self) -> WaitForCancellationFuture<'_> {
        self.token.cancelled()
    }

    /// Waits until the end shall be a quick one.
    pub fn hurried(&self) -> WaitForCancellationFuture<'_> {
        self.hurry.cancelled()
    }

    /// The token that tells of the end, for code that wants to derive its own from it.
    #[must_use]
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// Runs a task that the end waits for. The task should watch [`triggered`](Self::triggered).
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.tasks.spawn(task)
    }

    /// Runs blocking work that the end waits for.
    pub fn spawn_blocking<F, T>(&self, work: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.tasks.spawn_blocking(work)
    }

    /// Begins the end and waits for every task, but no longer than the grace period. Tells whether all finished.
    pub async fn drain(&self) -> bool {
        self.trigger();
        self.tasks.close();
        timeout(self.grace, self.tasks.wait()).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_end_waits_for_tasks_and_tells_of_those_left_behind() {
        let shutdown = Shutdown::new(Duration::from_secs(60));
        let token = shutdown.token().clone();
        let task = shutdown.spawn(async move {
            token.cancelled().await;
            7
        });
        assert!(!shutdown.is_triggered());
        assert!(shutdown.drain().await);
        assert_eq!(task.await.unwrap(), 7);

        let shutdown = Shutdown::new(Duration::from_millis(10));
        shutdown.spawn(std::future::pending::<()>());
        assert!(!shutdown.drain().await);
    }

    #[tokio::test]
    async fn a_first_signal_begins_the_end_and_a_second_hurries_it() {
        let shutdown = Shutdown::new(Duration::from_secs(1));
        shutdown.listen_for_signals_patiently().unwrap();
        let terminate = || {
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM).unwrap();
        };
        terminate();
        let limit = Duration::from_secs(10);
        timeout(limit, shutdown.triggered()).await.unwrap();
        assert!(!shutdown.hurry.is_cancelled());
        terminate();
        timeout(limit, shutdown.hurried()).await.unwrap();
    }
}
