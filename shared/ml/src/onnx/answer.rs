//! What a model says about rows, as values of a graph, and the outputs made of it.

use super::{
    attribute::int,
    graph::{Graph, Value},
};
use crate::pipeline::Label;

/// What a model says about rows.
#[derive(Debug, Clone)]
pub enum Answer {
    /// `[N, classes]`; every row adds up to one.
    Probabilities(Value),
    /// `[N, classes]`, of classifiers that know no probabilities.
    Scores(Value),
    /// A number per row, `[N, 1]`.
    Values(Value),
}

/// An output and what it is.
pub(super) struct Output {
    pub(super) value: Value,
    pub(super) kind: OutputKind,
}

/// What an output holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputKind {
    /// Whole numbers `[N]`.
    WholeLabel,
    /// Texts `[N]`.
    TextLabel,
    /// Doubles `[N, classes]`.
    ByClass,
    /// Doubles `[N]`.
    Number,
}

/// The probabilities of two classes from the log-odds of the last, `[N, 1]`.
pub(crate) fn of_two(graph: &mut Graph, odds: &Value) -> Answer {
    let one = graph.number(1.0);
    let opposite = graph.op("Neg", [odds]);
    let mut share = |odds: &Value| {
        let odds = graph.op("Neg", [odds]);
        let odds = graph.op("Exp", [&odds]);
        let sum = graph.op("Add", [&one, &odds]);
        graph.op("Div", [&one, &sum])
    };
    let shares = [share(&opposite), share(odds)];
    Answer::Probabilities(graph.beside(&shares))
}

/// The probabilities of classes from their logarithms up to a common term, `[N, classes]`.
pub(crate) fn of_several(graph: &mut Graph, logarithms: &Value) -> Answer {
    let axis = vec![int("axis", 1)];
    Answer::Probabilities(graph.op_with("Softmax", &[logarithms], axis))
}

impl Answer {
    /// The outputs: the label, the first of those with the greatest probability or score, and what it is chosen by; or
    /// the number. Rows in `refused` have no prediction: NaN, and an empty text for a label.
    pub(super) fn outputs(&self, graph: &mut Graph, labels: &[Label], refused: &Value) -> Vec<Output> {
        let nothing = graph.number(f64::NAN);
        match self {
            Self::Values(values) => {
                let values = graph.choose(refused, &nothing, values);
                let values = graph.flat(&values);
                vec![Output {
                    value: graph.output("value", &values),
                    kind: OutputKind::Number,
                }]
            }
            Self::Probabilities(rows) => by_class(graph, rows, "probabilities", labels, refused, &nothing),
            Self::Scores(rows) => by_class(graph, rows, "scores", labels, refused, &nothing),
        }
    }
}

fn by_class(
    graph: &mut Graph,
    rows: &Value,
    name: &str,
    labels: &[Label],
    refused: &Value,
    nothing: &Value,
) -> Vec<Output> {
    let attributes = vec![int("axis", 1), int("keepdims", 0), int("select_last_index", 0)];
    let class = graph.op_with("ArgMax", &[rows], attributes);
    let whole: Option<Vec<i64>> = labels.iter().map(whole).collect();
    let (label, kind) = match whole {
        Some(numbers) => {
            let table = graph.longs(&[labels.len()], numbers);
            (graph.gather(&table, &class), OutputKind::WholeLabel)
        }
        None => {
            let table = graph.texts(&[labels.len()], labels.iter().map(ToString::to_string));
            let label = graph.gather(&table, &class);
            let (refused, empty) = (graph.flat(refused), graph.texts(&[1], [""]));
            (graph.choose(&refused, &empty, &label), OutputKind::TextLabel)
        }
    };
    let rows = graph.choose(refused, nothing, rows);
    vec![
        Output {
            value: graph.output("label", &label),
            kind,
        },
        Output {
            value: graph.output(name, &rows),
            kind: OutputKind::ByClass,
        },
    ]
}

fn whole(label: &Label) -> Option<i64> {
    match label {
        Label::Integer(number) => Some(*number),
        Label::Boolean(_) | Label::Text(_) => None,
    }
}
