//! Real fits: a model comes out with its files, and a fit that uses every core still stops at once.

use std::{
    fmt::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use domain::{
    graph::{Edge, Graph, Node},
    value::{Object, Value},
};
use messages::{
    bus::v1::{BeatStatus, Grant, Success, TerminalReport, terminal_report::Outcome, trainer_event::Body},
    convert, v1,
};
use storage::{FileEntry, Uri};
use testkit::{Process, eventually};

use crate::{
    job_service::{JobService, SOON, grant},
    trainers::{Place, children, is_alive},
};

fn object<const N: usize>(values: [(&str, Value); N]) -> Object {
    values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

/// A grant to train a classifier of `target` on 80 % of a table, scaled.
fn classify(table: &Path, target: &str, model_type: &str, hyperparameters: &Object) -> Grant {
    let node = |id: &str, kind: &str, config| Node {
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
    let split = [
        ("test_size", Value::Number(0.2)),
        ("stratify", Value::Bool(true)),
        ("random_state", Value::Number(7.0)),
    ];
    let graph = Graph {
        nodes: vec![
            node("data", "dataset", object([("dataset_source_id", text("data"))])),
            node("split", "train_test_split", object(split)),
            node(
                "scale",
                "scale_numeric_features",
                object([("default_method", text("standard"))]),
            ),
            node(
                "train",
                "train_model",
                object([
                    ("target_column", text(target)),
                    ("problem_type", text("classification")),
                ]),
            ),
        ],
        edges: vec![
            edge("data", "split"),
            edge("split", "scale"),
            edge("scale", "train"),
        ],
    };
    let mut grant = grant(&format!("file://{}", table.display()), "");
    let spec = grant.spec.as_mut().unwrap();
    spec.graph = Some(convert::graph_to_pb(&graph));
    spec.model_type = model_type.into();
    spec.hyperparameters = Some(convert::object_to_pb(hyperparameters));
    grant.threads = 0;
    grant
}

/// A grant to train a small model.
pub(crate) fn tumours(place: &Place) -> Grant {
    let table = place.data("breast_cancer.csv");
    let example = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../deploy/examples/data/breast_cancer.csv"
    );
    std::fs::copy(example, &table).unwrap();
    classify(&table, "diagnosis", "logistic_regression", &Object::new())
}

fn success(report: TerminalReport) -> Success {
    match report.outcome {
        Some(Outcome::Success(success)) => success,
        other => panic!("no success: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_trained_written_and_told_with_its_metrics() {
    let place = Place::new();
    let service = JobService::start(tumours(&place)).await;
    let _trainer = place.process(&service.nats.url());
    let job = service.announce().await;
    let success = success(service.report(job).await);
    assert!(
        success.metrics["test"].values["accuracy"] >= 0.93,
        "{:?}",
        success.metrics
    );

    let artifact = success.artifact.unwrap();
    let Uri::File(dir) = artifact.uri.parse().unwrap() else {
        unreachable!()
    };
    assert_eq!(dir, place.attempt_dir(&service.claim(job).await));
    let entry = |file: &v1::ArtifactFile| FileEntry {
        name: file.name.clone(),
        bytes: file.bytes.try_into().unwrap(),
        sha256: file.sha256.clone(),
    };
    let files: Vec<FileEntry> = artifact.files.iter().map(entry).collect();
    storage::verify(&dir, &files).unwrap();
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert!(
        names.contains(&"pipeline.tyd") && names.last() == Some(&"manifest.json"),
        "{names:?}"
    );
    assert_eq!(artifact.sha256, files.last().unwrap().sha256);

    let events = service.state().events.clone();
    let ran: Vec<&str> = events
        .iter()
        .filter_map(|event| match &event.body {
            Some(Body::Node(node)) => Some(node.node_id.as_str()),
            _ => None,
        })
        .collect();
    assert!(ran.contains(&"split") && ran.contains(&"scale"), "{ran:?}");
    assert!(
        matches!(events.last().unwrap().body, Some(Body::Terminal(_))),
        "the report comes last"
    );
}

/// A table of noise on which a forest has much to do.
fn noise(path: &Path) {
    let mut text = (0..20).map(|column| format!("x{column},")).collect::<String>() + "y\n";
    let mut state = 1_u64;
    for _ in 0..20_000 {
        for _ in 0..20 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            write!(text, "{},", state >> 40).unwrap();
        }
        text.push_str(if state >> 63 == 0 { "a\n" } else { "b\n" });
    }
    std::fs::write(path, text).unwrap();
}

/// The child of a job that has begun to fit.
async fn fitting_child(service: &JobService, trainer: &Process) -> i32 {
    let job = service.announce().await.to_string();
    let fits = |body: &Body| match body {
        Body::Progress(progress) => progress.phase() == v1::JobPhase::Fitting,
        _ => false,
    };
    eventually("the fit", SOON * 3, || {
        let state = service.state();
        let mut bodies = state
            .events
            .iter()
            .filter(|event| event.job_id == job)
            .filter_map(|event| event.body.as_ref());
        std::future::ready(bodies.any(fits).then_some(()))
    })
    .await;
    children(trainer.pid())[0]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fit_on_every_core_stops_at_once_when_cancelled_or_orphaned() {
    let place = Place::new();
    let table = place.data("noise.csv");
    noise(&table);
    let trees = object([("n_estimators", Value::Number(5000.0))]);
    let service = JobService::start(classify(&table, "y", "random_forest_classifier", &trees)).await;
    let mut trainer = place.process(&service.nats.url());

    let child = fitting_child(&service, &trainer).await;
    let job = service.state().claims[0].job_id.parse().unwrap();
    let began = Instant::now();
    service.state().status = BeatStatus::CancelRequested;
    let report = service.report(job).await;
    let took = began.elapsed();
    assert!(matches!(report.outcome, Some(Outcome::Stopped(_))), "{report:?}");
    assert!(took < Duration::from_secs(2) && !is_alive(child), "{took:?}");
    assert_eq!(
        report.exit_code,
        Some(0),
        "it stopped by itself, within its grace"
    );
    {
        let mut state = service.state();
        state.status = BeatStatus::Ok;
    }

    let child = fitting_child(&service, &trainer).await;
    trainer.kill();
    eventually("the end of the child", SOON, || {
        std::future::ready((!is_alive(child)).then_some(()))
    })
    .await;
}
