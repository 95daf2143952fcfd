//! `feature_math`: new features by a calculation in each row:
//!
//! | operation | methods | of |
//! |---|---|---|
//! | arithmetic | add, subtract, multiply, divide | `input_columns`, `secondary_columns`, `constants`, from left to right |
//! | ratio | ratio | the sum of `input_columns` by the sum of `secondary_columns` |
//! | stat | sum, mean, min, max, std, median, range, count | those of both lists of columns that are not missing |
//! | similarity | ratio, `token_sort_ratio`, `token_set_ratio` | two texts: 1 for the same, 0 for nothing in common |
//! | `datetime_extract` | – | the parts `datetime_features` of dates in `input_columns` |
//!
//! A row depends on itself alone, so nothing is learned. A result is missing where an input is (but for `stat`), and
//! where it is no finite number. A divisor nearer to 0 than `epsilon` counts as `epsilon`, its sign kept. The result
//! goes to `output_column`, else to the method and the columns joined by `_`; parts of dates to `<name>_<part>`.

mod numeric;
mod onnx;
mod similarity;
mod spec;

use std::collections::HashSet;

use arrow::array::{Array, ArrayRef};
use domain::catalog::NodeSpec;
use serde::Deserialize;

use super::{
    columns::refuse_target,
    dates::{Part, Reader},
};
use crate::{
    Error,
    error::Result,
    frame::{ColumnKind, Frame, Training, float_column},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// Calculates new features.
#[derive(Debug, Clone, Copy)]
pub(super) struct FeatureMath;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    operations: Vec<Operation>,
    error_handling: ErrorHandling,
    epsilon: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ErrorHandling {
    Skip,
    Fail,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation {
    operation_type: OperationType,
    method: Option<Method>,
    input_columns: Vec<String>,
    secondary_columns: Vec<String>,
    constants: Vec<f64>,
    output_column: String,
    datetime_features: Vec<Part>,
    day_first: bool,
    fillna: Option<f64>,
    round_digits: Option<i32>,
    normalize: bool,
    epsilon: Option<f64>,
    allow_overwrite: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OperationType {
    Arithmetic,
    Ratio,
    Stat,
    Similarity,
    DatetimeExtract,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    Add,
    Subtract,
    Multiply,
    Divide,
    Ratio,
    Sum,
    Mean,
    Min,
    Max,
    Std,
    Median,
    Range,
    Count,
    TokenSortRatio,
    TokenSetRatio,
}

impl Node for FeatureMath {
    type Config = Config;
    type State = ();

    fn spec(&self) -> NodeSpec {
        spec::spec()
    }

    fn fit(&self, config: &Config, _: &Training<'_>, ctx: &Context<'_>) -> Result<()> {
        for operation in &config.operations {
            let made = operation.names(operation.method());
            for name in operation.columns().chain(&made) {
                refuse_target(name, ctx)?;
            }
        }
        Ok(())
    }

    /// A result's name counts as well: where a column has it, there may be no result.
    fn mixes(&self, config: &Config, (): &(), column: &str) -> bool {
        config.operations.iter().any(|operation| {
            let made = operation.names(operation.method());
            operation.columns().chain(&made).any(|name| name == column)
        })
    }

    fn apply(&self, config: &Config, _: &(), mut frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        for (place, operation) in config.operations.iter().enumerate() {
            let results = operation.results(&frame, operation.epsilon.unwrap_or(config.epsilon), ctx);
            let results = results.and_then(|results| operation.fits(&frame, results));
            match results {
                Ok(results) => {
                    for (name, data) in results {
                        frame.set(&name, data)?;
                    }
                }
                Err(Error::Failed(failure)) if config.error_handling == ErrorHandling::Skip => {
                    ctx.warn(&format!("operations[{place}] is skipped: {}", failure.message));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(frame)
    }

    fn onnx(&self, config: &Config, (): &(), table: &mut Table<'_>) -> Result<(), Unmapped> {
        for operation in &config.operations {
            let epsilon = operation.epsilon.unwrap_or(config.epsilon);
            let results = operation.results(table.frame(), epsilon, table.ctx());
            let results = results.and_then(|results| operation.fits(table.frame(), results));
            match results {
                Ok(results) => {
                    let value = onnx::result(operation, epsilon, table)?;
                    for (name, data) in results {
                        table.make(&name, data, value.clone())?;
                    }
                }
                Err(_) if config.error_handling == ErrorHandling::Skip => {}
                Err(error) => return Err(Unmapped::because(error.to_string())),
            }
        }
        Ok(())
    }
}

impl Operation {
    /// The method, or the type's first; the catalogue has checked that it is one of the type.
    fn method(&self) -> Method {
        let first = match self.operation_type {
            OperationType::Arithmetic => Method::Add,
            OperationType::Stat => Method::Sum,
            OperationType::Ratio | OperationType::Similarity | OperationType::DatetimeExtract => {
                Method::Ratio
            }
        };
        self.method.unwrap_or(first)
    }

    /// The new columns.
    fn results(&self, frame: &Frame, epsilon: f64, ctx: &Context<'_>) -> Result<Vec<(String, ArrayRef)>> {
        let method = self.method();
        let values = match self.operation_type {
            OperationType::DatetimeExtract => return self.dates(frame, ctx),
            OperationType::Similarity => similarity::similarities(self, method, frame)?,
            OperationType::Arithmetic => numeric::arithmetic(self, method, frame, epsilon)?,
            OperationType::Ratio => numeric::ratio(self, frame, epsilon)?,
            OperationType::Stat => numeric::stat(self, method, frame)?,
        };
        let finish = |value: f64| {
            let value = self.round_digits.map_or(value, |digits| {
                let power = 10_f64.powi(digits);
                (value * power).round_ties_even() / power
            });
            Some(value).filter(|value| value.is_finite())
        };
        let values = values.into_iter().map(|value| value.and_then(finish));
        Ok(vec![(self.output(method), float_column(values))])
    }

    fn dates(&self, frame: &Frame, ctx: &Context<'_>) -> Result<Vec<(String, ArrayRef)>> {
        let mut results = Vec::new();
        for name in &self.input_columns {
            let column = frame.require(name)?;
            if column.kind() != ColumnKind::Text {
                return Err(not_a(name, column.kind(), "text"));
            }
            let reader = Reader::new(self.day_first);
            let moments = reader.read_all(&column.data);
            reader.warn(ctx, name, "their parts are missing");
            let part = |part: &Part| (self.date_name(name, *part), part.column(&moments));
            results.extend(self.datetime_features.iter().map(part));
        }
        Ok(results)
    }

    /// The columns to calculate with.
    fn columns(&self) -> impl Iterator<Item = &String> {
        self.input_columns.iter().chain(&self.secondary_columns)
    }

    /// The names of the new columns.
    fn names(&self, method: Method) -> Vec<String> {
        if self.operation_type != OperationType::DatetimeExtract {
            return vec![self.output(method)];
        }
        let parts = &self.datetime_features;
        self.input_columns
            .iter()
            .flat_map(|column| parts.iter().map(|part| self.date_name(column, *part)))
            .collect()
    }

    /// The name of a new column that is not part of a date.
    fn output(&self, method: Method) -> String {
        if !self.output_column.is_empty() {
            return self.output_column.clone();
        }
        self.columns()
            .fold(method.as_str().to_owned(), |name, column| name + "_" + column)
    }

    /// The name of a part of the dates in a column.
    fn date_name(&self, column: &str, part: Part) -> String {
        let prefix = if self.output_column.is_empty() {
            column
        } else {
            &self.output_column
        };
        format!("{prefix}_{}", part.word())
    }

    /// The results, unless they would replace a column unasked, or each other.
    fn fits(&self, frame: &Frame, results: Vec<(String, ArrayRef)>) -> Result<Vec<(String, ArrayRef)>> {
        let mut names = HashSet::new();
        if let Some((name, _)) = results.iter().find(|(name, _)| !names.insert(name)) {
            let message =
                format!("the new column {name:?} would be made of two columns; give each an operation");
            return Err(Error::spec("COLUMN_EXISTS", message));
        }
        let taken = results.iter().find(|(name, _)| frame.column(name).is_some());
        if let Some((name, _)) = taken.filter(|_| !self.allow_overwrite) {
            let message = format!("the new column {name:?} would replace one of the same name");
            return Err(Error::spec("COLUMN_EXISTS", message));
        }
        Ok(results)
    }
}

fn not_a(name: &str, kind: ColumnKind, wanted: &str) -> Error {
    Error::spec(
        "COLUMN_TYPE",
        format!("column {name:?} is {}, not {wanted}", kind.as_str()),
    )
}

impl Method {
    /// The word used in configs.
    fn as_str(self) -> &'static str {
        spec::METHODS[self as usize]
    }
}

/// The number at a place, or what stands in for a missing one.
fn number_at(values: &arrow::array::Float64Array, at: usize, fill: Option<f64>) -> Option<f64> {
    if values.is_valid(at) {
        Some(values.value(at))
    } else {
        fill
    }
}

#[cfg(test)]
mod tests;
