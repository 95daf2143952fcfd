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
fn a_file_that_is_missing_truncated_or_altered_is_refused_by_name() {
    let dir = written("ridge_regression");
    let path = dir.path().join(PIPELINE_FILE);
    let good = fs::read(&path).unwrap();

    fs::write(&path, &good[..good.len() - 1]).unwrap();
    let message = refusal(dir.path());
    assert!(
        message.starts_with("pipeline.tyd: it has ") && message.contains("bytes, not"),
        "{message}"
    );

    let mut altered = good.clone();
    altered[good.len() / 2] ^= 1;
    fs::write(&path, &altered).unwrap();
    assert!(refusal(dir.path()).contains("pipeline.tyd: its content is not what"));

    fs::remove_file(&path).unwrap();
    assert_eq!(refusal(dir.path()), "pipeline.tyd: there is no such file");

    fs::write(&path, &good).unwrap();
    assert!(load(dir.path()).is_ok());
    // What is not needed for predictions is checked as well.
    for name in [ONNX_FILE, EVALUATION_FILE, REPORT_FILE] {
        let path = dir.path().join(name);
        let mut content = fs::read(&path).unwrap();
        content[0] ^= 1;
        fs::write(&path, &content).unwrap();
        assert!(refusal(dir.path()).starts_with(&format!("{name}: its content is not what")));
        content.push(0);
        fs::write(&path, &content).unwrap();
        content.pop();
        let reason = format!("{name}: it has more than {} bytes", content.len());
        assert_eq!(refusal(dir.path()), reason);
        content[0] ^= 1;
        fs::write(&path, &content).unwrap();
    }
    assert!(load(dir.path()).is_ok());
    fs::write(dir.path().join(MANIFEST_FILE), "{}").unwrap();
    assert!(refusal(dir.path()).starts_with("manifest.json: "));
    fs::remove_file(dir.path().join(MANIFEST_FILE)).unwrap();
    assert_eq!(refusal(dir.path()), "manifest.json: there is no such file");
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

#[test]
fn a_file_of_another_size_is_refused_even_where_it_is_not_read() {
    let dir = written("ridge_regression");
    fs::write(dir.path().join(ROWS_FILE), b"short").unwrap();
    let error = load_to_predict(dir.path(), false).err().unwrap();
    let message = &error.failure().unwrap().message;
    assert!(
        message.starts_with("rows.bin: it has 5 bytes, not the "),
        "{message}"
    );
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

/// Puts other bytes in place of a file and makes the manifest agree, as someone who wants to be believed would.
fn forge(dir: &Path, name: &str, content: &[u8]) {
    fs::write(dir.join(name), content).unwrap();
    let path = dir.join(MANIFEST_FILE);
    let mut manifest: Manifest = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let file = manifest.files.iter_mut().find(|file| file.name == name).unwrap();
    *file = check::entry(name, content);
    fs::write(&path, serde_json::to_vec(&manifest).unwrap()).unwrap();
}

#[test]
fn a_foreign_or_future_file_is_refused_even_if_its_hash_is_right() {
    let dir = written("ridge_regression");
    let good = fs::read(dir.path().join(PIPELINE_FILE)).unwrap();

    forge(
        dir.path(),
        PIPELINE_FILE,
        b"GIF89a is not a pipeline, whatever the name",
    );
    assert_eq!(
        refusal(dir.path()),
        "pipeline.tyd: it does not begin as such a file: another program wrote it, or it is damaged"
    );

    let mut future = good.clone();
    future[8] = 9;
    forge(dir.path(), PIPELINE_FILE, &future);
    assert!(refusal(dir.path()).contains("its format is version 9"));

    let mut huge = good.clone();
    huge[12..20].copy_from_slice(&u64::MAX.to_le_bytes());
    forge(dir.path(), PIPELINE_FILE, &huge);
    assert!(refusal(dir.path()).contains("more than"));

    let mut short = good.clone();
    short[12..20].copy_from_slice(&7_u64.to_le_bytes());
    forge(dir.path(), PIPELINE_FILE, &short);
    assert!(refusal(dir.path()).contains("its content is not the 7 bytes"));

    for length in [0, 3, 12, 19, 20, good.len() / 2] {
        forge(dir.path(), PIPELINE_FILE, &good[..length]);
        assert!(refusal(dir.path()).starts_with("pipeline.tyd: "), "{length}");
    }
}

#[test]
fn a_model_of_other_features_or_classes_is_refused() {
    let damages: [fn(&mut FittedPipeline); 3] = [
        |pipeline| drop(pipeline.features.pop()),
        |pipeline| match &mut pipeline.classes {
            Some(classes) => drop(classes.labels.pop()),
            None => {
                let labels = vec![Label::Integer(0), Label::Integer(1)];
                pipeline.classes = Some(Classes {
                    labels,
                    positive: None,
                });
            }
        },
        |pipeline| match &mut pipeline.classes {
            Some(classes) => classes.positive = Some(2),
            None => pipeline.features.push("more".into()),
        },
    ];
    for spec in models::specs() {
        let good = fs::read(written(&spec.key).path().join(PIPELINE_FILE)).unwrap();
        for (at, damage) in damages.iter().enumerate() {
            let mut pipeline = pipeline_file::decode(&good).unwrap();
            damage(&mut pipeline);
            let mut damaged = Vec::new();
            pipeline_file::encode(&pipeline)
                .unwrap()
                .write(&mut damaged)
                .unwrap();
            let error = pipeline_file::decode(&damaged);
            let error = error.err().unwrap_or_else(|| panic!("{} {at}", spec.key));
            assert!(error.to_string().contains("other features or classes"), "{error}");
        }
    }
}

#[test]
fn a_manifest_cannot_lead_out_of_its_directory() {
    let dir = written("ridge_regression");
    let path = dir.path().join(MANIFEST_FILE);
    let text = fs::read_to_string(&path)
        .unwrap()
        .replace("rows.bin", "../rows.bin");
    fs::write(&path, text).unwrap();
    assert!(refusal(dir.path()).contains("is no plain file name"));
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
