//! `predict`: a trained model put to use on this machine, without a server. A table of any length passes through part by
//! part. With `--rows` it proves that the model on disk is the one whose metrics were recorded.

mod comparison;

use std::{fs::File, io::Write, path::Path};

use anyhow::{Context, Result, bail};
use domain::spec::{CsvOptions, DataFormat};
use ml::{
    artifact::{self, Artifact, is_read_to_predict},
    frame::Split,
    io::Source,
    pipeline::Predictions,
};
use serde_json::json;

use self::comparison::Comparison;
use super::{file, interrupt, model_dir::ModelDir, told::Told};
use crate::{
    cli::{OutputFormat, Predict},
    exit::Exit,
    output::{Output, note},
    show::{
        predictions::{self, Form, Writer},
        words,
    },
};

/// Predicts, and checks the recorded metrics when a split is named.
pub(super) async fn predict(options: &Predict, output: &mut Output) -> Result<Exit> {
    let form = form(options, output.json)?;
    if let Some(path) = &options.output {
        file::require_apart(&options.input, path)?;
    }
    let with_rows = options.rows.is_some();
    let directory =
        ModelDir::open(&options.artifact, move |name| is_read_to_predict(name, with_rows)).await?;
    let artifact = artifact::load_to_predict(directory.path(), with_rows);
    let artifact = artifact.with_context(|| format!("cannot load {}", options.artifact))?;
    let table = Table::new(&artifact, options)?;
    let told = Told::until(interrupt::heard()?);
    let done = match options.rows.map(Split::from) {
        Some(split) => check(&artifact, table, split, form, options, &told, output),
        None => predict_all(&artifact, &table, form, options, &told, output),
    };
    told.warn_of_odd_values();
    match done {
        Err(error) if is_cancelled(&error) => {
            note("stopped; no file of predictions was written");
            Ok(Exit::Interrupted)
        }
        done => done.map(|()| Exit::Success),
    }
}

/// How the predictions are to be written.
fn form(options: &Predict, json: bool) -> Result<Form> {
    let path = options.output.as_deref();
    let given = options.output_format;
    if json && path.is_some_and(is_stdout) {
        bail!("--json and --output - both want standard output; write the predictions to a file");
    }
    if let Some(path) = path.filter(|path| !is_stdout(path)) {
        return file::output_format(path, given).map(Into::into);
    }
    if given == Some(OutputFormat::Parquet) {
        bail!("Parquet is written to a file, not to standard output; name one with --output");
    }
    if json && given.is_some() {
        bail!("--json writes predictions as JSON; leave out --json or --output-format");
    }
    let usual = if json { Form::Json } else { Form::Csv };
    Ok(given.map_or(usual, Into::into))
}

impl From<OutputFormat> for Form {
    fn from(format: OutputFormat) -> Self {
        match format {
            OutputFormat::Csv => Form::Csv,
            OutputFormat::Ndjson => Form::Ndjson,
            OutputFormat::Parquet => Form::Parquet,
        }
    }
}

fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn is_cancelled(error: &anyhow::Error) -> bool {
    let mut causes = error.chain();
    causes.any(|cause| cause.downcast_ref() == Some(&ml::Error::Cancelled))
}

/// A table to predict, and how it is written.
struct Table {
    source: Source,
    format: DataFormat,
    csv: CsvOptions,
}

impl Table {
    fn new(artifact: &Artifact, options: &Predict) -> Result<Self> {
        let dataset = &artifact.manifest.dataset;
        // A CSV file is taken to be written as the one that was learned from.
        let like = match dataset.format {
            DataFormat::Csv => dataset.csv.clone(),
            DataFormat::Parquet | DataFormat::Ndjson | DataFormat::Arrow | DataFormat::Xlsx => {
                CsvOptions::default()
            }
        };
        let (source, format, csv) = file::described_table(&options.input, &options.written, &like)?;
        Ok(Self { source, format, csv })
    }
}

/// Predicts every row.
fn predict_all(
    artifact: &Artifact,
    table: &Table,
    form: Form,
    options: &Predict,
    told: &Told,
    output: &mut Output,
) -> Result<()> {
    let Some(path) = options.output.as_deref().filter(|path| !is_stdout(path)) else {
        return stream(artifact, table, form, told, output.writer()).map(Counts::tell_unanswered);
    };
    let mut counts = Counts::default();
    file::write_whole(path, |out| {
        counts = stream(artifact, table, form, told, out)?;
        Ok(())
    })?;
    counts.tell_unanswered();
    if output.json {
        return output.json(&json!({
            "output": path,
            "format": form.as_str(),
            "rows": counts.rows,
            "without_prediction": counts.unanswered,
        }));
    }
    counts.tell_written(path);
    Ok(())
}

/// Predicts part by part, and writes each.
fn stream(
    artifact: &Artifact,
    table: &Table,
    form: Form,
    told: &Told,
    out: impl Write + Send,
) -> Result<Counts> {
    let labels = artifact
        .pipeline
        .classes()
        .map_or(&[][..], |classes| &classes.labels);
    let mut writer = Writer::new(form, labels, out)?;
    let mut counts = Counts::default();
    artifact.predict_each(
        &table.source,
        (table.format, &table.csv),
        None,
        told,
        |predictions| anyhow::Ok((Counts::of(&predictions), form.render(&predictions)?)),
        |(part, rendered)| {
            counts.rows += part.rows;
            counts.unanswered += part.unanswered;
            writer.write(&rendered)
        },
    )?;
    writer.finish()?;
    Ok(counts)
}

/// How many rows were predicted.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    rows: usize,
    /// Those without a prediction.
    unanswered: usize,
}

impl Counts {
    fn of(predictions: &Predictions) -> Self {
        Self {
            rows: predictions.rows.len(),
            unanswered: predictions::unanswered(predictions),
        }
    }

    fn tell_unanswered(self) {
        let Self { rows, unanswered } = self;
        if unanswered > 0 {
            let have = if unanswered == 1 { "has" } else { "have" };
            note(&format!(
                "{unanswered} of {} {have} no prediction; the column `reason` says why",
                words::counted(rows, "row")
            ));
        }
    }

    fn tell_written(self, path: &Path) {
        note(&format!(
            "predictions of {}: {}",
            words::counted(self.rows, "row"),
            path.display()
        ));
    }
}

/// Predicts the rows of a split, and holds their metrics against those recorded.
fn check(
    artifact: &Artifact,
    table: Table,
    split: Split,
    form: Form,
    options: &Predict,
    told: &Told,
    output: &mut Output,
) -> Result<()> {
    let recorded = artifact.manifest.metrics.get(split.as_str());
    let recorded = recorded.with_context(|| format!("no metrics of {} rows are recorded", split.as_str()))?;
    check_same_table(artifact, &options.input)?;
    let Table { source, format, csv } = table;
    let frame = artifact.read(source, format, &csv, told)?;
    let (predictions, metrics) = artifact::evaluate_rows(artifact, frame, split, told)?;
    let counts = Counts::of(&predictions);
    counts.tell_unanswered();
    let to_stdout = options.output.as_deref().is_some_and(is_stdout);
    match &options.output {
        Some(_) if to_stdout => predictions::write(form, &predictions, output.writer())?,
        Some(path) => {
            file::write_whole(path, |out| predictions::write(form, &predictions, out))?;
            counts.tell_written(path);
        }
        None => {}
    }
    let comparison = Comparison {
        split,
        recorded,
        computed: &metrics,
        rows: counts.rows,
    };
    comparison.show(output, to_stdout)?;
    comparison.judge()
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
