//! The job-service besides its transactions: relays, appliers, the sweeper, and the people who call it.

use domain::job::State;

use crate::{
    database::{Cause, Open},
    row::TTL,
    rules::{Fault, Mutant, Rules},
    steps::Steps,
    world::{Dispatch, Doorbell, Relay, World},
};

/// What the job-service does, and what befalls it.
pub(crate) fn steps(rules: &Rules, steps: &mut Steps<'_>) {
    relays(steps);
    if !rules.may_begin(steps.world) {
        return;
    }
    appliers(rules, steps);
    if !rules.lack(Mutant::NoSweeper) {
        sweeper(rules, steps);
    }
    let is_open = |cause| steps.world.open.iter().any(|open| open.cause() == Some(cause));
    if steps.world.row.state == State::Created && !is_open(Cause::Start) {
        steps.fair("a person starts the job", |world| {
            rules.begin(world, Cause::Start, true)
        });
    }
    steps.fault(Fault::Cancel, "a person cancels", |world| {
        rules.begin(world, Cause::Cancel, true)
    });
}

fn relays(steps: &mut Steps<'_>) {
    let world = steps.world;
    for (r, relay) in world.relays.iter().enumerate() {
        match *relay {
            Relay::Idle => lease(steps, r),
            Relay::Leased {
                doorbell,
                incarnation,
            } => publish(steps, r, doorbell, incarnation),
            Relay::Published {
                doorbell,
                incarnation,
                seq,
            } => steps.fair("a relay notes what it published", |world| {
                world.noted(r, doorbell, (incarnation, seq));
                Ok(())
            }),
        }
        if *relay != Relay::Idle {
            steps.fault(Fault::Relay, "a relay crashes", |world| {
                world.relays[r] = Relay::Idle;
                Ok(())
            });
        }
    }
    for (i, row) in world.outbox.iter().enumerate() {
        let Some(owner) = row.leased else { continue };
        let free = move |world: &mut World| {
            world.outbox[i].leased = None;
            Ok(())
        };
        if world.relays[usize::from(owner)].doorbell() == Some(row.doorbell) {
            steps.fault(Fault::Relay, "a relay is slower than its lease", free);
        } else {
            steps.fair("a relay's lease ends", free);
        }
    }
}

fn lease(steps: &mut Steps<'_>, r: usize) {
    let world = steps.world;
    for (i, row) in world.outbox.iter().enumerate() {
        if row.leased.is_none() && row.wait == 0 && world.link.up {
            steps.fair("a relay leases a row", |world| {
                world.outbox[i].leased = u8::try_from(r).ok();
                world.relays[r] = Relay::Leased {
                    doorbell: row.doorbell,
                    incarnation: world.queue.incarnation,
                };
                Ok(())
            });
        }
    }
}

fn publish(steps: &mut Steps<'_>, r: usize, doorbell: Doorbell, incarnation: u8) {
    if !steps.world.link.up {
        steps.fair("a relay gives a row back", move |world| {
            world.give_back(r, doorbell);
            Ok(())
        });
        return;
    }
    steps.fair("a relay publishes", move |world| {
        let seq = world.queue.publish(doorbell);
        world.relays[r] = Relay::Published {
            doorbell,
            incarnation,
            seq,
        };
        Ok(())
    });
    steps.fault(
        Fault::Lost,
        "a relay publishes and is not told so",
        move |world| {
            world.queue.publish(doorbell);
            world.give_back(r, doorbell);
            Ok(())
        },
    );
}

impl World {
    fn give_back(&mut self, r: usize, doorbell: Doorbell) {
        self.relays[r] = Relay::Idle;
        for row in &mut self.outbox {
            if row.doorbell == doorbell && row.leased.map(usize::from) == Some(r) {
                row.leased = None;
            }
        }
    }

    /// One transaction: where the message lies, if the job still is where it was, and the row deleted, if it is
    /// still the relay's.
    fn noted(&mut self, r: usize, doorbell: Doorbell, stored: (u8, u8)) {
        self.relays[r] = Relay::Idle;
        if self.row.attempt == doorbell.attempt && self.dispatch.no == doorbell.no {
            self.dispatch = Dispatch {
                no: doorbell.no,
                stored: Some(stored),
            };
        }
        self.outbox
            .retain(|row| row.doorbell != doorbell || row.leased.map(usize::from) != Some(r));
    }
}

fn appliers(rules: &Rules, steps: &mut Steps<'_>) {
    let world = steps.world;
    if !world.link.up {
        return;
    }
    for telling in &world.told {
        let cause = Cause::Told(*telling);
        if world.open.iter().any(|open| open.cause() == Some(cause)) {
            let step = "an applier takes what another is at";
            steps.fault(Fault::Again, step, |world| rules.begin(world, cause, true));
        } else {
            steps.fair("an applier takes what was told", |world| {
                rules.begin(world, cause, true)
            });
        }
    }
}

fn sweeper(rules: &Rules, steps: &mut Steps<'_>) {
    let world = steps.world;
    let row = &world.row;
    let steady = world.link.up && world.link.since == TTL || rules.lack(Mutant::HastySweeper);
    if row.is_held() && row.lease_left == 0 && steady {
        steps.fair("the sweeper finds an expired lease", |world| {
            rules.begin(world, Cause::Expired(world.row.fence()), true)
        });
    }
    if row.deadline == Some(0) {
        steps.fair("the sweeper finds a deadline passed", |world| {
            rules.begin(world, Cause::Deadline, true)
        });
    }
    let doorbell = Doorbell {
        attempt: row.attempt,
        no: world.dispatch.no,
    };
    let named = (!rules.lack(Mutant::ProofByNumber)).then_some(doorbell);
    let Some((incarnation, seq)) = world.dispatch.stored else {
        return;
    };
    let looks = row.state == State::Queued && row.wait == 0 && world.link.up;
    if looks
        && !world.queue.holds(incarnation, seq, named)
        && !world.open.contains(&Open::Reannounce(doorbell))
    {
        steps.fair("the sweeper finds a message gone", |world| {
            world.open.push(Open::Reannounce(doorbell));
            Ok(())
        });
    }
}
