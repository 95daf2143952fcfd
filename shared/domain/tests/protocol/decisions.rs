//! What is decided when a transaction has read: always by the state machine itself, which a mutant may be lied to.

use domain::job::{
    Failure, FailureKind, State,
    machine::{self, Action, Event, Rejected},
};

use crate::{
    database::{Cause, Decided},
    row::{self, Fence, Row},
    rules::{Mutant, Rules},
    world::{Telling, Told, World},
};

impl Rules {
    pub(crate) fn decide(&self, world: &World, cause: Cause) -> Result<Decided, Rejected> {
        let row = &world.row;
        let mut job = row.job(&self.policy);
        let event = match cause {
            Cause::Start => Event::Start,
            Cause::Claim(fence) => {
                if self.lack(Mutant::ClaimOfAnyLease) && job.state == State::Running {
                    job.state = State::Queued;
                }
                Event::Claim {
                    attempt: fence.attempt.into(),
                    lease: row::lease_id(fence.lease),
                    trainer: row::trainer(),
                    ttl: row::ttl(),
                }
            }
            Cause::Beat(fence) => Event::Beat {
                fence: self.believed_beat(row, fence).real(),
                ttl: row::ttl(),
            },
            Cause::Told(telling) if telling.what == Told::Progress => {
                return self.observe(world, telling.fence);
            }
            Cause::Told(telling) => self.report(row, telling),
            Cause::Expired(fence) => Event::LeaseExpired(fence.real()),
            Cause::Deadline => Event::DeadlinePassed,
            Cause::Cancel => Event::Cancel,
        };
        let transition = machine::apply(&job, &event, row::context())?;
        let entry = transition.change.is_some();
        Ok(Decided {
            after: Row::of(&transition.job, row.event_no + u8::from(entry)),
            entry,
            announce: transition.actions.contains(&Action::Announce),
        })
    }

    fn report(&self, row: &Row, telling: Telling) -> Event {
        let fence = if self.lack(Mutant::NoFence) {
            row.fence().real()
        } else {
            telling.fence.real()
        };
        let failed = |kind: FailureKind| Event::AttemptFailed(fence, Failure::new(kind, kind.as_str(), ""));
        match telling.what {
            Told::Success => Event::Succeeded(fence),
            Told::Crash => failed(FailureKind::Crashed),
            Told::Invalid => failed(FailureKind::InvalidData),
            Told::Stopped | Told::Progress => Event::Stopped(fence),
        }
    }

    /// What a trainer observes changes the event number alone, and counts only from who holds the attempt.
    fn observe(&self, world: &World, fence: Fence) -> Result<Decided, Rejected> {
        let mut after = world.row;
        let known = world.history.progress && !self.lack(Mutant::NoSequence);
        if known || !after.is_held() || !machine::holds(&after.job(&self.policy), fence.real()) {
            return Err(Rejected::Stale);
        }
        after.event_no += 1;
        Ok(Decided {
            after,
            entry: true,
            announce: false,
        })
    }

    pub(crate) fn believed_beat(&self, row: &Row, fence: Fence) -> Fence {
        if self.lack(Mutant::BeatOfAnyLease) {
            row.fence()
        } else {
            fence
        }
    }
}
