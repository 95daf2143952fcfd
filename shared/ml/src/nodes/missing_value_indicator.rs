//! `missing_value_indicator`: a true-or-false column beside a column, which tells where its value is missing. That a
//! value is missing may itself say something; put this before the imputation that hides it.
//!
//! Where no column is named, those with a missing value in the training rows are taken: picking them learns.

use arrow::array::Array;
use domain::{
    catalog::{self, ColumnRule, Condition, Learns, NodeRole, NodeSpec, Requirement},
    value::Value,
};
use serde::Deserialize;

use super::columns::pick;
use crate::{
    error::Result,
    frame::{Frame, Training, boolean_column},
    node::{Context, Node},
    onnx::{Element, Table, Unmapped},
};

/// Flags missing values.
#[derive(Debug, Clone, Copy)]
pub(super) struct MissingValueIndicator;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    flag_suffix: String,
}

impl Node for MissingValueIndicator {
    type Config = Config;
    /// The columns to flag.
    type State = Vec<String>;

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "missing_value_indicator".into(),
            aliases: vec![],
            title: "Missing value indicator".into(),
            category: "cleaning".into(),
            summary:
                "Adds a true-or-false column, named COLUMN_was_missing, that tells where a value is missing."
                    .into(),
            parameters: vec![
                catalog::columns(
                    "columns",
                    "The columns to flag; if blank, every feature with a missing value in the training rows.",
                ),
                catalog::text(
                    "flag_suffix",
                    "_was_missing",
                    "What follows the column's name in the name of its flag.",
                ),
            ],
            requirements: vec![Requirement::given(&["flag_suffix"])],
            role: NodeRole::Transform,
            learns: Learns::When(vec![Condition {
                parameter: "columns".into(),
                values: Vec::<Value>::new(),
            }]),
            columns: vec![ColumnRule::adds("{columns}{flag_suffix}")],
            ..NodeSpec::default()
        }
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Vec<String>> {
        let names = pick(training, ctx, &config.columns, |_| true, "anything")?;
        if !config.columns.is_empty() {
            return Ok(names);
        }
        let mut missing = Vec::with_capacity(names.len());
        for name in names {
            if training.values(&name)?.null_count() > 0 {
                missing.push(name);
            }
        }
        Ok(missing)
    }

    fn apply(
        &self,
        config: &Config,
        columns: &Vec<String>,
        mut frame: Frame,
        _: &Context<'_>,
    ) -> Result<Frame> {
        for name in columns {
            let data = frame.require(name)?.data.clone();
            let flags = (0..data.len()).map(|at| Some(data.is_null(at)));
            frame.add(&format!("{name}{}", config.flag_suffix), boolean_column(flags))?;
        }
        Ok(frame)
    }

    fn onnx(&self, config: &Config, columns: &Vec<String>, table: &mut Table<'_>) -> Result<(), Unmapped> {
        for name in columns {
            let missing = table.missing(name)?;
            let flags = table.graph().cast(&missing, Element::Double);
            table.set(&format!("{name}{}", config.flag_suffix), flags);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        frame::{Frame, float_column},
        nodes::{
            testing::{apply, fails, fit, frame, run},
            text_columns::testing::shown,
        },
    };

    fn table(a: [Option<f64>; 2], b: [Option<f64>; 2]) -> Frame {
        Frame::new(vec![("a".into(), float_column(a)), ("b".into(), float_column(b))]).unwrap()
    }

    #[test]
    fn columns_with_a_missing_training_value_get_a_flag_from_then_on() {
        let fitted = fit(
            "missing_value_indicator",
            "{}",
            &table([Some(1.0), None], [Some(1.0), Some(2.0)]),
        )
        .unwrap();
        let out = apply(&*fitted, table([Some(1.0), Some(2.0)], [None, None]));
        assert_eq!(
            shown(&out, "a_was_missing"),
            [Some("false".into()), Some("false".into())]
        );
        assert_eq!(out.width(), 3);
    }

    #[test]
    fn named_columns_are_flagged_whether_values_are_missing_or_not() {
        let config = r#"{"columns": ["b", "b"], "flag_suffix": "?"}"#;
        let out = run(
            "missing_value_indicator",
            config,
            table([None, None], [Some(1.0), Some(2.0)]),
        );
        assert_eq!(shown(&out, "b?"), [Some("false".into()), Some("false".into())]);
        assert_eq!(out.width(), 3);
    }

    #[test]
    fn a_flag_never_replaces_a_column_and_the_target_has_none() {
        let config = r#"{"columns": ["a"], "flag_suffix": ""}"#;
        assert_eq!(
            fails("missing_value_indicator", config, frame()),
            "INVALID_CONFIG"
        );
        let config = r#"{"columns": ["target"]}"#;
        assert_eq!(
            fails("missing_value_indicator", config, frame()),
            "TARGET_IN_COLUMNS"
        );
    }
}
