//! The faults of a run as they are done to each part. A part belongs to its lane until the lane has ended, and is whole
//! again then.

mod children;
mod garbage;

use std::time::{Duration, Instant};

use service_points::{APPLIER_COMMITTED, FAILPOINT, RELAY_PUBLISHED};
use testkit::{NatsServer, Postgres, processes};
use tokio::time::{sleep, sleep_until};

pub(crate) use children::{CHILD_KILLED, LEAST_KILLED, kill_children};
pub(crate) use garbage::publish_garbage;

use super::{
    fault::{self, Kind},
    history::{Entry, History, millis},
    schedule::{Lane, Planned},
    timing::ORPHAN,
};
use crate::stack::{Part, Replica, Trainer};

/// How long a replica has to get to the point where it is to die.
const TO_POINT: Duration = Duration::from_secs(6);

/// The points in the job-service's program where it can be told to die.
mod service_points {
    pub(super) const FAILPOINT: &str = "TRAINYARD_FAILPOINT";
    pub(super) const RELAY_PUBLISHED: &str = "relay-published";
    pub(super) const APPLIER_COMMITTED: &str = "applier-committed";
}

/// Waits for the time of a fault; its beginning.
async fn due<K>(history: &History, planned: &Planned<K>) -> Instant {
    sleep_until((history.start() + planned.at).into()).await;
    Instant::now()
}

/// Writes a fault down that has happened.
fn happened(history: &History, fault: &str, target: &str, began: Instant) {
    history.write(Entry::Fault {
        fault: fault.to_owned(),
        target: target.to_owned(),
        lasted_ms: millis(began.elapsed()),
    });
}

/// A part that is not there although nobody has ended it is wrong, and is started again.
fn must_live(history: &History, part: &mut Part) {
    if !part.is_running() {
        history.wrong("lives", format!("{} has ended by itself", part.name()));
        part.start();
    }
}

/// Does its faults to the nats-server.
pub(crate) async fn nats(history: &History, server: &mut NatsServer, lane: Lane<fault::Nats>) {
    for planned in lane {
        let began = due(history, &planned).await;
        match planned.fault {
            fault::Nats::Killed => {
                server.kill();
                sleep(planned.lasts).await;
                server.restart().await;
            }
            fault::Nats::Stopped => {
                server.stop();
                sleep(planned.lasts).await;
                server.cont();
            }
            fault::Nats::Wiped => server.wipe().await,
        }
        happened(history, planned.fault.name(), "nats-server", began);
    }
}

/// Does its faults to PostgreSQL.
pub(crate) async fn database(history: &History, server: Option<&mut Postgres>, lane: Lane<fault::Database>) {
    let Some(server) = server else { return };
    for planned in lane {
        let began = due(history, &planned).await;
        match planned.fault {
            fault::Database::Stopped => {
                server.stop();
                sleep(planned.lasts).await;
                server.cont();
            }
            fault::Database::Killed => {
                server.kill();
                sleep(planned.lasts).await;
                server.restart().await;
            }
        }
        happened(history, planned.fault.name(), "postgres", began);
    }
}

/// Does its faults to a replica of the job-service.
pub(crate) async fn replica(history: &History, replica: &mut Replica, lane: Lane<fault::Service>) {
    for planned in lane {
        let began = due(history, &planned).await;
        must_live(history, replica);
        replica.kill();
        sleep(planned.lasts).await;
        let done = match planned.fault {
            fault::Service::Killed => true,
            fault::Service::DiedPublished => dies_at(replica, RELAY_PUBLISHED, planned.times).await,
            fault::Service::DiedCommitted => dies_at(replica, APPLIER_COMMITTED, planned.times).await,
        };
        replica.start();
        if done {
            happened(history, planned.fault.name(), replica.name(), began);
        }
    }
}

/// Starts a replica that is to die at a point; whether it got there.
async fn dies_at(replica: &mut Replica, point: &str, times: usize) -> bool {
    replica.start_with(&[(FAILPOINT, &format!("{point}:{times}"))]);
    let end = Instant::now() + TO_POINT;
    while Instant::now() < end {
        if !replica.is_running() {
            return true;
        }
        sleep(Duration::from_millis(20)).await;
    }
    false
}

/// Does its faults to a trainer.
pub(crate) async fn trainer(history: &History, trainer: &mut Trainer, lane: Lane<fault::Trainer>) {
    for planned in lane {
        let began = due(history, &planned).await;
        must_live(history, trainer);
        match planned.fault {
            fault::Trainer::Killed => {
                kill_and_look_for_orphans(history, trainer).await;
                sleep(planned.lasts).await;
                trainer.start();
            }
            fault::Trainer::Stopped => {
                trainer.stop();
                sleep(planned.lasts).await;
                trainer.cont();
            }
            fault::Trainer::CutOff => {
                let way = trainer.nats.as_ref().expect("the stack has proxies");
                way.black_hole();
                sleep(planned.lasts).await;
                way.pass();
            }
        }
        happened(history, planned.fault.name(), trainer.name(), began);
    }
}

/// Kills a trainer, and waits for the end of the processes that it had started.
async fn kill_and_look_for_orphans(history: &History, trainer: &mut Trainer) {
    // Standing still it starts no more of them.
    trainer.stop();
    let children = trainer.children();
    trainer.kill();
    let end = Instant::now() + ORPHAN;
    loop {
        let left: Vec<u32> = children
            .iter()
            .copied()
            .filter(|pid| processes::lives(*pid))
            .collect();
        if left.is_empty() {
            return;
        }
        if Instant::now() > end {
            let found = format!("{left:?} outlived {} by {ORPHAN:?}", trainer.name());
            return history.wrong("orphans", found);
        }
        sleep(Duration::from_millis(10)).await;
    }
}
