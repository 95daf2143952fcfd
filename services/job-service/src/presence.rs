//! Who is there to work: what trainers say of themselves every few seconds, kept in memory by every replica. Nobody
//! decides by it; it is for people who wonder why their jobs wait.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bus::Bus;
use domain::id::Token;
use messages::{bus::v1, route};
use service_kit::Shutdown;
use tokio::time::Instant;

/// Who was not heard of for so long is not there.
const PATIENCE: Duration = Duration::from_secs(15);

/// The trainers that were heard of lately. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Presence {
    trainers: Arc<Mutex<HashMap<Token, (v1::Presence, Instant)>>>,
}

/// The trainers of one resource class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Pool {
    pub(crate) trainers: i32,
    pub(crate) slots: i32,
}

impl Presence {
    /// Takes what a trainer says of itself.
    fn heard(&self, trainer: Token, said: v1::Presence) {
        let mut trainers = self.lately();
        if said.resource_class.parse::<Token>().is_ok() {
            trainers.insert(trainer, (said, Instant::now()));
        }
    }

    /// The trainers of each class.
    pub(crate) fn pools(&self) -> BTreeMap<String, Pool> {
        let mut pools: BTreeMap<String, Pool> = BTreeMap::new();
        for (said, _) in self.lately().values() {
            let pool = pools.entry(said.resource_class.clone()).or_default();
            pool.trainers = pool.trainers.saturating_add(1);
            pool.slots = pool.slots.saturating_add(said.slots.max(0));
        }
        pools
    }

    /// Those heard of lately; the others are forgotten.
    fn lately(&self) -> MutexGuard<'_, HashMap<Token, (v1::Presence, Instant)>> {
        // A panic elsewhere cannot leave the map half-changed.
        let mut trainers = self.trainers.lock().unwrap_or_else(PoisonError::into_inner);
        trainers.retain(|_, (_, at)| at.elapsed() < PATIENCE);
        trainers
    }
}

/// Listens to trainers, until the end.
pub(crate) async fn listen(bus: Bus, presence: Presence, shutdown: Shutdown) {
    let mut said = match bus.listen::<v1::Presence>(route::PRESENCES.to_owned()).await {
        Ok(said) => said,
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "cannot listen for trainers: none will be counted");
            return;
        }
    };
    loop {
        tokio::select! {
            heard = said.next() => match heard {
                Some(heard) => {
                    // NATS can be set up to let nobody else publish there.
                    if let Some(trainer) = route::parse_presence(&heard.subject) {
                        presence.heard(trainer, heard.body);
                    }
                }
                None => return,
            },
            () = shutdown.triggered() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_is_not_heard_of_for_long_is_not_there() {
        let presence = Presence::default();
        let say = |trainer: &str, class: &str, slots| {
            let said = v1::Presence {
                resource_class: class.into(),
                slots,
                running: 0,
            };
            presence.heard(trainer.parse().unwrap(), said);
        };
        say("a", "cpu", 2);
        say("b", "cpu", 3);
        say("c", "gpu", -1);
        say("d", "no class", 1);
        let pool = |trainers, slots| Pool { trainers, slots };
        let pools = presence.pools();
        assert_eq!(
            (pools["cpu"], pools["gpu"], pools.len()),
            (pool(2, 5), pool(1, 0), 2)
        );
        tokio::time::advance(Duration::from_secs(10)).await;
        say("a", "cpu", 4);
        assert_eq!(presence.pools()["cpu"], pool(2, 7));
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(presence.pools(), [("cpu".to_owned(), pool(1, 4))].into());
        tokio::time::advance(Duration::from_secs(15)).await;
        assert!(presence.pools().is_empty());
    }
}
