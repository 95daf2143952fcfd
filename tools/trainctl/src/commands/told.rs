//! Who follows a computation on this machine: passes warnings on to people and keeps what the nodes did.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use ml::{Observer, observer::NodeRun};

use crate::{output::note, show::words};

/// Tells people of warnings.
#[derive(Default)]
pub(super) struct Told {
    nodes: Mutex<Vec<NodeRun>>,
    /// How many values of a node's column met a fate.
    odd_values: Mutex<BTreeMap<[String; 3], usize>>,
    stop: Arc<AtomicBool>,
    /// Whether what is merely for the record is told, too.
    tells_all: bool,
}

impl Told {
    /// One that lets the computation go on until `stop` is set, and tells what is for the record, too.
    pub(super) fn until(stop: Arc<AtomicBool>) -> Self {
        Self {
            stop,
            tells_all: true,
            ..Self::default()
        }
    }

    /// Warns of what was counted until now.
    pub(super) fn warn_of_odd_values(&self) {
        for ([node_id, column, fate], count) in std::mem::take(&mut *lock(&self.odd_values)) {
            let values = words::counted(count, "value");
            let message = format!("column {column:?}: {values} {fate}");
            self.warning(Some(&node_id), &message);
        }
    }

    /// What the nodes did, in the order they ran.
    pub(super) fn nodes(self) -> Vec<NodeRun> {
        self.nodes.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Told {
    fn node(&self, run: &NodeRun) {
        lock(&self.nodes).push(run.clone());
    }
    fn odd_values(&self, node_id: &str, column: &str, count: usize, fate: &str) {
        let what = [node_id, column, fate].map(ToOwned::to_owned);
        *lock(&self.odd_values).entry(what).or_default() += count;
    }
    fn info(&self, _: Option<&str>, message: &str) {
        if self.tells_all {
            note(message);
        }
    }
    fn warning(&self, node_id: Option<&str>, message: &str) {
        match node_id {
            Some(node_id) => note(&format!("warning: node {node_id}: {message}")),
            None => note(&format!("warning: {message}")),
        }
    }
    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
