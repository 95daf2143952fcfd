//! `outlier_removal`: drops training rows with values far from the others, or pulls such values in:
//!
//! | method | a value is far if | then |
//! |---|---|---|
//! | iqr | below `q₁ − m·(q₃ − q₁)` or above `q₃ + m·(q₃ − q₁)` of the quartiles | its row is dropped |
//! | zscore | more than `threshold` standard deviations (of the population) from the mean | its row is dropped |
//! | `elliptic_envelope` | the row is among the `contamination` farthest from the robust centre | the row is dropped |
//! | winsorize | below or above two percentiles | it becomes the percentile |
//! | manual | below `lower` or above `upper` of the column's parameters | its row is dropped |
//!
//! Bounds are learned from the training rows, quantiles being linear between neighbours. Rows are dropped from
//! training only: validation, test and rows to predict are judged as they come. Winsorizing changes values
//! in every row. The envelope looks at all columns of its method together, as scikit-learn's `EllipticEnvelope`
//! does: see `outlier_removal/envelope.rs`. A missing value is not far, and a constant column has no outliers.

mod config;
mod envelope;

use std::collections::BTreeMap;

use arrow::array::{Array, BooleanArray};
use domain::catalog::NodeSpec;
use serde::{Deserialize, Serialize};

use super::{
    columns::{known_numbers, number_column, pick, require_finite},
    statistics,
};
use crate::{
    error::Result,
    frame::{ColumnKind, Frame, Split, Training, float_column},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};
use config::{Config, Method};
use envelope::Envelope;

/// Drops or pulls in outliers.
#[derive(Debug, Clone, Copy)]
pub(super) struct OutlierRemoval;

/// What was learned.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    bounds: Vec<Bounds>,
    envelope: Option<Envelope>,
}

/// Between what values of a column lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Bounds {
    column: String,
    low: Option<f64>,
    high: Option<f64>,
    /// Whether a value beyond becomes the bound; its row is dropped otherwise.
    clip: bool,
}

impl Node for OutlierRemoval {
    type Config = Config;
    type State = State;

    fn spec(&self) -> NodeSpec {
        config::spec()
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<State> {
        let methods = methods(config, training, ctx)?;
        let mut state = State::default();
        let mut together = Vec::new();
        for (column, method) in methods {
            if method == Method::EllipticEnvelope {
                together.push(column);
                continue;
            }
            let known = known_numbers(training, &column)?;
            if known.is_empty() && method != Method::Manual {
                ctx.warn(&format!(
                    "column {column:?} has no value in the training rows and is not judged"
                ));
            }
            let (low, high) = bounds(config, &column, method, known);
            let found: Vec<f64> = low.iter().chain(&high).copied().collect();
            if found.is_empty() && method == Method::Manual {
                ctx.warn(&format!(
                    "column {column:?} is not judged: give its lower or upper in column_parameters"
                ));
            }
            require_finite(&column, &found)?;
            let clip = method == Method::Winsorize;
            state.bounds.push(Bounds {
                column,
                low,
                high,
                clip,
            });
        }
        if !together.is_empty() {
            state.envelope = Some(Envelope::learn(
                together,
                config.contamination(),
                config.random_state(),
                training,
                ctx,
            )?);
        }
        Ok(state)
    }

    fn apply(&self, _: &Config, state: &State, mut frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        for bounds in state.bounds.iter().filter(|bounds| !bounds.clip) {
            let values = number_column(&frame, &bounds.column)?;
            let reason = format!("an outlier in column {:?}", bounds.column);
            drop_training(&mut frame, ctx, &reason, |at| {
                values.is_null(at) || bounds.hold(values.value(at))
            })?;
        }
        if let Some(envelope) = &state.envelope {
            let near = envelope.judge(&frame)?;
            drop_training(&mut frame, ctx, "an outlier by its values taken together", |at| {
                near[at]
            })?;
        }
        for bounds in state.bounds.iter().filter(|bounds| bounds.clip) {
            let values = number_column(&frame, &bounds.column)?;
            let clipped = values
                .iter()
                .map(|value| value.map(|value| bounds.pull_in(value)));
            frame.set(&bounds.column, float_column(clipped))?;
        }
        Ok(frame)
    }

    /// Rows to predict stay; values are pulled in.
    fn onnx(&self, _: &Config, state: &State, table: &mut Table<'_>) -> Result<(), Unmapped> {
        for Bounds {
            column,
            low,
            high,
            clip,
        } in &state.bounds
        {
            if !clip {
                continue;
            }
            let mut value = table.numbers(column)?;
            let graph = table.graph();
            for (comparison, bound) in [("Less", low), ("Greater", high)] {
                if let Some(bound) = bound {
                    let bound = graph.number(*bound);
                    let beyond = graph.op(comparison, [&value, &bound]);
                    value = graph.choose(&beyond, &bound, &value);
                }
            }
            table.set(column, value);
        }
        Ok(())
    }
}

/// Each column to judge and how, in the order of the columns.
fn methods(config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<BTreeMap<String, Method>> {
    let mut methods = BTreeMap::new();
    for name in pick(training, ctx, &config.columns, ColumnKind::is_number, "numbers")? {
        methods.insert(name, config.default_method);
    }
    let special: Vec<String> = config
        .column_methods
        .keys()
        .chain(config.column_parameters.keys())
        .cloned()
        .collect();
    if !special.is_empty() {
        for name in pick(training, ctx, &special, ColumnKind::is_number, "numbers")? {
            let method = config.column_methods.get(&name).copied();
            methods.insert(name, method.unwrap_or(config.default_method));
        }
    }
    Ok(methods)
}

/// Drops the training rows that are not to be kept, and none when predicting.
fn drop_training(
    frame: &mut Frame,
    ctx: &Context<'_>,
    reason: &str,
    keep: impl Fn(usize) -> bool,
) -> Result<()> {
    if ctx.predicting {
        return Ok(());
    }
    let splits = frame.splits();
    let trains = |at: usize| splits.is_none_or(|splits| splits[at] == Split::Train);
    let keep: BooleanArray = (0..frame.height())
        .map(|at| Some(!trains(at) || keep(at)))
        .collect();
    frame.filter(&keep, reason)
}

/// The bounds of a column by a method that looks at that column alone.
fn bounds(config: &Config, column: &str, method: Method, mut known: Vec<f64>) -> (Option<f64>, Option<f64>) {
    known.sort_by(f64::total_cmp);
    let quantile = |q| statistics::quantile(&known, q);
    let constant = known.first() == known.last();
    let around = |low: f64, high: f64, reach: f64| (Some(low - reach), Some(high + reach));
    match method {
        Method::Iqr => match (quantile(0.25), quantile(0.75)) {
            (Some(first), Some(third)) => around(first, third, config.multiplier(column) * (third - first)),
            (_, _) => (None, None),
        },
        Method::Zscore => match statistics::mean(&known) {
            // The rounding of a constant's mean must not make every row an outlier.
            Some(mean) if !constant => {
                let deviation = statistics::variance(&known, mean).sqrt();
                around(mean, mean, config.threshold(column) * deviation)
            }
            Some(_) | None => (None, None),
        },
        Method::Winsorize => {
            let (lower, upper) = config.percentiles(column);
            (quantile(lower / 100.0), quantile(upper / 100.0))
        }
        Method::Manual => config.manual(column),
        Method::EllipticEnvelope => (None, None),
    }
}

impl Bounds {
    fn hold(&self, value: f64) -> bool {
        self.low.is_none_or(|low| value >= low) && self.high.is_none_or(|high| value <= high)
    }

    fn pull_in(&self, value: f64) -> f64 {
        let value = self.low.map_or(value, |low| value.max(low));
        self.high.map_or(value, |high| value.min(high))
    }
}

#[cfg(test)]
mod tests;
