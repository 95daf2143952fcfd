//! `drop_missing_rows`: removes rows in which too many features are missing. The target does not count, so that
//! a row is judged alike whether its target is known or to be predicted.

use arrow::array::{Array, BooleanArray};
use domain::catalog::{self, Learns, NodeRole, NodeSpec, RowEffect, RowRule};
use serde::Deserialize;

use crate::{
    error::Result,
    frame::{Frame, Training},
    node::{Context, Node},
    onnx::{Element, Table, Unmapped, Value},
};

/// Removes rows with missing values.
#[derive(Debug, Clone, Copy)]
pub(super) struct DropMissingRows;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    missing_threshold: f64,
    drop_if_any_missing: bool,
}

impl Config {
    /// The percentage of a row's features that may be missing.
    fn allowed(&self) -> f64 {
        if self.drop_if_any_missing {
            0.0
        } else {
            self.missing_threshold
        }
    }
}

impl Node for DropMissingRows {
    type Config = Config;
    type State = ();

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "drop_missing_rows".into(),
            aliases: vec![],
            title: "Drop rows with missing values".into(),
            category: "cleaning".into(),
            summary: "Removes rows in which too many features are missing.".into(),
            parameters: vec![
                catalog::number(
                    "missing_threshold",
                    50.0,
                    0.0,
                    100.0,
                    "A row is removed if more than this percentage of its features is missing.",
                ),
                catalog::boolean(
                    "drop_if_any_missing",
                    false,
                    "Remove every row that misses a feature.",
                ),
            ],
            role: NodeRole::Transform,
            learns: Learns::No,
            rows: vec![RowRule::always(RowEffect::Drop)],
            ..NodeSpec::default()
        }
    }

    fn fit(&self, _: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Ok(())
    }

    /// Every column counts.
    fn mixes(&self, _: &Config, (): &(), _: &str) -> bool {
        true
    }

    fn apply(&self, config: &Config, _: &(), mut frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        let features = frame
            .columns()
            .iter()
            .filter(|column| &*column.name != ctx.target);
        let (mut missing, mut total) = (vec![0_usize; frame.height()], 0);
        for column in features {
            total += 1;
            if column.data.null_count() > 0 {
                for (at, count) in missing.iter_mut().enumerate() {
                    *count += usize::from(column.data.is_null(at));
                }
            }
        }
        let allowed = config.allowed();
        // Compared as products, so that a percentage met exactly is met whatever the rounding.
        let keep = missing
            .iter()
            .map(|count| *count as f64 * 100.0 <= allowed * f64::from(total));
        let keep: BooleanArray = keep.map(Some).collect();
        let reason = if allowed == 0.0 {
            "a feature is missing".to_owned()
        } else {
            format!("more than {allowed} % of the features are missing")
        };
        frame.filter(&keep, &reason)?;
        Ok(frame)
    }

    fn onnx(&self, config: &Config, (): &(), table: &mut Table<'_>) -> Result<(), Unmapped> {
        let columns = table
            .frame()
            .columns()
            .iter()
            .map(|column| column.name.to_string());
        let target = table.ctx().target;
        let features: Vec<String> = columns.filter(|name| name != target).collect();
        let mut flags = Vec::with_capacity(features.len());
        for name in &features {
            let missing = table.missing(name)?;
            flags.push(table.graph().cast(&missing, Element::Double));
        }
        if flags.is_empty() {
            return Ok(());
        }
        let graph = table.graph();
        let flags: Vec<&Value> = flags.iter().collect();
        let missing = graph.op_with("Sum", &flags, Vec::new());
        let (hundred, most) = (graph.number(100.0), config.allowed() * features.len() as f64);
        let (missing, most) = (graph.op("Mul", [&missing, &hundred]), graph.number(most));
        let dropped = graph.op("Greater", [&missing, &most]);
        table.refuse(&dropped);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        frame::{Frame, float_column},
        nodes::testing::run,
    };

    fn holes() -> Frame {
        Frame::new(vec![
            ("a".into(), float_column([Some(1.0), None, None, None])),
            ("b".into(), float_column([Some(1.0), Some(1.0), None, None])),
            ("target".into(), float_column([None, Some(1.0), Some(1.0), None])),
        ])
        .unwrap()
    }

    #[test]
    fn rows_missing_more_than_the_threshold_leave_with_the_reason() {
        let out = run("drop_missing_rows", "{}", holes());
        assert_eq!(out.rows(), [0, 1]);
        assert_eq!(
            &*out.dropped()[0].reason,
            "more than 50 % of the features are missing"
        );
        assert_eq!(
            out.dropped().iter().map(|gone| gone.row).collect::<Vec<_>>(),
            [2, 3]
        );
    }

    #[test]
    fn any_missing_feature_is_enough_if_so_asked_and_the_target_does_not_count() {
        assert_eq!(
            run("drop_missing_rows", r#"{"drop_if_any_missing": true}"#, holes()).rows(),
            [0]
        );
        assert_eq!(
            run("drop_missing_rows", r#"{"missing_threshold": 49.9}"#, holes()).rows(),
            [0]
        );
    }
}
