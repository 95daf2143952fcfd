//! Artifacts that are damaged, foreign or forged.

use super::*;

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
