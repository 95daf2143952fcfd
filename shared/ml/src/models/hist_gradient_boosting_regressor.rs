//! Gradient boosting regressor on binned features: trees that correct, one after the other, what those before left.
//!
//! `ŷ(x) = mean + Σ leaves of all trees`, each grown on what was left of the squared error. Often the best model for
//! tables; it needs no preparation and takes missing values. See `models/boosting.rs` for the formulas, the sources
//! and what differs from scikit-learn.

use domain::catalog::{ModelSpec, ProblemType};
use ndarray::ArrayView2;

use super::boosting::{self, Boosted, Params};
use crate::{
    model::{FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    onnx::{Answer, Graph, Unmapped, Value},
};

/// The model's key is `hist_gradient_boosting_regressor`.
#[derive(Debug, Clone, Copy)]
pub struct HistGradientBoostingRegressor;

impl Model for HistGradientBoostingRegressor {
    type Params = Params;
    type Fitted = Boosted;

    fn spec(&self) -> ModelSpec {
        let parameters = boosting::specs();
        ModelSpec {
            key: "hist_gradient_boosting_regressor".into(),
            title: "Gradient boosting regressor".into(),
            problem_type: ProblemType::Regression,
            summary: "Trees that correct each other one after the other; often the best model for tables."
                .into(),
            parameters,
            handles_missing: true,
        }
    }

    fn memory(&self, params: &Params, shape: &Shape) -> Need {
        boosting::memory(params, shape)
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Boosted, FitError> {
        boosting::regressor(params, set, ctx)
    }

    fn suits(&self, fitted: &Boosted, features: usize, classes: Option<usize>) -> bool {
        fitted.features() == features && fitted.classes == classes
    }

    fn predict(&self, fitted: &Boosted, x: ArrayView2<f64>) -> Prediction {
        fitted.predict(x)
    }

    fn onnx(&self, fitted: &Boosted, x: &Value, graph: &mut Graph) -> Result<Answer, Unmapped> {
        fitted.onnx(x, graph)
    }

    fn row_cost(&self, fitted: &Boosted) -> usize {
        fitted.row_cost()
    }

    fn importances(&self, fitted: &Boosted) -> Option<Vec<f64>> {
        Some(fitted.importances.clone())
    }
}
