//! The kinds of faults: what each is called, how often it must happen and how long it lasts. The faults of one kind of
//! part form a type, so that a part is never told to fail in a way that it cannot.

use std::{fmt::Debug, time::Duration};

use super::{random::Random, timing::TTL};

/// The faults of one kind of part.
pub(crate) trait Kind: Copy + Debug + PartialEq + 'static {
    /// Each fault, how often it must happen in 60 seconds, and how often it is planned for them.
    const RATES: &'static [(Self, usize, usize)];

    /// What histories and reports call it.
    fn name(self) -> &'static str;

    /// For how long the part is gone.
    fn lasts(self, random: &mut Random) -> Duration;
}

/// The faults of the nats-server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nats {
    /// It is killed with SIGKILL and started again.
    Killed,
    /// It stands still.
    Stopped,
    /// It is killed and comes back with nothing of what it had stored.
    Wiped,
}

impl Kind for Nats {
    // More wipes are planned than must be: most meet an empty queue where jobs are quick.
    const RATES: &'static [(Self, usize, usize)] =
        &[(Self::Killed, 6, 6), (Self::Stopped, 4, 4), (Self::Wiped, 2, 4)];

    fn name(self) -> &'static str {
        match self {
            Self::Killed => "nats_killed",
            Self::Stopped => "nats_stopped",
            Self::Wiped => "nats_wiped",
        }
    }

    fn lasts(self, random: &mut Random) -> Duration {
        match self {
            Self::Killed => random.seconds(0.1..1.0),
            Self::Stopped => random.seconds(0.5..2.0),
            Self::Wiped => Duration::ZERO,
        }
    }
}

/// The faults of a replica of the job-service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// It is killed with SIGKILL and started again.
    Killed,
    /// It dies between a message's acknowledgement by the stream and the outbox row's deletion.
    DiedPublished,
    /// It dies between an event's commit and the acknowledgement of its message.
    DiedCommitted,
}

impl Kind for Service {
    // More deaths at a point are planned than must be: the program has to get there in time.
    const RATES: &'static [(Self, usize, usize)] = &[
        (Self::Killed, 6, 6),
        (Self::DiedPublished, 2, 3),
        (Self::DiedCommitted, 2, 3),
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Killed => "service_killed",
            Self::DiedPublished => "service_died_published",
            Self::DiedCommitted => "service_died_committed",
        }
    }

    fn lasts(self, random: &mut Random) -> Duration {
        match self {
            Self::Killed | Self::DiedPublished | Self::DiedCommitted => random.seconds(0.0..1.2),
        }
    }
}

/// The faults of a trainer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trainer {
    /// It is killed with SIGKILL and started again.
    Killed,
    /// It stands still for longer than its leases last.
    Stopped,
    /// Its packets vanish, both ways, for longer than its leases last.
    CutOff,
}

impl Kind for Trainer {
    const RATES: &'static [(Self, usize, usize)] =
        &[(Self::Killed, 6, 6), (Self::Stopped, 4, 4), (Self::CutOff, 3, 3)];

    fn name(self) -> &'static str {
        match self {
            Self::Killed => "trainer_killed",
            Self::Stopped => "trainer_stopped",
            Self::CutOff => "trainer_cut_off",
        }
    }

    fn lasts(self, random: &mut Random) -> Duration {
        match self {
            Self::Killed => random.seconds(0.0..2.0),
            Self::Stopped | Self::CutOff => TTL + random.seconds(1.5..4.5),
        }
    }
}

/// The faults of PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    /// It stands still, with all its connections, for longer than leases last.
    Stopped,
    /// It crashes, and recovers.
    Killed,
}

impl Kind for Database {
    const RATES: &'static [(Self, usize, usize)] = &[(Self::Stopped, 1, 1), (Self::Killed, 1, 1)];

    fn name(self) -> &'static str {
        match self {
            Self::Stopped => "database_stopped",
            Self::Killed => "database_killed",
        }
    }

    fn lasts(self, random: &mut Random) -> Duration {
        match self {
            Self::Stopped => TTL + random.seconds(0.5..2.0),
            Self::Killed => random.seconds(0.1..1.0),
        }
    }
}
