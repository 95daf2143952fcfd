//! Tasks without which the process is of no use. One that dies takes the process with it, because whoever started
//! it can start it again, and half a service that answers is worse than none.

use std::sync::{Arc, OnceLock};

use service_kit::Shutdown;

/// What spawns vital tasks, and remembers the first that died.
#[derive(Debug, Clone)]
pub(crate) struct Vital {
    shutdown: Shutdown,
    died: Arc<OnceLock<&'static str>>,
}

impl Vital {
    /// Ends the process through `shutdown`.
    pub(crate) fn new(shutdown: &Shutdown) -> Self {
        Self {
            shutdown: shutdown.clone(),
            died: Arc::default(),
        }
    }

    /// The end that the tasks watch.
    pub(crate) fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// Runs a task that must not end before the process does.
    pub(crate) fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let vital = self.clone();
        let running = self.shutdown.spawn(task);
        self.shutdown.spawn(async move {
            let ended = running.await;
            if ended.is_err() || !vital.shutdown.is_triggered() {
                tracing::error!(task = name, "ended unexpectedly: so does the process");
                let _ = vital.died.set(name);
                vital.shutdown.trigger();
            }
        });
    }

    /// The first task that died.
    pub(crate) fn died(&self) -> Option<&'static str> {
        self.died.get().copied()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_task_that_ends_early_ends_the_process_and_is_named() {
        let shutdown = Shutdown::new(Duration::from_secs(10));
        let vital = Vital::new(&shutdown);
        let token = shutdown.token().clone();
        vital.spawn("one", async move { token.cancelled().await });
        vital.spawn("two", async { panic!("as the test wants") });
        shutdown.triggered().await;
        assert!(shutdown.drain().await);
        assert_eq!(vital.died(), Some("two"));
    }
}
