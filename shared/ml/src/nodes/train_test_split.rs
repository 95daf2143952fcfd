//! `train_test_split`: assigns each row to training, validation or test. What learns comes after it, so that
//! test rows stay unseen.

use domain::catalog::{self, Learns, NodeRole, NodeSpec, Requirement};
use serde::Deserialize;

use super::categories::coded_classes;
use crate::{
    Error,
    error::Result,
    frame::{Frame, Training},
    node::{Context, Node},
    onnx::{Table, Unmapped},
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
                )
                .used_if("shuffle", [true]),
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
            requirements: vec![Requirement::sum_below(1.0, &["test_size", "validation_size"])],
            role: NodeRole::Splitter,
            learns: Learns::No,
            ..NodeSpec::default()
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
            let classes = class_codes(&frame, ctx)?;
            split::stratified(&classes, shares, random)?
        } else {
            split::plain(frame.height(), shares, random)?
        };
        frame.assign(splits)?;
        Ok(frame)
    }

    /// Rows to predict are not split.
    fn onnx(&self, _: &Config, _: &(), _: &mut Table<'_>) -> Result<(), Unmapped> {
        Ok(())
    }
}

/// The class of each row, numbered in order.
///
/// # Errors
/// `TARGET_NOT_NAMED`, `COLUMN_NOT_FOUND`, `TARGET_NOT_CATEGORICAL`, `TARGET_MISSING`.
fn class_codes(frame: &Frame, ctx: &Context<'_>) -> Result<Vec<usize>> {
    let target = ctx.target;
    if target.is_empty() {
        let message = "stratify keeps the shares of the target's classes, but no node names the target";
        return Err(Error::spec("TARGET_NOT_NAMED", message));
    }
    let column = frame.require(target)?;
    let needed = "only classes can be stratified";
    let (_, codes) = coded_classes(ctx, column.kind(), &column.data, needed)?;
    let known: Option<Vec<usize>> = codes.into_iter().collect();
    known.ok_or_else(|| {
        let message =
            format!("the target {target:?} is missing in some rows, which are of no class to stratify by");
        Error::data("TARGET_MISSING", message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        frame::{Split, float_column, text_column},
        nodes::testing::{apply, context, fails, fit},
    };

    const KEY: &str = "train_test_split";
    const STRATIFIED: &str = r#"{"stratify": true, "test_size": 0.25}"#;

    fn table(class: impl Fn(usize) -> Option<&'static str>) -> Frame {
        let x = float_column((0..20).map(|at| Some(at as f64)));
        let target = text_column((0..20).map(class));
        Frame::new(vec![("x".into(), x), ("target".into(), target)]).unwrap()
    }

    fn classes() -> Frame {
        table(|at| Some(if at < 8 { "a" } else { "b" }))
    }

    #[test]
    fn every_split_has_the_classes_in_their_shares() {
        let out = apply(&*fit(KEY, STRATIFIED, &classes()).unwrap(), classes());
        let test = |rows: std::ops::Range<usize>| {
            let splits = &out.splits().unwrap()[rows];
            splits.iter().filter(|split| **split == Split::Test).count()
        };
        assert_eq!((test(0..8), test(8..20)), (2, 3));
    }

    #[test]
    fn rows_that_cannot_be_stratified_are_refused_by_name() {
        let gap = table(|at| (at != 3).then_some(if at < 8 { "a" } else { "b" }));
        assert_eq!(fails(KEY, STRATIFIED, gap), "TARGET_MISSING");
        let mut numbers = classes();
        let halves = float_column((0..20).map(|at| Some(at as f64 / 2.0)));
        numbers.set("target", halves).unwrap();
        assert_eq!(fails(KEY, STRATIFIED, numbers), "TARGET_NOT_CATEGORICAL");
        let mut absent = classes();
        absent.remove("target");
        assert_eq!(fails(KEY, STRATIFIED, absent), "COLUMN_NOT_FOUND");
        let single = table(|at| Some(if at < 1 { "a" } else { "b" }));
        assert_eq!(fails(KEY, STRATIFIED, single), "SPLIT_IMPOSSIBLE");
    }

    #[test]
    fn without_a_target_rows_are_split_at_random_only() {
        let nameless = Context {
            target: "",
            ..context()
        };
        let applied = |config: &str| fit(KEY, config, &classes()).unwrap().apply(classes(), &nameless);
        assert!(applied("{}").unwrap().splits().is_some());
        let error = applied(STRATIFIED).unwrap_err();
        assert_eq!(error.failure().unwrap().code, "TARGET_NOT_NAMED");
    }

    #[test]
    fn rows_to_predict_are_not_split() {
        let predicting = Context {
            predicting: true,
            target: "",
            ..context()
        };
        let fitted = fit(KEY, STRATIFIED, &classes()).unwrap();
        assert!(fitted.apply(classes(), &predicting).unwrap().splits().is_none());
    }
}
