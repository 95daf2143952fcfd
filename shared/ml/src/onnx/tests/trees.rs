//! Fitted trees against what is written of them, walked as the operator's specification says.

mod tables;

use ndarray::Array2;
use prost::Message;

use super::super::{
    Answer, Graph,
    proto::{NodeProto, TensorProto},
    testing::{numbers, walk},
};
use crate::{
    model::{FittedModel, Prediction},
    models::testing::{Table, fit, waves},
};

const FEATURES: usize = 3;
const TREES: usize = 7;

/// Points with holes.
fn holed(classes: usize) -> Table {
    let mut table = waves(300, FEATURES, classes);
    table.x.iter_mut().step_by(7).for_each(|cell| *cell = f64::NAN);
    table
}

/// Rows at, beside and beyond the middles between values, where trees may cut, and missing ones.
fn probes(table: &Table) -> Vec<Vec<f64>> {
    let middles = |feature: usize| {
        let column = table.x.column(feature);
        let mut known: Vec<f64> = column.iter().copied().filter(|value| !value.is_nan()).collect();
        known.sort_by(f64::total_cmp);
        known
            .windows(2)
            .map(|pair| pair[0] / 2.0 + pair[1] / 2.0)
            .collect()
    };
    let middles: Vec<Vec<f64>> = (0..FEATURES).map(middles).collect();
    let longest = middles.iter().map(Vec::len).max().unwrap_or(0);
    let near: [fn(f64) -> f64; 3] = [f64::next_down, |middle| middle, f64::next_up];
    let row = |at: usize, near: fn(f64) -> f64| {
        let cell = |middles: &Vec<f64>| middles.get(at).map_or(f64::NAN, |middle| near(*middle));
        middles.iter().map(cell).collect()
    };
    let mut rows: Vec<Vec<f64>> = (0..longest)
        .flat_map(|at| near.map(|near| row(at, near)))
        .collect();
    rows.extend([f64::NAN, f64::MAX, f64::MIN].map(|value| vec![value; FEATURES]));
    rows
}

/// What is written of a model: its ensembles and constants.
fn written(fitted: &dyn FittedModel) -> (Vec<NodeProto>, Vec<TensorProto>) {
    let mut graph = Graph::default();
    let x = graph.named("x");
    fitted.onnx(&x, &mut graph).unwrap();
    let (mut nodes, constants) = graph.everything();
    nodes.retain(|node| node.op_type == "TreeEnsemble");
    (nodes, constants)
}

fn predicted(fitted: &dyn FittedModel, row: &[f64]) -> Vec<f64> {
    let x = Array2::from_shape_vec((1, FEATURES), row.to_vec()).unwrap();
    match fitted.predict(x.view()) {
        Prediction::Values(values) => values,
        Prediction::Probabilities(rows) | Prediction::Scores(rows) => rows.row(0).to_vec(),
    }
}

fn hold(key: &str, classes: usize, read: impl Fn(&[TensorProto], Vec<f64>) -> Vec<f64>) {
    let table = holed(classes);
    let fitted = fit(
        key,
        &[("n_estimators", (TREES as f64).into())],
        &table.for_model(key),
    );
    let (ensembles, constants) = written(&*fitted);
    assert_eq!(ensembles.len(), 1, "{key}");
    for row in probes(&table) {
        let found = read(&constants, walk(&ensembles[0], &row));
        for (found, expected) in found.iter().rev().zip(predicted(&*fitted, &row).iter().rev()) {
            assert!(
                (found - expected).abs() < 1e-12,
                "{key}: {row:?}: {found} is not {expected}"
            );
        }
    }
}

#[test]
fn trees_are_an_operator_as_long_as_it_takes_no_more_bytes_than_it_may() {
    for (key, classes) in [("random_forest_regressor", 2), ("random_forest_classifier", 3)] {
        let fitted = fit(key, &[], &holed(classes).for_model(key));
        let (ensembles, constants) = written(&*fitted);
        let table = |constant: &TensorProto| constant.raw_data.as_ref().map_or(0, Vec::len);
        let bytes = ensembles.iter().map(Message::encoded_len).sum::<usize>()
            + constants
                .iter()
                .map(table)
                .max()
                .filter(|_| classes == 3)
                .unwrap_or(0);
        for (most, is_operator) in [(bytes as u64 / 2, false), (bytes as u64 * 3 / 2, true)] {
            let mut graph = Graph::new(most);
            let x = graph.named("x");
            let answer = fitted.onnx(&x, &mut graph).unwrap();
            let (Answer::Values(value) | Answer::Probabilities(value) | Answer::Scores(value)) = answer;
            let finished = graph.finish(&[value]);
            let mut nodes = finished.nodes.iter();
            assert_eq!(
                nodes.any(|node| node.op_type == "TreeEnsemble"),
                is_operator,
                "{key}"
            );
            assert_eq!(finished.outside.is_empty(), is_operator, "{key}");
        }
    }
}

#[test]
fn rows_end_in_the_same_leaves_whose_numbers_are_added_up() {
    let mean = |_: &[TensorProto], sums: Vec<f64>| vec![sums[0] / TREES as f64];
    hold("random_forest_regressor", 2, mean);
    // Of two classes the share of the last.
    hold("random_forest_classifier", 2, mean);
}

#[test]
fn leaves_of_several_classes_are_told_by_their_place() {
    hold("random_forest_classifier", 3, |constants, leaves| {
        let is_table = |constant: &&TensorProto| constant.dims.len() == 2 && constant.dims[1] == 3;
        let table = constants.iter().find(is_table).unwrap();
        let table = numbers(table.raw_data.as_ref().unwrap());
        let sum = |class: usize| {
            leaves
                .iter()
                .map(|leaf| table[*leaf as usize * 3 + class])
                .sum::<f64>()
        };
        (0..3).map(|class| sum(class) / TREES as f64).collect()
    });
}
