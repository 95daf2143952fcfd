//! Everything there is besides the rules: the database, NATS, the trainers, and what each of them has in mind. A
//! world is what the search compares, so nothing in it tells apart what nobody could.

use domain::job::State;

use crate::{
    database::Open,
    nats::Queue,
    row::{Fence, Row},
    rules::{Budget, Rules, Violation},
};

/// A world, or why it must not be.
pub(crate) type Checked = Result<(), Violation>;

/// One moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) row: Row,
    pub(crate) dispatch: Dispatch,
    pub(crate) outbox: Vec<OutboxRow>,
    /// Transactions that have read and will commit.
    pub(crate) open: Vec<Open>,
    pub(crate) history: History,
    pub(crate) relays: Vec<Relay>,
    pub(crate) queue: Queue,
    /// The stream of what trainers tell: what the appliers have not acknowledged.
    pub(crate) told: Vec<Telling>,
    pub(crate) link: Link,
    pub(crate) trainers: [Trainer; 2],
    pub(crate) left: Budget,
}

/// The columns that tell where the announcement lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Dispatch {
    pub(crate) no: u8,
    /// Incarnation and number.
    pub(crate) stored: Option<(u8, u8)>,
}

/// An announcement's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Doorbell {
    pub(crate) attempt: u8,
    pub(crate) no: u8,
}

/// An announcement to be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct OutboxRow {
    pub(crate) doorbell: Doorbell,
    /// Until it is due.
    pub(crate) wait: u8,
    /// The relay that has leased it, from 0.
    pub(crate) leased: Option<u8>,
}

/// What a relay has in mind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Relay {
    /// Nothing.
    Idle,
    /// It read the stream's incarnation, then leased a row.
    Leased { doorbell: Doorbell, incarnation: u8 },
    /// It published the row, as this number.
    Published {
        doorbell: Doorbell,
        incarnation: u8,
        seq: u8,
    },
}

/// What the invariants need to know of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct History {
    /// Entries in the job's history.
    pub(crate) events: u8,
    /// The lease granted for the row's attempt; 0 for none.
    pub(crate) granted: u8,
    /// Whether progress of that lease is in the history.
    pub(crate) progress: bool,
    /// The leases whose files are gone, a bit each.
    pub(crate) removed: u16,
}

/// The connection of everybody to NATS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Link {
    pub(crate) up: bool,
    /// For how many ticks it has been, at most one TTL.
    pub(crate) since: u8,
}

/// What a trainer told of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Telling {
    pub(crate) fence: Fence,
    pub(crate) what: Told,
}

/// What there is to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Told {
    Progress,
    Success,
    Crash,
    Invalid,
    Stopped,
}

/// A trainer with one slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Trainer {
    pub(crate) doing: Doing,
    /// What it claims or holds.
    pub(crate) fence: Fence,
    /// The message it has not acknowledged: incarnation and number.
    pub(crate) message: Option<(u8, u8)>,
    pub(crate) paused: bool,
    /// Whether it was, and has not been heard of since.
    pub(crate) late: bool,
    pub(crate) told_progress: bool,
}

/// What a trainer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Doing {
    Nothing,
    Claiming,
    Running,
    Reporting(Told),
}

impl Relay {
    /// The announcement it is at work on.
    pub(crate) fn doorbell(&self) -> Option<Doorbell> {
        match self {
            Relay::Idle => None,
            Relay::Leased { doorbell, .. } | Relay::Published { doorbell, .. } => Some(*doorbell),
        }
    }
}

impl Trainer {
    /// With nothing to do.
    pub(crate) const IDLE: Trainer = Trainer {
        doing: Doing::Nothing,
        fence: Fence { attempt: 0, lease: 0 },
        message: None,
        paused: false,
        late: false,
        told_progress: false,
    };

    /// Whether it believes that it holds an attempt.
    pub(crate) fn believes(&self) -> bool {
        match self.doing {
            Doing::Nothing | Doing::Claiming => false,
            Doing::Running | Doing::Reporting(_) => true,
        }
    }

    /// Forgets its attempt.
    pub(crate) fn forget(&mut self) {
        *self = Trainer {
            message: self.message,
            paused: self.paused,
            ..Trainer::IDLE
        };
    }
}

impl World {
    /// The moment after the job was submitted.
    pub(crate) fn first(rules: &Rules) -> Self {
        let setting = &rules.setting;
        let mut world = Self {
            row: Row::submitted(&rules.policy, setting.run),
            dispatch: Dispatch { no: 1, stored: None },
            outbox: Vec::new(),
            open: Vec::new(),
            history: History {
                events: 1,
                granted: 0,
                progress: false,
                removed: 0,
            },
            relays: vec![Relay::Idle; setting.relays],
            queue: Queue::empty(),
            told: Vec::new(),
            link: Link {
                up: true,
                since: crate::row::TTL,
            },
            trainers: [Trainer::IDLE; 2],
            left: Budget::new(&setting.faults),
        };
        if setting.run {
            rules.announce_early(&mut world, 1);
            rules.announce(&mut world);
        }
        world
    }

    /// Whether nothing is left to do: the job has ended and nobody has anything more to say about it. A trainer that
    /// stands still does not have to come back.
    pub(crate) fn has_ended(&self) -> bool {
        let at_rest = |trainer: &Trainer| trainer.paused || *trainer == Trainer::IDLE;
        self.row.state.is_terminal()
            && self.outbox.is_empty()
            && self.open.is_empty()
            && self.told.is_empty()
            && self.queue.is_empty()
            && self.relays.iter().all(|relay| *relay == Relay::Idle)
            && self.trainers.iter().all(at_rest)
    }

    /// The trainer that holds or claims under `fence`, unless it stands still.
    pub(crate) fn listener(&mut self, fence: Fence) -> Option<&mut Trainer> {
        let mut trainers = self.trainers.iter_mut();
        trainers.find(|trainer| trainer.fence == fence && !trainer.paused)
    }

    /// A lease id that nothing knows of.
    pub(crate) fn fresh_lease(&self) -> u8 {
        (1..u8::MAX).find(|lease| !self.knows(*lease)).unwrap()
    }

    /// Removes the files of a lease.
    pub(crate) fn remove_files(&mut self, fence: Fence) -> Checked {
        if self.row.state == State::Succeeded && self.row.fence() == fence {
            return Err(Violation::ResultWithoutFiles);
        }
        self.history.removed |= 1 << fence.lease;
        Ok(())
    }

    fn knows(&self, lease: u8) -> bool {
        self.row.lease == lease
            || self.history.granted == lease
            || self.trainers.iter().any(|trainer| trainer.fence.lease == lease)
            || self.told.iter().any(|telling| telling.fence.lease == lease)
            || self.open.iter().any(|open| open.knows(lease))
    }

    /// Brings what has no order into one, and forgets what nobody can ask for.
    pub(crate) fn canonical(&mut self) {
        self.outbox.sort_unstable();
        self.open.sort_unstable();
        self.told.sort_unstable();
        self.trainers.sort_unstable();
        if self.history.removed != 0 {
            let known = (0..16).filter(|lease| self.knows(*lease));
            let known = known.fold(0, |bits, lease| bits | 1 << lease);
            self.history.removed &= known;
        }
        let current = Doorbell {
            attempt: self.row.attempt,
            no: self.dispatch.no,
        };
        let (outbox, relays) = (&self.outbox, &self.relays);
        self.queue.forget_window(|doorbell| {
            doorbell != current
                && outbox.iter().all(|row| row.doorbell != doorbell)
                && relays.iter().all(|relay| relay.doorbell() != Some(doorbell))
        });
    }
}
