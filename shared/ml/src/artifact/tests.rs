mod refusals;

use std::{fs, io, path::Path};

use domain::spec::{CsvOptions, DataFormat, TrainSpec};

use super::*;
use crate::{
    Error, Silent, Trained,
    frame::{Frame, Split},
    models,
    pipeline::{Classes, FittedPipeline, Label, Outcome},
    testing::{csv, messy, messy_graph_for, spec},
    train,
};

fn spec_of(model: &str) -> TrainSpec {
    spec(messy_graph_for(model), model, "{}")
}

fn trained(model: &str) -> Trained {
    train(&spec_of(model), csv(&messy(200)), "00", 2, &Silent).unwrap()
}

fn written(model: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in trained(model).files().unwrap() {
        fs::write(dir.path().join(name), content).unwrap();
    }
    dir
}

fn table(artifact: &Artifact, content: &str) -> Frame {
    artifact
        .read(csv(content), DataFormat::Csv, &CsvOptions::default(), &Silent)
        .unwrap()
}

fn refusal(dir: &Path) -> String {
    let error = load(dir).err().expect("the artifact was taken");
    let failure = error.failure().unwrap();
    assert_eq!(failure.code, "BAD_ARTIFACT");
    failure.message.clone()
}

/// The bits, so that not even the sign of a zero may differ.
fn bits(metrics: &crate::pipeline::Metrics) -> Vec<(&String, u64)> {
    metrics
        .iter()
        .map(|(name, value)| (name, value.to_bits()))
        .collect()
}

#[test]
fn a_loaded_artifact_reproduces_the_recorded_metrics_to_the_bit() {
    for model in models::specs() {
        let dir = written(&model.key);
        let artifact = load(dir.path()).unwrap();
        for split in Split::ALL {
            let frame = table(&artifact, &messy(200));
            let (predictions, metrics) = evaluate_rows(&artifact, frame, split, &Silent).unwrap();
            let recorded = &artifact.manifest.metrics[split.as_str()];
            assert_eq!(bits(&metrics), bits(recorded), "{} {}", model.key, split.as_str());
            let rows = artifact.rows.as_ref().unwrap();
            assert_eq!(predictions.rows.len(), rows.of(split).count());
            assert!(
                predictions
                    .rows
                    .iter()
                    .all(|row| !matches!(row.outcome, Outcome::Nothing(_)))
            );
        }
    }
}

#[test]
fn a_loaded_pipeline_predicts_what_the_trained_one_did() {
    for model in models::specs() {
        let trained = trained(&model.key);
        let artifact = load(written(&model.key).path()).unwrap();
        let frame = table(&artifact, &messy(200));
        let before = trained.pipeline().predict(frame.clone(), &Silent).unwrap();
        assert_eq!(
            before,
            artifact.pipeline.predict(frame, &Silent).unwrap(),
            "{}",
            model.key
        );
        assert_eq!(before.rows.len(), 200);
    }
}

#[test]
fn the_manifest_says_what_was_trained_on_what() {
    let artifact = load(written("logistic_regression").path()).unwrap();
    let manifest = &artifact.manifest;
    let inputs: Vec<&str> = manifest
        .inputs
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(inputs, ["age", "income", "city", "member"]);
    assert_eq!(manifest.target.name, "bought");
    assert_eq!(manifest.classes.len(), 2);
    assert_eq!(
        manifest
            .positive_class
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some("yes")
    );
    let rows = &manifest.rows;
    assert_eq!(rows.source, 200);
    assert_eq!(
        rows.source,
        rows.dropped + rows.train + rows.validation + rows.test
    );
    assert_eq!(rows.test, artifact.rows.unwrap().of(Split::Test).count());
    assert_eq!(
        manifest
            .files
            .iter()
            .map(|file| file.name.as_str())
            .collect::<Vec<_>>(),
        [PIPELINE_FILE, ONNX_FILE, EVALUATION_FILE, REPORT_FILE, ROWS_FILE]
    );
    assert!(manifest.model.hyperparameters.contains_key("max_iter"));
}

#[test]
fn the_evaluation_is_written_and_agrees_with_the_manifest() {
    for model in models::specs() {
        let trained = trained(&model.key);
        let dir = written(&model.key);
        let manifest = load(dir.path()).unwrap().manifest;
        let text = fs::read(dir.path().join(EVALUATION_FILE)).unwrap();
        let read: EvaluationFile = serde_json::from_slice(&text).unwrap();
        assert_eq!(&read, trained.evaluation(), "{}", model.key);
        assert_eq!((read.format, read.classes), (1, manifest.classes));
        assert_eq!(read.positive_class, manifest.positive_class);
        let rows = [
            ("train", manifest.rows.train),
            ("validation", manifest.rows.validation),
            ("test", manifest.rows.test),
        ];
        for (split, rows) in rows {
            let evaluation = &read.splits[split];
            assert_eq!(bits(&evaluation.metrics), bits(&manifest.metrics[split]));
            assert_eq!(evaluation.rows, rows);
        }
    }
}

#[test]
fn the_folds_of_a_cross_validation_are_in_the_evaluation() {
    let mut spec = spec_of("ridge_regression");
    let train_model = spec
        .graph
        .nodes
        .iter_mut()
        .find(|node| node.id == "train")
        .unwrap();
    train_model.config.insert("cv_enabled".into(), true.into());
    let trained = train(&spec, csv(&messy(200)), "00", 2, &Silent).unwrap();
    let folds = trained.evaluation().cross_validation.as_ref().unwrap();
    assert_eq!(folds.folds.len(), 5);
    assert_eq!(folds.mean, trained.metrics()["cv_mean"]);
}

#[test]
fn nothing_of_a_job_is_in_the_pipeline_and_the_evaluation() {
    let mut other = spec_of("ridge_regression");
    other.dataset.uri = "file:///elsewhere/t.csv".into();
    let files = |spec: &TrainSpec| {
        let mut files = train(spec, csv(&messy(200)), "00", 1, &Silent)
            .unwrap()
            .files()
            .unwrap();
        files.retain(|(name, _)| [PIPELINE_FILE, EVALUATION_FILE].contains(&name.as_str()));
        files
    };
    assert_eq!(files(&other).len(), 2);
    assert!(files(&spec_of("ridge_regression")) == files(&other));
}

#[test]
fn what_predicting_does_not_read_need_not_be_there() {
    let dir = written("ridge_regression");
    let content = messy(200);
    let whole = load(dir.path()).unwrap();
    let expected = whole.pipeline.predict(table(&whole, &content), &Silent).unwrap();
    for name in [ONNX_FILE, EVALUATION_FILE, REPORT_FILE] {
        fs::remove_file(dir.path().join(name)).unwrap();
    }
    assert!(refusal(dir.path()).contains(ONNX_FILE));
    let artifact = load_to_predict(dir.path(), true).unwrap();
    let test = evaluate_rows(&artifact, table(&artifact, &content), Split::Test, &Silent);
    assert!(test.is_ok());
    fs::remove_file(dir.path().join(ROWS_FILE)).unwrap();
    assert!(load_to_predict(dir.path(), true).is_err());
    let artifact = load_to_predict(dir.path(), false).unwrap();
    let frame = table(&artifact, &content);
    assert_eq!(artifact.pipeline.predict(frame, &Silent).unwrap(), expected);
    let error = evaluate_rows(&artifact, table(&artifact, &content), Split::Test, &Silent)
        .err()
        .unwrap();
    assert_eq!(error.failure().unwrap().message, "rows.bin: it was not loaded");
}

/// A disk that is full when a file of this name comes, and what is told then.
struct Full<'n> {
    at: &'n str,
    told: Option<io::ErrorKind>,
}

impl Sink for Full<'_> {
    fn write(&mut self, name: &str, content: &mut Content<'_>) -> Result<(), Error> {
        if name != self.at {
            return content(&mut io::sink()).map_err(|error| panic!("{name}: {error}"));
        }
        let mut disk = fs::File::options().write(true).open("/dev/full").unwrap();
        let told = content(&mut disk).unwrap_err();
        self.told = Some(told.kind());
        Err(Error::storage("DISK_FULL", told.to_string()))
    }
}

#[test]
fn a_full_disk_is_told_as_such_whatever_is_written_to_it() {
    let trained = trained("random_forest_regressor").with_trees_in_onnx_up_to(0);
    for at in [
        PIPELINE_FILE,
        ONNX_FILE,
        ONNX_DATA_FILE,
        REPORT_FILE,
        MANIFEST_FILE,
    ] {
        let mut disk = Full { at, told: None };
        let error = trained.write(&mut disk).unwrap_err();
        assert_eq!(error.failure().unwrap().code, "DISK_FULL", "{at}");
        assert_eq!(disk.told, Some(io::ErrorKind::StorageFull), "{at}");
    }
}

#[test]
fn another_table_is_not_evaluated_as_the_one_trained_on() {
    let artifact = load(written("ridge_regression").path()).unwrap();
    let code = |frame| {
        let error = evaluate_rows(&artifact, frame, Split::Test, &Silent)
            .err()
            .unwrap();
        error.failure().unwrap().code.clone()
    };
    assert_eq!(code(table(&artifact, &messy(199))), "WRONG_TABLE");
    let mut unlabelled = table(&artifact, &messy(200));
    unlabelled.remove("spent");
    assert_eq!(code(unlabelled), "WRONG_TABLE");
}
