//! `manifest.json`: what was trained on what, how good it is, and the size and hash of every other file.

use std::{collections::BTreeMap, ops::Range};

use domain::{
    catalog::ProblemType,
    spec::{CsvOptions, DataFormat},
    value::Object,
};
use serde::{Deserialize, Serialize};

use crate::{
    frame::Split,
    io::ColumnSchema,
    onnx::Exception,
    pipeline::{CrossValidation, Label},
};

/// The manifest's format that is written and understood.
pub(super) const FORMAT: u32 = 1;

/// What is known of an artifact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this file's format.
    pub format: u32,
    /// The version of Trainyard that wrote it.
    pub trainyard_version: String,
    /// The instruction set it was computed with; another may round differently.
    pub instruction_set: String,
    /// What is predicted.
    pub problem_type: ProblemType,
    /// The model.
    pub model: ManifestModel,
    /// The columns a table to predict must have, in the order of the source: those that predictions depend on.
    pub inputs: Vec<ColumnSchema>,
    /// The column that is predicted.
    pub target: ColumnSchema,
    /// The classes, in the order of the probabilities; none for a regression.
    pub classes: Vec<Label>,
    /// The positive class of two.
    pub positive_class: Option<Label>,
    /// The features the model was fitted on, in order.
    pub features: Vec<String>,
    /// The table.
    pub dataset: ManifestDataset,
    /// The training node.
    pub node_id: String,
    /// The SHA-256 of the graph as it was run.
    pub graph_sha256: String,
    /// How many rows were used for what.
    pub rows: RowCounts,
    /// The metrics by split and name.
    pub metrics: BTreeMap<String, BTreeMap<String, f64>>,
    /// What the folds of the cross-validation said, if there were some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_validation: Option<CrossValidation>,
    /// Why there is no `model.onnx`: the nodes and the model that cannot be said in ONNX. Empty where there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub onnx_exceptions: Vec<Exception>,
    /// The other files.
    pub files: Vec<FileEntry>,
}

/// The model of an artifact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManifestModel {
    /// Its key.
    pub key: String,
    /// Its hyperparameters, defaults included.
    pub hyperparameters: Object,
}

/// The table of an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestDataset {
    /// The caller's id for it.
    pub id: String,
    /// Where it lay.
    pub uri: String,
    /// Its format.
    pub format: DataFormat,
    /// How it was read, if it was a CSV file.
    pub csv: CsvOptions,
    /// The SHA-256 of its content.
    pub sha256: String,
}

/// How many rows were used for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    /// In the table.
    pub source: usize,
    /// Left out.
    pub dropped: usize,
    /// For fitting.
    pub train: usize,
    /// For choosing among models.
    pub validation: usize,
    /// For the final judgement.
    pub test: usize,
    /// Rows for fitting that resampling added; they are not in the table.
    #[serde(default)]
    pub added: usize,
}

impl RowCounts {
    /// Counts the source rows of each split in `rows`, and those in `ranges` that are none.
    pub(crate) fn new(source: usize, rows: &[(u64, Split)], ranges: &[(Split, Range<usize>)]) -> Self {
        let of = |wanted| rows.iter().filter(|(_, split)| *split == wanted).count();
        let all: usize = ranges.iter().map(|(_, range)| range.len()).sum();
        Self {
            source,
            dropped: source - rows.len(),
            train: of(Split::Train),
            validation: of(Split::Validation),
            test: of(Split::Test),
            added: all - rows.len(),
        }
    }
}

/// What is known of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name, one plain path component.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}
