//! What one job trains, fixed at submission: the graph, the model, its hyperparameters and the table.

use serde::{Deserialize, Serialize};

use crate::{graph::Graph, value::Object};

/// Everything a trainer needs to know of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainSpec {
    /// The graph, as submitted.
    pub graph: Graph,
    /// The id of the training node.
    pub node_id: String,
    /// The model's key.
    pub model_type: String,
    /// The hyperparameters given by the node and the job, merged; the model's defaults are not filled in.
    pub hyperparameters: Object,
    /// The table.
    pub dataset: DatasetRef,
}

/// A registered table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetRef {
    /// The caller's id for it.
    pub id: String,
    /// Where it lies.
    pub uri: String,
    /// Its format.
    pub format: DataFormat,
    /// How to read it, if it is a CSV file.
    pub csv: CsvOptions,
    /// The SHA-256 its content must have, in lower-case hexadecimal, if one was registered.
    pub sha256: Option<String>,
}

/// The format of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataFormat {
    /// Comma-separated values.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// One JSON object per line.
    Ndjson,
    /// Arrow IPC, a file or a stream.
    Arrow,
    /// The first worksheet of an Office Open XML workbook.
    Xlsx,
}

/// How to read a CSV file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsvOptions {
    /// The field delimiter, an ASCII character.
    pub delimiter: u8,
    /// Whether the first line names the columns; if not they are `column_1`, `column_2`, …
    pub has_header: bool,
    /// The quote, an ASCII character.
    pub quote: u8,
    /// Cells that are read as missing, besides the empty one.
    pub null_values: Vec<String>,
}

/// The cells that are read as missing where a registration names none.
pub const DEFAULT_NULL_VALUES: [&str; 8] = ["NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?"];

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            delimiter: b',',
            has_header: true,
            quote: b'"',
            null_values: DEFAULT_NULL_VALUES.map(str::to_owned).to_vec(),
        }
    }
}
