//! Which fault happens when, to what, and for how long: drawn from the seed before anything starts. Faults of one part
//! follow each other; those of different parts overlap as chance has it.

use std::{collections::BTreeMap, time::Duration};

use super::{
    fault::{self, Kind},
    random::Random,
};
use crate::Database;

/// A fault that is to happen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Planned<K> {
    /// When, from the beginning of the run.
    pub(crate) at: Duration,
    /// What.
    pub(crate) fault: K,
    /// For how long.
    pub(crate) lasts: Duration,
    /// For a death at a point in the program: at which time of getting there.
    pub(crate) times: usize,
}

/// The faults of one part, in order.
pub(crate) type Lane<K> = Vec<Planned<K>>;

/// The faults of a run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Schedule {
    /// Those of the nats-server.
    pub(crate) nats: Lane<fault::Nats>,
    /// Those of each replica.
    pub(crate) replicas: Vec<Lane<fault::Service>>,
    /// Those of each trainer.
    pub(crate) trainers: Vec<Lane<fault::Trainer>>,
    /// Those of PostgreSQL.
    pub(crate) database: Lane<fault::Database>,
}

impl Schedule {
    /// Draws the faults of a run of `seconds`.
    #[must_use]
    pub(crate) fn draw(
        seed: u64,
        database: Database,
        replicas: usize,
        trainers: usize,
        seconds: u64,
    ) -> Self {
        let mut random = Random::new(seed, "faults");
        Self {
            nats: deal(1, seconds, &mut random).concat(),
            replicas: deal(replicas, seconds, &mut random),
            trainers: deal(trainers, seconds, &mut random),
            database: match database {
                Database::Sqlite => Lane::new(),
                Database::Postgres => deal(1, seconds, &mut random).concat(),
            },
        }
    }
}

/// The least number of each fault in a run of `seconds`.
#[must_use]
pub(crate) fn least(database: Database, seconds: u64) -> BTreeMap<&'static str, usize> {
    let mut least = BTreeMap::new();
    add_least::<fault::Nats>(&mut least, seconds);
    add_least::<fault::Service>(&mut least, seconds);
    add_least::<fault::Trainer>(&mut least, seconds);
    match database {
        Database::Sqlite => {}
        Database::Postgres => add_least::<fault::Database>(&mut least, seconds),
    }
    least
}

fn add_least<K: Kind>(to: &mut BTreeMap<&'static str, usize>, seconds: u64) {
    to.extend(
        K::RATES
            .iter()
            .map(|(kind, least, _)| (kind.name(), scaled(*least, seconds))),
    );
}

/// What is `rate` in 60 seconds, in `seconds` of them.
pub(crate) fn scaled(rate: usize, seconds: u64) -> usize {
    (rate * usize::try_from(seconds).unwrap_or(0)).div_ceil(60)
}

/// Deals the faults of one kind of part out to the parts of that kind.
fn deal<K: Kind>(parts: usize, seconds: u64, random: &mut Random) -> Vec<Lane<K>> {
    let planned = K::RATES
        .iter()
        .flat_map(|(kind, _, planned)| vec![*kind; scaled(*planned, seconds)]);
    let mut faults: Vec<K> = planned.collect();
    random.shuffle(&mut faults);
    let mut lane = |part: usize| {
        let faults: Vec<K> = faults.iter().skip(part).step_by(parts).copied().collect();
        spread(&faults, seconds, random)
    };
    (0..parts).map(&mut lane).collect()
}

/// Gives each fault a stretch of the run of its own, and a place in it where it ends before the next begins.
fn spread<K: Kind>(faults: &[K], seconds: u64, random: &mut Random) -> Lane<K> {
    let stretch = seconds as f64 / faults.len().max(1) as f64;
    let mut place = |(i, fault): (usize, &K)| {
        let lasts = fault.lasts(random);
        let room = (stretch - lasts.as_secs_f64()).max(0.0);
        Planned {
            at: Duration::from_secs_f64(stretch * i as f64) + random.seconds(0.0..room),
            fault: *fault,
            lasts,
            times: 1 + random.below(4),
        }
    };
    faults.iter().enumerate().map(&mut place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chaos::timing::TTL;

    fn count<K: Kind>(lanes: &[Lane<K>], found: &mut BTreeMap<&'static str, usize>) {
        for planned in lanes.iter().flatten() {
            *found.entry(planned.fault.name()).or_default() += 1;
        }
    }

    #[test]
    fn a_seed_names_one_schedule() {
        let draw = |seed| Schedule::draw(seed, Database::Postgres, 2, 3, 60);
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn every_fault_is_planned_at_least_as_often_as_it_must_happen() {
        for (database, seconds) in [
            (Database::Sqlite, 60),
            (Database::Postgres, 90),
            (Database::Postgres, 300),
        ] {
            let schedule = Schedule::draw(5, database, 2, 3, seconds);
            let mut found = BTreeMap::new();
            count(&[schedule.nats], &mut found);
            count(&schedule.replicas, &mut found);
            count(&schedule.trainers, &mut found);
            count(&[schedule.database], &mut found);
            let least = least(database, seconds);
            assert_eq!(found.len(), least.len());
            for (fault, least) in least {
                assert!(found[fault] >= least, "{fault}: {} of {least}", found[fault]);
            }
        }
    }

    fn ends_before_the_next_begins<K: Kind>(lane: &Lane<K>) {
        for pair in lane.windows(2) {
            assert!(pair[0].at + pair[0].lasts <= pair[1].at, "{pair:?}");
        }
        let last = lane.last().expect("a fault");
        assert!(last.at + last.lasts <= Duration::from_secs(60), "{last:?}");
    }

    #[test]
    fn faults_of_a_part_follow_each_other_within_the_run() {
        for seed in 0..50 {
            let schedule = Schedule::draw(seed, Database::Postgres, 1, 3, 60);
            ends_before_the_next_begins(&schedule.nats);
            ends_before_the_next_begins(&schedule.database);
            schedule.replicas.iter().for_each(ends_before_the_next_begins);
            schedule.trainers.iter().for_each(ends_before_the_next_begins);
        }
    }

    #[test]
    fn a_trainer_is_away_for_longer_than_its_lease_lasts() {
        let schedule = Schedule::draw(3, Database::Sqlite, 1, 3, 600);
        let away = schedule
            .trainers
            .iter()
            .flatten()
            .filter(|planned| planned.fault != fault::Trainer::Killed);
        assert_eq!(away.clone().count(), 70);
        assert!(away.into_iter().all(|planned| planned.lasts > TTL));
    }
}
