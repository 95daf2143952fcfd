//! How much each class counts: a hyperparameter of classifiers, turned into a weight per row so that learners
//! know row weights only.

use std::{borrow::Cow, collections::BTreeMap};

use domain::{
    catalog::{ParamKind, ParamSpec},
    job::FailureKind,
    value::Value,
};
use serde::Deserialize;

use crate::model::{FitError, TrainingSet};

/// How much each class counts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum ClassWeight {
    /// By a rule.
    Rule(Rule),
    /// As given by label; labels left out count 1.
    ByLabel(BTreeMap<String, f64>),
}

/// A rule for class weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Rows / (classes × rows of the class).
    Balanced,
}

/// The hyperparameter's spec.
pub(crate) fn spec() -> ParamSpec {
    let weight = ParamKind::Number {
        min: 0.0,
        max: 1e9,
        above_min: true,
        below_max: false,
    };
    let kinds = vec![
        ParamKind::Choice(vec!["balanced".into()]),
        ParamKind::Map(Box::new(weight)),
    ];
    ParamSpec::new(
        "class_weight",
        ParamKind::OneOf(kinds),
        Value::Null,
        "How much each class counts: all the same if null, `balanced` for rows / (classes × rows of the class), or a map from label to weight.",
    )
}

/// The rows' weights times their classes' weights; none where all count the same.
///
/// # Errors
/// When a label is not among the classes, or the target is no class.
pub(crate) fn row_weights<'a>(
    set: &TrainingSet<'a>,
    class_weight: Option<&ClassWeight>,
) -> Result<Option<Cow<'a, [f64]>>, FitError> {
    let Some(class_weight) = class_weight else {
        return Ok(set.weights.map(Cow::Borrowed));
    };
    let (codes, labels) = set.classes()?;
    let by_class = match class_weight {
        ClassWeight::Rule(Rule::Balanced) => balanced(codes, labels.len()),
        ClassWeight::ByLabel(given) => by_label(given, labels)?,
    };
    let of_class = |code: &u32| by_class[*code as usize];
    Ok(Some(match set.weights {
        Some(weights) => codes
            .iter()
            .zip(weights)
            .map(|(code, weight)| of_class(code) * weight)
            .collect(),
        None => codes.iter().map(of_class).collect(),
    }))
}

fn balanced(codes: &[u32], classes: usize) -> Vec<f64> {
    let mut counts = vec![0usize; classes];
    codes.iter().for_each(|code| counts[*code as usize] += 1);
    let present = counts.iter().filter(|count| **count > 0).count();
    counts
        .into_iter()
        .map(|count| codes.len() as f64 / (present as f64 * count.max(1) as f64))
        .collect()
}

fn by_label(given: &BTreeMap<String, f64>, labels: &[String]) -> Result<Vec<f64>, FitError> {
    if let Some(unknown) = given.keys().find(|label| !labels.contains(label)) {
        let message = format!(
            "class_weight names {unknown:?}; the classes are {}",
            labels.join(", ")
        );
        return Err(FitError::failed(
            FailureKind::InvalidSpec,
            "UNKNOWN_CLASS",
            message,
        ));
    }
    Ok(labels
        .iter()
        .map(|label| given.get(label).copied().unwrap_or(1.0))
        .collect())
}
