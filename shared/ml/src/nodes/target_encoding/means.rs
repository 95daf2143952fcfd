//! What a category tells of the target: the mean of the target over the rows of the category, drawn towards the
//! mean over all rows the more the fewer rows there are.
//!
//! As scikit-learn's `TargetEncoder` with a number for `smooth`: `(Σ y + smoothing · mean) / (n + smoothing)`
//! (Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes", 2001).

use arrow::array::ArrayRef;
use domain::catalog::ProblemType;

use super::TargetType;
use crate::{
    Error,
    error::Result,
    frame::{ColumnKind, numbers},
    node::Context,
    nodes::categories::coded,
    random::Stream,
};

/// Whole numbers with more distinct values than this are no classes.
const MOST_NUMERIC_CLASSES: usize = 20;

/// The target of the training rows, as what is to be averaged.
pub(super) enum Outcome {
    /// Each row's number.
    Values(Vec<Option<f64>>),
    /// The classes and each row's; of two, the share of the positive one tells all.
    Classes {
        labels: Vec<String>,
        codes: Vec<Option<usize>>,
        positive: usize,
    },
}

impl Outcome {
    /// Reads the target of the training rows. What it is left open by `wanted` is decided by the training node, or
    /// else by how it looks.
    ///
    /// # Errors
    /// `TARGET_NOT_NUMERIC`, `TARGET_TYPE` for a binary target without two classes, `POSITIVE_CLASS_NOT_FOUND`.
    pub(super) fn read(
        ctx: &Context<'_>,
        kind: ColumnKind,
        data: &ArrayRef,
        wanted: TargetType,
    ) -> Result<Self> {
        let target = ctx.target;
        let values = numbers(data).filter(|_| kind.is_number());
        let by_node = |problem| wanted == TargetType::Auto && ctx.problem_type == Some(problem);
        if wanted == TargetType::Continuous || by_node(ProblemType::Regression) {
            let values = values.ok_or_else(|| {
                let message = format!("the target {target:?} is {}, not numbers", kind.as_str());
                Error::spec("TARGET_NOT_NUMERIC", message)
            })?;
            return Ok(Self::Values(values.iter().collect()));
        }
        let (labels, codes) = coded(data);
        let open = wanted == TargetType::Auto && ctx.problem_type.is_none();
        if let Some(values) = values.filter(|_| open) {
            let fraction = values.iter().flatten().any(|value| value.fract() != 0.0);
            if fraction || labels.len() > MOST_NUMERIC_CLASSES {
                return Ok(Self::Values(values.iter().collect()));
            }
        }
        if wanted == TargetType::Binary && labels.len() != 2 {
            let message = format!(
                "target_type is binary, but the target {target:?} has {} classes",
                labels.len()
            );
            return Err(Error::spec("TARGET_TYPE", message));
        }
        let positive = positive(&labels, ctx)?;
        Ok(Self::Classes {
            labels,
            codes,
            positive,
        })
    }

    /// The classes that get a column of their own: all, if there are more than two.
    pub(super) fn columns(&self) -> Vec<String> {
        match self {
            Self::Classes { labels, .. } if labels.len() > 2 => labels.clone(),
            Self::Classes { .. } | Self::Values(_) => Vec::new(),
        }
    }

    /// How many means there are.
    pub(super) fn width(&self) -> usize {
        match self {
            Self::Classes { labels, .. } if labels.len() > 2 => labels.len(),
            Self::Classes { .. } | Self::Values(_) => 1,
        }
    }

    /// Adds a row's target to the sums; whether it has one.
    fn add(&self, row: usize, sums: &mut [f64]) -> bool {
        match self {
            Self::Values(values) => match values[row] {
                Some(value) => sums[0] += value,
                None => return false,
            },
            Self::Classes {
                labels,
                codes,
                positive,
            } => match codes[row] {
                Some(code) if labels.len() > 2 => sums[code] += 1.0,
                Some(code) => sums[0] += f64::from(code == *positive),
                None => return false,
            },
        }
        true
    }

    /// Deals the rows out to so many folds at random, each class evenly.
    pub(super) fn folds(&self, rows: usize, folds: usize, random: &mut Stream) -> Vec<usize> {
        let mut strata: Vec<Vec<usize>> = match self {
            Self::Values(_) => vec![(0..rows).collect()],
            Self::Classes { labels, codes, .. } => {
                let mut strata = vec![Vec::new(); labels.len() + 1];
                for (row, code) in codes.iter().enumerate() {
                    strata[code.unwrap_or(labels.len())].push(row);
                }
                strata
            }
        };
        let mut dealt = vec![0; rows];
        let mut next = 0;
        for stratum in &mut strata {
            random.shuffle(stratum);
            for &row in &*stratum {
                dealt[row] = next % folds;
                next += 1;
            }
        }
        dealt
    }
}

/// The place of the positive class of two: that which the training node names, else the last.
fn positive(labels: &[String], ctx: &Context<'_>) -> Result<usize> {
    let last = labels.len().saturating_sub(1);
    let Some(wanted) = ctx.positive_class.filter(|_| labels.len() == 2) else {
        return Ok(last);
    };
    labels.iter().position(|label| label == wanted).ok_or_else(|| {
        let message = format!(
            "positive_class {wanted:?} is none of the target's classes; {:?} has {}",
            ctx.target,
            labels.join(", ")
        );
        Error::spec("POSITIVE_CLASS_NOT_FOUND", message)
    })
}

/// The means by category.
pub(super) struct Means {
    /// Each category's, smoothed; of a category without rows, the mean over all rows.
    pub(super) of: Vec<Vec<f64>>,
    /// Those over all rows, if there are any.
    pub(super) overall: Option<Vec<f64>>,
}

/// The means of the outcome over some rows, given each row's category among so many.
pub(super) fn means(
    outcome: &Outcome,
    categories: &[usize],
    count: usize,
    rows: impl Iterator<Item = usize>,
    smoothing: f64,
) -> Means {
    let width = outcome.width();
    let (mut sums, mut counts) = (vec![vec![0.0; width]; count], vec![0_usize; count]);
    for row in rows {
        let category = categories[row];
        counts[category] += usize::from(outcome.add(row, &mut sums[category]));
    }
    let total: usize = counts.iter().sum();
    if total == 0 {
        return Means {
            of: Vec::new(),
            overall: None,
        };
    }
    let mut overall = vec![0.0; width];
    for sums in &sums {
        overall.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
    }
    overall.iter_mut().for_each(|sum| *sum /= total as f64);
    for (sums, &rows) in sums.iter_mut().zip(&counts) {
        for (sum, overall) in sums.iter_mut().zip(&overall) {
            *sum = match rows {
                0 => *overall,
                _ => (*sum + smoothing * overall) / (rows as f64 + smoothing),
            };
        }
    }
    Means {
        of: sums,
        overall: Some(overall),
    }
}
