//! Jobs side by side: the metrics of one split, a line for each job, the best of each metric marked.

mod basis;

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use domain::catalog::ProblemType;
use messages::v1::{JobState, TrainingJob};
use ml::metrics::less_is_better;
use serde_json::{Value, json};

use super::{
    json,
    metrics::{SPLITS, USUAL},
    table, words,
};
use crate::submission;

/// Jobs that predict the same kind of thing.
pub(crate) struct Group<'a> {
    problem: ProblemType,
    split: String,
    metrics: Vec<String>,
    /// Those with metrics, the best first.
    jobs: Vec<&'a TrainingJob>,
    /// In what they differ so that none of them is the best, if they do.
    differing: Option<&'static str>,
}

/// What is compared, and by what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The split; of those that all jobs have, the one that says most, if none.
    pub(crate) split: Option<&'a str>,
    /// The metrics; the usual ones if none.
    pub(crate) metrics: &'a [String],
}

/// The jobs that have metrics, classifiers apart from regressors.
///
/// # Errors
/// For a split or a metric that none of them has.
pub(crate) fn groups<'a>(jobs: &'a [TrainingJob], asked: Asked<'_>) -> Result<Vec<Group<'a>>> {
    let kinds = [ProblemType::Classification, ProblemType::Regression];
    let groups: Vec<Group<'a>> = kinds
        .into_iter()
        .filter_map(|problem| group(jobs, problem, asked))
        .collect();
    let splits: BTreeSet<&str> = jobs
        .iter()
        .flat_map(|job| job.metrics.keys())
        .map(String::as_str)
        .collect();
    if let Some(split) = asked.split.filter(|split| !splits.contains(split)) {
        let splits: Vec<&str> = splits.into_iter().collect();
        bail!(
            "no job has metrics of {split}; there are those of {}",
            listed(&splits)
        );
    }
    let values = groups.iter().flat_map(|group| {
        let splits = group.jobs.iter().filter_map(|job| job.metrics.get(&group.split));
        splits.flat_map(|split| split.values.keys().map(String::as_str))
    });
    let names: BTreeSet<&str> = values.collect();
    if let Some(name) = asked.metrics.iter().find(|name| !names.contains(name.as_str())) {
        let names: Vec<&str> = names.into_iter().collect();
        bail!("no job has the metric {name}; there are {}", listed(&names));
    }
    Ok(groups)
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn group<'a>(jobs: &'a [TrainingJob], problem: ProblemType, asked: Asked<'_>) -> Option<Group<'a>> {
    let catalog = submission::catalog();
    let is_of = |job: &&TrainingJob| match catalog.model(&job.model_type) {
        Some(model) => model.problem_type == problem,
        // A model of a newer server: its metrics tell.
        None => {
            job.metrics.values().any(|split| split.values.contains_key("mse"))
                == (problem == ProblemType::Regression)
        }
    };
    let jobs: Vec<&TrainingJob> = jobs
        .iter()
        .filter(|job| !job.metrics.is_empty())
        .filter(is_of)
        .collect();
    let all_have = |split: &&str| jobs.iter().all(|job| job.metrics.contains_key(*split));
    let any_has = |split: &&str| jobs.iter().any(|job| job.metrics.contains_key(*split));
    let usual = || {
        SPLITS
            .into_iter()
            .find(all_have)
            .or_else(|| SPLITS.into_iter().find(any_has))
    };
    let split = asked.split.or_else(usual).filter(any_has)?.to_owned();
    let mut group = Group {
        problem,
        split,
        metrics: Vec::new(),
        differing: basis::differing(&jobs),
        jobs,
    };
    let wanted = asked.metrics.iter().map(String::as_str);
    let usual = USUAL.into_iter().filter(|_| asked.metrics.is_empty());
    let there = |name: &&str| group.jobs.iter().any(|job| group.value(job, name).is_some());
    group.metrics = wanted.chain(usual).filter(there).map(str::to_owned).collect();
    if let Some(first) = group.metrics.first() {
        let rank = |job: &&TrainingJob| match metric(job, &group.split, first) {
            Some(value) if less_is_better(first) => value,
            Some(value) => -value,
            None => f64::INFINITY,
        };
        group.jobs.sort_by(|one, other| rank(one).total_cmp(&rank(other)));
    }
    Some(group)
}

fn metric(job: &TrainingJob, split: &str, name: &str) -> Option<f64> {
    job.metrics.get(split)?.values.get(name).copied()
}

impl Group<'_> {
    fn value(&self, job: &TrainingJob, name: &str) -> Option<f64> {
        metric(job, &self.split, name)
    }

    /// The best value of a metric, where there are several that compare.
    fn best(&self, name: &str) -> Option<f64> {
        let values: Vec<f64> = self.jobs.iter().filter_map(|job| self.value(job, name)).collect();
        let better = if less_is_better(name) { f64::min } else { f64::max };
        let best = values.iter().copied().reduce(better);
        best.filter(|_| values.len() > 1 && self.differing.is_none())
    }

    /// A table; what is marked is the best.
    pub(crate) fn text(&self) -> String {
        let head = ["job", "model", "created (UTC)", "took"];
        let head: Vec<&str> = head
            .into_iter()
            .chain(self.metrics.iter().map(String::as_str))
            .collect();
        let best: Vec<Option<f64>> = self.metrics.iter().map(|name| self.best(name)).collect();
        let rows = self.jobs.iter().map(|job| {
            let mut row = vec![
                words::short_id(&job.job_id).to_owned(),
                words::model(job),
                words::time(job.create_time),
                words::between(job.start_time, job.finish_time),
            ];
            let cells = self
                .metrics
                .iter()
                .zip(&best)
                .map(|(name, best)| match self.value(job, name) {
                    // The blank keeps the digits below each other.
                    Some(value) if best.is_none() => words::number(value),
                    Some(value) if *best == Some(value) => words::number(value) + MARK,
                    Some(value) => words::number(value) + " ",
                    None => words::NOTHING.to_owned(),
                });
            row.extend(cells);
            row
        });
        let problem = self.problem.as_str();
        let sets: BTreeSet<&str> = self
            .jobs
            .iter()
            .map(|job| job.dataset_source_id.as_str())
            .collect();
        let sets: Vec<&str> = sets.into_iter().collect();
        let differing = match self.differing {
            Some(what) => format!(", which do not compare: the {what} differ"),
            None => String::new(),
        };
        let heading = format!("{problem}, {} of {}{differing}", self.split, sets.join(" and "));
        format!("{heading}\n{}", table::numbers(&head, rows, 3))
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> Value {
        let metrics = self.metrics.iter().map(|name| {
            let best = self.best(name);
            let is_best = |job: &&&TrainingJob| best.is_some() && self.value(job, name) == best;
            let best: Vec<&str> = self
                .jobs
                .iter()
                .filter(is_best)
                .map(|job| job.job_id.as_str())
                .collect();
            json!({ "name": name, "less_is_better": less_is_better(name), "best": best })
        });
        json!({
            "problem_type": self.problem.as_str(),
            "split": self.split,
            "differing": self.differing,
            "metrics": metrics.collect::<Vec<_>>(),
            "jobs": self.jobs.iter().map(|job| json::job_in_brief(job)).collect::<Vec<_>>(),
        })
    }
}

/// What stands behind the best.
const MARK: &str = "*";

/// The text with what is marked in bold, for a terminal.
pub(crate) fn bold(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n']);
    let bold = |word: &str| match word.trim_end() {
        marked if marked.ends_with(MARK) => format!("\x1b[1m{marked}\x1b[0m{}", &word[marked.len()..]),
        _ => word.to_owned(),
    };
    words.map(bold).collect()
}

/// The jobs that have no metrics, each with the reason; nothing if there are none.
pub(crate) fn others(jobs: &[TrainingJob]) -> String {
    let without = jobs.iter().filter(|job| job.metrics.is_empty());
    let line = |job: &TrainingJob| {
        let why = match (&job.failure, job.state()) {
            (Some(failure), _) => words::failure(failure),
            (None, JobState::Cancelled) => job.cancel_reason.clone(),
            (None, _) => "has no metrics yet".to_owned(),
        };
        let line = format!(
            "{} {} {} {why}",
            words::short_id(&job.job_id),
            words::model(job),
            words::state(job.state())
        );
        line.trim_end().to_owned()
    };
    without.map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
