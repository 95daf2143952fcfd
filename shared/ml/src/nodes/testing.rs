//! Short cuts for tests of nodes: run one by its key on a table.

use domain::value::Object;

use super::get;
use crate::{
    Silent,
    error::Result,
    frame::{Frame, boolean_column, float_column, text_column},
    node::{Context, FittedNode},
};

pub(crate) fn context() -> Context<'static> {
    Context {
        node_id: "node",
        target: "target",
        problem_type: None,
        positive_class: None,
        memory_budget: None,
        predicting: false,
        fold: None,
        observer: &Silent,
    }
}

/// A small table with a column of each kind and a target named `target`.
pub(crate) fn frame() -> Frame {
    let n = 12;
    let letters = ["x", "y", "z"];
    Frame::new(vec![
        (
            "a".into(),
            text_column((0..n).map(|i| (i != 5).then_some(letters[i % 3]))),
        ),
        (
            "n".into(),
            float_column((0..n).map(|i| (i != 7).then_some(i as f64 * 1.5))),
        ),
        (
            "b".into(),
            boolean_column((0..n).map(|i| (i != 2).then_some(i % 2 == 0))),
        ),
        (
            "target".into(),
            text_column((0..n).map(|i| Some(if i % 2 == 0 { "no" } else { "yes" }))),
        ),
    ])
    .unwrap()
}

pub(crate) fn config(json: &str) -> Object {
    serde_json::from_str(json).unwrap()
}

pub(crate) fn fit(key: &str, json: &str, frame: &Frame) -> Result<Box<dyn FittedNode>> {
    get(key)
        .unwrap()
        .0
        .fit(&config(json), &frame.training(), &context())
}

pub(crate) fn apply(fitted: &dyn FittedNode, frame: Frame) -> Frame {
    fitted.apply(frame, &context()).unwrap()
}

pub(crate) fn run(key: &str, json: &str, frame: Frame) -> Frame {
    let fitted = fit(key, json, &frame).unwrap();
    apply(&*fitted, frame)
}

/// The table as it leaves the node in training.
pub(crate) fn train(key: &str, json: &str, frame: Frame) -> Result<Frame> {
    let (node, _) = get(key).unwrap();
    let (_, frame) = node.fit_apply(&config(json), frame, &context())?;
    Ok(frame)
}

/// The code of the failure.
pub(crate) fn fails(key: &str, json: &str, frame: Frame) -> String {
    train(key, json, frame)
        .unwrap_err()
        .failure()
        .unwrap()
        .code
        .clone()
}
