//! An artifact read back: checked, decoded, and put to use on raw tables.

use std::path::Path;

use arrow::array::BooleanArray;
use domain::spec::{CsvOptions, DataFormat};

use super::{
    MANIFEST_FILE, Manifest, PIPELINE_FILE, ROWS_FILE, RowSplits, bad, check, manifest::FORMAT, pipeline_file,
};
use crate::{
    Error, Observer,
    error::Result,
    frame::{Frame, Split},
    io::{self, ColumnSchema, Source},
    pipeline::{FittedPipeline, Metrics, Predictions},
};

/// The most bytes a manifest may have.
const MANIFEST_LIMIT: u64 = 64 << 20;

/// A checked artifact.
pub struct Artifact {
    /// What is known of it.
    pub manifest: Manifest,
    /// The fitted pipeline.
    pub pipeline: FittedPipeline,
    /// What each row of the source was used for, if that was loaded.
    pub rows: Option<RowSplits>,
}

/// Reads the artifact in a directory. Every file's size and SHA-256 are checked, of those that are decoded before that.
///
/// # Errors
/// `BAD_ARTIFACT` naming the file and what is wrong with it.
pub fn load(dir: &Path) -> Result<Artifact> {
    load_files(dir, |_| true)
}

/// Reads of the artifact in a directory what predicting needs, and with `rows` what each row of the source was used for.
/// Of the other files none need be there; of those that are the size is checked.
///
/// # Errors
/// As [`load`].
pub fn load_to_predict(dir: &Path, rows: bool) -> Result<Artifact> {
    load_files(dir, |name| is_read_to_predict(name, rows))
}

/// Whether [`load_to_predict`] reads the file of this name.
pub fn is_read_to_predict(name: &str, rows: bool) -> bool {
    [MANIFEST_FILE, PIPELINE_FILE].contains(&name) || rows && name == ROWS_FILE
}

/// Reads the artifact in a directory, and of its files those that are needed.
fn load_files(dir: &Path, is_needed: impl Fn(&str) -> bool) -> Result<Artifact> {
    let text = check::read(dir, MANIFEST_FILE, MANIFEST_LIMIT)?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| bad(MANIFEST_FILE, error))?;
    if manifest.format != FORMAT {
        let message = format!(
            "its format is version {}; version {FORMAT} is understood",
            manifest.format
        );
        return Err(bad(MANIFEST_FILE, message));
    }
    let (mut pipeline, mut rows) = (None, None);
    for entry in &manifest.files {
        // One after the other, so that only one file lies in memory; those that are not needed never do.
        match entry.name.as_str() {
            name if !is_needed(name) => check::verify_size(dir, entry)?,
            PIPELINE_FILE => pipeline = Some(pipeline_file::decode(&check::read_checked(dir, entry)?)?),
            ROWS_FILE => rows = Some(RowSplits::decode(&check::read_checked(dir, entry)?)?),
            _ => check::verify(dir, entry)?,
        }
    }
    let missing = |name| bad(MANIFEST_FILE, format!("it names no {name}"));
    let pipeline = pipeline.ok_or_else(|| missing(PIPELINE_FILE))?;
    if rows.is_none() && is_needed(ROWS_FILE) {
        return Err(missing(ROWS_FILE));
    }
    if pipeline.model.key != manifest.model.key || pipeline.features != manifest.features {
        return Err(bad(MANIFEST_FILE, "it does not belong to this pipeline"));
    }
    let source_rows = rows.as_ref().map(|rows| rows.splits().len());
    if source_rows.is_some_and(|rows| rows != manifest.rows.source) {
        return Err(bad(MANIFEST_FILE, "its row counts are not those of rows.bin"));
    }
    Ok(Artifact {
        manifest,
        pipeline,
        rows,
    })
}

impl Artifact {
    /// Reads a table to predict: the columns that predictions depend on, by the types they had in training and never by
    /// inference. The target may be absent. Other columns are passed over, and have no value in what is returned.
    ///
    /// # Errors
    /// What is wrong with the table, with line and column; `COLUMN_NOT_FOUND` with all columns that it lacks.
    pub fn read(
        &self,
        source: Source,
        format: DataFormat,
        csv: &CsvOptions,
        observer: &dyn Observer,
    ) -> Result<Frame> {
        let target = self.pipeline.target();
        let frame = io::read_as(source, format, csv, &self.needed(), target, observer)?;
        self.pipeline.completed(&frame)
    }

    /// The columns that are read of a table to predict, the target among them.
    pub(super) fn needed(&self) -> Vec<ColumnSchema> {
        let (target, inputs) = (self.pipeline.target(), self.pipeline.inputs());
        let is_read = |column: &&ColumnSchema| column.name == target || inputs.contains(column);
        self.pipeline.schema().iter().filter(is_read).cloned().collect()
    }
}

/// Predicts the rows of one split of the raw table the model was trained on, and measures the predictions; the
/// metrics equal the recorded ones bit for bit. `table` is what [`Artifact::read`] gave.
///
/// # Errors
/// `WRONG_TABLE` if the table has another number of rows or no target, `NO_ROWS_LEFT` if the split has none,
/// `BAD_ARTIFACT` if the artifact was loaded without its rows.
pub fn evaluate_rows(
    artifact: &Artifact,
    table: Frame,
    split: Split,
    observer: &dyn Observer,
) -> Result<(Predictions, Metrics)> {
    let pipeline = &artifact.pipeline;
    let rows = artifact.rows.as_ref();
    let splits = rows.ok_or_else(|| bad(ROWS_FILE, "it was not loaded"))?.splits();
    if table.height() != splits.len() {
        let message = format!(
            "the table has {} rows, the one trained on had {}",
            table.height(),
            splits.len()
        );
        return Err(Error::data("WRONG_TABLE", message));
    }
    if table.column(pipeline.target()).is_none() {
        let message = format!("the table has no target {:?} to compare with", pipeline.target());
        return Err(Error::data("WRONG_TABLE", message));
    }
    let keep: BooleanArray = splits.iter().map(|found| Some(*found == Some(split))).collect();
    if keep.true_count() == 0 {
        return Err(Error::data(
            "NO_ROWS_LEFT",
            format!("no row was used for {}", split.as_str()),
        ));
    }
    let mut table = table;
    table.filter(&keep, "the row belongs to another split")?;
    pipeline.judge(table, observer)
}
