//! What a training tells, kept for its report: nodes, warnings, and how long each phase took.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use domain::job::Phase;

use crate::{Observer, observer::NodeRun};

/// The most warnings that are kept.
const MOST_WARNINGS: usize = 1_000;

/// A warning and the node it is from, if it is from one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Warning {
    pub(crate) node_id: Option<String>,
    pub(crate) message: String,
}

/// What was told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// What each node did, in the order they ran.
    pub(crate) nodes: Vec<NodeRun>,
    /// The first of the warnings.
    pub(crate) warnings: Vec<Warning>,
    /// How many warnings there were.
    pub(crate) warned: usize,
    /// The phases that are over, in order.
    pub(crate) phases: Vec<(Phase, Duration)>,
}

/// Listens to a training and keeps what a report needs.
#[derive(Default)]
pub(super) struct Log {
    told: Mutex<Told>,
    current: Mutex<Option<(Phase, Instant)>>,
}

impl Log {
    /// What was told so far.
    pub(super) fn told(&self) -> Told {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, keep: impl FnOnce(&mut Told)) {
        keep(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Observer for Log {
    fn phase(&self, phase: Phase) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((before, since)) = current.replace((phase, Instant::now())) {
            self.keep(|told| told.phases.push((before, since.elapsed())));
        }
    }
    fn node(&self, run: &NodeRun) {
        self.keep(|told| told.nodes.push(run.clone()));
    }
    fn warning(&self, node_id: Option<&str>, message: &str) {
        self.keep(|told| {
            told.warned += 1;
            if told.warnings.len() < MOST_WARNINGS {
                told.warnings.push(Warning {
                    node_id: node_id.map(str::to_owned),
                    message: message.to_owned(),
                });
            }
        });
    }
    fn cancelled(&self) -> bool {
        false
    }
}
