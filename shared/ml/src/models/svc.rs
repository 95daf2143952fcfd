//! Support vector classifier: the surface that keeps classes apart by the widest margin in the space of a kernel.
//!
//! Two classes: minimises `½ ‖β‖² + C Σ wᵢ max(0, 1 − yᵢ f(xᵢ))`; more: every pair of classes has a machine, and the
//! class that most of them vote for is predicted, of equals the one with the greater confidence. There are no
//! probabilities, so metrics of probabilities are absent and those of rankings use the scores. Use it on up to some ten
//! thousand rows whose classes meet along curves; scale the features first.
//!
//! Source: Cortes and Vapnik, "Support-Vector Networks", 1995. The meaning is scikit-learn's `SVC` with
//! `break_ties=True`, with rows weighted in `gamma="scale"` as well.

#[cfg(test)]
mod tests;

use domain::catalog::{ModelSpec, ProblemType};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

pub use super::svm::Params;
use super::{
    class_weight,
    linear::require_fitted,
    svm::{self, Gram, Kernel, Points, Problem, Surface},
};
use crate::{
    model::{FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    observer::Step,
    onnx::{Answer, Element, Graph, Unmapped, Value},
};

/// The model's key is `svc`.
#[derive(Debug, Clone, Copy)]
pub struct Svc;

/// A machine for each pair of the classes there were rows of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    surface: Surface,
    /// The classes there were rows of, ascending.
    present: Vec<u32>,
    classes: usize,
}

impl Model for Svc {
    type Params = Params;
    type Fitted = Fitted;

    fn spec(&self) -> ModelSpec {
        let mut parameters = svm::parameters();
        parameters.push(class_weight::spec());
        ModelSpec {
            key: "svc".into(),
            title: "Support vector classifier".into(),
            problem_type: ProblemType::Classification,
            summary:
                "A curved surface with the widest margin between classes; for up to 50,000 rows, scaled."
                    .into(),
            parameters,
            handles_missing: false,
        }
    }

    fn memory(&self, _: &Params, shape: &Shape) -> Need {
        svm::memory(1.0, shape)
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Fitted, FitError> {
        let (codes, labels) = set.classes()?;
        let weights = class_weight::row_weights(set, params.class_weight.as_ref())?;
        let set = set.weighted(weights.as_deref());
        let fitted = ctx.on_threads(|| {
            let points = Points::of(
                &set,
                "svc",
                "linear_svc or hist_gradient_boosting_classifier",
                ctx,
            )?;
            let task = Task {
                params,
                kernel: params.kernel(&points, set.weights)?,
                points: &points,
                weights: set.weights,
                classes: by_class(&points, codes, labels.len()),
            };
            task.fit(labels.len(), ctx)
        })?;
        require_fitted(fitted.surface.numbers())?;
        Ok(fitted)
    }

    fn suits(&self, fitted: &Fitted, features: usize, classes: Option<usize>) -> bool {
        let present = fitted.present.len();
        classes == Some(fitted.classes)
            && present >= 2
            && fitted.present.is_sorted_by(|a, b| a < b)
            && fitted
                .present
                .iter()
                .all(|class| (*class as usize) < fitted.classes)
            && fitted.surface.suits(features, present * (present - 1) / 2)
    }

    fn predict(&self, fitted: &Fitted, x: ArrayView2<f64>) -> Prediction {
        // A class without rows loses to all others.
        let mut scores = Array2::from_elem((x.nrows(), fitted.classes), -1.0);
        for (mut row, machines) in scores.rows_mut().into_iter().zip(fitted.surface.scores(x)) {
            for (class, score) in fitted.present.iter().zip(votes(&machines, fitted.present.len())) {
                row[*class as usize] = score;
            }
        }
        Prediction::Scores(scores)
    }

    fn row_cost(&self, fitted: &Fitted) -> usize {
        fitted.surface.row_cost()
    }

    fn onnx(&self, fitted: &Fitted, x: &Value, graph: &mut Graph) -> Result<Answer, Unmapped> {
        let machines = fitted.surface.onnx(x, graph);
        let present = fitted.present.len();
        let scores = onnx_votes(graph, &machines, present);
        // A class without rows loses to all others.
        let place = |class: u32| fitted.present.iter().position(|known| *known == class);
        let classes = (0..fitted.classes as u32).map(place);
        let share = |place: Option<usize>| {
            let mut share = vec![0.0; present];
            place.into_iter().for_each(|place| share[place] = 1.0);
            share
        };
        let shares: Vec<Vec<f64>> = classes.clone().map(share).collect();
        let shares: Vec<&[f64]> = shares.iter().map(Vec::as_slice).collect();
        let absent: Vec<f64> = classes
            .map(|place| if place.is_some() { 0.0 } else { -1.0 })
            .collect();
        Ok(Answer::Scores(graph.linear(&scores, &shares, &absent)))
    }
}

/// The points of each class that there are any of, with the class.
fn by_class(points: &Points, codes: &[u32], classes: usize) -> Vec<(u32, Vec<usize>)> {
    let mut by_class: Vec<(u32, Vec<usize>)> = (0..classes).map(|class| (class as u32, Vec::new())).collect();
    for (at, row) in points.rows.iter().enumerate() {
        by_class[codes[*row] as usize].1.push(at);
    }
    by_class.retain(|(_, points)| !points.is_empty());
    by_class
}

/// The score of each class: its votes of the pairs it is in, and less than half a vote for how sure they are; of two
/// classes what their machine says.
fn votes(machines: &[f64], classes: usize) -> Vec<f64> {
    if let [last] = machines {
        return vec![-last, *last];
    }
    let (mut votes, mut confidences) = (vec![0.0; classes], vec![0.0; classes]);
    for ((first, last), score) in pairs(classes).zip(machines) {
        votes[if *score > 0.0 { last } else { first }] += 1.0;
        confidences[first] -= score;
        confidences[last] += score;
    }
    let score = |(votes, confidence): (f64, f64)| votes + confidence / (3.0 * (confidence.abs() + 1.0));
    votes.into_iter().zip(confidences).map(score).collect()
}

/// The same of all rows: `[N, machines]` becomes `[N, classes]`.
fn onnx_votes(graph: &mut Graph, machines: &Value, classes: usize) -> Value {
    if classes == 2 {
        let first = graph.op("Neg", [machines]);
        return graph.beside(&[first, machines.clone()]);
    }
    let sign = |class: usize, (first, last): (usize, usize)| {
        f64::from(i8::from(last == class) - i8::from(first == class))
    };
    let list = |class: usize| -> Vec<f64> { pairs(classes).map(|pair| sign(class, pair)).collect() };
    let signs: Vec<Vec<f64>> = (0..classes).map(list).collect();
    let signs: Vec<&[f64]> = signs.iter().map(Vec::as_slice).collect();
    // A class gets the votes of the pairs in which it is first, but for those that go to the last.
    let firsts: Vec<f64> = (0..classes).map(|class| (classes - 1 - class) as f64).collect();
    let zero = graph.number(0.0);
    let for_last = graph.op("Greater", [machines, &zero]);
    let for_last = graph.cast(&for_last, Element::Double);
    let votes = graph.linear(&for_last, &signs, &firsts);
    let confidences = graph.linear(machines, &signs, &vec![0.0; classes]);
    let (one, three) = (graph.number(1.0), graph.number(3.0));
    let size = graph.op("Abs", [&confidences]);
    let size = graph.op("Add", [&size, &one]);
    let size = graph.op("Mul", [&three, &size]);
    let less_than_half = graph.op("Div", [&confidences, &size]);
    graph.op("Add", [&votes, &less_than_half])
}

fn pairs(classes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..classes).flat_map(move |first| (first + 1..classes).map(move |last| (first, last)))
}

struct Task<'a> {
    params: &'a Params,
    kernel: Kernel,
    points: &'a Points,
    weights: Option<&'a [f64]>,
    classes: Vec<(u32, Vec<usize>)>,
}

impl Task<'_> {
    fn fit(&self, classes: usize, ctx: &FitContext) -> Result<Fitted, FitError> {
        let present = self.classes.len();
        if present < 2 {
            return Err(FitError::one_class());
        }
        let mut machines = Vec::new();
        for (first, last) in pairs(present) {
            machines.push(self.pair(first, last, ctx)?);
            ctx.observer.step(Step {
                completed: machines.len() as u64,
                total: (present * (present - 1) / 2) as u64,
                unit: "machines",
            });
        }
        Ok(Fitted {
            surface: Surface::new(self.kernel, self.points, machines),
            present: self.classes.iter().map(|(class, _)| *class).collect(),
            classes,
        })
    }

    /// The machine of two classes, which says more than 0 of the last: coefficients of points, and an intercept.
    fn pair(
        &self,
        first: usize,
        last: usize,
        ctx: &FitContext,
    ) -> Result<(Vec<(usize, f64)>, f64), FitError> {
        let (first, last) = (&self.classes[first].1, &self.classes[last].1);
        let both: Vec<usize> = first.iter().chain(last).copied().collect();
        let gram = Gram::new(both.iter().map(|at| self.points.get(*at)).collect(), self.kernel);
        let signs = [vec![-1.0; first.len()], vec![1.0; last.len()]].concat();
        let weight = |at: &usize| self.weights.map_or(1.0, |weights| weights[self.points.rows[*at]]);
        let bounds: Vec<f64> = both.iter().map(|at| self.params.c * weight(at)).collect();
        let problem = Problem::of_classes(&gram, &signs, &bounds, self.params.tol);
        let machine = svm::solve(problem, || ctx.observer.cancelled()).ok_or(FitError::Cancelled)?;
        machine.warn_unless_converged("svc", ctx);
        let coefficients = both.into_iter().zip(machine.alphas.iter().zip(&signs));
        let coefficients = coefficients.filter(|(_, (alpha, _))| **alpha > 0.0);
        let coefficients = coefficients.map(|(at, (alpha, sign))| (at, alpha * sign));
        Ok((coefficients.collect(), machine.intercept))
    }
}
