//! A trainer's word that it is there, for those who count trainers. Nobody answers and nothing depends on it.

use std::{sync::Arc, time::Duration};

use messages::{bus::v1::Presence, route};
use tokio::time::sleep;

use super::Supervisor;

/// How often it is said.
const INTERVAL: Duration = Duration::from_secs(5);

impl Supervisor {
    /// Says that the trainer is there: at once with every connection, then every few seconds, until the trainer
    /// ends.
    pub(crate) async fn be_present(self: Arc<Self>) {
        let subject = route::presence(&self.id);
        let mut link = self.bus.link();
        loop {
            link.mark_unchanged();
            if self.bus.is_connected()
                && let Err(error) = self.bus.hint(subject.clone(), &self.presence()).await
            {
                tracing::debug!(%error, "nobody heard that the trainer is here");
            }
            tokio::select! {
                () = sleep(INTERVAL) => {}
                Ok(()) = link.changed() => {}
                () = self.kill.cancelled() => return,
            }
        }
    }

    fn presence(&self) -> Presence {
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        Presence {
            resource_class: self.class.to_string(),
            slots: count(self.slots),
            running: count(self.roster.busy()),
        }
    }
}
