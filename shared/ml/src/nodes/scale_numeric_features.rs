//! `scale_numeric_features`: brings numeric features to a common scale, `(x − centre) / scale`:
//!
//! | method | centre | scale |
//! |---|---|---|
//! | standard | mean | standard deviation of the population |
//! | robust | median | third less first quartile |
//! | minmax | least | greatest less least |
//! | maxabs | 0 | greatest magnitude |
//!
//! As scikit-learn's `StandardScaler`, `RobustScaler`, `MinMaxScaler` and `MaxAbsScaler` compute them; the scale
//! of a constant feature is 1. Use it before models that weigh features by their size.

use std::collections::BTreeMap;

use domain::{
    catalog::{self, ColumnRule, Learns, NodeRole, NodeSpec, ParamKind, ParamSpec},
    value::{Object, Value},
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    columns::{change_numbers, each_known_number, known_numbers, pick, require_finite},
    statistics::{self, Mean, Variance},
};
use crate::{
    error::Result,
    frame::{ColumnKind, Frame, Training},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

const METHODS: [&str; 4] = ["standard", "robust", "minmax", "maxabs"];

/// Scales numeric features.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScaleNumericFeatures;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    default_method: Method,
    column_methods: BTreeMap<String, Method>,
    columns: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    Standard,
    Robust,
    Minmax,
    Maxabs,
}

/// What was learned of a column.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Scaling {
    centre: f64,
    scale: f64,
}

impl Node for ScaleNumericFeatures {
    type Config = Config;
    type State = BTreeMap<String, Scaling>;

    fn spec(&self) -> NodeSpec {
        let words = METHODS.map(str::to_owned).to_vec();
        NodeSpec {
            key: "scale_numeric_features".into(),
            aliases: vec![],
            title: "Scale numeric features".into(),
            category: "numeric".into(),
            summary: "Brings numeric features to a common scale.".into(),
            parameters: vec![
                catalog::choice("default_method", "standard", &METHODS, "How columns are scaled."),
                ParamSpec::new(
                    "column_methods",
                    ParamKind::Map(Box::new(ParamKind::Choice(words))),
                    Value::Object(Object::new()),
                    "Columns that are scaled another way.",
                )
                .of_features(),
                catalog::columns("columns", "The columns to scale; every numeric feature if blank."),
            ],
            role: NodeRole::Transform,
            learns: Learns::Always,
            columns: vec![
                ColumnRule::changes("{columns}"),
                ColumnRule::changes("{column_methods}"),
            ],
            ..NodeSpec::default()
        }
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Self::State> {
        let mut names = pick(training, ctx, &config.columns, ColumnKind::is_number, "numbers")?;
        if !config.column_methods.is_empty() {
            let special: Vec<String> = config.column_methods.keys().cloned().collect();
            names.extend(pick(training, ctx, &special, ColumnKind::is_number, "numbers")?);
        }
        let learn = |name: &String| -> Result<Option<Scaling>> {
            let method = config.column_methods.get(name).copied();
            scaling(method.unwrap_or(config.default_method), training, name)
        };
        let learned: Vec<_> = names.par_iter().map(learn).collect();
        let mut state = BTreeMap::new();
        for (name, scaling) in names.into_iter().zip(learned) {
            let scaling = scaling?.unwrap_or_else(|| {
                ctx.warn(&format!(
                    "column {name:?} has no value in the training rows and is not scaled"
                ));
                Scaling {
                    centre: 0.0,
                    scale: 1.0,
                }
            });
            require_finite(&name, &[scaling.centre, scaling.scale])?;
            state.insert(name, scaling);
        }
        Ok(state)
    }

    fn apply(&self, _: &Config, state: &Self::State, mut frame: Frame, _: &Context<'_>) -> Result<Frame> {
        change_numbers(&mut frame, state.keys(), |name| {
            let &Scaling { centre, scale } = state.get(name)?;
            Some(move |value| (value - centre) / scale)
        })?;
        Ok(frame)
    }

    fn onnx(&self, _: &Config, state: &Self::State, table: &mut Table<'_>) -> Result<(), Unmapped> {
        for (name, Scaling { centre, scale }) in state {
            let value = table.numbers(name)?;
            let graph = table.graph();
            let (centre, scale) = (graph.number(*centre), graph.number(*scale));
            let value = graph.op("Sub", [&value, &centre]);
            let value = graph.op("Div", [&value, &scale]);
            table.set(name, value);
        }
        Ok(())
    }
}

/// How a column is scaled, unless it has no value.
fn scaling(method: Method, training: &Training<'_>, name: &str) -> Result<Option<Scaling>> {
    let known = || known_numbers(training, name);
    Ok(match method {
        Method::Standard => standard(training, name)?,
        Method::Robust => robust(known()?),
        Method::Minmax => minmax(&known()?),
        Method::Maxabs => maxabs(&known()?),
    })
}

fn standard(training: &Training<'_>, name: &str) -> Result<Option<Scaling>> {
    let mut mean = Mean::new();
    each_known_number(training, name, |piece| mean.add(piece))?;
    let n = mean.count() as f64;
    let Some(mean) = mean.get() else {
        return Ok(None);
    };
    let mut variance = Variance::around(mean);
    each_known_number(training, name, |piece| variance.add(piece))?;
    let variance = variance.get();
    // What rounding alone may leave of a constant column's variance.
    let rounding = n * f64::EPSILON * variance + (n * mean * f64::EPSILON).powi(2);
    let scale = if variance <= rounding {
        1.0
    } else {
        variance.sqrt()
    };
    Ok(Some(Scaling { centre: mean, scale }))
}

fn robust(mut known: Vec<f64>) -> Option<Scaling> {
    known.sort_by(f64::total_cmp);
    let quartile = |q| statistics::quantile(&known, q);
    let (first, median, third) = (quartile(0.25)?, quartile(0.5)?, quartile(0.75)?);
    Some(Scaling {
        centre: median,
        scale: positive(third - first),
    })
}

fn minmax(known: &[f64]) -> Option<Scaling> {
    let least = known.iter().copied().reduce(f64::min)?;
    let greatest = known.iter().copied().reduce(f64::max)?;
    Some(Scaling {
        centre: least,
        scale: positive(greatest - least),
    })
}

fn maxabs(known: &[f64]) -> Option<Scaling> {
    let greatest = known.iter().map(|value| value.abs()).reduce(f64::max)?;
    Some(Scaling {
        centre: 0.0,
        scale: positive(greatest),
    })
}

/// The scale, or 1 where it vanishes.
fn positive(scale: f64) -> f64 {
    if scale < 10.0 * f64::EPSILON { 1.0 } else { scale }
}

#[cfg(test)]
mod tests;
