//! What is told about an attempt: numbered events in order, progress as a latest value, and at last one terminal
//! report, repeated until somebody says it has arrived. Without NATS everything waits here and the fit goes on.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use messages::{
    bus::v1::{TerminalReport, TrainerEvent, trainer_event::Body},
    route,
    v1::ProgressUpdate,
};
use prost::Message;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, sleep_until},
};

use crate::lease::Lease;

/// The least time between two progress events of a job.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);
/// How long to wait after a failure to publish, and before the terminal report is sent again.
const RETRY: Duration = Duration::from_secs(1);
const RESEND: Duration = Duration::from_secs(5);
/// Events that wait; more are dropped and counted, so that a talkative fit cannot fill the memory.
const MAX_WAITING: usize = 4096;
/// The stream takes messages of 64 KiB, headers included; a larger one would be tried for ever.
const MAX_BYTES: usize = 60 * 1024;

/// The events of one lease. [`run`](Self::run) publishes them; everything else returns at once.
#[derive(Debug)]
pub(crate) struct Reporter {
    bus: bus::Bus,
    subject: String,
    lease: Lease,
    waiting: Mutex<Waiting>,
    wake: Notify,
    /// Counts how often a terminal report was published.
    published: watch::Sender<u32>,
}

#[derive(Debug, Default)]
struct Waiting {
    /// The last number given out. The service takes a gap for an event on its way and waits for it, so what is
    /// left out must not have used one up.
    numbered: i64,
    events: VecDeque<Body>,
    dropped: u64,
    progress: Option<ProgressUpdate>,
    terminal: Option<TrainerEvent>,
}

/// What is published next.
#[derive(Debug)]
enum Next {
    Event(TrainerEvent),
    Progress(TrainerEvent),
    Terminal(TrainerEvent),
}

impl Reporter {
    pub(crate) fn new(bus: bus::Bus, trainer: &domain::id::Token, lease: Lease) -> Self {
        let subject = route::event(trainer, lease.job);
        let (published, _) = watch::channel(0);
        Self {
            bus,
            subject,
            lease,
            waiting: Mutex::default(),
            wake: Notify::new(),
            published,
        }
    }

    /// Tells an event, after all earlier ones.
    pub(crate) fn event(&self, body: Body) {
        let mut waiting = self.waiting();
        if waiting.events.len() < MAX_WAITING {
            waiting.events.push_back(body);
        } else {
            waiting.dropped += 1;
        }
        drop(waiting);
        self.wake.notify_one();
    }

    /// Tells how far the attempt has come; what was not told until now is forgotten.
    pub(crate) fn progress(&self, progress: ProgressUpdate) {
        self.waiting().progress = Some(progress);
        self.wake.notify_one();
    }

    /// The number that a terminal report will have: it follows those of everything told before, and progress that
    /// was not told by now never is.
    pub(crate) fn last_number(&self) -> i64 {
        let mut waiting = self.waiting();
        waiting.progress = None;
        let ahead = i64::try_from(waiting.events.len()).unwrap_or(i64::MAX);
        waiting.numbered.saturating_add(ahead).saturating_add(1)
    }

    /// Tells how the attempt ended, after all events, and goes on telling it. A later report takes the place of an
    /// earlier one.
    pub(crate) fn finish(&self, seq: i64, report: TerminalReport) {
        self.waiting().terminal = Some(self.lease.event(seq, Body::Terminal(report)));
        self.wake.notify_one();
    }

    /// Changes whenever a terminal report was published.
    pub(crate) fn published(&self) -> watch::Receiver<u32> {
        self.published.subscribe()
    }

    /// Publishes for as long as it is polled.
    pub(crate) async fn run(&self) {
        let mut next_progress = Instant::now();
        let mut terminal: Option<TrainerEvent> = None;
        let mut resend = Instant::now();
        loop {
            match self.take(Instant::now() >= next_progress) {
                Some(Next::Terminal(event)) => {
                    terminal = Some(event);
                    resend = Instant::now();
                }
                Some(Next::Event(event)) => self.tell(&event).await,
                Some(Next::Progress(event)) => {
                    self.tell(&event).await;
                    next_progress = Instant::now() + PROGRESS_INTERVAL;
                }
                None => {
                    if let Some(event) = terminal.as_ref().filter(|_| Instant::now() >= resend) {
                        self.publish(event).await;
                        self.published.send_modify(|count| *count += 1);
                        resend = Instant::now() + RESEND;
                        continue;
                    }
                    let progress = self.waiting().progress.is_some();
                    tokio::select! {
                        () = self.wake.notified() => {}
                        () = sleep_until(next_progress), if progress => {}
                        () = sleep_until(resend), if terminal.is_some() => {}
                    }
                }
            }
        }
    }

    /// What comes next, with its number.
    fn take(&self, progress_may: bool) -> Option<Next> {
        let mut waiting = self.waiting();
        if let Some(body) = waiting.events.pop_front() {
            waiting.numbered += 1;
            return Some(Next::Event(self.lease.event(waiting.numbered, body)));
        }
        if waiting.dropped > 0 {
            tracing::warn!(job.id = %self.lease.job, dropped = waiting.dropped, "events were left out");
            waiting.dropped = 0;
        }
        if let Some(event) = waiting.terminal.take() {
            waiting.numbered = event.seq;
            return Some(Next::Terminal(event));
        }
        let progress = waiting.progress.take_if(|_| progress_may)?;
        waiting.numbered += 1;
        let body = Body::Progress(progress);
        Some(Next::Progress(self.lease.event(waiting.numbered, body)))
    }

    /// Publishes an event, or leaves it out and takes its number back.
    async fn tell(&self, event: &TrainerEvent) {
        if !self.publish(event).await {
            self.waiting().numbered -= 1;
        }
    }

    /// Publishes one event, however long it takes: the next must not overtake it. False when no server would
    /// ever take it.
    async fn publish(&self, event: &TrainerEvent) -> bool {
        let bytes = event.encoded_len();
        let taken = bytes <= MAX_BYTES && self.insist(event).await;
        if !taken {
            tracing::error!(job.id = %self.lease.job, event.seq, bytes, "an event is too large and is left out");
        }
        taken
    }

    async fn insist(&self, event: &TrainerEvent) -> bool {
        let id = route::event_id(self.lease.job, self.lease.id, event.seq);
        loop {
            let failed = match self.bus.publish(self.subject.clone(), &id, event).await {
                Ok(_) => return true,
                Err(bus::Error::TooLarge { .. }) => return false,
                Err(error) => error,
            };
            tracing::debug!(job.id = %self.lease.job, event.seq, error = %failed, "an event waits");
            // Woken early when the connection is back, which is when most waits end.
            tokio::select! {
                () = sleep(RETRY) => {}
                Ok(()) = self.bus.ready(), if !self.bus.is_connected() => {}
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
