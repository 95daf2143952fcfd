//! The trainers: they take a message, claim under a lease of their own choosing, acknowledge, run, and report until
//! they are told that the report has arrived or that they are fenced.

use domain::job::{State, machine::BeatAnswer};

use crate::{
    database::Cause,
    row::{Fence, TTL},
    rules::{Fault, Rules},
    steps::Steps,
    world::{Checked, Doing, Telling, Told, Trainer, World},
};

impl Trainer {
    /// Whether it works on an attempt and has missed no beat.
    pub(crate) fn is_well(&self) -> bool {
        self.believes() && !self.paused && !self.late
    }

    /// Hears what became of its claim.
    pub(crate) fn hear_claim(&mut self, granted: bool) {
        match (self.doing, granted) {
            (Doing::Claiming, true) => self.doing = Doing::Running,
            (Doing::Claiming, false) => self.forget(),
            (Doing::Nothing | Doing::Running | Doing::Reporting(_), _) => {}
        }
    }
}

impl World {
    /// A trainer hears where it stands.
    pub(crate) fn hear_beat(&mut self, fence: Fence, answer: BeatAnswer) -> Checked {
        let Some(trainer) = self.listener(fence) else {
            return Ok(());
        };
        trainer.late = false;
        match (answer, trainer.doing) {
            (_, Doing::Nothing | Doing::Claiming)
            | (BeatAnswer::Ok, _)
            | (BeatAnswer::CancelRequested, Doing::Reporting(Told::Stopped)) => Ok(()),
            (BeatAnswer::CancelRequested, Doing::Running | Doing::Reporting(_)) => {
                trainer.doing = Doing::Reporting(Told::Stopped);
                self.remove_files(fence)
            }
            (BeatAnswer::Done, Doing::Running | Doing::Reporting(_)) => {
                trainer.forget();
                Ok(())
            }
            (BeatAnswer::Fenced, Doing::Running | Doing::Reporting(_)) => {
                trainer.forget();
                self.remove_files(fence)
            }
        }
    }
}

impl Rules {
    /// Whether time stands still until a trainer has beaten: one that is well never lets its lease run out.
    pub(crate) fn must_beat_first(&self, world: &World) -> bool {
        let row = &world.row;
        let mut trainers = world.trainers.iter();
        world.link.up
            && row.is_held()
            && row.lease_left <= 1
            && trainers.any(|trainer| trainer.fence == row.fence() && trainer.believes() && !trainer.paused)
    }
}

/// What each trainer does, and what befalls it.
pub(crate) fn steps(rules: &Rules, steps: &mut Steps<'_>) {
    let world = steps.world;
    let nobody_paused = world.trainers.iter().all(|trainer| !trainer.paused);
    for (t, trainer) in world.trainers.iter().enumerate() {
        if *trainer != Trainer::IDLE {
            steps.fault(Fault::Crash, "a trainer crashes", |world| {
                world.trainers[t] = Trainer::IDLE;
                Ok(())
            });
        }
        if trainer.paused {
            steps.free("a trainer continues", |world| {
                world.trainers[t].paused = false;
                Ok(())
            });
            continue;
        }
        if *trainer != Trainer::IDLE && nobody_paused {
            steps.fault(Fault::Pause, "a trainer stands still", |world| {
                let trainer = &mut world.trainers[t];
                (trainer.paused, trainer.late) = (true, trainer.believes());
                Ok(())
            });
        }
        match (trainer.doing, trainer.message) {
            (Doing::Nothing, None) => take(steps, t),
            (Doing::Nothing | Doing::Running, Some(at)) => acknowledge(steps, t, at),
            (Doing::Claiming, at) => claim(rules, steps, t, at),
            (Doing::Running, None) => run(rules, steps, t),
            (Doing::Reporting(what), _) => {
                tell(steps, "a trainer reports", trainer.fence, what);
                beat(rules, steps, trainer.fence);
            }
        }
    }
}

fn take(steps: &mut Steps<'_>, t: usize) {
    let world = steps.world;
    if !world.link.up {
        return;
    }
    for (i, message) in world.queue.messages.iter().enumerate() {
        if message.out || message.doorbell.attempt == 0 {
            continue;
        }
        steps.fair("a trainer takes a message", |world| {
            let lease = world.fresh_lease();
            let queue = &mut world.queue;
            queue.messages[i].out = true;
            world.trainers[t] = Trainer {
                doing: Doing::Claiming,
                fence: Fence {
                    attempt: message.doorbell.attempt,
                    lease,
                },
                message: Some((queue.incarnation, message.seq)),
                ..Trainer::IDLE
            };
            Ok(())
        });
    }
}

fn claim(rules: &Rules, steps: &mut Steps<'_>, t: usize, at: Option<(u8, u8)>) {
    let world = steps.world;
    let cause = Cause::Claim(world.trainers[t].fence);
    let asked = world.open.iter().any(|open| open.cause() == Some(cause));
    if !world.link.up {
        return;
    }
    if rules.may_begin(world) {
        if asked {
            let step = "a trainer claims before it hears of its first claim";
            steps.fault(Fault::Again, step, |world| rules.begin(world, cause, true));
        } else {
            steps.fair("a trainer claims", |world| rules.begin(world, cause, true));
        }
    }
    steps.fault(
        Fault::Lost,
        "a trainer gives a message back unanswered",
        |world| {
            world.trainers[t] = Trainer::IDLE;
            if let Some(at) = at {
                world.queue.give_back(at);
            }
            Ok(())
        },
    );
}

fn acknowledge(steps: &mut Steps<'_>, t: usize, at: (u8, u8)) {
    steps.fair("a trainer acknowledges a message", |world| {
        world.trainers[t].message = None;
        if world.link.up {
            world.queue.acknowledge(at);
        }
        Ok(())
    });
    steps.fault(Fault::Lost, "an acknowledgement is lost", |world| {
        world.trainers[t].message = None;
        Ok(())
    });
}

fn run(rules: &Rules, steps: &mut Steps<'_>, t: usize) {
    let trainer = steps.world.trainers[t];
    if rules.setting.progress && !trainer.told_progress {
        steps.fair("a trainer tells progress", |world| {
            world.trainers[t].told_progress = true;
            if world.link.up {
                world.tell(trainer.fence, Told::Progress);
            }
            Ok(())
        });
    }
    let end = move |what: Told| {
        move |world: &mut World| {
            world.trainers[t].doing = Doing::Reporting(what);
            match what {
                Told::Success => Ok(()),
                Told::Crash | Told::Invalid | Told::Stopped | Told::Progress => {
                    world.remove_files(trainer.fence)
                }
            }
        }
    };
    steps.fair("an attempt succeeds", end(Told::Success));
    steps.fault(Fault::Child, "a child dies", end(Told::Crash));
    steps.fault(Fault::Invalid, "the data cannot be used", end(Told::Invalid));
    steps.fault(Fault::Release, "a trainer gives its job back", end(Told::Stopped));
    beat(rules, steps, trainer.fence);
}

/// A beat, unless it would change nothing.
fn beat(rules: &Rules, steps: &mut Steps<'_>, fence: Fence) {
    let world = steps.world;
    let (row, cause) = (&world.row, Cause::Beat(fence));
    let idle = row.state == State::Running && row.fence() == fence && row.lease_left == TTL;
    let asked = world.open.iter().any(|open| open.cause() == Some(cause));
    if !idle && !asked && world.link.up && rules.may_begin(world) {
        steps.fair("a trainer beats", |world| rules.begin(world, cause, true));
    }
}

fn tell(steps: &mut Steps<'_>, step: &'static str, fence: Fence, what: Told) {
    let known = steps.world.told.contains(&Telling { fence, what });
    if steps.world.link.up && !known {
        steps.fair(step, |world| {
            world.tell(fence, what);
            Ok(())
        });
    }
}

impl World {
    /// Stores what a trainer tells. The stream knows its id, so there is one of it.
    fn tell(&mut self, fence: Fence, what: Told) {
        let telling = Telling { fence, what };
        if !self.told.contains(&telling) {
            self.told.push(telling);
        }
    }
}
