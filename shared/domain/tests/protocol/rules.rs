//! What is explored, what must never be met, and what can be taken out to show that it is needed.

use domain::job::Policy;

use crate::row::{self, Limits};

/// What the protocol promises not to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Violation {
    /// A job that had ended changed.
    EndedTwice,
    /// The model that was taken is not that of the attempt and lease that held the job.
    ResultOfAnother,
    /// The model that was taken has no files any more.
    ResultWithoutFiles,
    /// Two leases were granted for one attempt.
    TwoLeases,
    /// The attempt did not grow.
    AttemptFell,
    /// An event got a number that was taken, or left one out.
    EventNumber,
    /// What a trainer told once is in the history twice.
    ToldTwice,
    /// Who does not hold the job was told to go on, to stop, or that its report was taken.
    TrustedStranger,
    /// A lease expired whose trainer was well all the time.
    ExpiredAlive,
    /// No steps that can be relied on lead to the end from here.
    Stuck,
}

/// One mechanism of the protocol, taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// A report counts whoever sends it.
    NoFence,
    /// A running attempt is granted to whoever asks for it.
    ClaimOfAnyLease,
    /// A beat counts whoever sends it.
    BeatOfAnyLease,
    /// A commit compares attempt and lease alone.
    CommitWithoutState,
    /// A commit does not compare the event number.
    CommitWithoutEventNo,
    /// A commit does not compare when the lease ends, the one column that changes without an event.
    CommitWithoutLeaseTime,
    /// What a trainer told is not compared with what it told before.
    NoSequence,
    /// Nobody expires leases, looks for messages or keeps deadlines.
    NoSweeper,
    /// Leases expire although their trainers could not have been heard.
    HastySweeper,
    /// A lost message is announced again under the id it had.
    SameMessageId,
    /// A message is proven there by its number in the stream alone.
    ProofByNumber,
    /// The attempt is announced after the commit, by the process that committed.
    AnnouncedAfter,
    /// The attempt is announced before the commit, by the process that is about to commit.
    AnnouncedBefore,
}

/// What can go wrong, and what people and trainers may choose to do; each only so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Fault {
    /// The stream loses everything and begins anew.
    Wipe,
    /// A message is lost that the stream had acknowledged.
    Unsynced,
    /// A message is lost, but its id is still in the duplicate window: it was purged, or taken by a trainer that
    /// cannot use it.
    Purge,
    /// The duplicate window passes.
    Window,
    /// Another job's message takes the next number in the stream.
    Foreign,
    /// NATS is away for a time.
    Outage,
    /// A request, an answer or an acknowledgement is lost.
    Lost,
    /// A message is delivered again although it is being worked on.
    Again,
    /// A trainer dies and comes back without its memory.
    Crash,
    /// A trainer stands still past its lease.
    Pause,
    /// A child dies.
    Child,
    /// An attempt finds data that no attempt can use.
    Invalid,
    /// A trainer shuts down and gives its job back.
    Release,
    /// A relay, or a replica about to publish, dies or is so slow that others take over.
    Relay,
    /// A person cancels.
    Cancel,
}

const FAULTS: usize = Fault::Cancel as usize + 1;

/// How often each fault may still happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Budget([u8; FAULTS]);

impl Budget {
    pub(crate) fn new(faults: &[(Fault, u8)]) -> Self {
        let mut budget = Self([0; FAULTS]);
        for (fault, times) in faults {
            budget.0[*fault as usize] = *times;
        }
        budget
    }

    /// Whether none is left.
    pub(crate) fn is_spent(&self) -> bool {
        self.0.iter().all(|times| *times == 0)
    }

    /// Uses one up, if there is one.
    pub(crate) fn take(mut self, fault: Fault) -> Option<Self> {
        let left = &mut self.0[fault as usize];
        *left = left.checked_sub(1)?;
        Some(self)
    }
}

/// What is explored.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) faults: Vec<(Fault, u8)>,
    pub(crate) max_attempts: i32,
    pub(crate) limits: Limits,
    /// Whether the job is queued at once.
    pub(crate) run: bool,
    /// Whether attempts tell of their progress.
    pub(crate) progress: bool,
    /// Relays at work.
    pub(crate) relays: usize,
    /// Transactions that may have read and not committed, at a time.
    pub(crate) open: usize,
}

impl Setting {
    /// A job of at most two attempts in a world with these faults.
    pub(crate) fn with(faults: &[(Fault, u8)]) -> Self {
        Self {
            faults: faults.to_vec(),
            max_attempts: 2,
            limits: Limits::NONE,
            run: true,
            progress: false,
            relays: 1,
            open: 2,
        }
    }
}

/// The rules that a search plays by.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) setting: Setting,
    pub(crate) policy: Policy,
    mutant: Option<Mutant>,
}

impl Rules {
    pub(crate) fn new(setting: Setting, mutant: Option<Mutant>) -> Self {
        let policy = row::policy(setting.max_attempts, setting.limits);
        Self {
            setting,
            policy,
            mutant,
        }
    }

    /// Whether this is what was taken out.
    pub(crate) fn lack(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }
}
