//! `drop_columns`: removes the named columns, such as identifiers and other things no model should see.

use domain::catalog::{self, ColumnRule, Learns, NodeRole, NodeSpec};
use serde::Deserialize;

use super::columns::refuse_target;
use crate::{
    error::Result,
    frame::{Frame, Training},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// Removes columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct DropColumns;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
}

impl Node for DropColumns {
    type Config = Config;
    type State = ();

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "drop_columns".into(),
            aliases: vec![],
            title: "Drop columns".into(),
            category: "cleaning".into(),
            summary: "Removes the named columns.".into(),
            parameters: vec![catalog::columns("columns", "The columns to remove.").required()],
            role: NodeRole::Transform,
            learns: Learns::No,
            columns: vec![ColumnRule::drops("{columns}")],
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
        for name in &config.columns {
            frame.remove(name);
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
    use crate::nodes::testing::{context, fails, frame, run};

    #[test]
    fn named_columns_are_removed() {
        let out = run("drop_columns", r#"{"columns": ["a", "a"]}"#, frame());
        assert!(out.column("a").is_none() && out.column("n").is_some());
    }

    #[test]
    fn an_unknown_column_and_the_target_are_refused() {
        assert_eq!(
            fails("drop_columns", r#"{"columns": ["zzz"]}"#, frame()),
            "COLUMN_NOT_FOUND"
        );
        let target = format!(r#"{{"columns": [{:?}]}}"#, context().target);
        assert_eq!(fails("drop_columns", &target, frame()), "TARGET_IN_COLUMNS");
    }
}
