//! Evaluates predictions as training does, for comparison with other libraries. Reads cases as JSON from the file named
//! by its one argument: a list of classes or numbers with the files of what was predicted. Prints the list of their
//! evaluations as JSON.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use harness::npy;
use ml::{
    evaluation::{self, Evaluation},
    metrics::ClassificationInput,
    pipeline::Label,
};
use serde::Deserialize;

/// Predictions for some rows. Paths are those of arrays in numpy's format.
#[derive(Deserialize)]
#[serde(tag = "problem_type", rename_all = "snake_case", deny_unknown_fields)]
enum Case {
    Classification {
        /// The classes, in the order of the columns.
        classes: Vec<Label>,
        truth: Vec<Label>,
        /// Rows × classes.
        predicted: PathBuf,
        /// Whether these are scores and no probabilities.
        scores: bool,
        positive_class: Option<Label>,
        weights: Option<PathBuf>,
    },
    Regression {
        truth: PathBuf,
        predicted: PathBuf,
        weights: Option<PathBuf>,
    },
}

fn main() -> Result<()> {
    let [_, path] = <[String; 2]>::try_from(std::env::args().collect::<Vec<_>>())
        .map_err(|_| anyhow::anyhow!("usage: evaluate CASES.json"))?;
    let cases: Vec<Case> = serde_json::from_str(&fs::read_to_string(&path).context(path)?)?;
    let evaluations = cases.iter().map(evaluate).collect::<Result<Vec<_>>>()?;
    println!("{}", serde_json::to_string(&evaluations)?);
    Ok(())
}

fn evaluate(case: &Case) -> Result<Evaluation> {
    match case {
        Case::Regression {
            truth,
            predicted,
            weights,
        } => {
            let (truth, predicted) = (column(truth)?, column(predicted)?);
            let weights = weights.as_deref().map(column).transpose()?;
            ensure!(
                truth.len() == predicted.len(),
                "truth and predictions differ in length"
            );
            Ok(evaluation::regression(&truth, &predicted, weights.as_deref()))
        }
        Case::Classification {
            classes,
            truth,
            predicted,
            scores,
            positive_class,
            weights,
        } => {
            let columns = npy::read(predicted)?;
            ensure!(
                columns.dim() == (truth.len(), classes.len()),
                "rows or classes are missing"
            );
            let weights = weights.as_deref().map(column).transpose()?;
            let (codes, labels) = coded(classes, truth);
            let positive = |wanted: &Label| {
                let class = classes.iter().position(|class| class == wanted);
                class.context("the positive class is no class")
            };
            let input = ClassificationInput {
                truth: &codes,
                probabilities: columns.view(),
                scores: *scores,
                weights: weights.as_deref(),
                positive: positive_class
                    .as_ref()
                    .map(positive)
                    .transpose()?
                    .map(|class| class as u32),
            };
            Ok(evaluation::classification(&input, &labels))
        }
    }
}

fn column(path: &Path) -> Result<Vec<f64>> {
    let table = npy::read(path)?;
    if table.ncols() != 1 {
        bail!("{} is not one column", path.display());
    }
    Ok(table.iter().copied().collect())
}

/// Each row's class, and the labels by these numbers: those that are no classes come after them.
fn coded(classes: &[Label], truth: &[Label]) -> (Vec<u32>, Vec<Label>) {
    let mut labels = classes.to_vec();
    let mut numbers: HashMap<String, u32> = classes.iter().map(Label::to_string).zip(0..).collect();
    let number = |label: &Label| {
        *numbers.entry(label.to_string()).or_insert_with(|| {
            labels.push(label.clone());
            labels.len() as u32 - 1
        })
    };
    let codes = truth.iter().map(number).collect();
    (codes, labels)
}
