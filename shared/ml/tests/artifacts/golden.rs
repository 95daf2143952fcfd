//! Golden artifacts load, and predict what they predicted when they were made.

use domain::catalog::NodeSpec;
use ml::{
    Silent,
    artifact::{self, EvaluationFile},
    models, nodes,
    pipeline::{Outcome, Predictions},
};

use super::{Case, Golden, Workshop, fs};

/// The versions of which there are golden artifacts.
const VERSIONS: [u32; 1] = [1];
/// What a prediction may differ by, of itself where that exceeds 1: processors of other instructions add up in another
/// order.
const BOUND: f64 = 1e-9;

#[test]
fn an_old_artifact_loads_whole() {
    for version in VERSIONS {
        let golden = Golden::of(version);
        let whole = golden.folder.join("whole");
        let artifact = artifact::load(&whole).unwrap();
        assert!(artifact.manifest.files.len() >= 5, "v{version}");
        let evaluation = fs::read(whole.join("evaluation.json")).unwrap();
        let evaluation: EvaluationFile = serde_json::from_slice(&evaluation).unwrap();
        assert_eq!(
            evaluation.splits["test"].metrics,
            artifact.manifest.metrics["test"]
        );
    }
}

#[test]
fn an_old_pipeline_predicts_what_it_did() {
    for version in VERSIONS {
        let golden = Golden::of(version);
        let workshop = Workshop::of(&golden);
        for (name, case) in &golden.cases {
            let artifact = workshop.load(case, &golden.pipeline(name)).unwrap();
            let table = golden.table(&artifact).unwrap();
            let predictions = artifact.pipeline.predict(table, &Silent).unwrap();
            assert_as_before(&format!("v{version} {name}"), case, &predictions);
        }
    }
}

fn assert_as_before(name: &str, case: &Case, found: &Predictions) {
    let labels: Vec<String> = found.labels.iter().map(ToString::to_string).collect();
    assert_eq!((&labels, found.rows.len()), (&case.labels, 40), "{name}");
    let before = case.predictions.iter().zip(&case.probabilities);
    for (row, (prediction, probabilities)) in found.rows.iter().zip(before) {
        let told = format!("{name} {row:?} was {prediction:?} {probabilities:?}");
        match &row.outcome {
            Outcome::Nothing(_) => assert!(prediction.is_empty(), "{told}"),
            Outcome::Value(value) => assert!(is_near(*value, prediction.parse().unwrap()), "{told}"),
            Outcome::Class {
                class,
                probabilities: found,
            } => {
                assert_eq!(&labels[*class], prediction, "{told}");
                let before: Vec<f64> = probabilities.iter().copied().flatten().collect();
                assert_eq!(found.len(), before.len(), "{told}");
                assert!(found.iter().zip(before).all(|(a, b)| is_near(*a, b)), "{told}");
            }
        }
    }
}

fn is_near(found: f64, before: f64) -> bool {
    (found - before).abs() <= BOUND * before.abs().max(1.0)
}

#[test]
fn there_is_a_golden_pipeline_for_every_model_and_every_type_of_node() {
    let golden = Golden::of(1);
    let used = |key: &str| {
        golden
            .cases
            .keys()
            .any(|name| name == key || name.starts_with(&format!("{key}-")))
    };
    for spec in models::specs() {
        assert!(used(&spec.key), "{}", spec.key);
    }
    let leaves_a_step =
        |spec: &NodeSpec| !["dataset", "train_test_split", "train_model"].contains(&&*spec.key);
    for spec in nodes::specs().iter().filter(|spec| leaves_a_step(spec)) {
        assert!(used(&spec.key), "{}", spec.key);
    }
}
