//! The hyperparameters that the classifier and the regressor share.

use domain::{
    catalog::{ParamKind, ParamSpec, choice, integer, number},
    job::FailureKind,
};
use serde::Deserialize;

use super::{Kernel, Points, scale};
use crate::{model::FitError, models::class_weight::ClassWeight};

/// The hyperparameters; a model's spec has those that it takes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    pub(crate) c: f64,
    kernel: Shape,
    degree: i32,
    gamma: Gamma,
    coef0: f64,
    pub(crate) tol: f64,
    #[serde(default)]
    pub(crate) epsilon: f64,
    #[serde(default)]
    pub(crate) class_weight: Option<ClassWeight>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Linear,
    Poly,
    Rbf,
    Sigmoid,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(untagged)]
enum Gamma {
    Rule(GammaRule),
    Number(f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum GammaRule {
    Scale,
    Auto,
}

impl Params {
    /// The kernel for these points, of rows with weights.
    ///
    /// # Errors
    /// `NUMERIC_OVERFLOW` where the values leave no `γ` to compute with.
    pub(crate) fn kernel(&self, points: &Points, weights: Option<&[f64]>) -> Result<Kernel, FitError> {
        let coef0 = self.coef0;
        Ok(match self.kernel {
            Shape::Linear => Kernel::Linear,
            Shape::Poly => Kernel::Poly {
                gamma: self.gamma(points, weights)?,
                coef0,
                degree: self.degree,
            },
            Shape::Rbf => Kernel::Rbf {
                gamma: self.gamma(points, weights)?,
            },
            Shape::Sigmoid => Kernel::Sigmoid {
                gamma: self.gamma(points, weights)?,
                coef0,
            },
        })
    }

    fn gamma(&self, points: &Points, weights: Option<&[f64]>) -> Result<f64, FitError> {
        let features = points.features.max(1);
        let weight = |at: usize| weights.map_or(1.0, |weights| weights[points.rows[at]]);
        let gamma = match self.gamma {
            Gamma::Number(gamma) => gamma,
            Gamma::Rule(GammaRule::Auto) => 1.0 / features as f64,
            Gamma::Rule(GammaRule::Scale) => scale(&points.values, features, weight),
        };
        if gamma > 0.0 && gamma.is_finite() {
            return Ok(gamma);
        }
        Err(FitError::failed(
            FailureKind::InvalidData,
            "NUMERIC_OVERFLOW",
            "the features are too large, or too close together, to compute with: scale them first",
        ))
    }
}

/// The specs of the hyperparameters that both take.
pub(crate) fn parameters() -> Vec<ParamSpec> {
    let positive = ParamKind::Number {
        min: 0.0,
        max: f64::MAX,
        above_min: true,
        below_max: false,
    };
    let gamma = vec![ParamKind::Choice(vec!["scale".into(), "auto".into()]), positive];
    vec![
        number(
            "c",
            1.0,
            0.0,
            1e12,
            "Weight of the rows against the width of the margin; small values give a smoother surface.",
        )
        .above_min(),
        choice(
            "kernel",
            "rbf",
            &["linear", "poly", "rbf", "sigmoid"],
            "How alike two rows are: their product, a power of it, a bell around each row, or its hyperbolic tangent.",
        ),
        integer("degree", 3, 1, 30, "The power of `poly`."),
        ParamSpec::new(
            "gamma",
            ParamKind::OneOf(gamma),
            "scale",
            "How fast likeness falls with distance: a number, `scale` for 1 / (features × variance of all values), `auto` for 1 / features.",
        ),
        number(
            "coef0",
            0.0,
            -1e9,
            1e9,
            "What `poly` and `sigmoid` add to the product.",
        ),
        number(
            "tol",
            1e-3,
            1e-9,
            1.0,
            "How much the worst pair of rows may violate the optimum by.",
        ),
    ]
}
