//! T9: announcements that the queue has lost are made again, each once it is proven gone.

use std::error::Error as StdError;

use messages::route;

use super::Sweeper;
use crate::{app::Undelivered, error::Error, trouble::Trouble};

impl Sweeper {
    /// Announces again what the queue has lost, until the end.
    pub(crate) async fn announcements(self) {
        let mut ticks = self.ticks();
        let mut trouble = Trouble::new("sweeper of announcements");
        while self.next(&mut ticks).await {
            if self.bus.is_connected() {
                trouble.settle(self.announce_lost().await);
            }
        }
    }

    async fn announce_lost(&self) -> Result<(), Error> {
        for job in self.app.undelivered(self.settings.batch).await? {
            self.look_for(&job).await?;
        }
        Ok(())
    }

    async fn look_for(&self, job: &Undelivered) -> Result<(), Error> {
        let (seq, incarnation) = &job.stored;
        let id = route::dispatch_id(job.job, job.attempt, job.dispatch_no);
        match self.bus.holds(route::JOBS_STREAM, incarnation, *seq, &id).await {
            Ok(true) => self.app.still_stored(job).await,
            Ok(false) => {
                if self.app.announce_again(job).await? {
                    tracing::warn!(
                        job.id = %job.job,
                        job.attempt = job.attempt,
                        "the queue has lost an attempt's message: it is announced again"
                    );
                }
                Ok(())
            }
            // An error proves nothing. The job stays due, and the next sweep looks again.
            Err(error) => {
                tracing::debug!(job.id = %job.job, error = &error as &dyn StdError, "cannot look for a message");
                Ok(())
            }
        }
    }
}
