//! One reader for each watched job, however many watch it: it reads what is new into a window that all of them
//! look through, so that a hundred watchers cost the database what one does.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::id::JobId;
use service_kit::Shutdown;
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{
    page::Source,
    window::{Look, Window},
};
use crate::{
    app::Tenant,
    config,
    error::{Error, Result},
    grpc::status,
    news::{News, Subscription},
};

/// A window holds this many pages: a watcher that keeps up never has to read by itself.
const PAGES: usize = 4;

type Key = (Tenant, JobId);

/// The readers of all watched jobs. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Readers {
    windows: Arc<Mutex<HashMap<Key, watch::Sender<Window>>>>,
    news: News,
    settings: config::Watch,
    shutdown: Shutdown,
    closing: CancellationToken,
}

/// What one watcher sees of a job. Its reader ends with the last of them.
#[derive(Debug)]
pub(super) struct View {
    window: watch::Receiver<Window>,
}

struct Reader {
    readers: Readers,
    source: Source,
    window: watch::Sender<Window>,
}

impl Readers {
    /// None yet; they will end with `closing`.
    pub(super) fn new(
        news: News,
        settings: config::Watch,
        shutdown: Shutdown,
        closing: CancellationToken,
    ) -> Self {
        Self {
            windows: Arc::default(),
            news,
            settings,
            shutdown,
            closing,
        }
    }

    /// Joins those who watch a job. Whatever is committed after the caller's last look into the database is seen
    /// through the view, or it says that the caller is behind: the reader looks itself after it has begun to wait
    /// for news.
    pub(super) fn join(&self, source: &Source) -> View {
        let key = (source.tenant.clone(), source.job);
        let mut windows = self.windows();
        let window = windows.entry(key).or_insert_with(|| {
            let window = watch::Sender::new(Window::new(PAGES * source.limit));
            let reader = Reader {
                readers: self.clone(),
                source: source.clone(),
                window: window.clone(),
            };
            let news = self.news.subscribe(source.job);
            self.shutdown.spawn(reader.run(news));
            window
        });
        View {
            window: window.subscribe(),
        }
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.windows().len()
    }

    fn windows(&self) -> MutexGuard<'_, HashMap<Key, watch::Sender<Window>>> {
        // A panic elsewhere cannot leave the map half-changed.
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl View {
    /// At most `limit` events for who has seen those up to `after`.
    pub(super) fn look(&mut self, after: i64, limit: usize) -> Look {
        self.window.borrow_and_update().look(after, limit)
    }

    /// Waits until another look may find something else.
    pub(super) async fn changed(&mut self) {
        if self.window.changed().await.is_err() {
            // A reader leaves without a word only when everything ends.
            std::future::pending().await
        }
    }
}

impl Reader {
    async fn run(self, news: Subscription) {
        let reader = Arc::new(self);
        let closing = reader.readers.closing.clone();
        let reading = {
            let reader = Arc::clone(&reader);
            // A task of its own: its death must not leave watchers waiting for ever.
            reader.readers.shutdown.clone().spawn(async move {
                tokio::select! {
                    ended = reader.read(news) => ended,
                    () = closing.cancelled() => Ok(()),
                }
            })
        };
        let ended = reading.await.unwrap_or_else(|error| Err(Error::Task(error)));
        reader.forget();
        if let Err(error) = ended {
            let status = status::status(error, Some(reader.source.job));
            reader.window.send_modify(|window| window.fail(status));
        }
    }

    /// Reads until the job has ended or nobody watches it.
    async fn read(&self, mut news: Subscription) -> Result<()> {
        let Source { app, tenant, job, .. } = &self.source;
        let newest = Box::pin(app.get(tenant, *job)).await?.event_no;
        self.window.send_modify(|window| window.begin(newest));
        loop {
            while self.next_page().await? {}
            if self.window.borrow().has_ended() {
                return Ok(());
            }
            tokio::select! {
                () = news.news() => {}
                () = sleep(self.readers.settings.poll) => {}
                () = self.window.closed() => {
                    if self.leave() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Reads a page; returns whether there may be another.
    async fn next_page(&self) -> Result<bool> {
        let newest = self.window.borrow().newest();
        let page = self.source.clone().after(newest).await?;
        let again = page.more && !page.ended;
        if page.ended || !page.events.is_empty() {
            self.window.send_modify(|window| window.add(page));
        }
        Ok(again)
    }

    /// Ends unless somebody has joined.
    fn leave(&self) -> bool {
        let mut windows = self.readers.windows();
        // Whoever joins holds the lock meanwhile.
        let deserted = self.window.receiver_count() == 0;
        if deserted {
            windows.remove(&self.key());
        }
        deserted
    }

    /// Makes room for the next reader of the job. Those who watch have the window.
    fn forget(&self) {
        let mut windows = self.readers.windows();
        let key = self.key();
        if windows
            .get(&key)
            .is_some_and(|window| window.same_channel(&self.window))
        {
            windows.remove(&key);
        }
    }

    fn key(&self) -> Key {
        (self.source.tenant.clone(), self.source.job)
    }
}
