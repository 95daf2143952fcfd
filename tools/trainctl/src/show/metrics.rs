//! Metrics side by side: what is printed when jobs have ended.

use std::collections::{BTreeMap, BTreeSet};

use messages::v1::{JobState, TrainingJob};

use super::{table, words};

/// The metrics that are shown where none are asked for, as far as they are there; the first is what jobs are sorted by.
pub(super) const USUAL: [&str; 9] = [
    "accuracy",
    "balanced_accuracy",
    "f1_weighted",
    "roc_auc",
    "roc_auc_weighted",
    "log_loss",
    "r2",
    "rmse",
    "mae",
];

/// The splits, the one that says most about a model first.
pub(super) const SPLITS: [&str; 3] = ["test", "validation", "train"];

/// Over the folds of a cross-validation: the means, and how far the folds lie from them.
const FOLDS: [&str; 2] = ["cv_mean", "cv_std"];

/// How jobs ended: a table of metrics, then where each model lies, then what failed.
pub(crate) fn outcome(jobs: &[TrainingJob]) -> String {
    let mut text = compared(jobs);
    let models: Vec<(String, String)> = jobs
        .iter()
        .filter_map(|job| Some((words::model(job), words::place(job.artifact.as_ref()?))))
        .collect();
    if !models.is_empty() {
        text += "\n\nModels:\n";
        text += &table::pairs(
            models
                .iter()
                .map(|(model, place)| (model.as_str(), place.clone())),
        );
    }
    for job in jobs.iter().filter(|job| job.state() != JobState::Succeeded) {
        let why = match &job.failure {
            Some(failure) => words::failure(failure),
            None => job.cancel_reason.clone(),
        };
        let line = format!("{} {} {why}", words::model(job), words::state(job.state()));
        text += &format!("\n\n{}\n  job {}", line.trim_end(), job.job_id);
    }
    text
}

fn compared(jobs: &[TrainingJob]) -> String {
    let shown: Vec<(&TrainingJob, Option<&str>)> = jobs.iter().flat_map(lines).collect();
    let has = |name: &&str| {
        shown
            .iter()
            .any(|(job, split)| metric(job, *split, name).is_some())
    };
    let names: Vec<&str> = USUAL.into_iter().filter(has).collect();
    let head: Vec<&str> = ["model", "state", "rows"]
        .into_iter()
        .chain(names.iter().copied())
        .collect();
    let rows = shown.iter().map(|(job, split)| {
        let mut row = vec![
            words::model(job),
            words::state(job.state()).to_owned(),
            split.unwrap_or(words::NOTHING).to_owned(),
        ];
        row.extend(names.iter().map(|name| shown_number(metric(job, *split, name))));
        row
    });
    table::numbers(&head, rows, 3)
}

/// Every metric of every split of one job.
pub(crate) fn all(metrics: &BTreeMap<String, BTreeMap<String, f64>>) -> String {
    let splits: Vec<&str> = SPLITS
        .into_iter()
        .rev()
        .chain(FOLDS)
        .filter(|split| metrics.contains_key(*split))
        .collect();
    let names: BTreeSet<&str> = metrics
        .values()
        .flat_map(|values| values.keys().map(String::as_str))
        .collect();
    let head: Vec<&str> = ["metric"].into_iter().chain(splits.iter().copied()).collect();
    let rows = names.into_iter().map(|name| {
        let values = splits
            .iter()
            .map(|split| shown_number(metrics[*split].get(name).copied()));
        [name.to_owned()].into_iter().chain(values).collect()
    });
    table::numbers(&head, rows, 1)
}

/// What is told of a job, a line each: the split that says most, and the folds, if there are any.
fn lines(job: &TrainingJob) -> impl Iterator<Item = (&TrainingJob, Option<&'static str>)> {
    let told = |split: &&str| job.metrics.contains_key(*split);
    let folds = FOLDS.into_iter().filter(told).map(Some);
    let all: Vec<_> = [SPLITS.into_iter().find(told)].into_iter().chain(folds).collect();
    all.into_iter().map(move |split| (job, split))
}

fn metric(job: &TrainingJob, split: Option<&str>, name: &str) -> Option<f64> {
    job.metrics.get(split?)?.values.get(name).copied()
}

fn shown_number(value: Option<f64>) -> String {
    value.map_or(words::NOTHING.to_owned(), words::number)
}

#[cfg(test)]
mod tests {
    use messages::v1::{Artifact, Failure, FailureKind, SplitMetrics};

    use super::*;

    fn job(model: &str, version: i64, state: JobState) -> TrainingJob {
        TrainingJob {
            job_id: format!("job-{version}"),
            model_type: model.into(),
            version,
            state: state.into(),
            ..Default::default()
        }
    }

    #[test]
    fn the_outcome_tells_metrics_places_and_failures() {
        let mut good = job("ridge", 1, JobState::Succeeded);
        let split = |name: &str, r2, rmse| {
            let values: BTreeMap<String, f64> = [("r2".to_owned(), r2), ("rmse".to_owned(), rmse)].into();
            (name.to_owned(), SplitMetrics { values })
        };
        good.metrics = [
            split("test", 0.45, 53.853),
            split("cv_mean", 0.43, 55.0),
            split("cv_std", 0.01, 2.5),
        ]
        .into();
        good.artifact = Some(Artifact {
            uri: "file:///models/a%20b".into(),
            ..Default::default()
        });
        let mut bad = job("forest", 2, JobState::Failed);
        bad.failure = Some(Failure {
            kind: FailureKind::InvalidData.into(),
            code: "ONE_CLASS".into(),
            message: "only one class is left".into(),
            node_id: "train".into(),
            retryable: false,
        });
        assert_eq!(
            outcome(&[good, bad]),
            "MODEL      STATE      ROWS         R2    RMSE\n\
             ridge v1   SUCCEEDED  test     0.4500   53.85\n\
             ridge v1   SUCCEEDED  cv_mean  0.4300   55.00\n\
             ridge v1   SUCCEEDED  cv_std   0.0100  2.5000\n\
             forest v2  FAILED     -             -       -\n\n\
             Models:\n\
             ridge v1  /models/a b\n\n\
             forest v2 FAILED INVALID_DATA ONE_CLASS at node train: only one class is left\n  job job-2"
        );
    }
}
