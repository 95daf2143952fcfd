//! Who follows a computation on this machine: passes warnings on to people and keeps what the nodes did.

use std::sync::{Mutex, PoisonError};

use ml::{Observer, observer::NodeRun};

use crate::output::note;

/// Tells people of warnings.
#[derive(Default)]
pub(super) struct Told {
    nodes: Mutex<Vec<NodeRun>>,
}

impl Told {
    /// What the nodes did, in the order they ran.
    pub(super) fn nodes(self) -> Vec<NodeRun> {
        self.nodes.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Told {
    fn node(&self, run: &NodeRun) {
        let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.push(run.clone());
    }
    fn warning(&self, node_id: Option<&str>, message: &str) {
        match node_id {
            Some(node_id) => note(&format!("warning: node {node_id}: {message}")),
            None => note(&format!("warning: {message}")),
        }
    }
    fn cancelled(&self) -> bool {
        false
    }
}
