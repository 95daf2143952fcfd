//! A forest in ONNX's operators.

use std::sync::Arc;

use super::Forest;
use crate::onnx::{
    Answer, Graph, Value,
    trees::{Adds, Trees},
};

impl Forest {
    /// The mean of the trees' numbers.
    pub(crate) fn onnx_mean(&self, x: &Value, graph: &mut Graph) -> Answer {
        Answer::Values(self.mean_of(Adds::One(0), x, graph))
    }

    /// The mean of the trees' shares of classes.
    pub(crate) fn onnx_shares(&self, x: &Value, graph: &mut Graph) -> Answer {
        if self.outputs == 2 {
            let last = self.mean_of(Adds::One(1), x, graph);
            let one = graph.number(1.0);
            let first = graph.op("Sub", [&one, &last]);
            return Answer::Probabilities(graph.beside(&[first, last]));
        }
        Answer::Probabilities(self.mean_of(Adds::All, x, graph))
    }

    /// The means of numbers of leaves, `[N, sums]`.
    fn mean_of(&self, adds: Adds, x: &Value, graph: &mut Graph) -> Value {
        let trees = Trees {
            trees: Arc::clone(&self.trees),
            thresholds: Arc::clone(&self.thresholds),
            outputs: self.outputs,
            adds,
        };
        let sums = trees.onnx(x, graph);
        let count = graph.number(self.trees.len() as f64);
        graph.op("Div", [&sums, &count])
    }
}
