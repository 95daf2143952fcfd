//! `feature_target_split`: names the target and, if wanted, the features; every other column is removed.

use domain::catalog::{self, ColumnRule, Learns, NodeRole, NodeSpec};
use serde::Deserialize;

use super::columns::refuse_target;
use crate::{
    Error,
    error::Result,
    frame::{Frame, Training},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// Names the target and the features.
#[derive(Debug, Clone, Copy)]
pub(super) struct FeatureTargetSplit;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    target_column: String,
    feature_columns: Vec<String>,
}

impl Node for FeatureTargetSplit {
    type Config = Config;
    type State = ();

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "feature_target_split".into(),
            aliases: vec![],
            title: "Split features and target".into(),
            category: "split".into(),
            summary: "Names the target and the features.".into(),
            parameters: vec![
                catalog::target("target_column", "The column to predict.").required(),
                catalog::columns(
                    "feature_columns",
                    "The columns to predict from; all others if blank.",
                ),
            ],
            role: NodeRole::TargetSelector,
            learns: Learns::No,
            columns: vec![ColumnRule::keeps_only("{feature_columns}").unless_blank("feature_columns")],
            ..NodeSpec::default()
        }
    }

    fn fit(&self, _: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Ok(())
    }

    fn apply(&self, config: &Config, _: &(), mut frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        if config.target_column != ctx.target {
            let message = format!(
                "the target is {:?} elsewhere, {:?} here",
                ctx.target, config.target_column
            );
            return Err(Error::spec("TARGET_MISMATCH", message));
        }
        if !ctx.predicting {
            frame.require(ctx.target)?;
        }
        if config.feature_columns.is_empty() {
            return Ok(frame);
        }
        for name in &config.feature_columns {
            refuse_target(name, ctx)?;
            frame.require(name)?;
        }
        let names: Vec<String> = frame
            .columns()
            .iter()
            .map(|column| column.name.to_string())
            .collect();
        for name in names
            .iter()
            .filter(|name| *name != ctx.target && !config.feature_columns.contains(name))
        {
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
    use crate::nodes::testing::{fails, frame, run};

    #[test]
    fn only_the_features_and_the_target_stay() {
        let config = r#"{"target_column": "target", "feature_columns": ["n"]}"#;
        let out = run("feature_target_split", config, frame());
        assert_eq!(
            out.columns().iter().map(|c| &*c.name).collect::<Vec<_>>(),
            ["n", "target"]
        );
        let all = run("feature_target_split", r#"{"target_column": "target"}"#, frame());
        assert_eq!(all.width(), frame().width());
    }

    #[test]
    fn an_unknown_feature_another_target_and_the_target_as_a_feature_are_refused() {
        for (config, code) in [
            (
                r#"{"target_column": "target", "feature_columns": ["zzz"]}"#,
                "COLUMN_NOT_FOUND",
            ),
            (r#"{"target_column": "n"}"#, "TARGET_MISMATCH"),
            (
                r#"{"target_column": "target", "feature_columns": ["target"]}"#,
                "TARGET_IN_COLUMNS",
            ),
        ] {
            assert_eq!(fails("feature_target_split", config, frame()), code);
        }
    }
}
