//! `replace_invalid_values`: makes numbers missing that cannot be right: below zero, exactly zero, or outside of
//! bounds, which themselves are valid. Impute them afterwards.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, AsArray, Float64Array, Int64Array},
    datatypes::{Float64Type, Int64Type},
};
use domain::{
    catalog::{self, ColumnRule, Learns, NodeRole, NodeSpec, ParamKind, Requirement},
    value::Value,
};
use serde::Deserialize;

use super::columns::pick_to_change;
use crate::{
    error::Result,
    frame::{ColumnKind, Frame, Training},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// The modes with bounds.
const BOUNDED: [&str; 3] = ["percentage_bounds", "age_bounds", "custom_range"];
const GREATEST_PERCENTAGE: f64 = 100.0;
const GREATEST_AGE: f64 = 120.0;

/// Makes invalid numbers missing.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReplaceInvalidValues;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    mode: Mode,
    min_value: Option<f64>,
    max_value: Option<f64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    NegativeToNan,
    ZeroToNan,
    PercentageBounds,
    AgeBounds,
    CustomRange,
}

/// What is valid.
enum Valid {
    NotZero,
    Within(f64, f64),
}

impl Valid {
    fn new(config: &Config) -> Self {
        let bounds = |least: f64, greatest: f64| {
            let (min, max) = (config.min_value, config.max_value);
            Self::Within(min.unwrap_or(least), max.unwrap_or(greatest))
        };
        match config.mode {
            Mode::NegativeToNan => Self::Within(0.0, f64::INFINITY),
            Mode::ZeroToNan => Self::NotZero,
            Mode::PercentageBounds => bounds(0.0, GREATEST_PERCENTAGE),
            Mode::AgeBounds => bounds(0.0, GREATEST_AGE),
            Mode::CustomRange => bounds(f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    fn holds(&self, value: f64) -> bool {
        match self {
            Self::NotZero => value != 0.0,
            Self::Within(min, max) => (*min..=*max).contains(&value),
        }
    }

    fn filtered(&self, data: &ArrayRef) -> Option<ArrayRef> {
        if let Some(values) = data.as_primitive_opt::<Int64Type>() {
            let valid = |value: &i64| self.holds(*value as f64);
            return Some(Arc::new(
                values.iter().map(|v| v.filter(valid)).collect::<Int64Array>(),
            ));
        }
        let values = data.as_primitive_opt::<Float64Type>()?;
        let valid = |value: &f64| self.holds(*value);
        Some(Arc::new(
            values.iter().map(|v| v.filter(valid)).collect::<Float64Array>(),
        ))
    }
}

/// Bounds are in order, those that a mode has where none is given included.
fn requirements() -> Vec<Requirement> {
    let number = |min, max| ParamKind::Number {
        min,
        max,
        above_min: false,
        below_max: false,
    };
    let own = |mode, greatest| {
        [
            Requirement::kind("min_value", number(f64::MIN, greatest))
                .when("mode", [mode])
                .when_blank("max_value"),
            Requirement::kind("max_value", number(0.0, f64::MAX))
                .when("mode", [mode])
                .when_blank("min_value"),
        ]
    };
    let general = [
        Requirement::given(&["min_value", "max_value"]).when("mode", ["custom_range"]),
        Requirement::ordered("min_value", "max_value").when("mode", BOUNDED),
    ];
    let percentage = own("percentage_bounds", GREATEST_PERCENTAGE);
    let age = own("age_bounds", GREATEST_AGE);
    general.into_iter().chain(percentage).chain(age).collect()
}

impl Node for ReplaceInvalidValues {
    type Config = Config;
    type State = ();

    fn spec(&self) -> NodeSpec {
        let bound = |name: &str, doc: &str| {
            let bound = catalog::number(name, Value::Null, f64::MIN, f64::MAX, doc);
            bound.used_if("mode", BOUNDED)
        };
        NodeSpec {
            key: "replace_invalid_values".into(),
            aliases: vec![],
            title: "Replace invalid values".into(),
            category: "cleaning".into(),
            summary: "Makes numbers missing that are negative, zero or outside of bounds.".into(),
            parameters: vec![
                catalog::columns(
                    "columns",
                    "The columns to change; every numeric feature if blank.",
                ),
                catalog::choice(
                    "mode",
                    "negative_to_nan",
                    &[
                        "negative_to_nan",
                        "zero_to_nan",
                        "percentage_bounds",
                        "age_bounds",
                        "custom_range",
                    ],
                    "What becomes missing: numbers below zero, zeros, what is not in 0 to 100, what is not in 0 to \
                     120, or what is not in min_value to max_value.",
                ),
                bound(
                    "min_value",
                    "The least valid number; used by the modes with bounds, in place of 0.",
                ),
                bound(
                    "max_value",
                    "The greatest valid number; used by the modes with bounds.",
                ),
            ],
            role: NodeRole::Transform,
            requirements: requirements(),
            learns: Learns::No,
            columns: vec![ColumnRule::changes("{columns}")],
            ..NodeSpec::default()
        }
    }

    fn fit(&self, _: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Ok(())
    }

    fn apply(&self, config: &Config, _: &(), mut frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        let valid = Valid::new(config);
        for name in pick_to_change(&mut frame, ctx, &config.columns, ColumnKind::is_number, "numbers")? {
            let data = &frame.require(&name)?.data;
            let Some(filtered) = valid.filtered(data) else {
                continue;
            };
            let gone = filtered.null_count() - data.null_count();
            if gone > 0 {
                ctx.warn(&format!(
                    "{gone} values of {name:?} are not valid and become missing"
                ));
            }
            frame.set(&name, filtered)?;
        }
        Ok(frame)
    }

    fn onnx(&self, config: &Config, (): &(), table: &mut Table<'_>) -> Result<(), Unmapped> {
        let (mut frame, ctx) = (table.frame().clone(), table.ctx());
        let names = pick_to_change(&mut frame, ctx, &config.columns, ColumnKind::is_number, "numbers")
            .map_err(|error| Unmapped::because(error.to_string()))?;
        for name in names {
            let value = table.numbers(&name)?;
            let graph = table.graph();
            let invalid = match Valid::new(config) {
                Valid::NotZero => {
                    let zero = graph.number(0.0);
                    graph.op("Equal", [&value, &zero])
                }
                Valid::Within(min, max) => {
                    let (min, max) = (graph.number(min), graph.number(max));
                    let below = graph.op("Less", [&value, &min]);
                    let above = graph.op("Greater", [&value, &max]);
                    graph.op("Or", [&below, &above])
                }
            };
            let nothing = graph.number(f64::NAN);
            let value = graph.choose(&invalid, &nothing, &value);
            table.set(&name, value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        frame::float_column,
        nodes::{
            testing::{fails, frame, run},
            text_columns::testing::shown,
        },
    };

    fn numbers() -> Frame {
        let whole = Int64Array::from(vec![Some(-5), Some(0), Some(99), Some(121), None]);
        Frame::new(vec![
            (
                "x".into(),
                float_column([-0.5, -0.0, 100.0, 120.5, f64::INFINITY].map(Some)),
            ),
            ("i".into(), Arc::new(whole)),
        ])
        .unwrap()
    }

    #[test]
    fn each_mode_makes_its_numbers_missing() {
        for (config, x, i) in [
            (
                "{}",
                ["-", "-0", "100", "120.5", "inf"],
                ["-", "0", "99", "121", "-"],
            ),
            (
                r#"{"mode": "zero_to_nan"}"#,
                ["-0.5", "-", "100", "120.5", "inf"],
                ["-5", "-", "99", "121", "-"],
            ),
            (
                r#"{"mode": "percentage_bounds"}"#,
                ["-", "-0", "100", "-", "-"],
                ["-", "0", "99", "-", "-"],
            ),
            (
                r#"{"mode": "age_bounds", "min_value": 1}"#,
                ["-", "-", "100", "-", "-"],
                ["-", "-", "99", "-", "-"],
            ),
            (
                r#"{"mode": "custom_range", "max_value": 0}"#,
                ["-0.5", "-0", "-", "-", "-"],
                ["-5", "0", "-", "-", "-"],
            ),
        ] {
            let out = run("replace_invalid_values", config, numbers());
            for (column, expected) in [("x", x), ("i", i)] {
                let found: Vec<String> = shown(&out, column)
                    .into_iter()
                    .map(|text| text.unwrap_or("-".into()))
                    .collect();
                assert_eq!(found, expected, "{config}");
            }
            assert_eq!(out.column("i").unwrap().kind(), ColumnKind::Integer);
        }
    }

    #[test]
    fn bounds_that_hold_nothing_and_columns_of_text_are_refused() {
        for (config, code) in [
            (r#"{"mode": "custom_range"}"#, "INVALID_CONFIG"),
            (r#"{"mode": "age_bounds", "min_value": 121}"#, "INVALID_CONFIG"),
            (
                r#"{"mode": "percentage_bounds", "max_value": -1}"#,
                "INVALID_CONFIG",
            ),
            (
                r#"{"mode": "custom_range", "min_value": 2, "max_value": 1}"#,
                "INVALID_CONFIG",
            ),
            (r#"{"columns": ["a"]}"#, "COLUMN_TYPE"),
            (r#"{"columns": ["target"]}"#, "TARGET_IN_COLUMNS"),
        ] {
            assert_eq!(fails("replace_invalid_values", config, frame()), code, "{config}");
        }
    }
}
