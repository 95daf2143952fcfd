//! NATS: the work queue with what it may lose, repeat and swallow, and the faults of the server.

use crate::{
    row::TTL,
    rules::{Fault, Rules},
    steps::Steps,
    world::{Doorbell, World},
};

/// The work queue.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Queue {
    pub(crate) incarnation: u8,
    next: u8,
    pub(crate) messages: Vec<Message>,
    /// Ids that were stored before and where; they are not stored again.
    window: Vec<(Doorbell, u8)>,
}

/// A message in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Message {
    pub(crate) seq: u8,
    pub(crate) doorbell: Doorbell,
    /// Whether it is delivered and not acknowledged.
    pub(crate) out: bool,
}

/// The announcement of a job that is not the one explored.
const FOREIGN: Doorbell = Doorbell { attempt: 0, no: 0 };

impl Queue {
    pub(crate) fn empty() -> Self {
        Self {
            incarnation: 0,
            next: 1,
            messages: Vec::new(),
            window: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.messages.iter().all(|message| message.doorbell == FOREIGN)
    }

    /// Stores a message, unless its id is in the window; returns the number it is, or was, stored as.
    pub(crate) fn publish(&mut self, doorbell: Doorbell) -> u8 {
        if let Some((_, seq)) = self.window.iter().find(|(known, _)| *known == doorbell) {
            return *seq;
        }
        let seq = self.next;
        self.next += 1;
        self.messages.push(Message {
            seq,
            doorbell,
            out: false,
        });
        self.window.push((doorbell, seq));
        self.window.sort_unstable();
        seq
    }

    /// Whether the stream is still of this incarnation and holds this message as this number.
    pub(crate) fn holds(&self, incarnation: u8, seq: u8, doorbell: Option<Doorbell>) -> bool {
        let is_it =
            |message: &Message| message.seq == seq && doorbell.is_none_or(|id| id == message.doorbell);
        self.incarnation == incarnation && self.messages.iter().any(is_it)
    }

    /// Takes an acknowledgement, whoever it comes from and however late.
    pub(crate) fn acknowledge(&mut self, (incarnation, seq): (u8, u8)) {
        if incarnation == self.incarnation {
            self.messages.retain(|message| message.seq != seq);
        }
    }

    /// Takes a message back that was delivered.
    pub(crate) fn give_back(&mut self, (incarnation, seq): (u8, u8)) {
        let mut messages = self.messages.iter_mut();
        if incarnation == self.incarnation
            && let Some(message) = messages.find(|message| message.seq == seq)
        {
            message.out = false;
        }
    }

    /// Forgets ids that nobody publishes any more.
    pub(crate) fn forget_window(&mut self, unused: impl Fn(Doorbell) -> bool) {
        self.window.retain(|(doorbell, _)| !unused(*doorbell));
    }

    /// The server loses the latest message and, restarting, knows the ids of what it still holds.
    fn lose_latest(&mut self) {
        self.messages.sort_unstable();
        self.messages.pop();
        self.next = self.messages.last().map_or(1, |message| message.seq + 1);
        let messages = &self.messages;
        self.window
            .retain(|(doorbell, _)| messages.iter().any(|message| message.doorbell == *doorbell));
    }
}

/// What NATS does, and what befalls it.
pub(crate) fn steps(rules: &Rules, steps: &mut Steps<'_>) {
    let world = steps.world;
    for (i, message) in world.queue.messages.iter().enumerate() {
        let at = (world.queue.incarnation, message.seq);
        let mut trainers = world.trainers.iter();
        let worked_on = trainers.any(|trainer| trainer.message == Some(at) && !trainer.paused);
        let again = move |world: &mut World| {
            world.queue.messages[i].out = false;
            Ok(())
        };
        match (message.out, worked_on) {
            (true, false) => steps.fair("the queue delivers a message again", again),
            (true, true) => steps.fault(Fault::Again, "the queue delivers a message twice", again),
            (false, _) => {}
        }
        if message.doorbell != FOREIGN {
            steps.fault(Fault::Purge, "a message is purged", |world| {
                world.queue.messages.remove(i);
                Ok(())
            });
        }
    }
    if !world.link.up {
        steps.fair("NATS returns", |world| {
            world.link.up = true;
            Ok(())
        });
    }
    // Transactions are shorter than a tick.
    if world.open.is_empty() && !rules.must_beat_first(world) {
        steps.fair("time passes", |world| {
            world.tick();
            Ok(())
        });
    }
    server_faults(steps);
}

fn server_faults(steps: &mut Steps<'_>) {
    steps.fault(Fault::Outage, "NATS is away", |world| {
        world.link.up = false;
        world.link.since = 0;
        Ok(())
    });
    steps.fault(Fault::Wipe, "NATS loses everything", |world| {
        let incarnation = world.queue.incarnation + 1;
        world.queue = Queue {
            incarnation,
            ..Queue::empty()
        };
        world.told.clear();
        Ok(())
    });
    steps.fault(Fault::Unsynced, "NATS loses what it had not synced", |world| {
        world.queue.lose_latest();
        world.told.clear();
        Ok(())
    });
    steps.fault(Fault::Window, "the duplicate window passes", |world| {
        world.queue.forget_window(|_| true);
        Ok(())
    });
    steps.fault(Fault::Foreign, "another job is announced", |world| {
        world.queue.window.retain(|(doorbell, _)| *doorbell != FOREIGN);
        world.queue.publish(FOREIGN);
        Ok(())
    });
}

impl World {
    fn tick(&mut self) {
        self.row.tick();
        for row in &mut self.outbox {
            row.wait = crate::row::sooner(row.wait);
        }
        if self.link.up {
            self.link.since = (self.link.since + 1).min(TTL);
        }
    }
}
