//! Fits models on a table of numbers through the registry the trainer uses, for comparison with other libraries. Reads a
//! job as JSON from the file named by its one argument and prints answers as JSON.

use std::{fs, path::PathBuf, time::Instant};

use anyhow::{Context, Result, bail, ensure};
use domain::{catalog::ProblemType, value::Object};
use ml::{
    Silent,
    model::{FitContext, FitError, Prediction, Target, TrainingSet},
    models,
};
use ndarray::{Array2, ShapeBuilder};
use serde::Deserialize;
use serde_json::{Value, json};

/// What is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Job {
    /// Fits on one table.
    fits: Vec<Fit>,
    /// The table of the fits.
    table: Table,
}

/// A CSV file of numbers with a header line; an empty cell is a missing value.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    csv: PathBuf,
    /// The target's column; classes are whole numbers from 0.
    target: String,
    /// The column of row weights, if any.
    weight: Option<String>,
    /// Rows to fit on, numbered from 0.
    train_rows: Vec<usize>,
    /// Rows to predict.
    test_rows: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fit {
    model: String,
    #[serde(default)]
    hyperparameters: Object,
    threads: Option<usize>,
}

/// Some rows of a table.
struct Rows {
    x: Array2<f64>,
    y: Vec<f64>,
    weights: Option<Vec<f64>>,
}

fn main() -> Result<()> {
    let [_, path] = <[String; 2]>::try_from(std::env::args().collect::<Vec<_>>())
        .map_err(|_| anyhow::anyhow!("usage: fit JOB.json"))?;
    let job: Job = serde_json::from_str(&fs::read_to_string(&path).context(path)?)?;
    let (names, train, test) = read(&job.table)?;
    let fits = job
        .fits
        .iter()
        .map(|fit| run(fit, &names, &train, &test).with_context(|| fit.model.clone()));
    println!("{}", json!({ "fits": fits.collect::<Result<Vec<_>>>()? }));
    Ok(())
}

/// The features' names, the training rows and the test rows.
fn read(table: &Table) -> Result<(Vec<String>, Rows, Rows)> {
    let text = fs::read_to_string(&table.csv).with_context(|| table.csv.display().to_string())?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().context("an empty file")?.split(',').collect();
    let position = |name: &str| {
        header
            .iter()
            .position(|column| *column == name)
            .context(name.to_owned())
    };
    let target = position(&table.target)?;
    let weight = table.weight.as_deref().map(position).transpose()?;
    let cells: Vec<Vec<f64>> = lines
        .map(|line| {
            line.split(',')
                .map(|cell| {
                    if cell.is_empty() {
                        Ok(f64::NAN)
                    } else {
                        cell.parse()
                    }
                })
                .collect()
        })
        .collect::<Result<_, _>>()?;
    ensure!(cells.iter().all(|row| row.len() == header.len()), "a ragged line");
    let features: Vec<usize> = (0..header.len())
        .filter(|j| *j != target && Some(*j) != weight)
        .collect();
    let rows = |rows: &[usize]| Rows {
        x: Array2::from_shape_fn((rows.len(), features.len()).f(), |(i, j)| {
            cells[rows[i]][features[j]]
        }),
        y: rows.iter().map(|row| cells[*row][target]).collect(),
        weights: weight.map(|weight| rows.iter().map(|row| cells[*row][weight]).collect()),
    };
    let names = features.iter().map(|j| header[*j].to_owned()).collect();
    Ok((names, rows(&table.train_rows), rows(&table.test_rows)))
}

fn run(fit: &Fit, names: &[String], train: &Rows, test: &Rows) -> Result<Value> {
    let model = models::get(&fit.model).context("no such model")?;
    let codes: Vec<u32> = train.y.iter().map(|y| *y as u32).collect();
    let classes = codes.iter().max().map_or(0, |most| most + 1);
    let labels: Vec<String> = (0..classes).map(|class| class.to_string()).collect();
    let target = match model.spec().problem_type {
        ProblemType::Classification => Target::Classes {
            codes: &codes,
            labels: &labels,
        },
        ProblemType::Regression => Target::Values(&train.y),
    };
    let set = TrainingSet {
        x: train.x.view(),
        target,
        weights: train.weights.as_deref(),
        feature_names: names,
    };
    let threads = fit
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let started = Instant::now();
    let fitted = match model.fit(
        &fit.hyperparameters,
        &set,
        &FitContext {
            observer: &Silent,
            threads,
            fold: None,
            memory: None,
        },
    ) {
        Ok(fitted) => fitted,
        Err(FitError::Cancelled) => bail!("cancelled"),
        Err(FitError::Failed(failure)) => bail!("{}: {}", failure.code, failure.message),
    };
    let fit_s = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let prediction = fitted.predict(test.x.view());
    let predict_s = started.elapsed().as_secs_f64();
    let saved = fitted.save();
    let mut answer = json!({ "fit_s": fit_s, "predict_s": predict_s, "saved_bytes": saved.len() });
    match prediction {
        Prediction::Values(values) => answer["values"] = json!(values),
        Prediction::Probabilities(rows) | Prediction::Scores(rows) => {
            answer["probabilities"] = json!(
                rows.rows()
                    .into_iter()
                    .map(|row| row.to_vec())
                    .collect::<Vec<_>>()
            );
        }
    }
    if let Some(state) = readable(&saved) {
        answer["fitted"] = state;
    }
    Ok(answer)
}

/// The fitted state, if it is small enough to be read by people: that of linear models is, trees are not.
fn readable(saved: &[u8]) -> Option<Value> {
    ciborium::from_reader::<Value, _>(saved).ok()
}
