//! `imputation_methods`: puts a value where one is missing: the mean, the median or the most frequent value of
//! the training rows, a constant, or what the row's other columns suggest. Every column it works on stores its
//! fill, missing values in training or not, so that a later missing value is filled too.
//!
//! As scikit-learn's `SimpleImputer`, `KNNImputer` and `IterativeImputer` do it; a column without any training
//! value is removed, as there.

mod chained;
mod config;
mod fills;
mod knn;
mod onnx;
mod regressors;

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, Int64Array, StringArray},
    datatypes::Int64Type,
};
use domain::{
    catalog::{ColumnRule, Learns, NodeRole, NodeSpec, Requirement},
    value::Value,
};
use serde::{Deserialize, Serialize};

use self::{
    chained::Chain,
    config::{Config, Method, Strategy},
    fills::{fill, fitting},
    knn::Donors,
    regressors::Regressor,
};
use super::columns::{pick, require_finite};
use crate::{
    Error,
    error::Result,
    frame::{Frame, Training, float_column, numbers},
    node::{Context, Node},
    onnx::Unmapped,
};

/// Fills missing values.
#[derive(Debug, Clone, Copy)]
pub(super) struct ImputationMethods;

/// What stands in for a missing value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Fill {
    Number(f64),
    Boolean(bool),
    Text(String),
}

/// What was learned.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    fills: BTreeMap<String, Fill>,
    removed: Vec<String>,
    groups: Vec<Group>,
}

/// Columns whose fills depend on each other.
#[derive(Debug, Serialize, Deserialize)]
struct Group {
    columns: Vec<String>,
    filler: Filler,
}

#[derive(Debug, Serialize, Deserialize)]
enum Filler {
    Neighbors(Donors),
    Equations(Chain),
}

/// Columns of numbers, `None` where missing.
struct Table {
    columns: Vec<Vec<Option<f64>>>,
}

impl Table {
    fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }
}

impl Node for ImputationMethods {
    type Config = Config;
    type State = State;

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "imputation_methods".into(),
            aliases: vec!["simple_imputer".into(), "advanced_imputer".into()],
            title: "Impute missing values".into(),
            category: "imputation".into(),
            summary: "Fills missing values with a statistic, a constant or what similar rows or other columns suggest."
                .into(),
            parameters: vec![config::strategies()],
            requirements: vec![
                Requirement::given(&["options.value"])
                    .when("method", ["constant"])
                    .each("strategies"),
            ],
            role: NodeRole::Transform,
            learns: Learns::Always,
            columns: vec![
                ColumnRule::changes("{columns}").each("strategies"),
                ColumnRule::drops("{empty_column}"),
            ],
            ..NodeSpec::default()
        }
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<State> {
        let mut state = State::default();
        for strategy in &config.strategies {
            let (fits, wanted) = fitting(strategy);
            let mut together = Vec::new();
            for name in pick(training, ctx, &strategy.columns, fits, wanted)? {
                if state.covers(&name) {
                    continue;
                }
                let Some(fill) = fill(strategy, training, &name)? else {
                    ctx.warn(&format!(
                        "column {name:?} has no value in the training rows and is removed"
                    ));
                    state.removed.push(name);
                    continue;
                };
                if let Fill::Number(number) = fill {
                    require_finite(&name, &[number])?;
                }
                if strategy.method.uses_other_columns() {
                    together.push(name);
                } else {
                    state.fills.insert(name, fill);
                }
            }
            if !together.is_empty() {
                state
                    .groups
                    .push(Group::learn(strategy, training, together, ctx)?);
            }
        }
        Ok(state)
    }

    fn mixes(&self, _: &Config, state: &State, column: &str) -> bool {
        let of = |group: &Group| group.columns.iter().any(|name| name == column);
        state.groups.iter().any(of)
    }

    fn apply(&self, _: &Config, state: &State, mut frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        for (name, fill) in &state.fills {
            let data = &frame.require(name)?.data;
            if data.null_count() > 0 {
                let filled = filled(name, data, fill)?;
                frame.set(name, filled)?;
            } else {
                frame.touch(name);
            }
        }
        for group in &state.groups {
            group.fill(&mut frame, ctx)?;
        }
        for name in &state.removed {
            frame.remove(name);
        }
        Ok(frame)
    }

    fn onnx(&self, _: &Config, state: &State, table: &mut crate::onnx::Table<'_>) -> Result<(), Unmapped> {
        onnx::state(state, table)
    }
}

impl State {
    fn covers(&self, name: &String) -> bool {
        let grouped = || self.groups.iter().any(|group| group.columns.contains(name));
        self.fills.contains_key(name) || self.removed.contains(name) || grouped()
    }
}

impl Group {
    fn learn(
        strategy: &Strategy,
        training: &Training<'_>,
        columns: Vec<String>,
        ctx: &Context<'_>,
    ) -> Result<Self> {
        let data: Result<Vec<ArrayRef>> = columns.iter().map(|name| training.values(name)).collect();
        let table = table(&columns, &data?)?;
        let rounds = strategy.options.max_iter;
        let filler = match strategy.method {
            Method::Regression => Filler::Equations(Chain::learn(&table, Regressor::LeastSquares, 1, ctx)?),
            Method::Mice => Filler::Equations(Chain::learn(&table, Regressor::BayesianRidge, rounds, ctx)?),
            Method::Knn | Method::Mean | Method::Median | Method::Mode | Method::Constant => {
                Filler::Neighbors(Donors::learn(&table, strategy.options.neighbors)?)
            }
        };
        Ok(Self { columns, filler })
    }

    fn fill(&self, frame: &mut Frame, ctx: &Context<'_>) -> Result<()> {
        let data = self
            .columns
            .iter()
            .map(|name| Ok(frame.require(name)?.data.clone()));
        let data = data.collect::<Result<Vec<ArrayRef>>>()?;
        self.columns.iter().for_each(|name| frame.touch(name));
        if data.iter().all(|data| data.null_count() == 0) {
            return Ok(());
        }
        let mut table = table(&self.columns, &data)?;
        match &self.filler {
            Filler::Neighbors(donors) => donors.fill(&mut table, ctx)?,
            Filler::Equations(chain) => chain.fill(&mut table, ctx)?,
        }
        for ((name, data), filled) in self.columns.iter().zip(data).zip(table.columns) {
            if data.null_count() > 0 {
                frame.set(name, float_column(filled))?;
            }
        }
        Ok(())
    }
}

fn table(names: &[String], columns: &[ArrayRef]) -> Result<Table> {
    let column = |(name, data): (&String, &ArrayRef)| {
        let values = numbers(data).ok_or_else(|| changed_type(name, data))?;
        Ok(values.iter().collect())
    };
    let columns = names.iter().zip(columns).map(column).collect::<Result<_>>()?;
    Ok(Table { columns })
}

/// The column with its missing values filled; whole numbers stay whole where the fill is.
fn filled(name: &str, data: &ArrayRef, fill: &Fill) -> Result<ArrayRef> {
    match fill {
        Fill::Number(value) => {
            if let (Some(whole), Some(values)) = (
                Value::Number(*value).as_integer(),
                data.as_primitive_opt::<Int64Type>(),
            ) {
                let values: Int64Array = values.iter().map(|v| Some(v.unwrap_or(whole))).collect();
                return Ok(Arc::new(values));
            }
            if let Some(values) = numbers(data) {
                return Ok(float_column(values.iter().map(|v| Some(v.unwrap_or(*value)))));
            }
        }
        Fill::Boolean(value) => {
            if let Some(values) = data.as_boolean_opt() {
                return Ok(crate::frame::boolean_column(
                    values.iter().map(|v| Some(v.unwrap_or(*value))),
                ));
            }
        }
        Fill::Text(value) => {
            if let Some(values) = data.as_string_opt::<i32>() {
                let values: StringArray = values.iter().map(|v| Some(v.unwrap_or(value))).collect();
                return Ok(Arc::new(values));
            }
        }
    }
    Err(changed_type(name, data))
}

fn changed_type(name: &str, data: &ArrayRef) -> Error {
    let kind = data.data_type();
    let message = format!("column {name:?} is {kind} now, which it was not in training");
    Error::data("COLUMN_TYPE", message)
}

#[cfg(test)]
mod tests;
