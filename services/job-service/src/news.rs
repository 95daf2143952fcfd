//! Who waits for news of a job on this replica. A commit here or a note from another replica wakes them; what
//! happened they read from the database, so news that gets lost costs no more than a poll.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::id::JobId;
use tokio::sync::watch;

/// The waiting parties of all jobs. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct News {
    jobs: Arc<Mutex<HashMap<JobId, watch::Sender<()>>>>,
}

/// One party that waits for news of one job, until it is dropped.
#[derive(Debug)]
pub(crate) struct Subscription {
    news: News,
    job: JobId,
    /// Taken only while the subscription is dropped.
    receiver: Option<watch::Receiver<()>>,
}

impl News {
    /// Begins to wait: nothing that happens from now on is missed.
    pub(crate) fn subscribe(&self, job: JobId) -> Subscription {
        let receiver = self
            .jobs()
            .entry(job)
            .or_insert_with(|| watch::channel(()).0)
            .subscribe();
        Subscription {
            news: self.clone(),
            job,
            receiver: Some(receiver),
        }
    }

    /// Wakes those who wait for news of the job.
    pub(crate) fn wake(&self, job: JobId) {
        if let Some(sender) = self.jobs().get(&job) {
            sender.send_replace(());
        }
    }

    /// The jobs that somebody waits for.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.jobs().len()
    }

    fn jobs(&self) -> MutexGuard<'_, HashMap<JobId, watch::Sender<()>>> {
        // A panic elsewhere cannot leave the map half-changed.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscription {
    /// Waits for news since the last time. Several at once count as one.
    pub(crate) async fn news(&mut self) {
        match &mut self.receiver {
            // The sender lives as long as a receiver does.
            Some(receiver) => _ = receiver.changed().await,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut jobs = self.news.jobs();
        drop(self.receiver.take());
        if jobs
            .get(&self.job)
            .is_some_and(|sender| sender.receiver_count() == 0)
        {
            jobs.remove(&self.job);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn news_wakes_every_party_of_its_job_and_no_other() {
        let news = News::default();
        let (job, other) = (JobId(Uuid::now_v7()), JobId(Uuid::now_v7()));
        let mut parties = [news.subscribe(job), news.subscribe(job)];
        let mut bystander = news.subscribe(other);
        news.wake(job);
        news.wake(job);
        for party in &mut parties {
            timeout(Duration::from_secs(5), party.news()).await.unwrap();
        }
        for party in parties.iter_mut().chain([&mut bystander]) {
            assert!(timeout(Duration::ZERO, party.news()).await.is_err());
        }
    }

    #[tokio::test]
    async fn nothing_is_kept_of_those_who_left() {
        let news = News::default();
        let job = JobId(Uuid::now_v7());
        let (first, second) = (news.subscribe(job), news.subscribe(job));
        drop(first);
        assert_eq!(news.waiting(), 1);
        drop(second);
        assert_eq!(news.waiting(), 0);
        news.wake(job);
    }
}
