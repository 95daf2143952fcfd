//! `evaluation.json`: how good a fitted pipeline is, split by split, for people and programs that draw it. It holds no
//! job, time or path, so equal trainings give equal bytes. `docs/evaluation.schema.json` is its JSON schema.

use std::collections::BTreeMap;

use domain::catalog::ProblemType;
use serde::{Deserialize, Serialize};

use crate::{
    evaluation::Evaluation,
    importances::Importances,
    pipeline::{Classes, CrossValidation, Label, Metrics},
};

/// The format that is written.
const FORMAT: u32 = 1;

/// All that is known of how good a fitted pipeline is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluationFile {
    /// The version of this file's format.
    pub format: u32,
    /// What is predicted.
    pub problem_type: ProblemType,
    /// The column that is predicted.
    pub target: String,
    /// The classes, in the order of the probabilities; none for a regression.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<Label>,
    /// The positive class of two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive_class: Option<Label>,
    /// What is known of each split that has rows: `train`, `validation`, `test`.
    pub splits: BTreeMap<String, Evaluation>,
    /// What the folds of the cross-validation said, if there were some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_validation: Option<CrossValidation>,
    /// How much each feature counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub importances: Option<Importances>,
}

impl EvaluationFile {
    pub(crate) fn new(
        target: &str,
        classes: Option<&Classes>,
        splits: BTreeMap<String, Evaluation>,
        cross_validation: Option<CrossValidation>,
        importances: Option<Importances>,
    ) -> Self {
        Self {
            format: FORMAT,
            problem_type: classes.map_or(ProblemType::Regression, |_| ProblemType::Classification),
            target: target.to_owned(),
            classes: classes.map_or_else(Vec::new, |classes| classes.labels.clone()),
            positive_class: classes.and_then(|classes| classes.labels.get(classes.positive?).cloned()),
            splits,
            cross_validation,
            importances,
        }
    }

    /// The metrics by split and name; those of cross-validation are `cv_mean` and `cv_std`.
    pub(crate) fn metrics(&self) -> BTreeMap<String, Metrics> {
        let splits = self.splits.iter();
        let of_split =
            |(split, evaluation): (&String, &Evaluation)| (split.clone(), evaluation.metrics.clone());
        let mut all: BTreeMap<String, Metrics> = splits.map(of_split).collect();
        if let Some(folds) = &self.cross_validation {
            all.insert("cv_mean".to_owned(), folds.mean.clone());
            all.insert("cv_std".to_owned(), folds.std.clone());
        }
        all
    }

    /// The file's bytes: on one line, as lists of numbers on lines of their own would make it several times as long.
    pub(super) fn encode(&self) -> serde_json::Result<Vec<u8>> {
        let mut text = serde_json::to_vec(self)?;
        text.push(b'\n');
        Ok(text)
    }
}
