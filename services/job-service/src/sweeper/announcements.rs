//! T9: announcements that the queue has lost are made again, each once it is proven gone. A queue that was made anew
//! has lost everything at once; in one that is still the same, each message is looked for when its time has come.

use std::error::Error as StdError;

use futures::{StreamExt, stream};
use messages::route;

use super::Sweeper;
use crate::{app::Undelivered, error::Error, trouble::Trouble};

/// Messages looked for at once.
const CONCURRENT: usize = 16;

impl Sweeper {
    /// Announces again what the queue has lost, until the end.
    pub(crate) async fn announcements(self) {
        let mut ticks = self.ticks();
        let mut trouble = Trouble::new("sweeper of announcements");
        while self.next(&mut ticks).await {
            // Without an answer nothing is proven; the others say that NATS is away.
            if let Ok(incarnation) = self.bus.incarnation(route::JOBS_STREAM).await {
                let swept = async {
                    self.announce_misplaced(&incarnation).await?;
                    self.look_for_due().await
                };
                trouble.settle(swept.await);
            }
        }
    }

    /// Everything that was stored in another incarnation of the queue is gone with it.
    async fn announce_misplaced(&self, incarnation: &str) -> Result<(), Error> {
        while !self.shutdown.is_triggered() {
            let lost = self.app.misplaced(incarnation, self.settings.batch).await?;
            if lost.is_empty() {
                break;
            }
            // Had the queue been made anew before the look at the jobs, theirs might be the later incarnation.
            if self.bus.incarnation(route::JOBS_STREAM).await.ok().as_deref() != Some(incarnation)
                || self.announce_again(lost).await? == 0
            {
                break;
            }
        }
        Ok(())
    }

    /// Looks for every message whose time has come.
    async fn look_for_due(&self) -> Result<(), Error> {
        while !self.shutdown.is_triggered() {
            let due = self.app.undelivered(self.settings.batch).await?;
            if due.is_empty() {
                break;
            }
            let full = due.len() as u64 == self.settings.batch;
            let (mut found, mut lost) = (Vec::new(), Vec::new());
            let mut looks = stream::iter(due)
                .map(|job| async move { (self.is_stored(&job).await, job) })
                .buffer_unordered(CONCURRENT);
            while let Some((stored, job)) = looks.next().await {
                match stored {
                    Some(true) => found.push(job),
                    Some(false) => lost.push(job),
                    None => {}
                }
            }
            let moved = found.len() + self.announce_again(lost).await?;
            self.app.still_stored(found).await?;
            if moved == 0 || !full {
                break;
            }
        }
        Ok(())
    }

    /// Whether a job's message is still stored. An error proves nothing: the job stays due, and the next sweep looks
    /// again.
    async fn is_stored(&self, job: &Undelivered) -> Option<bool> {
        let id = route::dispatch_id(job.job, job.attempt, job.dispatch_no);
        match self.bus.holds(route::JOBS_STREAM, job.seq, &id).await {
            Ok(stored) => Some(stored),
            Err(error) => {
                tracing::debug!(job.id = %job.job, error = &error as &dyn StdError, "cannot look for a message");
                None
            }
        }
    }

    async fn announce_again(&self, lost: Vec<Undelivered>) -> Result<usize, Error> {
        if lost.is_empty() {
            return Ok(0);
        }
        let announced = self.app.announce_again(lost).await?;
        for job in &announced {
            tracing::warn!(
                job.id = %job.job,
                job.attempt = job.attempt,
                "the queue has lost an attempt's message: it is announced again"
            );
        }
        Ok(announced.len())
    }
}
