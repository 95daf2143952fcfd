//! `cast_column_types`: gives columns another type. What cannot be cast becomes missing with a warning, or fails the
//! job where `coerce_on_error` is off.
//!
//! Fractions are cut off on the way to whole numbers, as numpy does. Dates and times become ISO texts, all of a column read in the
//! same order. A category
//! is a text that occurred in the training rows; any other is missing, so casting to category learns.

mod convert;
mod onnx;

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
};

use arrow::array::Array;
use domain::{
    catalog::{self, ColumnRule, Condition, Learns, NodeRole, NodeSpec, ParamKind, ParamSpec, Requirement},
    value::{Object, Value},
};
use serde::Deserialize;

use self::convert::{Cast, Dtype};
use super::{
    categories::warn_unseen,
    columns::{refuse_target, sorted_categories},
    dates,
};
use crate::{
    Error,
    error::Result,
    frame::{Column, ColumnKind, Frame, Training, text_column, texts},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// Changes types.
#[derive(Debug, Clone, Copy)]
pub(super) struct CastColumnTypes;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    target_dtype: Dtype,
    coerce_on_error: bool,
    column_overrides: BTreeMap<String, Dtype>,
    day_first: bool,
}

impl Node for CastColumnTypes {
    type Config = Config;
    /// The categories of each column that becomes one of categories.
    type State = BTreeMap<String, Vec<String>>;

    fn spec(&self) -> NodeSpec {
        let category = |parameter: &str| Condition {
            parameter: parameter.into(),
            values: vec!["category".into()],
        };
        let words = ParamKind::Choice(Dtype::WORDS.map(|(word, _)| word.to_owned()).to_vec());
        NodeSpec {
            key: "cast_column_types".into(),
            aliases: vec![],
            title: "Cast column types".into(),
            category: "cleaning".into(),
            summary: "Gives columns another type; what cannot be cast becomes missing or fails the job."
                .into(),
            parameters: vec![
                catalog::columns(
                    "columns",
                    "The columns to cast. If this and column_overrides are blank: every feature for string, every \
                     text and boolean feature for category, every numeric and boolean feature for a number; for \
                     bool, date and datetime the columns must be named.",
                ),
                ParamSpec::new("target_dtype", words.clone(), "float64", "The type to cast to."),
                catalog::boolean(
                    "coerce_on_error",
                    true,
                    "Make what cannot be cast missing; else it fails the job.",
                ),
                ParamSpec::new(
                    "column_overrides",
                    ParamKind::Map(Box::new(words)),
                    Value::Object(Object::new()),
                    "Other types for some columns, by name.",
                )
                .of_features(),
                dates::day_first(),
            ],
            requirements: vec![
                Requirement::given(&["columns", "column_overrides"])
                    .when("target_dtype", ["bool", "date", "datetime"]),
            ],
            role: NodeRole::Transform,
            learns: Learns::When(vec![category("target_dtype"), category("column_overrides")]),
            columns: vec![
                ColumnRule::changes("{columns}"),
                ColumnRule::changes("{column_overrides}"),
            ],
            ..NodeSpec::default()
        }
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Self::State> {
        let mut categories = BTreeMap::new();
        for (name, dtype) in planned(config, training.columns(), ctx)? {
            training.require(&name)?;
            if dtype == Dtype::Category {
                let values = training.values(&name)?;
                let known = texts(&values)
                    .iter()
                    .flatten()
                    .map(String::from)
                    .collect::<Vec<_>>();
                categories.insert(name, sorted_categories(known));
            }
        }
        Ok(categories)
    }

    fn apply(
        &self,
        config: &Config,
        categories: &Self::State,
        mut frame: Frame,
        ctx: &Context<'_>,
    ) -> Result<Frame> {
        for (name, dtype) in planned(config, frame.columns().iter(), ctx)? {
            let data = &frame.require(&name)?.data;
            let cast = if dtype == Dtype::Category {
                let known: HashSet<&str> = categories
                    .get(&name)
                    .into_iter()
                    .flatten()
                    .map(String::as_str)
                    .collect();
                let shown = texts(data);
                let is_unseen = |text: &Cow<'_, str>| !known.contains(&**text);
                let unseen = shown.iter().flatten().filter(is_unseen).count();
                warn_unseen(ctx, &name, unseen, "become missing");
                text_column(shown.iter().map(|text| text.filter(|text| !is_unseen(text))))
            } else {
                let cast = dtype.cast(data, config.day_first);
                report(config, &frame, &name, dtype, &cast, ctx)?;
                cast.data
            };
            frame.set(&name, cast)?;
        }
        Ok(frame)
    }

    /// Where what cannot be cast is an error, a row with such a value has no prediction.
    fn onnx(&self, config: &Config, categories: &Self::State, table: &mut Table<'_>) -> Result<(), Unmapped> {
        let planned = planned(config, table.frame().columns().iter(), table.ctx());
        for (name, dtype) in planned.map_err(|error| Unmapped::because(error.to_string()))? {
            let known = categories.get(&name).map_or(&[][..], Vec::as_slice);
            let (before, cast) = (table.missing(&name)?, onnx::column(&name, dtype, known, table)?);
            let is_text = matches!(dtype, Dtype::String | Dtype::Category);
            table.set(&name, cast.clone());
            if !config.coerce_on_error && !is_text {
                let graph = table.graph();
                let (after, known) = (graph.op("IsNaN", [&cast]), graph.op("Not", [&before]));
                let failed = graph.op("And", [&after, &known]);
                table.refuse(&failed);
            }
        }
        Ok(())
    }
}

/// The columns to cast and to what.
///
/// # Errors
/// `TARGET_IN_COLUMNS`, and `INVALID_CONFIG` where columns must be named.
fn planned<'a>(
    config: &Config,
    columns: impl Iterator<Item = &'a Column>,
    ctx: &Context<'_>,
) -> Result<BTreeMap<String, Dtype>> {
    let mut planned = config.column_overrides.clone();
    for name in &config.columns {
        planned.entry(name.clone()).or_insert(config.target_dtype);
    }
    if planned.is_empty() {
        let Some(fits) = fitting(config.target_dtype) else {
            let message = format!("name the columns to cast to {}", config.target_dtype.word());
            return Err(Error::spec("INVALID_CONFIG", message));
        };
        let fitting = columns.filter(|column| fits(column.kind()) && &*column.name != ctx.target);
        planned.extend(fitting.map(|column| (column.name.to_string(), config.target_dtype)));
    }
    for name in planned.keys() {
        refuse_target(name, ctx)?;
    }
    Ok(planned)
}

/// Which columns are cast where none is named.
fn fitting(dtype: Dtype) -> Option<fn(ColumnKind) -> bool> {
    match dtype {
        Dtype::String => Some(|_| true),
        Dtype::Category => Some(|kind| matches!(kind, ColumnKind::Text | ColumnKind::Boolean)),
        Dtype::Bool | Dtype::Date | Dtype::Datetime => None,
        Dtype::Float
        | Dtype::Float32
        | Dtype::Float64
        | Dtype::Int
        | Dtype::Int8
        | Dtype::Int16
        | Dtype::Int32
        | Dtype::Int64 => Some(|kind| kind != ColumnKind::Text),
    }
}

/// Tells what could not be cast.
///
/// # Errors
/// `CAST_FAILED` where that is asked for.
fn report(
    config: &Config,
    frame: &Frame,
    name: &str,
    dtype: Dtype,
    cast: &Cast,
    ctx: &Context<'_>,
) -> Result<()> {
    let Some(at) = cast.first_failure else {
        return Ok(());
    };
    let (word, hint) = (dtype.word(), &cast.hint);
    if config.coerce_on_error {
        let data = &frame.require(name)?.data;
        let failed = cast.data.null_count() - data.null_count();
        ctx.warn(&format!(
            "{failed} values of {name:?} cannot be cast to {word} and become missing{hint}"
        ));
        let fate = format!("that cannot be cast to {word} become missing");
        ctx.odd_values(name, failed, &fate);
        return Ok(());
    }
    let value = texts(&frame.require(name)?.data).get(at).unwrap_or_default();
    let shown: String = value.chars().take(40).collect();
    let message = format!(
        "column {name:?}: {shown:?} in row {} (from 0) cannot be cast to {word}{hint}",
        frame.rows()[at]
    );
    Err(Error::data("CAST_FAILED", message))
}

#[cfg(test)]
mod tests;
