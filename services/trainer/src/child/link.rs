//! The child's way to its supervisor, shared by all its threads. After the last word it carries nothing more, so
//! that a cancellation and a success never both count.

use std::{
    os::unix::net::UnixStream,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::job::Phase;
use messages::bus::v1::frame::Body;

use crate::frames;

/// Where frames are written. Clones are the same way.
#[derive(Debug, Clone)]
pub(super) struct Link(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    socket: UnixStream,
    phase: Phase,
    ended: bool,
}

impl Link {
    pub(super) fn new(socket: UnixStream) -> Self {
        Self(Arc::new(Mutex::new(State {
            socket,
            phase: Phase::Starting,
            ended: false,
        })))
    }

    /// Remembers what the process is at.
    pub(super) fn enter(&self, phase: Phase) {
        self.state().phase = phase;
    }

    /// What the process is at.
    pub(super) fn phase(&self) -> Phase {
        self.state().phase
    }

    /// Says something, unless the last word was said. Nobody listening is noticed by the thread that hears.
    pub(super) fn say(&self, body: Body) {
        let state = self.state();
        if !state.ended {
            let _ = frames::write(&state.socket, body);
        }
    }

    /// Says the last word, unless one was said.
    pub(super) fn last(&self, body: Body) {
        let mut state = self.state();
        if !state.ended {
            let _ = frames::write(&state.socket, body);
            state.ended = true;
        }
    }

    /// Whether the last word was said.
    pub(super) fn has_ended(&self) -> bool {
        self.state().ended
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use messages::bus::v1::{Stopped, Success, Tick};

    use super::*;

    #[test]
    fn nothing_is_said_after_the_last_word() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let link = Link::new(ours);
        link.say(Body::Tick(Tick::default()));
        assert!(!link.has_ended());
        link.last(Body::Stopped(Stopped {}));
        link.last(Body::Success(Success::default()));
        link.say(Body::Tick(Tick::default()));
        assert!(link.has_ended());
        drop(link);
        assert_eq!(
            frames::read(&mut theirs).unwrap(),
            Some(Body::Tick(Tick::default()))
        );
        assert_eq!(
            frames::read(&mut theirs).unwrap(),
            Some(Body::Stopped(Stopped {}))
        );
        assert_eq!(frames::read(&mut theirs).unwrap(), None);
    }
}
