//! `train_test_split`: assigns each row to training, validation or test. What learns comes after it, so that
//! test rows stay unseen.

use domain::catalog::{self, Learns, NodeRole, NodeSpec, RowEffect};
use serde::Deserialize;

use super::categories::coded;
use crate::{
    error::Result,
    frame::{Frame, Training},
    node::{Context, Node},
    split::{self, Shares},
};

/// Splits rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct TrainTestSplit;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    test_size: f64,
    validation_size: f64,
    random_state: u64,
    shuffle: bool,
    stratify: bool,
}

impl Node for TrainTestSplit {
    type Config = Config;
    type State = ();

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "train_test_split".into(),
            aliases: vec![],
            title: "Split training and test rows".into(),
            category: "split".into(),
            summary: "Assigns each row to training, validation or test.".into(),
            parameters: vec![
                catalog::number(
                    "test_size",
                    0.2,
                    0.0,
                    1.0,
                    "The share of rows for the final judgement.",
                )
                .above_min()
                .below_max(),
                catalog::number(
                    "validation_size",
                    0.0,
                    0.0,
                    1.0,
                    "The share of rows for choosing among models.",
                )
                .below_max(),
                catalog::integer(
                    "random_state",
                    42,
                    0,
                    i64::from(u32::MAX),
                    "The seed of the shuffle.",
                ),
                catalog::boolean(
                    "shuffle",
                    true,
                    "Shuffle; if not, the last rows are the test rows.",
                ),
                catalog::boolean(
                    "stratify",
                    false,
                    "Keep the shares of the target's classes in every split.",
                ),
            ],
            role: NodeRole::Splitter,
            learns: Learns::No,
            rows: RowEffect::Keep,
        }
    }

    fn fit(&self, _: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Ok(())
    }

    fn apply(&self, config: &Config, _: &(), mut frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        if ctx.predicting {
            return Ok(frame);
        }
        let shares = Shares {
            test: config.test_size,
            validation: config.validation_size,
        };
        let mut random = ctx.stream(config.random_state, &["split"]);
        let random = config.shuffle.then_some(&mut random);
        let splits = if config.stratify {
            let classes = class_codes(&frame, ctx.target)?;
            split::stratified(&classes, shares, random)?
        } else {
            split::plain(frame.height(), shares, random)?
        };
        frame.assign(splits)?;
        Ok(frame)
    }
}

/// The class of each row, numbered in order.
fn class_codes(frame: &Frame, target: &str) -> Result<Vec<usize>> {
    let (classes, codes) = coded(&frame.require(target)?.data);
    // Rows with a missing target left before; were there one, it would be a class of its own.
    let codes = codes.into_iter().map(|code| code.unwrap_or(classes.len()));
    Ok(codes.collect())
}
