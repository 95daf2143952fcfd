//! Longest common subsequences in ONNX's operators.

use crate::onnx::{Element, Graph, Value};

/// What is no letter, and nothing that stands behind the last letter of a text.
const NO_LETTER: i64 = -2;

/// The lengths of the longest common subsequences of the letters in each column of `[m, N]` and of `[n, N]`, `[N]` floats,
/// which are exact up to 2²⁴. Numbers below 0 are no letters.
///
/// L(i, j) = L(i−1, j−1) + 1 where the letters i and j are the same, else the greater of L(i−1, j) and L(i, j−1) (Wagner,
/// Fischer: "The String-to-String Correction Problem", 1974). A round computes all with the same i + j, which depend on none
/// of each other, for all columns.
pub(super) fn longest_common(one: &Value, other: &Value, graph: &mut Graph) -> Value {
    let (first, one_more) = (graph.single(0), graph.single(1));
    let lengths = [one, other].map(|letters| graph.length(letters, 0));
    let rounds = graph.op("Add", [&lengths[0], &lengths[1]]);
    let rounds = graph.op("Sub", [&rounds, &one_more]);
    // The other letters from the last to the first, so that each round compares with the next of them.
    let blank = graph.longs(&[1, 1], [NO_LETTER]);
    let shape = graph.op("Shape", [one]);
    let blank = graph.op("Expand", [&blank, &shape]);
    let (zero, last, before) = (
        graph.longs(&[1, 1], [0]),
        graph.single(-1),
        graph.single(i64::MIN),
    );
    let is_blank = graph.op("Less", [other, &zero]);
    let no_letter = graph.longs(&[1, 1], [NO_LETTER]);
    let other = graph.choose(&is_blank, &no_letter, other);
    let other = graph.chained([&blank, &other, &blank]);
    let other = graph.op("Slice", [&other, &last, &before, &first, &last]);

    let nothing = graph.op("Sub", [one, one]);
    let nothing = graph.cast(&nothing, Element::Float);
    let edge = graph.head(&nothing, &one_more);
    let number = graph.only(&rounds);
    // L of the round before at j−1 and at i−1, and of the one before it at i−1 and j−1.
    let states = [&nothing, &nothing, &nothing];
    let [table, ..] = graph.repeat(&number, states, |graph, round, [above, beside, corner]| {
        let from = graph.op("Sub", [&rounds, round]);
        let to = graph.op("Add", [&from, &lengths[0]]);
        let letters = graph.between(&other, &from, &to, 0);
        let same = graph.op("Equal", [one, &letters]);
        let same = graph.cast(&same, Element::Float);
        let longer = graph.op("Add", [&corner, &same]);
        let table = graph.op("Max", [&longer, &above, &beside]);
        let shifted = graph.head(&table, &last);
        let shifted = graph.chained([&edge, &shifted]);
        [table, shifted, beside]
    });
    let table = graph.tail(&table, &last);
    graph.only(&table)
}
