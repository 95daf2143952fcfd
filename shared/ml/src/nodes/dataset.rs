//! `dataset`: brings the job's table into the graph. Which table that is was settled at submission; the node
//! itself changes nothing.

use domain::{
    catalog::{self, Learns, NodeRole, NodeSpec},
    value::Value,
};
use serde::Deserialize;

use crate::{
    error::Result,
    frame::{Frame, Training},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// The source of the graph.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dataset;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    #[serde(rename = "dataset_source_id")]
    _dataset_source_id: Option<String>,
}

impl Node for Dataset {
    type Config = Config;
    type State = ();

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "dataset".into(),
            aliases: vec!["dataset-source".into(), "data_loader".into()],
            title: "Dataset".into(),
            category: "source".into(),
            summary: "Brings a registered table into the graph.".into(),
            parameters: vec![catalog::text(
                "dataset_source_id",
                Value::Null,
                "The id of the table.",
            )],
            role: NodeRole::Source,
            learns: Learns::No,
            ..NodeSpec::default()
        }
    }

    fn fit(&self, _: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Ok(())
    }

    fn apply(&self, _: &Config, _: &(), frame: Frame, _: &Context<'_>) -> Result<Frame> {
        Ok(frame)
    }

    /// The table is what it is.
    fn onnx(&self, _: &Config, _: &(), _: &mut Table<'_>) -> Result<(), Unmapped> {
        Ok(())
    }
}
