//! The newest events of a watched job, read once for all its watchers. Each takes them at its own pace; who falls
//! behind the oldest event here reads the database until it has caught up, and keeps nobody waiting.

use std::{collections::VecDeque, sync::Arc};

use tonic::Status;

use super::page::Page;
use crate::app::EventRow;

/// The most that is kept for one job. A terminal event of the largest size fits many times.
const MAX_BYTES: usize = 1 << 20;

/// Events that follow each other, up to the newest that its reader has seen.
#[derive(Debug)]
pub(super) struct Window {
    /// The number before the first event here.
    before: i64,
    /// With their sizes.
    events: VecDeque<(Arc<EventRow>, usize)>,
    bytes: usize,
    max_events: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    Open,
    Ended,
    Failed(Status),
}

/// What a watcher finds.
#[derive(Debug)]
pub(super) enum Look {
    /// What comes next.
    Events(Vec<Arc<EventRow>>),
    /// Nothing for now.
    Nothing,
    /// What comes next is only in the database.
    Behind,
    /// That there will never be more.
    Ended,
    /// That nobody reads any more, and why.
    Failed(Status),
}

impl Window {
    /// A window that keeps this many events, before anything has been read.
    pub(super) fn new(max_events: usize) -> Self {
        Self {
            before: 0,
            events: VecDeque::new(),
            bytes: 0,
            max_events,
            state: State::Open,
        }
    }

    /// Begins after an event: those up to it are only in the database.
    pub(super) fn begin(&mut self, after: i64) {
        self.before = after;
    }

    /// The number of the newest event that was read.
    pub(super) fn newest(&self) -> i64 {
        self.events
            .back()
            .map_or(self.before, |(newest, _)| newest.event_no)
    }

    /// Adds the page that was read after the newest event.
    pub(super) fn add(&mut self, page: Page) {
        for event in page.events {
            let bytes = size_of::<EventRow>() + event.payload.encoded_len();
            self.bytes += bytes;
            self.events.push_back((Arc::new(event), bytes));
        }
        while self.events.len() > self.max_events || self.bytes > MAX_BYTES {
            let Some((oldest, bytes)) = self.events.pop_front() else {
                break;
            };
            self.before = oldest.event_no;
            self.bytes -= bytes;
        }
        if page.ended {
            self.state = State::Ended;
        }
    }

    /// Whether there will never be more.
    pub(super) fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    /// Notes why there will be no more.
    pub(super) fn fail(&mut self, status: Status) {
        self.state = State::Failed(status);
    }

    /// At most `limit` events for who has seen those up to `after`.
    pub(super) fn look(&self, after: i64, limit: usize) -> Look {
        if after < self.before {
            return Look::Behind;
        }
        // `after` may be newer than this window: whoever came last has looked into the database last.
        let seen = usize::try_from(after - self.before).unwrap_or(usize::MAX);
        if seen < self.events.len() {
            let next = self.events.range(seen..).take(limit);
            return Look::Events(next.map(|(event, _)| Arc::clone(event)).collect());
        }
        match &self.state {
            State::Open => Look::Nothing,
            State::Ended => Look::Ended,
            State::Failed(status) => Look::Failed(status.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use messages::v1::{self, job_event::Payload};

    use super::{super::page::tests::event, *};

    fn page(numbers: std::ops::RangeInclusive<i64>, ended: bool) -> Page {
        Page {
            events: numbers.map(event).collect(),
            more: false,
            ended,
        }
    }

    fn numbers(look: Look) -> Vec<i64> {
        match look {
            Look::Events(events) => events.iter().map(|event| event.event_no).collect(),
            other => panic!("not events: {other:?}"),
        }
    }

    #[test]
    fn whoever_looks_gets_what_follows_or_is_told_that_it_is_behind() {
        let mut window = Window::new(3);
        assert!(matches!(window.look(4, 9), Look::Nothing));
        window.begin(4);
        assert!(matches!(window.look(3, 9), Look::Behind));
        assert!(matches!(window.look(4, 9), Look::Nothing));
        window.add(page(5..=6, false));
        assert_eq!(numbers(window.look(4, 9)), [5, 6]);
        window.add(page(7..=8, false));
        assert!(matches!(window.look(4, 9), Look::Behind));
        assert_eq!(numbers(window.look(5, 2)), [6, 7]);
        assert_eq!(window.newest(), 8);
        // Whoever looked into the database since waits until the reader has come as far.
        for ahead in 8..12 {
            assert!(matches!(window.look(ahead, 9), Look::Nothing));
        }
    }

    #[test]
    fn the_end_comes_after_the_last_event() {
        let mut window = Window::new(3);
        window.add(page(1..=2, true));
        assert_eq!(numbers(window.look(1, 9)), [2]);
        assert!(matches!(window.look(2, 9), Look::Ended));
        let mut window = Window::new(3);
        window.add(page(1..=2, false));
        window.fail(Status::unavailable("as the test says"));
        assert_eq!(numbers(window.look(1, 9)), [2]);
        assert!(matches!(window.look(2, 9), Look::Failed(_)));
    }

    #[test]
    fn large_events_are_not_kept_by_the_hundred() {
        let mut window = Window::new(1000);
        for event_no in 1..=100 {
            let mut large = page(event_no..=event_no, false);
            large.events[0].payload = Payload::Log(v1::LogLine {
                message: "x".repeat(60_000),
                ..Default::default()
            });
            window.add(large);
        }
        assert!(window.bytes <= MAX_BYTES && window.events.len() > 10);
        assert_eq!(window.newest(), 100);
        assert_eq!(numbers(window.look(99, 9)), [100]);
    }
}
