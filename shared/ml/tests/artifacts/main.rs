//! Artifacts of earlier versions, which must load for ever, and damaged ones, which must be refused.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy only knows the tests themselves"
)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

use domain::spec::{CsvOptions, DataFormat};
use ml::{
    Silent,
    artifact::{self, Artifact, MANIFEST_FILE, PIPELINE_FILE, ROWS_FILE},
    frame::Frame,
    io::Source,
};
use peak_alloc::PeakAlloc;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

mod damaged;
mod golden;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;
/// Held while memory is measured.
static ALONE: Mutex<()> = Mutex::new(());

/// The golden artifacts of a version of the formats; `tools/harness/parity/golden.py` made them.
struct Golden {
    folder: PathBuf,
    /// By the pipeline's name.
    cases: BTreeMap<String, Case>,
}

/// A pipeline's model and features, and what it predicted for the rows of the table when it was made.
#[derive(Deserialize)]
struct Case {
    model: String,
    features: Vec<String>,
    labels: Vec<String>,
    /// A label or a number for each row; nothing where there was none.
    predictions: Vec<String>,
    /// A number for each row and label, where the model knows probabilities.
    probabilities: Vec<Vec<Option<f64>>>,
}

impl Golden {
    fn of(version: u32) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/artifacts/golden/v{version}"));
        let cases = fs::read(folder.join("predictions.json")).unwrap();
        let cases = serde_json::from_slice(&cases).unwrap();
        Self { folder, cases }
    }

    fn pipeline(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.join(format!("{name}.tyd"))).unwrap()
    }

    /// The rows to predict.
    fn table(&self, artifact: &Artifact) -> ml::error::Result<Frame> {
        let file = fs::File::open(self.folder.join("table.csv")).unwrap();
        let source = Source::new("table.csv", file);
        artifact.read(source, DataFormat::Csv, &CsvOptions::default(), &Silent)
    }
}

/// A directory to which artifacts of one pipeline after the other are written, with a manifest that fits.
struct Workshop {
    folder: tempfile::TempDir,
    manifest: Value,
    rows: Vec<u8>,
}

impl Workshop {
    fn of(golden: &Golden) -> Self {
        let whole = golden.folder.join("whole");
        let workshop = Self {
            folder: tempfile::tempdir().unwrap(),
            manifest: serde_json::from_slice(&fs::read(whole.join(MANIFEST_FILE)).unwrap()).unwrap(),
            rows: fs::read(whole.join(ROWS_FILE)).unwrap(),
        };
        fs::write(workshop.folder.path().join(ROWS_FILE), &workshop.rows).unwrap();
        workshop
    }

    /// Loads an artifact whose manifest tells the size and the hash of this pipeline.
    fn load(&self, case: &Case, pipeline: &[u8]) -> ml::error::Result<Artifact> {
        let mut manifest = self.manifest.clone();
        manifest["model"]["key"] = json!(case.model);
        manifest["features"] = json!(case.features);
        manifest["files"] = json!([entry(PIPELINE_FILE, pipeline), entry(ROWS_FILE, &self.rows)]);
        let folder = self.folder.path();
        let manifest = manifest.to_string();
        for (name, content) in [(PIPELINE_FILE, pipeline), (MANIFEST_FILE, manifest.as_bytes())] {
            // Some file systems wait for the disk where a file is written over.
            let _ = fs::remove_file(folder.join(name));
            fs::write(folder.join(name), content).unwrap();
        }
        artifact::load(folder)
    }
}

fn entry(name: &str, content: &[u8]) -> Value {
    let sha256: String = Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    json!({ "name": name, "bytes": content.len(), "sha256": sha256 })
}
