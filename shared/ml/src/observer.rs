//! Who follows a training: told of phases, progress, nodes and metrics, and asked whether to stop.

use std::time::Duration;

use domain::job::Phase;

/// How far the work of a phase has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Units done.
    pub completed: u64,
    /// Units in all.
    pub total: u64,
    /// What is counted, such as `trees`.
    pub unit: &'static str,
}

/// What a node did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRun {
    /// The node's id.
    pub node_id: String,
    /// Its type's key.
    pub kind: String,
    /// Rows that entered it.
    pub rows_in: usize,
    /// Rows that left it.
    pub rows_out: usize,
    /// Columns that entered it.
    pub columns_in: usize,
    /// Columns that left it.
    pub columns_out: usize,
    /// How long it took.
    pub duration: Duration,
}

/// Follows a training. Calls come from several threads and must return at once. What a follower does not
/// care for it leaves out; whether to stop, each has to say.
pub trait Observer: Sync {
    /// A phase begins.
    fn phase(&self, _phase: Phase) {}
    /// The current phase came further.
    fn step(&self, _step: Step) {}
    /// A node ran.
    fn node(&self, _run: &NodeRun) {}
    /// A metric was measured on a split.
    fn metric(&self, _split: &str, _name: &str, _value: f64) {}
    /// So many values of a column met this fate in a node, in some of the rows that are predicted: told part by part, to
    /// be added up.
    fn odd_values(&self, _node_id: &str, _column: &str, _count: usize, _fate: &str) {}
    /// Something for the record, by a node if one is named.
    fn info(&self, _node_id: Option<&str>, _message: &str) {}
    /// Something that deserves a look, by a node if one is named.
    fn warning(&self, _node_id: Option<&str>, _message: &str) {}
    /// Whether the training should stop. Asked at least every 100 ms.
    fn cancelled(&self) -> bool;
}

/// Tells everything to a listener as well, and then to the observer. The listener may stop a training, too.
pub(crate) struct Overheard<'a> {
    listener: &'a dyn Observer,
    observer: &'a dyn Observer,
}

impl<'a> Overheard<'a> {
    pub(crate) fn new(listener: &'a dyn Observer, observer: &'a dyn Observer) -> Self {
        Self { listener, observer }
    }

    fn tell(&self, tell: impl Fn(&dyn Observer)) {
        tell(self.listener);
        tell(self.observer);
    }
}

impl Observer for Overheard<'_> {
    fn phase(&self, phase: Phase) {
        self.tell(|one| one.phase(phase));
    }
    fn step(&self, step: Step) {
        self.tell(|one| one.step(step));
    }
    fn node(&self, run: &NodeRun) {
        self.tell(|one| one.node(run));
    }
    fn metric(&self, split: &str, name: &str, value: f64) {
        self.tell(|one| one.metric(split, name, value));
    }
    fn odd_values(&self, node_id: &str, column: &str, count: usize, fate: &str) {
        self.tell(|one| one.odd_values(node_id, column, count, fate));
    }
    fn info(&self, node_id: Option<&str>, message: &str) {
        self.tell(|one| one.info(node_id, message));
    }
    fn warning(&self, node_id: Option<&str>, message: &str) {
        self.tell(|one| one.warning(node_id, message));
    }
    fn cancelled(&self) -> bool {
        self.listener.cancelled() || self.observer.cancelled()
    }
}

/// Follows nothing and never stops a training.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn cancelled(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Keeps what it is told, and stops where asked to.
    #[derive(Default)]
    struct Kept {
        told: Mutex<Vec<String>>,
        stops: bool,
    }

    impl Kept {
        fn keep(&self, what: impl std::fmt::Debug) {
            self.told.lock().unwrap().push(format!("{what:?}"));
        }
    }

    impl Observer for Kept {
        fn phase(&self, phase: Phase) {
            self.keep(phase);
        }
        fn step(&self, step: Step) {
            self.keep(step);
        }
        fn node(&self, run: &NodeRun) {
            self.keep(run);
        }
        fn metric(&self, split: &str, name: &str, value: f64) {
            self.keep((split, name, value));
        }
        fn odd_values(&self, node_id: &str, column: &str, count: usize, fate: &str) {
            self.keep((node_id, column, count, fate));
        }
        fn info(&self, node_id: Option<&str>, message: &str) {
            self.keep((node_id, "info", message));
        }
        fn warning(&self, node_id: Option<&str>, message: &str) {
            self.keep((node_id, "warning", message));
        }
        fn cancelled(&self) -> bool {
            self.stops
        }
    }

    #[test]
    fn whatever_is_told_reaches_the_listener_and_the_observer() {
        let (listener, observer) = (Kept::default(), Kept::default());
        let both = Overheard::new(&listener, &observer);
        both.phase(Phase::Fitting);
        both.step(Step {
            completed: 1,
            total: 2,
            unit: "trees",
        });
        both.node(&NodeRun {
            node_id: "n".into(),
            kind: "k".into(),
            rows_in: 2,
            rows_out: 1,
            columns_in: 1,
            columns_out: 1,
            duration: Duration::ZERO,
        });
        both.metric("test", "r2", 0.5);
        both.odd_values("n", "c", 3, "unseen");
        both.info(None, "a");
        both.warning(Some("n"), "b");
        let told = listener.told.into_inner().unwrap();
        assert_eq!(told.len(), 7, "each kind once: {told:?}");
        assert_eq!(told, observer.told.into_inner().unwrap());
    }

    #[test]
    fn either_may_stop_a_training() {
        for (listens, observes) in [(false, false), (true, false), (false, true)] {
            let [listener, observer] = [listens, observes].map(|stops| Kept {
                stops,
                ..Kept::default()
            });
            let both = Overheard::new(&listener, &observer);
            assert_eq!(both.cancelled(), listens || observes);
        }
    }
}
