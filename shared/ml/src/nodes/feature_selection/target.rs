//! The target as a selection sees it: classes, and numbers where it holds numbers.

use std::collections::HashMap;

use arrow::array::Array;
use domain::catalog::ProblemType;

use super::Feature;
use crate::{
    Error,
    error::Result,
    frame::{ColumnKind, Training, numbers, texts},
    node::Context,
    nodes::columns::{named_target, sorted_categories},
};

/// A numeric target with no more different whole numbers than this is taken for classes, unless told otherwise.
const FEW_CLASSES: usize = 20;

/// The training rows' target.
pub(super) struct Target {
    name: String,
    /// Each row's class, none where missing.
    codes: Vec<Option<usize>>,
    pub(super) labels: Vec<String>,
    /// Each row's number, NaN where missing; none for text and booleans.
    numbers: Option<Vec<f64>>,
    problem_type: Option<ProblemType>,
}

impl Target {
    /// # Errors
    /// `TARGET_NOT_NAMED`, `COLUMN_NOT_FOUND`.
    pub(super) fn of(training: &Training<'_>, ctx: &Context<'_>) -> Result<Self> {
        let name = named_target(ctx)?;
        let kind = training.require(name)?.kind();
        let data = training.values(name)?;
        let labels = sorted_categories(texts(&data).iter().flatten().map(String::from));
        let places: HashMap<&str, usize> = labels.iter().map(String::as_str).zip(0..).collect();
        let codes = texts(&data)
            .iter()
            .map(|text| text.and_then(|text| places.get(&*text).copied()))
            .collect();
        let numbers = numbers(&data).filter(|_| kind != ColumnKind::Boolean);
        let numbers = numbers.map(|values| {
            let value = |at| {
                if values.is_valid(at) {
                    values.value(at)
                } else {
                    f64::NAN
                }
            };
            (0..values.len()).map(value).collect()
        });
        Ok(Self {
            name: name.to_owned(),
            codes,
            labels,
            numbers,
            problem_type: ctx.problem_type,
        })
    }

    /// Whether it tells classes: by the training node, or else if it looks like it, being text, booleans or few
    /// different whole numbers.
    pub(super) fn is_classes(&self) -> bool {
        self.numbers
            .as_ref()
            .is_none_or(|numbers| match self.problem_type {
                Some(ProblemType::Classification) => true,
                Some(ProblemType::Regression) => false,
                None => {
                    self.labels.len() <= FEW_CLASSES
                        && numbers.iter().all(|value| value.is_nan() || value.fract() == 0.0)
                }
            })
    }

    /// The feature's numbers by class, in row order; rows without one or without a class are left out.
    pub(super) fn by_class(&self, feature: &Feature) -> Vec<Vec<f64>> {
        let mut classes = vec![Vec::new(); self.labels.len()];
        for (code, value) in self.codes.iter().zip(&feature.values) {
            if let Some(code) = code.filter(|_| !value.is_nan()) {
                classes[code].push(*value);
            }
        }
        classes.retain(|class| !class.is_empty());
        classes
    }

    /// The numbers of feature and target, row by row; rows without one of them are left out.
    ///
    /// # Errors
    /// `TARGET_NOT_NUMERIC`.
    pub(super) fn pairs(&self, feature: &Feature) -> Result<Vec<(f64, f64)>> {
        let rows = feature
            .values
            .iter()
            .copied()
            .zip(self.numbers()?.iter().copied());
        Ok(rows.filter(|(x, y)| !x.is_nan() && !y.is_nan()).collect())
    }

    /// Each row's number, NaN where missing.
    ///
    /// # Errors
    /// `TARGET_NOT_NUMERIC`, `INFINITE_VALUES`.
    pub(super) fn numbers(&self) -> Result<&[f64]> {
        let numbers = self.numbers.as_deref().ok_or_else(|| {
            let message = format!(
                "the target {:?} is not numeric, as this selection needs it to be",
                self.name
            );
            Error::spec("TARGET_NOT_NUMERIC", message)
        })?;
        if numbers.iter().any(|value| value.is_infinite()) {
            let message = format!("infinite values are in the target {:?}", self.name);
            return Err(Error::data("INFINITE_VALUES", message));
        }
        Ok(numbers)
    }

    /// Each row's class, none where missing.
    pub(super) fn codes(&self) -> &[Option<usize>] {
        &self.codes
    }
}
