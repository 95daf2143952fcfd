//! The queues, and who works on them.

use std::collections::{BTreeMap, BTreeSet};

use messages::{convert::duration_to_pb, v1};

use crate::{app::Queue, presence::Pool};

/// Every class that has a queue or trainers, by name.
pub(in crate::grpc) fn queues(
    queues: BTreeMap<String, Queue>,
    pools: &BTreeMap<String, Pool>,
) -> v1::GetQueueStatsResponse {
    let classes: BTreeSet<&String> = queues.keys().chain(pools.keys()).collect();
    let stats = classes.into_iter().map(|class| {
        let queue = queues.get(class).cloned().unwrap_or_default();
        let pool = pools.get(class).copied().unwrap_or_default();
        v1::QueueStats {
            resource_class: class.clone(),
            queued: queue.queued,
            running: queue.running,
            oldest_queued_age: queue.oldest.map(duration_to_pb),
            trainers: pool.trainers,
            slots: pool.slots,
        }
    });
    v1::GetQueueStatsResponse {
        queues: stats.collect(),
    }
}
