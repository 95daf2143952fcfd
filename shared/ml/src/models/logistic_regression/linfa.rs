//! Logistic regression by linfa-logistic, which knows two classes and no weights.

use domain::job::FailureKind;
use linfa::{DatasetBase, traits::Fit};
use ndarray::Array1;

use super::{Fitted, Params};
use crate::{
    model::{FitContext, FitError, TrainingSet},
    models::linear::{engine_failed, require_finite},
};

/// The largest magnitude of a value: beyond it linfa's search for a step may never end.
const MOST: f64 = 1e4;

/// The first feature whose values are too large.
fn unscaled<'a>(set: &TrainingSet<'a>) -> Option<&'a str> {
    let mut columns = set.x.columns().into_iter().zip(set.feature_names);
    let found = columns.find(|(column, _)| column.iter().any(|value| value.abs() > MOST));
    found.map(|(_, name)| name.as_str())
}

/// Fits. It cannot be cancelled while linfa computes.
///
/// # Errors
/// When a feature holds a missing or an infinite value, or linfa cannot fit what is asked for.
pub(super) fn fit(params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Fitted, FitError> {
    require_finite(set, ctx)?;
    let (codes, labels) = set.classes()?;
    let unsupported = |what: String| {
        let message = format!("engine \"linfa\" cannot fit {what}: use engine \"native\"");
        Err(FitError::failed(
            FailureKind::Unsupported,
            "ENGINE_LIMIT",
            message,
        ))
    };
    if labels.len() != 2 {
        return unsupported(format!("{} classes", labels.len()));
    }
    if set.weights.is_some() {
        return unsupported("weighted rows".into());
    }
    if params.strength().magnitudes > 0.0 {
        return unsupported("a penalty on magnitudes".into());
    }
    if let Some(name) = unscaled(set) {
        return unsupported(format!("feature {name:?}, whose values go beyond ±{MOST:.0e}"));
    }
    ctx.go_on()?;
    let x = set.x.as_standard_layout().into_owned();
    let y = Array1::from_iter(codes.iter().map(|code| *code == 1));
    let model = linfa_logistic::LogisticRegression::default()
        .alpha(params.strength().squares)
        .with_intercept(params.fit_intercept)
        .max_iterations(params.max_iter as u64)
        .gradient_tolerance(params.tol)
        .fit(&DatasetBase::new(x, y))
        .map_err(|error| engine_failed("linfa-logistic", error))?;
    // linfa calls the more frequent class positive; here the last class is.
    let sign = if model.labels().pos.class { 1.0 } else { -1.0 };
    Ok(Fitted {
        classes: 2,
        coefficients: vec![model.params().iter().map(|beta| sign * beta).collect()],
        intercepts: vec![sign * model.intercept()],
    })
}
