//! The database: transactions that read and decide, and later commit if what they read still stands. Between the two
//! anything can happen, which is more than row locks would allow, so that it is the comparison that must hold.

use domain::job::{
    State,
    machine::{self, BeatAnswer},
};

use crate::{
    row::{Fence, Row},
    rules::{Fault, Mutant, Rules, Violation},
    steps::Steps,
    world::{Checked, Dispatch, Doorbell, OutboxRow, Telling, Told, World},
};

/// Why a transition is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Cause {
    Start,
    Claim(Fence),
    Beat(Fence),
    Told(Telling),
    Expired(Fence),
    Deadline,
    Cancel,
}

/// What is under way between a read and its commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Open {
    /// A transition, decided on this row.
    Transition {
        cause: Cause,
        before: Read,
        decided: Decided,
    },
    /// The message of this announcement was proven gone.
    Reannounce(Doorbell),
    /// A process that has committed is about to publish: only where the outbox was taken out.
    Publish(Doorbell),
}

/// What a decision was made on, as far as the commit compares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Read {
    state: State,
    fence: Fence,
    event_no: u8,
    lease_left: u8,
}

/// What will be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Decided {
    pub(crate) after: Row,
    /// Whether it has an entry in the history.
    pub(crate) entry: bool,
    pub(crate) announce: bool,
}

impl Read {
    fn of(row: &Row) -> Self {
        Self {
            state: row.state,
            fence: row.fence(),
            event_no: row.event_no,
            lease_left: row.lease_left,
        }
    }
}

impl Open {
    pub(crate) fn cause(&self) -> Option<Cause> {
        match self {
            Open::Transition { cause, .. } => Some(*cause),
            Open::Reannounce(_) | Open::Publish(_) => None,
        }
    }

    pub(crate) fn knows(&self, lease: u8) -> bool {
        match self {
            Open::Transition { cause, decided, .. } => {
                decided.after.lease == lease || cause.fence().is_some_and(|fence| fence.lease == lease)
            }
            Open::Reannounce(_) | Open::Publish(_) => false,
        }
    }
}

impl Cause {
    fn fence(&self) -> Option<Fence> {
        match self {
            Cause::Claim(fence) | Cause::Beat(fence) | Cause::Expired(fence) => Some(*fence),
            Cause::Told(telling) => Some(telling.fence),
            Cause::Start | Cause::Deadline | Cause::Cancel => None,
        }
    }

    /// Whether somebody waits to hear what became of it.
    fn is_answered(&self) -> bool {
        match self {
            Cause::Claim(_) | Cause::Beat(_) | Cause::Told(_) => true,
            Cause::Start | Cause::Expired(_) | Cause::Deadline | Cause::Cancel => false,
        }
    }
}

/// The commits of what is under way.
pub(crate) fn steps(rules: &Rules, steps: &mut Steps<'_>) {
    for (i, open) in steps.world.open.iter().enumerate() {
        match open {
            Open::Transition { cause, .. } => {
                steps.fair("a transition is committed", |world| rules.commit(world, i, true));
                if cause.is_answered() {
                    let step = "a transition is committed and its answer lost";
                    steps.fault(Fault::Lost, step, |world| rules.commit(world, i, false));
                }
            }
            Open::Reannounce(_) => steps.fair("an announcement is renewed", |world| {
                rules.reannounce(world, i);
                Ok(())
            }),
            Open::Publish(doorbell) => {
                steps.fair("a message is published after the commit", |world| {
                    world.queue.publish(*doorbell);
                    world.open.remove(i);
                    Ok(())
                });
                steps.fault(Fault::Relay, "a process dies before it publishes", |world| {
                    world.open.remove(i);
                    Ok(())
                });
            }
        }
    }
}

impl Rules {
    /// Reads and decides. What is rejected is over at once; `heard` tells whether the answer arrives.
    pub(crate) fn begin(&self, world: &mut World, cause: Cause, heard: bool) -> Checked {
        match self.decide(world, cause) {
            Ok(decided) => {
                if decided.announce {
                    self.announce_early(world, decided.after.attempt);
                }
                world.open.push(Open::Transition {
                    cause,
                    before: Read::of(&world.row),
                    decided,
                });
                Ok(())
            }
            Err(_) => self.answer(world, cause, false, heard),
        }
    }

    /// Whether another transaction may begin.
    pub(crate) fn may_begin(&self, world: &World) -> bool {
        world.open.len() < self.setting.open
    }

    fn commit(&self, world: &mut World, i: usize, heard: bool) -> Checked {
        let Open::Transition {
            cause,
            before,
            decided,
        } = world.open.remove(i)
        else {
            return Ok(());
        };
        if !self.still_stands(before, Read::of(&world.row)) {
            return self.begin(world, cause, heard);
        }
        self.check(world, cause, &decided)?;
        let (row, after) = (world.row, decided.after);
        world.row = after;
        if decided.entry {
            world.history.events += 1;
        }
        if row.state == State::Queued && after.state.is_terminal() {
            world.outbox.clear();
        }
        if decided.announce {
            self.announce(world);
        }
        self.answer(world, cause, true, heard)
    }

    fn still_stands(&self, read: Read, now: Read) -> bool {
        let same_fence = read.fence == now.fence;
        let same_state = read.state == now.state || self.lack(Mutant::CommitWithoutState);
        let same_number = read.event_no == now.event_no
            || self.lack(Mutant::CommitWithoutState)
            || self.lack(Mutant::CommitWithoutEventNo);
        let same_time = read.lease_left == now.lease_left
            || self.lack(Mutant::CommitWithoutState)
            || self.lack(Mutant::CommitWithoutLeaseTime);
        same_fence && same_state && same_number && same_time
    }

    /// Tells whoever asked what became of it.
    fn answer(&self, world: &mut World, cause: Cause, done: bool, heard: bool) -> Checked {
        let heard = heard && world.link.up;
        match cause {
            Cause::Claim(fence) => {
                if heard && let Some(trainer) = world.listener(fence) {
                    trainer.hear_claim(done);
                }
                Ok(())
            }
            Cause::Beat(fence) => self.answer_beat(world, fence, heard),
            Cause::Told(telling) => {
                if heard {
                    world.told.retain(|known| *known != telling);
                }
                let taken = world.row.state == State::Succeeded && world.row.fence() == telling.fence;
                if telling.what == Told::Success && !taken {
                    world.remove_files(telling.fence)?;
                }
                Ok(())
            }
            Cause::Start | Cause::Expired(_) | Cause::Deadline | Cause::Cancel => Ok(()),
        }
    }

    fn answer_beat(&self, world: &mut World, fence: Fence, heard: bool) -> Checked {
        let job = world.row.job(&self.policy);
        let answer = machine::beat_answer(&job, self.believed_beat(&world.row, fence).real());
        if answer != BeatAnswer::Fenced && fence != world.row.fence() {
            return Err(Violation::TrustedStranger);
        }
        if heard {
            return world.hear_beat(fence, answer);
        }
        Ok(())
    }

    /// Has the row's attempt announced.
    pub(crate) fn announce(&self, world: &mut World) {
        let doorbell = Doorbell {
            attempt: world.row.attempt,
            no: 1,
        };
        world.dispatch = Dispatch { no: 1, stored: None };
        if self.lack(Mutant::AnnouncedAfter) {
            world.open.push(Open::Publish(doorbell));
        } else if !self.lack(Mutant::AnnouncedBefore) {
            world.outbox.push(OutboxRow {
                doorbell,
                wait: world.row.wait,
                leased: None,
            });
        }
    }

    /// Where the outbox was taken out so, publishes before the commit.
    pub(crate) fn announce_early(&self, world: &mut World, attempt: u8) {
        if self.lack(Mutant::AnnouncedBefore) {
            world.queue.publish(Doorbell { attempt, no: 1 });
        }
    }

    /// Announces once more what was proven gone, unless the job has moved on.
    fn reannounce(&self, world: &mut World, i: usize) {
        let Open::Reannounce(gone) = world.open.remove(i) else {
            return;
        };
        let row = &world.row;
        if row.state != State::Queued || row.attempt != gone.attempt || world.dispatch.no != gone.no {
            return;
        }
        let fresh = if self.lack(Mutant::SameMessageId) { 0 } else { 1 };
        let no = gone.no + fresh;
        world.dispatch = Dispatch { no, stored: None };
        world.outbox.push(OutboxRow {
            doorbell: Doorbell { no, ..gone },
            wait: row.wait,
            leased: None,
        });
    }
}
