//! `predict`: a trained model put to use on this machine, without a server. With `--rows` it proves that the
//! model on disk is the one whose metrics were recorded.

use std::{collections::BTreeMap, fs::File, path::Path};

use anyhow::{Context, Result, bail};
use domain::spec::{CsvOptions, DataFormat};
use ml::{
    artifact::{self, Artifact},
    frame::{Frame, Split},
    pipeline::Predictions,
};
use serde_json::json;

use super::{file, model_dir::ModelDir, told::Told};
use crate::{
    cli::Predict,
    output::{Output, note},
    show::{self, table, words},
};

/// Predicts, and checks the recorded metrics when a split is named.
pub(super) async fn predict(options: &Predict, output: &mut Output) -> Result<()> {
    let to_stdout = options
        .output
        .as_deref()
        .is_some_and(|path| path.as_os_str() == "-");
    if output.json && to_stdout {
        bail!("--json and --output - both want standard output; write the predictions to a file");
    }
    let directory = ModelDir::open(&options.artifact).await?;
    let artifact =
        artifact::load(directory.path()).with_context(|| format!("cannot load {}", options.artifact))?;
    let table = read(&artifact, &options.input)?;
    let Some(split) = options.rows.map(Split::from) else {
        let predictions = artifact.pipeline.predict(table, &Told::default())?;
        tell_unanswered(&predictions);
        return match &options.output {
            Some(path) if !to_stdout => write_file(path, &predictions),
            None if output.json => {
                output.json(&json!({ "predictions": show::predictions::json(&predictions) }))
            }
            Some(_) | None => Ok(show::predictions::csv(&predictions, output.writer())?),
        };
    };
    let recorded = artifact.manifest.metrics.get(split.as_str());
    let recorded = recorded.with_context(|| format!("no metrics of {} rows are recorded", split.as_str()))?;
    check_same_table(&artifact, &options.input)?;
    let (predictions, metrics) = artifact::evaluate_rows(&artifact, table, split, &Told::default())?;
    tell_unanswered(&predictions);
    match &options.output {
        Some(_) if to_stdout => show::predictions::csv(&predictions, output.writer())?,
        Some(path) => write_file(path, &predictions)?,
        None => {}
    }
    let comparison = Comparison {
        split,
        recorded,
        computed: &metrics,
        rows: predictions.rows.len(),
    };
    comparison.show(output, to_stdout)?;
    comparison.judge()
}

/// Metrics as they were recorded and as they are now.
struct Comparison<'a> {
    split: Split,
    recorded: &'a BTreeMap<String, f64>,
    computed: &'a BTreeMap<String, f64>,
    rows: usize,
}

impl Comparison<'_> {
    /// Whether they are the same to the last bit.
    fn equal(&self) -> bool {
        self.recorded.len() == self.computed.len() && self.differing().is_empty()
    }

    /// The names of those that are not.
    fn differing(&self) -> Vec<&str> {
        let bits =
            |metrics: &BTreeMap<String, f64>, name: &str| metrics.get(name).map(|value| value.to_bits());
        let names = self.recorded.keys().chain(
            self.computed
                .keys()
                .filter(|name| !self.recorded.contains_key(*name)),
        );
        names
            .filter(|name| bits(self.recorded, name) != bits(self.computed, name))
            .map(String::as_str)
            .collect()
    }

    fn show(&self, output: &mut Output, stdout_is_taken: bool) -> Result<()> {
        if output.json {
            return output.json(&json!({
                "split": self.split.as_str(),
                "rows": self.rows,
                "metrics": self.computed,
                "recorded": self.recorded,
                "equal": self.equal(),
            }));
        }
        let shown = |value: Option<&f64>| value.map_or(words::NOTHING.to_owned(), f64::to_string);
        let rows = self.computed.iter().map(|(name, value)| {
            vec![
                name.clone(),
                words::number(*value),
                shown(Some(value)),
                shown(self.recorded.get(name)),
            ]
        });
        let text = table::numbers(&["metric", "about", "computed", "recorded"], rows, 1);
        if stdout_is_taken {
            note(&text);
            Ok(())
        } else {
            output.line(&text)
        }
    }

    /// # Errors
    ///
    /// Unless all are equal.
    fn judge(&self) -> Result<()> {
        let split = self.split.as_str();
        if !self.equal() {
            bail!(
                "metrics of the {split} rows differ from those recorded: {}",
                self.differing().join(", ")
            );
        }
        note(&format!(
            "the metrics of all {} {split} rows equal those recorded exactly",
            self.rows
        ));
        Ok(())
    }
}

fn read(artifact: &Artifact, input: &Path) -> Result<Frame> {
    let (source, format) = file::table(input)?;
    // A CSV file is taken to be written as the one that was learned from.
    let dataset = &artifact.manifest.dataset;
    let csv = match dataset.format {
        DataFormat::Csv => dataset.csv.clone(),
        DataFormat::Parquet | DataFormat::Ndjson | DataFormat::Arrow | DataFormat::Xlsx => {
            CsvOptions::default()
        }
    };
    Ok(artifact.read(source, format, &csv, &Told::default())?)
}

/// Warns when the rows of a split are asked for in a table that the split was not made of.
fn check_same_table(artifact: &Artifact, input: &Path) -> Result<()> {
    let failed = || format!("cannot read {}", input.display());
    let file = File::open(input).with_context(failed)?;
    let (_, sha256) = storage::sha256_of(file).with_context(failed)?;
    if sha256 != artifact.manifest.dataset.sha256 {
        note(&format!(
            "warning: {} is not the file that was trained on",
            input.display()
        ));
    }
    Ok(())
}

fn tell_unanswered(predictions: &Predictions) {
    let count = show::predictions::unanswered(predictions);
    if count > 0 {
        note(&format!(
            "{count} of {} rows have no prediction; the column `reason` says why",
            predictions.rows.len()
        ));
    }
}

fn write_file(path: &Path, predictions: &Predictions) -> Result<()> {
    file::write_whole(path, |writer| Ok(show::predictions::csv(predictions, writer)?))?;
    note(&format!(
        "predictions of {} rows: {}",
        predictions.rows.len(),
        path.display()
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_equal_only_to_the_last_bit_and_by_name() {
        let recorded: BTreeMap<String, f64> = [("r2".to_owned(), 0.3), ("mae".to_owned(), 1.0)].into();
        let judged = |computed: &BTreeMap<String, f64>| {
            let comparison = Comparison {
                split: Split::Test,
                recorded: &recorded,
                computed,
                rows: 1,
            };
            comparison.judge().map_err(|error| error.to_string())
        };
        assert_eq!(judged(&recorded), Ok(()));
        let mut almost = recorded.clone();
        almost.insert("r2".into(), 0.1 + 0.2);
        almost.insert("mse".into(), 1.0);
        almost.remove("mae");
        assert!(judged(&almost).unwrap_err().ends_with("mae, r2, mse"));
    }
}
