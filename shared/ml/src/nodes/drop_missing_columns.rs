//! `drop_missing_columns`: removes columns of which too many training values are missing: what is left of them says
//! little, and filling them would say what nobody knows.

use arrow::array::Array;
use domain::catalog::{self, ColumnRule, Learns, NodeRole, NodeSpec};
use serde::Deserialize;

use super::columns::pick;
use crate::{
    error::Result,
    frame::{Frame, Training},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// Removes columns with missing values.
#[derive(Debug, Clone, Copy)]
pub(super) struct DropMissingColumns;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    missing_threshold: f64,
    columns: Vec<String>,
}

impl Node for DropMissingColumns {
    type Config = Config;
    /// The columns to remove.
    type State = Vec<String>;

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "drop_missing_columns".into(),
            aliases: vec![],
            title: "Drop columns with missing values".into(),
            category: "cleaning".into(),
            summary: "Removes columns of which too many training values are missing.".into(),
            parameters: vec![
                catalog::number(
                    "missing_threshold",
                    40.0,
                    0.0,
                    100.0,
                    "A column is removed if more than this percentage of its training values is missing.",
                ),
                catalog::columns("columns", "The columns to look at; every feature if blank."),
            ],
            role: NodeRole::Transform,
            learns: Learns::Always,
            columns: vec![ColumnRule::drops("{sparse_column}")],
            ..NodeSpec::default()
        }
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Vec<String>> {
        let mut dropped = Vec::new();
        for name in pick(training, ctx, &config.columns, |_| true, "anything")? {
            let values = training.values(&name)?;
            let (missing, total) = (values.null_count() as f64, values.len() as f64);
            // Compared as products, so that a percentage met exactly is met whatever the rounding.
            if missing * 100.0 > config.missing_threshold * total {
                let percent = missing * 100.0 / total;
                ctx.warn(&format!(
                    "{percent:.1} % of {name:?} is missing; the column is removed"
                ));
                dropped.push(name);
            }
        }
        Ok(dropped)
    }

    fn apply(&self, _: &Config, dropped: &Vec<String>, mut frame: Frame, _: &Context<'_>) -> Result<Frame> {
        for name in dropped {
            frame.remove(name);
        }
        Ok(frame)
    }

    /// Columns leave, and no other changes.
    fn onnx(&self, _: &Config, _: &Self::State, _: &mut Table<'_>) -> Result<(), Unmapped> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        frame::{Frame, Split, float_column},
        nodes::testing::{apply, fails, fit, frame, run},
    };

    fn holes() -> Frame {
        let column = |missing: usize| float_column((0..5).map(move |i| (i >= missing).then_some(1.0)));
        Frame::new(
            (0..6)
                .map(|missing| (format!("m{missing}"), column(missing)))
                .chain([("target".into(), column(5))])
                .collect(),
        )
        .unwrap()
    }

    fn columns(frame: &Frame) -> Vec<&str> {
        frame.columns().iter().map(|column| &*column.name).collect()
    }

    #[test]
    fn columns_missing_more_than_the_threshold_leave_and_the_target_stays() {
        let out = run("drop_missing_columns", "{}", holes());
        assert_eq!(columns(&out), ["m0", "m1", "m2", "target"]);
        let out = run("drop_missing_columns", r#"{"missing_threshold": 0}"#, holes());
        assert_eq!(columns(&out), ["m0", "target"]);
        let out = run("drop_missing_columns", r#"{"missing_threshold": 100}"#, holes());
        assert_eq!(out.width(), 7);
    }

    #[test]
    fn only_named_columns_are_looked_at() {
        let out = run("drop_missing_columns", r#"{"columns": ["m0", "m5"]}"#, holes());
        assert_eq!(columns(&out), ["m0", "m1", "m2", "m3", "m4", "target"]);
        let config = r#"{"columns": ["target"]}"#;
        assert_eq!(
            fails("drop_missing_columns", config, frame()),
            "TARGET_IN_COLUMNS"
        );
    }

    #[test]
    fn what_test_rows_miss_does_not_count_and_what_left_stays_away() {
        let mut table = holes();
        let mut splits = vec![Split::Test; 3];
        splits.extend([Split::Train; 2]);
        table.assign(splits).unwrap();
        let fitted = fit("drop_missing_columns", "{}", &table).unwrap();
        assert_eq!(
            columns(&apply(&*fitted, table)),
            ["m0", "m1", "m2", "m3", "target"]
        );
    }
}
