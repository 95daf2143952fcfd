//! The warden of a living child: hears it, tells it, looks at its memory and its signs of life, and kills it when
//! it must. It ends with the child, and makes the report of it.

use std::time::Duration;

use domain::job::Phase;
use messages::{
    bus::v1::{AttemptCancel, AttemptStart, frame, trainer_event},
    convert,
};
use rustix::process::Signal;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};

use super::{
    Supervisor,
    beats::Order,
    cgroup::Room,
    idleness::Idleness,
    log_ring::LogRing,
    memory,
    process::{Exit, Happening, Process},
    verdict::{Ending, Known, LastWord, Verdict},
};
use crate::{
    lease::{Claimed, Terms, Work},
    reporter::Reporter,
};

/// How often memory and signs of life are looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How long a child may take to end after its last word.
const TO_END: Duration = Duration::from_secs(5);
/// Between SIGTERM and SIGKILL.
const TO_DIE: Duration = Duration::from_secs(1);
/// How long a child may take to stop for another trainer to take its job.
const TO_RELEASE: Duration = Duration::from_millis(500);

/// Watches over a living child.
pub(super) struct Warden<'a> {
    supervisor: &'a Supervisor,
    claimed: &'a Claimed,
    reporter: &'a Reporter,
    sign: &'a watch::Sender<Option<Instant>>,
    process: Process,
    /// The most bytes of memory it may hold, and the group that keeps it to that, where there is one.
    memory_limit: Option<u64>,
    room: Option<Room>,
    ending: Option<Ending>,
    last_word: Option<LastWord>,
    peak_rss: u64,
    /// For how long it has said nothing, counted in looks and not by the clock: a trainer that was stopped for
    /// a while must not take its own absence for the child's.
    quiet: Duration,
    idleness: Idleness,
    /// The next signal, and when it is due.
    due: Option<(Instant, Signal)>,
    /// Whether it was told that the trainer ends.
    hurried: bool,
}

impl<'a> Warden<'a> {
    pub(super) fn new(
        supervisor: &'a Supervisor,
        claimed: &'a Claimed,
        reporter: &'a Reporter,
        sign: &'a watch::Sender<Option<Instant>>,
        process: Process,
    ) -> Self {
        let (ending, last_word, due) = (None, None, None);
        let memory_limit = supervisor.memory_limit(claimed.terms);
        let room = memory_limit.and_then(|limit| supervisor.room(claimed, process.pid(), limit));
        Self {
            supervisor,
            claimed,
            reporter,
            sign,
            process,
            memory_limit,
            room,
            ending,
            last_word,
            peak_rss: 0,
            quiet: Duration::ZERO,
            idleness: Idleness::new(supervisor.stuck_after),
            due,
            hurried: false,
        }
    }

    /// Sees the child from its first frame to its end.
    pub(super) async fn run(
        &mut self,
        start: AttemptStart,
        orders: &mut mpsc::UnboundedReceiver<Order>,
    ) -> Exit {
        self.process.tell(frame::Body::Start(start));
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let due = self.due.map_or_else(Instant::now, |(at, _)| at);
            tokio::select! {
                happening = self.process.next() => match happening {
                    Happening::Said(body) => self.said(*body),
                    Happening::Silent => self.due_at_most(TO_END, Signal::KILL),
                    Happening::Ended(exit) => return exit,
                },
                Some(order) = orders.recv() => self.ordered(order),
                () = sleep_until(due), if self.due.is_some() => self.escalate(),
                () = self.supervisor.release.cancelled(), if !self.hurried => self.release(),
                () = self.supervisor.kill.cancelled(), if self.ending != Some(Ending::Abandoned) => {
                    self.end(Ending::Abandoned);
                }
                _ = look.tick() => self.look(),
            }
        }
    }

    fn said(&mut self, body: frame::Body) {
        use frame::Body;
        self.sign.send_replace(Some(Instant::now()));
        self.quiet = Duration::ZERO;
        if !matches!(body, Body::Tick(_)) {
            self.idleness.told();
        }
        let last_word = match body {
            Body::Tick(tick) => {
                let cpu_time = tick.cpu_time.and_then(|time| Duration::try_from(time).ok());
                let phase = convert::phase_from_pb(tick.phase()).unwrap_or(Phase::Starting);
                return self.idleness.ticked(cpu_time.unwrap_or_default(), phase);
            }
            Body::Start(_) | Body::Cancel(_) => return,
            Body::Progress(progress) => return self.reporter.progress(progress),
            Body::Metric(metric) => return self.reporter.event(trainer_event::Body::Metric(metric)),
            Body::Log(line) => return self.reporter.event(trainer_event::Body::Log(line)),
            Body::Node(node) => return self.reporter.event(trainer_event::Body::Node(node)),
            Body::Success(success) => LastWord::Success(success),
            Body::Failure(failure) => LastWord::Failure(failure),
            Body::Stopped(_) => LastWord::Stopped,
        };
        self.last_word.get_or_insert(last_word);
        // It waits to be let go, so that its memory can be looked at once more.
        self.look();
        self.process.let_go();
        self.due_at_most(TO_END, Signal::KILL);
    }

    fn ordered(&mut self, order: Order) {
        match order {
            Order::Cancel if matches!(self.ending, None | Some(Ending::Released)) => {
                tracing::info!(job.id = %self.claimed.lease.job, "cancelling");
                self.stop(Ending::Cancelled, self.claimed.terms.cancel_grace);
            }
            Order::Cancel => {}
            // Done without a report of ours: somebody else has ended the job.
            Order::Fenced | Order::Done => {
                tracing::warn!(job.id = %self.claimed.lease.job, ?order, "the lease is lost: killing the child");
                self.end(Ending::Abandoned);
            }
        }
    }

    /// Makes room for the end of the trainer. A child that is about to end anyway goes on doing so, only faster.
    fn release(&mut self) {
        self.hurried = true;
        if self.ending.is_none() && self.last_word.is_none() {
            tracing::info!(job.id = %self.claimed.lease.job, "releasing");
            self.stop(Ending::Released, TO_RELEASE);
        } else {
            self.due_at_most(TO_RELEASE, Signal::TERM);
        }
    }

    /// Tells the child to stop, and makes it when it does not within `grace`.
    fn stop(&mut self, ending: Ending, grace: Duration) {
        self.ending = Some(ending);
        self.due_at_most(grace, Signal::TERM);
        self.process.tell(frame::Body::Cancel(AttemptCancel {}));
    }

    fn look(&mut self) {
        if let Some(peak) = memory::peak_of(self.process.pid()) {
            self.peak_rss = self.peak_rss.max(peak);
        }
        // A success is looked at as well: whether a job fits its limit must not hang on when its child is looked at.
        if let Some(limit) = self.memory_limit.filter(|limit| self.peak_rss > *limit)
            && self.ending.is_none()
            && matches!(self.last_word, None | Some(LastWord::Success(_)))
        {
            self.end(Ending::OutOfMemory(limit));
        }
        self.quiet += LOOK;
        let idle = self.idleness.looked_at(LOOK);
        let waited_for = self.ending.is_none() && self.last_word.is_none();
        if waited_for && self.quiet > self.claimed.terms.silent_after() {
            self.end(Ending::Silent);
        } else if waited_for && idle {
            self.end(Ending::Idle(self.idleness.phase, self.supervisor.stuck_after));
        }
    }

    /// Kills the child, for a reason that stays unless it becomes [`Ending::Abandoned`].
    fn end(&mut self, ending: Ending) {
        self.ending = Some(ending);
        self.process.signal(Signal::KILL);
        self.due = Some((Instant::now() + TO_DIE, Signal::KILL));
    }

    fn due_at_most(&mut self, wait: Duration, signal: Signal) {
        let at = Instant::now() + wait;
        if self.due.is_none_or(|(due, _)| at < due) {
            self.due = Some((at, signal));
        }
    }

    fn escalate(&mut self) {
        if let Some((_, signal)) = self.due.take() {
            self.process.signal(signal);
            self.due = Some((Instant::now() + TO_DIE, Signal::KILL));
        }
    }

    /// What follows from all that is known of the ended child.
    pub(super) async fn conclude(mut self, exit: Exit) -> Verdict {
        let (rest, log): (_, LogRing) = self.process.remains().await;
        for body in rest {
            match body {
                frame::Body::Success(success) => _ = self.last_word.get_or_insert(LastWord::Success(success)),
                frame::Body::Failure(failure) => _ = self.last_word.get_or_insert(LastWord::Failure(failure)),
                frame::Body::Stopped(_) => _ = self.last_word.get_or_insert(LastWord::Stopped),
                frame::Body::Metric(metric) => self.reporter.event(trainer_event::Body::Metric(metric)),
                frame::Body::Log(line) => self.reporter.event(trainer_event::Body::Log(line)),
                frame::Body::Node(node) => self.reporter.event(trainer_event::Body::Node(node)),
                frame::Body::Tick(_)
                | frame::Body::Progress(_)
                | frame::Body::Start(_)
                | frame::Body::Cancel(_) => {}
            }
        }
        let full = self.room.as_ref().filter(|room| room.was_full());
        let killed = self
            .memory_limit
            .filter(|_| full.is_some())
            .map(Ending::OutOfMemory);
        // Between two looks it may have held more than either saw.
        let peak_rss = full.and_then(Room::peak).unwrap_or(0).max(self.peak_rss);
        let known = Known {
            ending: self.ending.or(killed),
            last_word: self.last_word,
            exit,
            peak_rss,
        };
        known.verdict(&log)
    }
}

impl Supervisor {
    /// The most bytes an attempt may hold: what its job allows, and no more than its slot has.
    fn memory_limit(&self, terms: Terms) -> Option<u64> {
        match (terms.memory_limit, self.memory) {
            (Some(limit), Some(share)) => Some(limit.min(share)),
            (limit, share) => limit.or(share),
        }
    }

    /// A control group with this child in it, where the system lets us have one.
    fn room(&self, claimed: &Claimed, pid: u32, limit: u64) -> Option<Room> {
        let room = self.delegation.as_ref()?.room(claimed.lease.id, limit);
        match room.and_then(|room| room.admit(pid).map(|()| room)) {
            Ok(room) => Some(room),
            Err(error) => {
                tracing::warn!(job.id = %claimed.lease.job, %error, "no control group: memory is sampled");
                None
            }
        }
    }

    /// What a child is told first.
    pub(super) fn start_frame(&self, work: &Work, terms: Terms) -> AttemptStart {
        let threads = terms.threads.map_or(self.threads, |most| most.min(self.threads));
        AttemptStart {
            spec: Some(work.spec.clone()),
            artifact_root: work.root.place().to_string(),
            artifact_path: work.path.to_string(),
            data_roots: self.data_roots.texts(),
            threads: i32::try_from(threads).unwrap_or(i32::MAX),
            memory_limit_bytes: self
                .memory_limit(terms)
                .map_or(0, |limit| i64::try_from(limit).unwrap_or(i64::MAX)),
        }
    }
}
