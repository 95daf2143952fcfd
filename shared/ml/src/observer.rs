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

/// Follows nothing and never stops a training.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn cancelled(&self) -> bool {
        false
    }
}
