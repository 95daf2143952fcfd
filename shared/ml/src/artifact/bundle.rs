//! What goes into an artifact beside the pipeline, and the writing of all of it.

use std::collections::BTreeMap;

use domain::{graph::Graph, spec::DatasetRef};

use super::{
    EVALUATION_FILE, EvaluationFile, MANIFEST_FILE, Manifest, ManifestDataset, ManifestModel, ONNX_DATA_FILE,
    ONNX_FILE, PIPELINE_FILE, REPORT_FILE, ROWS_FILE, RowCounts, RowSplits,
    check::sha256_hex,
    manifest::FORMAT,
    pipeline_file,
    sink::{Listed, Sink},
};
use crate::{
    Error,
    attempt::Told,
    error::Result,
    frame::{ColumnKind, Split},
    instructions::Instructions,
    io::ColumnSchema,
    onnx::Onnx,
    pipeline::{FittedPipeline, Metrics},
    report::{self, Facts},
};

/// Where a fitted pipeline comes from.
pub(crate) struct Bundle {
    pub(crate) dataset: DatasetRef,
    pub(crate) dataset_sha256: String,
    pub(crate) graph_sha256: String,
    pub(crate) node_id: String,
    pub(crate) counts: RowCounts,
    /// Every row that is used and its split.
    pub(crate) rows: Vec<(u64, Split)>,
    /// How good it is.
    pub(crate) evaluation: EvaluationFile,
    pub(crate) graph: Graph,
    /// What was told on the way.
    pub(crate) told: Told,
}

fn unencodable(error: impl std::fmt::Display) -> Error {
    Error::unsupported("ENCODING", error.to_string())
}

/// The SHA-256 of a graph.
pub(crate) fn graph_sha256(graph: &Graph) -> Result<String> {
    serde_json::to_vec(graph)
        .map(|bytes| sha256_hex(&bytes))
        .map_err(unencodable)
}

impl Bundle {
    /// Writes the files, the manifest last. Trees lie outside `model.onnx` where they would take more than so many
    /// bytes in it.
    pub(crate) fn write(
        &self,
        pipeline: &FittedPipeline,
        metrics: &BTreeMap<String, Metrics>,
        most_bytes_of_trees: u64,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let mut manifest = self.manifest(pipeline, metrics);
        let mut files = Listed::new(sink);
        let file = pipeline_file::encode(pipeline)?;
        files.write(PIPELINE_FILE, &mut |out| file.write(out))?;
        match pipeline.onnx(most_bytes_of_trees) {
            Ok(Onnx { model, outside }) => {
                files.put(ONNX_FILE, &model)?;
                if !outside.is_empty() {
                    files.write(ONNX_DATA_FILE, &mut |out| outside.write(out))?;
                }
            }
            Err(exceptions) => manifest.onnx_exceptions = exceptions,
        }
        files.put(EVALUATION_FILE, &self.evaluation.encode().map_err(unencodable)?)?;
        let page = report::page(&Facts {
            manifest: &manifest,
            evaluation: &self.evaluation,
            graph: &self.graph,
            told: &self.told,
        });
        files.put(REPORT_FILE, page.as_bytes())?;
        let rows = RowSplits::new(self.counts.source, &self.rows).encode()?;
        files.put(ROWS_FILE, &rows)?;
        manifest.files = files.entries.clone();
        let mut text = serde_json::to_vec_pretty(&manifest).map_err(unencodable)?;
        text.push(b'\n');
        files.put(MANIFEST_FILE, &text)
    }

    fn manifest(&self, pipeline: &FittedPipeline, metrics: &BTreeMap<String, Metrics>) -> Manifest {
        let DatasetRef {
            id, uri, format, csv, ..
        } = self.dataset.clone();
        let target = pipeline
            .schema
            .iter()
            .find(|column| column.name == pipeline.target);
        let unknown = || ColumnSchema {
            name: pipeline.target.clone(),
            kind: ColumnKind::Float,
        };
        let classes = pipeline.classes.as_ref();
        Manifest {
            format: FORMAT,
            trainyard_version: env!("CARGO_PKG_VERSION").to_owned(),
            instruction_set: Instructions::widest().name(),
            problem_type: pipeline.problem_type(),
            model: ManifestModel {
                key: pipeline.model.key.clone(),
                hyperparameters: pipeline.model.hyperparameters.clone(),
            },
            inputs: pipeline.inputs(),
            target: target.cloned().unwrap_or_else(unknown),
            classes: classes.map_or_else(Vec::new, |classes| classes.labels.clone()),
            positive_class: classes.and_then(|classes| classes.labels.get(classes.positive?).cloned()),
            features: pipeline.features.clone(),
            dataset: ManifestDataset {
                id,
                uri,
                format,
                csv,
                sha256: self.dataset_sha256.clone(),
            },
            node_id: self.node_id.clone(),
            graph_sha256: self.graph_sha256.clone(),
            rows: self.counts.clone(),
            metrics: metrics.clone(),
            cross_validation: self.evaluation.cross_validation.clone(),
            onnx_exceptions: Vec::new(),
            files: Vec::new(),
        }
    }
}
