//! What tests need to see of a graph: which columns a node says, and what trees answer.

use std::collections::{BTreeSet, HashMap};

use prost::encoding::decode_varint;

use super::{
    Graph, Table, Unmapped,
    proto::{AttributeProto, NodeProto},
};
use crate::{
    frame::{ColumnKind, Frame},
    node::{Context, FittedNode},
};

/// The columns that a node says what becomes of.
pub(crate) fn said(
    fitted: &dyn FittedNode,
    entering: Frame,
    ctx: &Context<'_>,
) -> Result<BTreeSet<String>, Unmapped> {
    let mut graph = Graph::default();
    let mut values = HashMap::new();
    for column in entering.columns() {
        values.insert(column.name.to_string(), graph.named(&column.name));
    }
    let first = entering.columns().first();
    let source = first.map(|column| (values[&*column.name].clone(), column.kind() == ColumnKind::Text));
    let mut table = Table::new(&mut graph, entering, values, source, ctx);
    fitted.onnx(&mut table)?;
    Ok(table.made().0.into_keys().collect())
}

pub(crate) fn attribute<'a>(node: &'a NodeProto, name: &str) -> &'a AttributeProto {
    let found = node.attribute.iter().find(|attribute| attribute.name == name);
    found.unwrap_or_else(|| panic!("{} has no {name}", node.op_type))
}

/// The numbers of a constant.
pub(crate) fn numbers(bytes: &[u8]) -> Vec<f64> {
    let (numbers, rest) = bytes.as_chunks::<8>();
    assert!(rest.is_empty());
    numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
}

/// The whole numbers of a list.
pub(crate) fn longs(node: &NodeProto, name: &str) -> Vec<i64> {
    let mut packed = attribute(node, name).ints.as_slice();
    let mut longs = Vec::new();
    while !packed.is_empty() {
        longs.push(decode_varint(&mut packed).unwrap() as i64);
    }
    longs
}

/// What a `TreeEnsemble` answers to a row, by the words of the operator's specification.
pub(crate) fn walk(node: &NodeProto, row: &[f64]) -> Vec<f64> {
    let tensor = |name: &str| {
        let tensor = attribute(node, name).t.as_ref().unwrap();
        numbers(tensor.raw_data.as_ref().unwrap())
    };
    let [features, tracks_true, targets, roots] = [
        "nodes_featureids",
        "nodes_missing_value_tracks_true",
        "leaf_targetids",
        "tree_roots",
    ]
    .map(|name| longs(node, name));
    let sides = ["true", "false"].map(|side| {
        let (leaves, places) = (format!("nodes_{side}leafs"), format!("nodes_{side}nodeids"));
        (longs(node, &leaves), longs(node, &places))
    });
    let (splits, weights) = (tensor("nodes_splits"), tensor("leaf_weights"));
    let mut sums = vec![0.0; attribute(node, "n_targets").i.unwrap() as usize];
    for root in roots {
        let (mut at, mut is_leaf) = (root as usize, false);
        while !is_leaf {
            let value = row[features[at] as usize];
            let holds = value <= splits[at] || (value.is_nan() && tracks_true[at] == 1);
            let (leaves, places) = &sides[usize::from(!holds)];
            is_leaf = leaves[at] == 1;
            at = places[at] as usize;
        }
        sums[targets[at] as usize] += weights[at];
    }
    sums
}
