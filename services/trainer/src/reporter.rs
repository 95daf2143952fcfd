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
    events: VecDeque<Body>,
    dropped: u64,
    progress: Option<ProgressUpdate>,
    terminal: Option<TerminalReport>,
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

    /// Tells how the attempt ended, after all events, and goes on telling it. A later report takes the place of
    /// an earlier one.
    pub(crate) fn finish(&self, report: TerminalReport) {
        let mut waiting = self.waiting();
        waiting.progress = None;
        waiting.terminal = Some(report);
        drop(waiting);
        self.wake.notify_one();
    }

    /// Changes whenever a terminal report was published.
    pub(crate) fn published(&self) -> watch::Receiver<u32> {
        self.published.subscribe()
    }

    /// Publishes for as long as it is polled.
    pub(crate) async fn run(&self) {
        let (mut seq, mut next_progress) = (0, Instant::now());
        let mut terminal: Option<(i64, Body)> = None;
        let mut resend = Instant::now();
        loop {
            if let Some(report) = self.take_terminal() {
                seq += 1;
                terminal = Some((seq, Body::Terminal(report)));
                resend = Instant::now();
            } else if let Some(body) = self.take_event() {
                seq += 1;
                self.publish(seq, &body).await;
            } else if Instant::now() >= next_progress
                && let Some(progress) = self.take_progress()
            {
                seq += 1;
                self.publish(seq, &Body::Progress(progress)).await;
                next_progress = Instant::now() + PROGRESS_INTERVAL;
            } else if let Some((seq, body)) = terminal.as_ref().filter(|_| Instant::now() >= resend) {
                self.publish(*seq, body).await;
                self.published.send_modify(|count| *count += 1);
                resend = Instant::now() + RESEND;
            } else {
                let progress = self.waiting().progress.is_some();
                tokio::select! {
                    () = self.wake.notified() => {}
                    () = sleep_until(next_progress), if progress => {}
                    () = sleep_until(resend), if terminal.is_some() => {}
                }
            }
        }
    }

    /// Publishes one event, however long it takes: its number is used up, and the next must not overtake it.
    async fn publish(&self, seq: i64, body: &Body) {
        let event = TrainerEvent {
            job_id: self.lease.job.to_string(),
            attempt: self.lease.attempt,
            lease_id: self.lease.id.to_string(),
            seq,
            body: Some(body.clone()),
        };
        if event.encoded_len() > MAX_BYTES {
            tracing::error!(job.id = %self.lease.job, seq, "an event is too large and is left out");
            return;
        }
        let id = route::event_id(self.lease.job, self.lease.id, seq);
        loop {
            let failed = match self.bus.publish(self.subject.clone(), &id, &event).await {
                Ok(_) => return,
                Err(error) => error,
            };
            tracing::debug!(job.id = %self.lease.job, seq, error = %failed, "an event waits");
            // Woken early when the connection is back, which is when most waits end.
            tokio::select! {
                () = sleep(RETRY) => {}
                Ok(()) = self.bus.ready(), if !self.bus.is_connected() => {}
            }
        }
    }

    fn take_event(&self) -> Option<Body> {
        let mut waiting = self.waiting();
        let event = waiting.events.pop_front();
        if event.is_none() && waiting.dropped > 0 {
            tracing::warn!(job.id = %self.lease.job, dropped = waiting.dropped, "events were left out");
            waiting.dropped = 0;
        }
        event
    }

    fn take_progress(&self) -> Option<ProgressUpdate> {
        self.waiting().progress.take()
    }

    fn take_terminal(&self) -> Option<TerminalReport> {
        let mut waiting = self.waiting();
        if waiting.events.is_empty() {
            waiting.terminal.take()
        } else {
            None
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
