//! Trees as tables, down which rows are walked step by step by general operators. Tables are constants, which may lie
//! outside a model's file, as the lists of `TreeEnsemble` cannot: those are attributes.

mod tables;

use self::tables::Tables;
use super::{Adds, Trees};
use crate::onnx::{
    attribute::int,
    graph::{Graph, Value},
};

/// The most numbers that are looked up at a time: rows × trees × sums, but never less than all rows in one tree. Many
/// to make a step worth it where rows are few, and few enough to lie in a cache.
const AT_ONCE: usize = 1 << 16;

/// The sums of each row, `[N, sums]`: trees are walked down some at a time, and what their leaves say is added up.
pub(super) fn sums(trees: &Trees, x: &Value, graph: &mut Graph) -> Value {
    let tables = Tables::of(trees, graph);
    let (count, sums) = (trees.trees.len() as i64, trees.sums());
    let rows = graph.op_with("Shape", &[x], vec![int("start", 0), int("end", 1)]);
    let (one, all) = (graph.longs(&[1], [1]), graph.longs(&[1], [count]));
    // As many trees as are allowed for so many rows: one at least, and all at most.
    let most = graph.longs(&[1], [(AT_ONCE / tables.width).max(1) as i64]);
    let some = graph.op("Max", [&rows, &one]);
    let share = graph.op("Div", [&most, &some]);
    let share = graph.op("Max", [&share, &one]);
    let at_once = graph.op("Min", [&share, &all]);
    let but_one = graph.longs(&[1], [count - 1]);
    let padded = graph.op("Add", [&but_one, &at_once]);
    let rounds = graph.op("Div", [&padded, &at_once]);
    let rounds = graph.op("Squeeze", [&rounds]);
    let zero = graph.longs(&[1], [0]);
    let any = graph.op("Greater", [&rows, &zero]);
    let any = graph.op("Squeeze", [&any]);
    let nothing = graph.doubles(&[1, sums], vec![0.0; sums]);
    let [total] = graph.repeat(&rounds, [&nothing], |graph, round, [total]| {
        let first = graph.op("Mul", [round, &at_once]);
        let end = graph.op("Add", [&first, &at_once]);
        let roots = graph.op("Slice", [&tables.roots, &first, &end, &zero]);
        let group = graph.op("Shape", [&roots]);
        let shape = graph.op_with("Concat", &[&rows, &group], vec![int("axis", 0)]);
        let roots = graph.op("Expand", [&roots, &shape]);
        let nodes = down(&tables, x, &any, &roots, graph);
        let numbers = tables.numbers(&nodes, graph);
        let more = match trees.adds {
            Adds::One(_) | Adds::All => {
                let drop = vec![int("keepdims", 0)];
                graph.op_with("ReduceSum", &[&numbers, &one], drop)
            }
            Adds::InTurn(_) => {
                let last = graph.longs(&[1], [2]);
                let numbers = graph.op("Squeeze", [&numbers, &last]);
                let turns = graph.op("Slice", [&tables.turns, &first, &end, &zero]);
                graph.op("MatMul", [&numbers, &turns])
            }
        };
        [graph.op("Add", [&total, &more])]
    });
    total
}

/// The leaves that rows come to from these nodes, `[N, trees]`: while one is at a split, all that are go on to a child.
fn down(tables: &Tables, x: &Value, any: &Value, nodes: &Value, graph: &mut Graph) -> Value {
    let zero = graph.integers(&[], [0]);
    let one = graph.integers(&[], [1]);
    let [leaves] = graph.repeat_while(any, [nodes], |graph, _, [nodes]| {
        let test = graph.gather(&tables.tests, &nodes);
        let left = graph.gather(&tables.next, &nodes);
        let feature = graph.gather(&tables.features, &test);
        let value = graph.op_with("GatherElements", &[x, &feature], vec![int("axis", 1)]);
        let top = graph.gather(&tables.tops, &test);
        let below = graph.op("LessOrEqual", [&value, &top]);
        let missing = graph.op("IsNaN", [&value]);
        let sent_left = graph.gather(&tables.missing_left, &test);
        let sent_left = graph.op("And", [&missing, &sent_left]);
        let goes_left = graph.op("Or", [&below, &sent_left]);
        let right = graph.op("Add", [&left, &one]);
        let child = graph.choose(&goes_left, &left, &right);
        let is_leaf = graph.op("Less", [&left, &zero]);
        let next = graph.choose(&is_leaf, &nodes, &child);
        let furthest = graph.op_with("ReduceMax", &[&left], vec![int("keepdims", 0)]);
        let goes_on = graph.op("GreaterOrEqual", [&furthest, &zero]);
        (goes_on, [next])
    });
    leaves
}
