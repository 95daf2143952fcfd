//! What must hold of a run, checked on its history and on what is so at its end. Each rule is a function of its own,
//! and each is shown to find what it is there for.

mod attempts;
mod ends;
mod models;
mod requests;
mod watched;

#[cfg(test)]
pub(super) mod testing;

use serde::Serialize;

use super::{
    facts::Facts,
    history::{Entry, Line},
};

/// A rule that was broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The rule.
    pub rule: String,
    /// The job, if it is about one.
    pub job_id: String,
    /// What was found.
    pub found: String,
}

impl Violation {
    /// A rule that was broken.
    pub fn new(rule: &str, job_id: &str, found: impl Into<String>) -> Self {
        Self {
            rule: rule.to_owned(),
            job_id: job_id.to_owned(),
            found: found.into(),
        }
    }
}

/// Every rule that was broken.
#[must_use]
pub(crate) fn check(history: &[Line], facts: &Facts) -> Vec<Violation> {
    let mut found = Vec::new();
    for line in history {
        if let Entry::Wrong { rule, found: what } = &line.entry {
            found.push(Violation::new(rule, "", what));
        }
    }
    for job in facts.jobs.values() {
        ends::check(job, &mut found);
        attempts::check(job, &mut found);
        models::check(job, &mut found);
    }
    models::check_apart(facts, &mut found);
    requests::check(history, facts, &mut found);
    watched::check(history, facts, &mut found);
    found
}
