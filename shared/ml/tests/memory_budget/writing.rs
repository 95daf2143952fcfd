//! A model is written from where it lies, and not from a copy of it.

use std::{fmt::Write as _, io::Write, sync::PoisonError};

use domain::spec::TrainSpec;
use ml::{
    Error, Silent,
    artifact::{Content, ONNX_DATA_FILE, PIPELINE_FILE, Sink},
    io::Source,
    random::stream,
};

use super::{ALONE, MEMORY, MIB};

/// Files on a disk that is forgotten at once: their names and sizes.
struct Sizes(Vec<(String, usize)>);

impl Sink for Sizes {
    fn write(&mut self, name: &str, content: &mut Content<'_>) -> Result<(), Error> {
        let mut file = tempfile::tempfile().unwrap();
        content(&mut file).unwrap();
        let size = file.metadata().unwrap().len() as usize;
        self.0.push((name.to_owned(), size));
        Ok(())
    }
}

/// A forest on rows of noise, which trees learn by heart.
fn source(rows: usize) -> Source {
    let mut random = stream(1, &["writing"]);
    let mut text = String::from("a,b,y\n");
    for _ in 0..rows {
        let [a, b, y] = [(); 3].map(|()| random.uniform());
        writeln!(text, "{a},{b},{y}").unwrap();
    }
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    Source::new("noise.csv", file)
}

#[test]
fn writing_trees_takes_little_beside_them() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let spec: TrainSpec = serde_json::from_str(
        r#"{"graph": {
                "nodes": [
                    {"id": "load", "type": "dataset", "config": {}},
                    {"id": "train", "type": "train_model", "config": {"target_column": "y"}}],
                "edges": [{"source": "load", "target": "train"}]},
            "node_id": "train", "model_type": "random_forest_regressor",
            "hyperparameters": {"max_depth": null, "min_samples_leaf": 1, "min_samples_split": 2},
            "dataset": {"id": "noise", "uri": "noise.csv", "format": "csv", "sha256": null,
                "csv": {"delimiter": 44, "has_header": true, "quote": 34, "null_values": []}}}"#,
    )
    .unwrap();
    let trained = ml::train(&spec, source(40_000), "00", 2, &Silent).unwrap();
    let trained = trained.with_trees_in_onnx_up_to(0);
    let mut files = Sizes(Vec::new());
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    trained.write(&mut files).unwrap();
    let took = MEMORY.peak_usage().saturating_sub(before);
    let size = |wanted: &str| files.0.iter().find(|(name, _)| name == wanted).unwrap().1;
    for name in [PIPELINE_FILE, ONNX_DATA_FILE] {
        assert!(
            size(name) > 10 * MIB,
            "{name} has {} bytes, too few to tell",
            size(name)
        );
    }
    assert!(took < 4 * MIB, "{took} bytes were taken to write {:?}", files.0);
}
