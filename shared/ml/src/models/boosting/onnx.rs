//! A boosting model in ONNX's operators.

use std::sync::Arc;

use super::Boosted;
use crate::onnx::{
    Answer, Graph, Unmapped, Value, of_several, of_two,
    trees::{Adds, Trees},
};

impl Boosted {
    /// What it says about rows.
    ///
    /// # Errors
    /// When it knows one class only.
    pub(crate) fn onnx(&self, x: &Value, graph: &mut Graph) -> Result<Answer, Unmapped> {
        let outputs = self.baseline.len();
        let baseline = graph.doubles(&[1, outputs], self.baseline.iter().copied());
        let raw = if self.trees.is_empty() {
            // The baseline alone, for every row.
            let none = vec![0.0; self.features()];
            graph.linear(x, &vec![none.as_slice(); outputs], &self.baseline)
        } else {
            let trees = Trees {
                trees: Arc::clone(&self.trees),
                thresholds: Arc::clone(&self.thresholds),
                outputs: 1,
                adds: Adds::InTurn(outputs),
            };
            let sums = trees.onnx(x, graph);
            graph.op("Add", [&sums, &baseline])
        };
        Ok(match self.classes {
            None => Answer::Values(raw),
            Some(2) => of_two(graph, &raw),
            Some(1) => return Err(Unmapped::because("it knows one class only")),
            Some(_) => of_several(graph, &raw),
        })
    }
}
