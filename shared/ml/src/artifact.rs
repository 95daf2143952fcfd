//! The artifact of a training: the files that hold the fitted pipeline, which row was used for what, and what is
//! known of all of it. Loading checks the size of every file and the hash of each that it reads, and names the one that does
//! not hold.
//!
//! | file | what |
//! |---|---|
//! | `pipeline.tyd` | the fitted pipeline: header, zstd, CBOR; holds no job, time or path, so equal trainings give equal bytes |
//! | `model.onnx` | the same for other programs, where every node and the model can be said in ONNX |
//! | `model.onnx.data` | large trees of it |
//! | `evaluation.json` | how good it is on each split, as far as predictions can tell |
//! | `report.html` | the same for people, with what was trained on what: a page that needs nothing else |
//! | `rows.bin` | the split of every source row: header, zstd, one byte per row |
//! | `manifest.json` | what was trained on what, and the size and SHA-256 of the others |

mod bundle;
mod check;
mod container;
mod evaluation_file;
mod load;
mod manifest;
mod pipeline_file;
mod predict;
mod rows;
mod sink;

pub use evaluation_file::EvaluationFile;
pub use load::{Artifact, evaluate_rows, is_read_to_predict, load, load_to_predict};
pub use manifest::{FileEntry, Manifest, ManifestDataset, ManifestModel, RowCounts};
pub use rows::RowSplits;
pub use sink::{Content, Sink};

pub(crate) use bundle::{Bundle, graph_sha256};

/// Bytes that are read or written at a time.
const PIECE: usize = 128 << 10;

/// The name of the fitted pipeline's file.
pub const PIPELINE_FILE: &str = "pipeline.tyd";
/// The name of the fitted pipeline's file for other programs.
pub const ONNX_FILE: &str = "model.onnx";
/// The name of the file beside it, with what is too large for it.
pub const ONNX_DATA_FILE: &str = "model.onnx.data";
/// The name of the file with how good the fitted pipeline is.
pub const EVALUATION_FILE: &str = "evaluation.json";
/// The name of the page for people.
pub const REPORT_FILE: &str = "report.html";
/// The name of the file with every row's split.
pub const ROWS_FILE: &str = "rows.bin";
/// The name of the manifest.
pub const MANIFEST_FILE: &str = "manifest.json";

use crate::Error;

/// Refuses a file of an artifact.
fn bad(file: &str, reason: impl std::fmt::Display) -> Error {
    Error::data("BAD_ARTIFACT", format!("{file}: {reason}"))
}

#[cfg(test)]
mod tests;
