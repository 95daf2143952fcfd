//! Machines in ONNX's operators.

use super::Surface;
use crate::{
    models::svm::Kernel,
    onnx::{Graph, Value},
};

impl Surface {
    /// What the machines say about rows, `[N, machines]`.
    pub(crate) fn onnx(&self, x: &Value, graph: &mut Graph) -> Value {
        let count = self.vectors.len() / self.features.max(1);
        let kernels = match self.kernel {
            Kernel::Linear => self.products(x, graph),
            Kernel::Poly { gamma, coef0, degree } => {
                let inner = self.shifted_products(x, gamma, coef0, graph);
                let degree = graph.number(f64::from(degree));
                graph.op("Pow", [&inner, &degree])
            }
            Kernel::Rbf { gamma } => {
                let squares = self.squared_distances(x, graph);
                let gamma = graph.number(-gamma);
                let powers = graph.op("Mul", [&gamma, &squares]);
                graph.op("Exp", [&powers])
            }
            Kernel::Sigmoid { gamma, coef0 } => {
                let inner = self.shifted_products(x, gamma, coef0, graph);
                graph.op("Tanh", [&inner])
            }
        };
        let list = |sum: &super::Sum| {
            let mut list = vec![0.0; count];
            let terms = sum.vectors.iter().zip(&sum.coefficients);
            terms.for_each(|(vector, coefficient)| list[*vector as usize] = *coefficient);
            list
        };
        let lists: Vec<Vec<f64>> = self.sums.iter().map(list).collect();
        let lists: Vec<&[f64]> = lists.iter().map(Vec::as_slice).collect();
        let intercepts: Vec<f64> = self.sums.iter().map(|sum| sum.intercept).collect();
        graph.linear(&kernels, &lists, &intercepts)
    }

    /// `x·v` for every vector, `[N, vectors]`.
    fn products(&self, x: &Value, graph: &mut Graph) -> Value {
        let vectors: Vec<&[f64]> = self.vectors.chunks_exact(self.features.max(1)).collect();
        graph.linear(x, &vectors, &vec![0.0; vectors.len()])
    }

    fn shifted_products(&self, x: &Value, gamma: f64, coef0: f64, graph: &mut Graph) -> Value {
        let (products, gamma) = (self.products(x, graph), graph.number(gamma));
        let scaled = graph.op("Mul", [&gamma, &products]);
        let coef0 = graph.number(coef0);
        graph.op("Add", [&scaled, &coef0])
    }

    /// `‖x − v‖²` for every vector, as `‖x‖² + ‖v‖² − 2 x·v`. Around the vectors' mean, so that numbers far from 0 keep
    /// their digits.
    fn squared_distances(&self, x: &Value, graph: &mut Graph) -> Value {
        let features = self.features.max(1);
        let count = (self.vectors.len() / features).max(1) as f64;
        let mut centre = vec![0.0; self.features];
        for vector in self.vectors.chunks_exact(features) {
            centre
                .iter_mut()
                .zip(vector)
                .for_each(|(centre, value)| *centre += value / count);
        }
        let vectors: Vec<Vec<f64>> = self
            .vectors
            .chunks_exact(features)
            .map(|vector| {
                vector
                    .iter()
                    .zip(&centre)
                    .map(|(value, centre)| value - centre)
                    .collect()
            })
            .collect();
        let squares: Vec<f64> = vectors
            .iter()
            .map(|vector| vector.iter().map(|value| value * value).sum())
            .collect();
        let doubled: Vec<Vec<f64>> = vectors
            .iter()
            .map(|vector| vector.iter().map(|value| -2.0 * value).collect())
            .collect();
        let doubled: Vec<&[f64]> = doubled.iter().map(Vec::as_slice).collect();
        let centre = graph.doubles(&[1, self.features], centre);
        let x = graph.op("Sub", [x, &centre]);
        let own = graph.op("Mul", [&x, &x]);
        let own = graph.reduce("ReduceSum", &own);
        let rest = graph.linear(&x, &doubled, &squares);
        let distances = graph.op("Add", [&own, &rest]);
        let zero = graph.number(0.0);
        graph.op("Max", [&distances, &zero])
    }
}
