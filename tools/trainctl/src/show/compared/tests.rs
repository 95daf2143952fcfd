use domain::{
    graph::{Edge, Graph, Node},
    value::Object,
};
use messages::{
    convert::graph_to_pb,
    v1::{Failure, FailureKind, SplitMetrics, TrainingSpec},
};

use super::*;

fn job(id: &str, model: &str, metrics: &[(&str, &[(&str, f64)])]) -> TrainingJob {
    let split = |(split, values): &(&str, &[(&str, f64)])| {
        let values = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect();
        ((*split).to_owned(), SplitMetrics { values })
    };
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    TrainingJob {
        job_id: format!("01890a5d-ac96-774b-bcce-0000{id}"),
        model_type: model.into(),
        version: 1,
        dataset_source_id: "iris".into(),
        state: JobState::Succeeded.into(),
        metrics: metrics.iter().map(split).collect(),
        create_time: at(1_700_000_000),
        start_time: at(1_700_000_001),
        finish_time: at(1_700_000_003),
        ..Default::default()
    }
}

const USUALLY: Asked<'static> = Asked {
    split: None,
    metrics: &[],
};

fn classifiers() -> Vec<TrainingJob> {
    vec![
        job(
            "aaaaaaaa",
            "gaussian_nb",
            &[
                ("test", &[("accuracy", 0.9), ("log_loss", 0.25)]),
                ("train", &[("accuracy", 0.99)]),
            ],
        ),
        job(
            "bbbbbbbb",
            "logistic_regression",
            &[
                ("test", &[("accuracy", 0.95), ("log_loss", 0.5)]),
                ("train", &[("accuracy", 0.97)]),
            ],
        ),
        job("cccccccc", "linear_svc", &[("test", &[("accuracy", 0.95)])]),
    ]
}

#[test]
fn the_best_of_each_metric_is_marked_whichever_way_it_is_better() {
    let jobs = classifiers();
    let groups = groups(&jobs, USUALLY).unwrap();
    assert_eq!(groups.len(), 1);
    assert_eq!(
        groups[0].text(),
        "classification, test of iris\n\
         JOB       MODEL                   CREATED (UTC)         TOOK  ACCURACY  LOG_LOSS\n\
         bbbbbbbb  logistic_regression v1  2023-11-14 22:13:20  2.0 s   0.9500*   0.5000\n\
         cccccccc  linear_svc v1           2023-11-14 22:13:20  2.0 s   0.9500*         -\n\
         aaaaaaaa  gaussian_nb v1          2023-11-14 22:13:20  2.0 s   0.9000    0.2500*"
    );
    let json = groups[0].json();
    assert_eq!(json["metrics"][0]["best"].as_array().unwrap().len(), 2);
    assert_eq!(json["metrics"][1]["best"][0], jobs[0].job_id);
    assert_eq!(json["metrics"][1]["less_is_better"], true);
    assert_eq!(bold("a 0.5* b\n1*"), "a \x1b[1m0.5*\x1b[0m b\n\x1b[1m1*\x1b[0m");
}

#[test]
fn the_split_is_one_that_all_have_or_the_one_asked_for() {
    let jobs = classifiers();
    let split = |jobs: &[TrainingJob], split| {
        let asked = Asked { split, metrics: &[] };
        groups(jobs, asked).map(|groups| groups[0].split.clone())
    };
    assert_eq!(split(&jobs, None).unwrap(), "test");
    assert_eq!(split(&jobs, Some("train")).unwrap(), "train");
    let error = split(&jobs, Some("validation")).unwrap_err().to_string();
    assert_eq!(
        error,
        "no job has metrics of validation; there are those of test, train"
    );
    let mut without_test = jobs[..2].to_vec();
    without_test[0].metrics.remove("test");
    assert_eq!(split(&without_test, None).unwrap(), "train");
}

/// Three nodes, the second with this config and the last with this target.
fn trained_by(job: &mut TrainingJob, split: &[(&str, f64)], target: &str) {
    let node = |id: &str, kind: &str, config: Object| Node {
        id: id.into(),
        kind: kind.into(),
        config,
    };
    let edge = |source: &str, target: &str| Edge {
        source: source.into(),
        target: target.into(),
        source_handle: String::new(),
        target_handle: String::new(),
    };
    let split = split
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).into()));
    let target = [("target_column".to_owned(), target.into())];
    let graph = Graph {
        nodes: vec![
            node("d", "dataset", Object::new()),
            node("s", "train_test_split", split.collect()),
            node("t", "train_model", target.into()),
        ],
        edges: vec![edge("d", "s"), edge("s", "t")],
    };
    job.spec = Some(TrainingSpec {
        graph: Some(graph_to_pb(&graph)),
        node_id: "t".into(),
        ..Default::default()
    });
}

#[test]
fn jobs_of_other_rows_or_another_target_are_not_held_to_be_better() {
    for (other, target, differing) in [
        // The default, named.
        (&[("test_size", 0.2)][..], "y", None),
        (&[("test_size", 0.3)], "y", Some("rows")),
        (&[("random_state", 7.0)], "y", Some("rows")),
        (&[], "z", Some("targets")),
    ] {
        let mut jobs = classifiers();
        trained_by(&mut jobs[0], &[], "y");
        trained_by(&mut jobs[1], other, target);
        let groups = groups(&jobs, USUALLY).unwrap();
        assert_eq!(groups[0].differing, differing, "{other:?} {target}");
        assert_eq!(groups[0].text().contains('*'), differing.is_none());
    }
}

#[test]
fn metrics_are_chosen_by_name() {
    let jobs = classifiers();
    let asked = |names: &[&str]| -> Vec<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    let chosen = asked(&["log_loss"]);
    let by_loss = Asked {
        split: None,
        metrics: &chosen,
    };
    let found = groups(&jobs, by_loss).unwrap();
    let ids: Vec<&str> = found[0].jobs.iter().map(|job| &job.job_id[28..]).collect();
    assert_eq!(ids, ["aaaaaaaa", "bbbbbbbb", "cccccccc"]);
    assert!(!found[0].text().contains("ACCURACY"));
    let mut without = jobs.clone();
    without[1]
        .metrics
        .get_mut("test")
        .unwrap()
        .values
        .remove("accuracy");
    let found = groups(&without, USUALLY).unwrap();
    let last = found[0].jobs.last().map(|job| job.job_id.as_str());
    assert_eq!(last, Some(jobs[1].job_id.as_str()));
    let chosen = asked(&["r2"]);
    let wrong = Asked {
        split: None,
        metrics: &chosen,
    };
    let error = groups(&jobs, wrong).err().unwrap().to_string();
    assert_eq!(error, "no job has the metric r2; there are accuracy, log_loss");
}

#[test]
fn classifiers_and_regressors_are_apart_and_jobs_without_metrics_are_told_of() {
    let mut jobs = classifiers();
    jobs.push(job(
        "dddddddd",
        "ridge_regression",
        &[("test", &[("r2", 0.5), ("mse", 2.0)])],
    ));
    jobs.push(job(
        "eeeeeeee",
        "a_newer_model",
        &[("test", &[("r2", 0.4), ("mse", 3.0)])],
    ));
    jobs[4].dataset_source_id = "other".into();
    let mut failed = job("ffffffff", "ridge_regression", &[]);
    failed.state = JobState::Failed.into();
    failed.failure = Some(Failure {
        kind: FailureKind::InvalidData.into(),
        code: "ONE_CLASS".into(),
        message: "only one class is left".into(),
        ..Default::default()
    });
    jobs.push(failed);
    let mut running = job("00000000", "ridge_regression", &[]);
    running.state = JobState::Running.into();
    jobs.push(running);
    let groups = groups(&jobs, USUALLY).unwrap();
    let sizes: Vec<usize> = groups.iter().map(|group| group.jobs.len()).collect();
    assert_eq!(sizes, [3, 2]);
    let text = groups[1].text();
    assert!(
        text.starts_with("regression, test of iris and other, which do not compare: the data sets differ\n"),
        "{text}"
    );
    assert!(text.contains("0.5000") && text.contains("dddddddd"), "{text}");
    assert!(!text.contains('*'), "{text}");
    let json = groups[1].json();
    assert_eq!(json["differing"], "data sets");
    assert!(json["metrics"][0]["best"].as_array().unwrap().is_empty());
    assert_eq!(
        others(&jobs),
        "ffffffff ridge_regression v1 FAILED INVALID_DATA ONE_CLASS: only one class is left\n\
         00000000 ridge_regression v1 RUNNING has no metrics yet"
    );
}
