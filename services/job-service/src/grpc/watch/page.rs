//! A part of a job's history as streams read it: it never goes on behind a gap.

use std::sync::Arc;

use domain::{id::JobId, job::State};
use messages::v1::job_event::Payload;

use crate::{
    app::{App, EventRow, History, Tenant},
    error::Result,
};

/// Where a job's history is read.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) app: Arc<App>,
    pub(super) tenant: Tenant,
    pub(super) job: JobId,
    /// Events in one page.
    pub(super) limit: usize,
}

/// Events that follow each other.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) events: Vec<EventRow>,
    /// Whether there is, or may be, more in the database.
    pub(super) more: bool,
    /// Whether there will never be another.
    pub(super) ended: bool,
}

impl Source {
    /// The events after a number.
    ///
    /// # Errors
    /// As [`App::events`].
    pub(super) async fn after(self, after: i64) -> Result<Page> {
        let limit = self.limit as u64;
        // Boxed: a read is large, and those who watch mostly wait.
        let history = Box::pin(self.app.events(&self.tenant, self.job, after, limit)).await?;
        Ok(Page::new(after, history, self.limit))
    }
}

impl Page {
    fn new(after: i64, mut history: History, limit: usize) -> Self {
        let read = history.events.len();
        let follow = (after + 1..).zip(&history.events);
        let follow = follow
            .take_while(|(number, event)| event.event_no == *number)
            .count();
        // Whoever asks for what is not there is told that it is gone.
        history.events.truncate(follow);
        let last = history.events.last().map_or(after, |last| last.event_no);
        let more = read >= limit || last < history.event_no;
        // The last event may be newer than the state.
        let ended = history.events.last().is_some_and(is_terminal)
            || (history.state.is_terminal() && last >= history.event_no);
        Self {
            events: history.events,
            more,
            ended,
        }
    }
}

fn is_terminal(event: &EventRow) -> bool {
    match &event.payload {
        Payload::State(change) => {
            messages::convert::state_from_pb(change.to()).is_some_and(State::is_terminal)
        }
        Payload::Snapshot(_)
        | Payload::Progress(_)
        | Payload::Metric(_)
        | Payload::Log(_)
        | Payload::Bookmark(_)
        | Payload::Node(_) => false,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use domain::time::Time;
    use messages::v1;

    use super::*;

    /// An event with nothing in it.
    pub(crate) fn event(event_no: i64) -> EventRow {
        EventRow {
            event_no,
            time: Time(event_no),
            attempt: 1,
            payload: Payload::Log(v1::LogLine::default()),
        }
    }

    fn history(numbers: impl IntoIterator<Item = i64>, event_no: i64, state: State) -> History {
        History {
            events: numbers.into_iter().map(event).collect(),
            event_no,
            state,
        }
    }

    #[test]
    fn a_page_ends_before_a_gap_and_says_that_there_is_more() {
        for (after, numbers, told) in [
            (0, vec![1, 2, 3], vec![1, 2, 3]),
            (0, vec![1, 3], vec![1]),
            (0, vec![2, 3], vec![]),
            (1, vec![2], vec![2]),
        ] {
            let page = Page::new(after, history(numbers, 3, State::Running), 10);
            let last = told.last().copied().unwrap_or(after);
            let numbers: Vec<_> = page.events.iter().map(|event| event.event_no).collect();
            assert_eq!((numbers, page.more), (told, last < 3));
        }
        let page = Page::new(1, history([2, 3, 4], 3, State::Running), 3);
        assert!(page.more && !page.ended);
    }

    #[test]
    fn a_history_ends_with_its_terminal_event_only() {
        let ended =
            |after, numbers, event_no, state| Page::new(after, history(numbers, event_no, state), 2).ended;
        assert!(!ended(0, vec![1, 2], 3, State::Succeeded));
        assert!(ended(1, vec![2, 3], 3, State::Succeeded));
        assert!(ended(3, vec![], 3, State::Failed));
        assert!(!ended(3, vec![], 3, State::Running));
        let mut newer = history([1], 0, State::Running);
        newer.events[0].payload = Payload::State(v1::StateChange {
            to: v1::JobState::Cancelled.into(),
            ..Default::default()
        });
        assert!(Page::new(0, newer, 2).ended);
    }
}
