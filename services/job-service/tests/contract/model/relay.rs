//! T2 and T9 among the random commands: a relay that publishes or fails to, a sweeper that announces again what it sees
//! lost, or saw some commands ago, and what the model knows of both.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{id::JobId, job::State};
use job_service::app::{OutboxRow, Undelivered};

use super::{LONG, Modelled, Random};
use crate::stage::Stage;

const RELAY: &str = "relay";
/// Whoever only looks: its leases are over at once.
const ONLOOKER: &str = "onlooker";
const ALL: u64 = 1000;

/// Where a row of the outbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Free,
    Leased,
}

/// What the model knows of a job's announcements.
#[derive(Debug, Default)]
pub(super) struct Announced {
    /// How often the current attempt was announced.
    pub(super) number: i32,
    /// Whether the current announcement's message is known to be stored.
    stored: bool,
    /// Rows of the outbox by attempt and number.
    rows: BTreeMap<(i32, i32), Place>,
}

impl Announced {
    /// The attempt is announced for the `number`-th time.
    pub(super) fn announce(&mut self, attempt: i32, number: i32) {
        (self.number, self.stored) = (number, false);
        self.rows.insert((attempt, number), Place::Free);
    }

    /// The job has ended in the queue.
    pub(super) fn withdraw(&mut self) {
        self.rows.clear();
    }

    /// Whether there is one way, and one only, on which a trainer hears of the attempt.
    pub(super) fn is_on_its_way(&self, attempt: i32) -> bool {
        self.rows.contains_key(&(attempt, self.number)) != self.stored
    }

    fn is(&self, attempt: i32, number: i32, of: &Modelled) -> bool {
        (attempt, number) == (of.job.attempt, self.number)
    }
}

/// Whoever publishes announcements and looks for lost ones.
#[derive(Default)]
pub(super) struct Relay {
    held: Vec<OutboxRow>,
    seen: Vec<Undelivered>,
    /// How often something was published, given back and announced again.
    pub(super) done: [usize; 3],
}

impl Relay {
    /// Does one of its things.
    pub(super) async fn command(
        &mut self,
        stage: &Stage,
        jobs: &mut [Modelled],
        random: &mut Random,
    ) -> &'static str {
        match random.below(4) {
            0 => self.lease(stage, jobs).await,
            1 => self.publish(stage, jobs).await,
            2 => self.give_back(stage, jobs).await,
            _ => self.announce_again(stage, jobs, random).await,
        }
    }

    async fn lease(&mut self, stage: &Stage, jobs: &mut [Modelled]) -> &'static str {
        let rows = stage.app.lease_outbox(RELAY, LONG, 3).await.unwrap();
        for row in &rows {
            if let Some(job) = find(jobs, row.job) {
                let before = job.announced.rows.insert(place(row), Place::Leased);
                assert_eq!(before, Some(Place::Free), "{row:?}");
            }
        }
        self.held.extend(rows);
        "the relay leases rows"
    }

    async fn publish(&mut self, stage: &Stage, jobs: &mut [Modelled]) -> &'static str {
        if let Some(row) = self.held.pop() {
            self.done[0] += 1;
            let seq = self.done[0] as u64;
            let mine = stage.app.published(RELAY, &row, seq, "stream").await.unwrap();
            if let Some(job) = find(jobs, row.job) {
                assert_eq!(mine, job.announced.rows.remove(&place(&row)).is_some());
                job.announced.stored |= job.announced.is(row.attempt, row.dispatch_no, job);
            }
        }
        "the relay publishes a row"
    }

    async fn give_back(&mut self, stage: &Stage, jobs: &mut [Modelled]) -> &'static str {
        if let Some(row) = self.held.pop() {
            self.done[1] += 1;
            let at_once = Duration::ZERO;
            stage.app.not_published(RELAY, &row, at_once).await.unwrap();
            if let Some(held) = find(jobs, row.job).and_then(|job| job.announced.rows.get_mut(&place(&row))) {
                *held = Place::Free;
            }
        }
        "the relay gives a row back"
    }

    async fn announce_again(
        &mut self,
        stage: &Stage,
        jobs: &mut [Modelled],
        random: &mut Random,
    ) -> &'static str {
        let now = stage.app.undelivered(ALL).await.unwrap();
        let seen = match random.below(2) {
            0 => now,
            _ => std::mem::replace(&mut self.seen, now),
        };
        let again = stage.app.announce_again(seen.clone()).await.unwrap();
        for lost in seen {
            let Some(job) = find(jobs, lost.job) else { continue };
            let still =
                job.job.state == State::Queued && job.announced.is(lost.attempt, lost.dispatch_no, job);
            assert_eq!(again.contains(&lost), still, "{lost:?}");
            if still {
                self.done[2] += 1;
                job.announced.announce(lost.attempt, lost.dispatch_no + 1);
            }
        }
        "lost attempts are announced again"
    }
}

/// Every queued job has one announcement on its way; outbox and stored messages are those that the model knows.
pub(super) async fn compare(stage: &Stage, jobs: &[Modelled]) {
    let at_once = Duration::ZERO;
    let free = stage.app.lease_outbox(ONLOOKER, at_once, ALL).await.unwrap();
    let stored = stage.app.undelivered(ALL).await.unwrap();
    for job in jobs {
        let queued = job.job.state == State::Queued;
        let announced = &job.announced;
        assert!(
            !queued || announced.is_on_its_way(job.job.attempt),
            "{announced:?}"
        );
        let mine = free.iter().filter(|row| row.job == job.id).map(place);
        let known = announced.rows.iter().filter(|(_, row)| **row == Place::Free);
        let known: BTreeSet<_> = known.map(|(place, _)| *place).collect();
        assert_eq!(mine.collect::<BTreeSet<_>>(), known, "{announced:?}");
        let found = stored.iter().any(|lost| lost.job == job.id);
        assert_eq!(found, queued && announced.stored, "{announced:?}");
    }
}

fn find(jobs: &mut [Modelled], id: JobId) -> Option<&mut Modelled> {
    jobs.iter_mut().find(|job| job.id == id)
}

fn place(row: &OutboxRow) -> (i32, i32) {
    (row.attempt, row.dispatch_no)
}
