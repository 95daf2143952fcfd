//! The relay: outbox rows become messages on the work queue. A row is gone only after the stream has acknowledged
//! it, and goes out under the same message id until then.

use std::{sync::Arc, time::Duration};

use bus::Bus;
use messages::{bus::v1::JobReady, route};
use prost::Message;
use service_kit::{Shutdown, failpoint};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    app::{App, OutboxRow},
    config,
    trouble::Trouble,
};

/// The longest wait before a row is tried again.
const MAX_RETRY: Duration = Duration::from_secs(5);

/// What publishes the outbox.
#[derive(Debug)]
pub(crate) struct Relay {
    pub(crate) app: Arc<App>,
    pub(crate) bus: Bus,
    pub(crate) wake: Arc<Notify>,
    pub(crate) settings: config::Background,
    pub(crate) shutdown: Shutdown,
}

impl Relay {
    /// Publishes what is due, until the end.
    pub(crate) async fn run(self) {
        let name = format!("relay-{}", Uuid::now_v7().simple());
        let mut link = self.bus.link();
        let mut trouble = Trouble::new("relay");
        while !self.shutdown.is_triggered() {
            let wait = match self.drain(&name).await {
                Ok(wait) => {
                    trouble.over();
                    wait
                }
                Err(error) => trouble.met(error.as_ref()),
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.wake.notified() => {}
                _ = link.changed() => trouble.hope(),
                () = self.shutdown.triggered() => {}
            }
        }
    }

    /// Publishes everything that is due; returns how long until the next look.
    async fn drain(&self, name: &str) -> Result<Duration, Box<dyn std::error::Error + Send + Sync>> {
        loop {
            if !self.bus.is_connected() {
                // Nothing is leased that cannot be sent. The link wakes us.
                return Err(bus::Error::Disconnected.into());
            }
            // Read before publishing: paired with a newer stream's number an older incarnation only makes the
            // sweeper look too early, the other way round it would make it believe in a message that is gone.
            let incarnation = self.bus.incarnation(route::JOBS_STREAM).await?;
            let rows = self
                .app
                .lease_outbox(name, self.settings.relay_lease, self.settings.batch)
                .await?;
            if rows.is_empty() {
                let due = self.app.outbox_due_in().await?;
                return Ok(due.map_or(self.settings.relay_poll, |due| {
                    due.clamp(config::MIN_POLL, self.settings.relay_poll)
                }));
            }
            self.publish(name, &rows, &incarnation).await?;
        }
    }

    /// Publishes rows in order. After the first that fails the rest is given back at once.
    async fn publish(
        &self,
        name: &str,
        rows: &[OutboxRow],
        incarnation: &str,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        for (i, row) in rows.iter().enumerate() {
            let Ok(doorbell) = JobReady::decode(row.payload.as_slice()) else {
                // Its own affair, and no reason to keep the others waiting.
                tracing::error!(job.id = %row.job, "an outbox row cannot be read back");
                self.app.not_published(name, row, MAX_RETRY).await?;
                continue;
            };
            match self
                .bus
                .publish(row.subject.clone(), &row.msg_id, &doorbell)
                .await
            {
                Ok(ack) => {
                    failpoint(failpoint::RELAY_PUBLISHED);
                    self.app.published(name, row, ack.seq, incarnation).await?;
                }
                Err(error) => {
                    for row in &rows[i..] {
                        self.app.not_published(name, row, retry_after(row.tries)).await?;
                    }
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }
}

fn retry_after(tries: i32) -> Duration {
    let doublings = u32::try_from(tries.saturating_sub(1)).unwrap_or(0).min(8);
    (Duration::from_millis(50) * (1 << doublings)).min(MAX_RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_tried_again_soon_and_then_less_often() {
        let waits = [0, 1, 2, 3, 100].map(|tries| retry_after(tries).as_millis());
        assert_eq!(waits, [50, 50, 100, 200, 5000]);
    }
}
