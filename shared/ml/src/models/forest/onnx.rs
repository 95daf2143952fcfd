//! A forest in ONNX's operators.

use super::Forest;
use crate::onnx::{
    Answer, Graph, Unmapped, Value,
    trees::{Ensemble, require_few, sums_of_several},
};

impl Forest {
    /// The mean of the trees' numbers.
    ///
    /// # Errors
    /// When there are too many.
    pub(crate) fn onnx_mean(&self, x: &Value, graph: &mut Graph) -> Result<Answer, Unmapped> {
        Ok(Answer::Values(self.mean_of(0, x, graph)?))
    }

    /// The mean of the trees' shares of classes.
    ///
    /// # Errors
    /// When there are too many.
    pub(crate) fn onnx_shares(&self, x: &Value, graph: &mut Graph) -> Result<Answer, Unmapped> {
        if self.outputs == 2 {
            let last = self.mean_of(1, x, graph)?;
            let one = graph.number(1.0);
            let first = graph.op("Sub", [&one, &last]);
            return Ok(Answer::Probabilities(graph.beside(&[first, last])));
        }
        require_few(&self.trees)?;
        let sums = sums_of_several(graph, x, &self.trees, &self.thresholds, self.outputs);
        Ok(Answer::Probabilities(self.divided(&sums, graph)))
    }

    /// The mean of one of the numbers of leaves, `[N, 1]`.
    fn mean_of(&self, output: usize, x: &Value, graph: &mut Graph) -> Result<Value, Unmapped> {
        require_few(&self.trees)?;
        let mut ensemble = Ensemble::default();
        for tree in &self.trees {
            let number = |place: usize| tree.values[place * self.outputs + output];
            ensemble.add(tree, &self.thresholds, 0, number);
        }
        let sum = ensemble.sums(graph, x, 1);
        Ok(self.divided(&sum, graph))
    }

    fn divided(&self, sums: &Value, graph: &mut Graph) -> Value {
        let count = graph.number(self.trees.len() as f64);
        graph.op("Div", [sums, &count])
    }
}
