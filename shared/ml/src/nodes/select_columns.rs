//! `select_columns`: keeps the named columns and the target and removes every other, so that a column that the file
//! gains later changes nothing.

use std::sync::Arc;

use domain::catalog::{self, ColumnRule, Learns, NodeRole, NodeSpec};
use serde::Deserialize;

use super::columns::refuse_target;
use crate::{
    error::Result,
    frame::{Frame, Training},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// Keeps columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct SelectColumns;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
}

impl Node for SelectColumns {
    type Config = Config;
    type State = ();

    fn spec(&self) -> NodeSpec {
        let columns = "The columns to keep, in the table's order; the target is kept without being named.";
        NodeSpec {
            key: "select_columns".into(),
            aliases: vec![],
            title: "Select columns".into(),
            category: "cleaning".into(),
            summary: "Keeps the named columns and the target, and removes every other.".into(),
            parameters: vec![catalog::columns("columns", columns).required()],
            role: NodeRole::Transform,
            learns: Learns::No,
            columns: vec![ColumnRule::keeps_only("{columns}")],
            ..NodeSpec::default()
        }
    }

    fn fit(&self, _: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Ok(())
    }

    fn apply(&self, config: &Config, _: &(), mut frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        for name in &config.columns {
            refuse_target(name, ctx)?;
            frame.require(name)?;
        }
        let names: Vec<Arc<str>> = frame
            .columns()
            .iter()
            .map(|column| Arc::clone(&column.name))
            .collect();
        for name in names {
            if &*name != ctx.target && !config.columns.iter().any(|kept| **kept == *name) {
                frame.remove(&name);
            }
        }
        Ok(frame)
    }

    /// Columns leave, and no other changes.
    fn onnx(&self, _: &Config, _: &(), _: &mut Table<'_>) -> Result<(), Unmapped> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::nodes::testing::{fails, frame, run};

    #[test]
    fn named_columns_and_the_target_stay_in_the_order_of_the_table() {
        let out = run("select_columns", r#"{"columns": ["b", "a"]}"#, frame());
        let names: Vec<&str> = out.columns().iter().map(|column| &*column.name).collect();
        assert_eq!(names, ["a", "b", "target"]);
    }

    #[test]
    fn an_unknown_column_the_target_and_none_at_all_are_refused() {
        for (config, code) in [
            (r#"{"columns": ["zzz"]}"#, "COLUMN_NOT_FOUND"),
            (r#"{"columns": ["target"]}"#, "TARGET_IN_COLUMNS"),
            (r#"{"columns": []}"#, "INVALID_CONFIG"),
        ] {
            assert_eq!(fails("select_columns", config, frame()), code, "{config}");
        }
    }
}
