//! `skewness_transform`: makes skewed numeric features more symmetric by a function of each value:
//!
//! | method | formula | for |
//! |---|---|---|
//! | log | `ln x` | `x > 0` |
//! | `square_root` | `√x` | `x ≥ 0` |
//! | `cube_root` | `∛x` | any |
//! | reciprocal | `1 / x` | `x ≠ 0` |
//! | square | `x²` | any |
//! | exponential | `eˣ` | any |
//! | `box_cox` | `(x^λ − 1) / λ`, `ln x` for `λ = 0` | `x > 0` |
//! | `yeo_johnson` | `((x + 1)^λ − 1) / λ` for `x ≥ 0`, else `−((1 − x)^(2−λ) − 1) / (2 − λ)` | any |
//!
//! `λ` is learned from the training rows: the one under which the result is most likely normal, as scikit-learn's
//! `PowerTransformer` (with `standardize=False`) finds it. Both searches stop at a relative step of 1.5e-8, so two
//! implementations agree on `λ` to about 1e-7. A training value outside a method's domain is an error; a
//! later one, or one whose result is too large for a number, becomes missing.
//!
//! Sources: Box and Cox, "An Analysis of Transformations", 1964; Yeo and Johnson, "A new family of power
//! transformations to improve normality or symmetry", Biometrika 2000.

mod onnx;
mod power;

use std::collections::{BTreeMap, btree_map::Entry};

use domain::{
    catalog::{self, ColumnRule, Learns, NodeRole, NodeSpec, ParamKind, ParamSpec},
    value::Value,
};
use serde::{Deserialize, Serialize};

use super::columns::{known_numbers, number_column, pick, require_finite};
use crate::{
    Error,
    error::Result,
    frame::{ColumnKind, Frame, Training, float_column},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

const METHODS: [&str; 8] = [
    "log",
    "square_root",
    "cube_root",
    "reciprocal",
    "square",
    "exponential",
    "box_cox",
    "yeo_johnson",
];

/// Makes numeric features more symmetric.
#[derive(Debug, Clone, Copy)]
pub(super) struct SkewnessTransform;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    transformations: Vec<Transformation>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Transformation {
    column: String,
    method: Method,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    Log,
    SquareRoot,
    CubeRoot,
    Reciprocal,
    Square,
    Exponential,
    BoxCox,
    YeoJohnson,
}

/// What is done to a column.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) enum Function {
    Log,
    SquareRoot,
    CubeRoot,
    Reciprocal,
    Square,
    Exponential,
    BoxCox(f64),
    YeoJohnson(f64),
}

impl Node for SkewnessTransform {
    type Config = Config;
    type State = BTreeMap<String, Function>;

    fn spec(&self) -> NodeSpec {
        let transformation = ParamKind::Object(vec![
            catalog::text("column", "", "The column; every numeric feature if blank.").of_features(),
            catalog::choice(
                "method",
                "yeo_johnson",
                &METHODS,
                "The function applied to each value.",
            ),
        ]);
        let transformations = ParamSpec::new(
            "transformations",
            ParamKind::List(Box::new(transformation)),
            Value::List(Vec::new()),
            "Which function is applied to which column; the first that covers a column counts.",
        );
        NodeSpec {
            key: "skewness_transform".into(),
            aliases: vec![],
            title: "Transform skewed features".into(),
            category: "numeric".into(),
            summary: "Makes skewed numeric features more symmetric, by a fixed function or a fitted power."
                .into(),
            parameters: vec![transformations.required()],
            role: NodeRole::Transform,
            learns: Learns::Always,
            columns: vec![ColumnRule::changes("{column}").each("transformations")],
            ..NodeSpec::default()
        }
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Self::State> {
        let mut state = BTreeMap::new();
        for Transformation { column, method } in &config.transformations {
            let named: &[String] = if column.is_empty() {
                &[]
            } else {
                std::slice::from_ref(column)
            };
            for name in pick(training, ctx, named, ColumnKind::is_number, "numbers")? {
                // The first transformation that names a column has it.
                if let Entry::Vacant(place) = state.entry(name) {
                    let name = place.key();
                    let known = known_numbers(training, name)?;
                    let function = learn(*method, name, &known, ctx)?;
                    let results: Vec<f64> = known.iter().map(|x| function.of(*x)).collect();
                    require_finite(name, &results)?;
                    place.insert(function);
                }
            }
        }
        Ok(state)
    }

    fn apply(&self, _: &Config, state: &Self::State, mut frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        for (name, function) in state {
            let values = number_column(&frame, name)?;
            let mut lost = 0_usize;
            let results = values.iter().map(|value| {
                let result = function.of(value?);
                lost += usize::from(!result.is_finite());
                Some(result).filter(|result| result.is_finite())
            });
            let results = float_column(results);
            if lost > 0 {
                ctx.warn(&format!(
                    "column {name:?}: the function is not defined for {lost} values, which become missing"
                ));
            }
            frame.set(name, results)?;
        }
        Ok(frame)
    }

    fn onnx(&self, _: &Config, state: &Self::State, table: &mut Table<'_>) -> Result<(), Unmapped> {
        for (name, function) in state {
            let value = table.numbers(name)?;
            let result = onnx::of(*function, &value, table.graph());
            table.set(name, result);
        }
        Ok(())
    }
}

fn learn(method: Method, name: &str, known: &[f64], ctx: &Context<'_>) -> Result<Function> {
    let (defined, wanted): (fn(f64) -> bool, _) = match method {
        Method::Log | Method::BoxCox => (|x| x > 0.0, "positive numbers"),
        Method::SquareRoot => (|x| x >= 0.0, "numbers that are not negative"),
        Method::Reciprocal => (|x| x != 0.0, "numbers other than 0"),
        Method::CubeRoot | Method::Square | Method::Exponential | Method::YeoJohnson => (|_| true, "numbers"),
    };
    if let Some(value) = known.iter().find(|value| !defined(**value)) {
        let message = format!(
            "column {name:?} holds {value}, and the method takes only {wanted}; yeo_johnson and cube_root take any number"
        );
        return Err(Error::data("OUT_OF_DOMAIN", message));
    }
    let fitted = |lambda: Option<f64>| {
        lambda.unwrap_or_else(|| {
            ctx.warn(&format!(
                "column {name:?} has no two different values in the training rows, so the power 1 is used"
            ));
            1.0
        })
    };
    Ok(match method {
        Method::Log => Function::Log,
        Method::SquareRoot => Function::SquareRoot,
        Method::CubeRoot => Function::CubeRoot,
        Method::Reciprocal => Function::Reciprocal,
        Method::Square => Function::Square,
        Method::Exponential => Function::Exponential,
        Method::BoxCox => Function::BoxCox(fitted(power::box_cox_lambda(known))),
        Method::YeoJohnson => Function::YeoJohnson(fitted(power::yeo_johnson_lambda(known))),
    })
}

impl Function {
    /// The function of a number; no finite number where it is not defined.
    fn of(self, x: f64) -> f64 {
        match self {
            Function::Log => x.ln(),
            Function::SquareRoot => x.sqrt(),
            Function::CubeRoot => x.cbrt(),
            Function::Reciprocal => 1.0 / x,
            Function::Square => x * x,
            Function::Exponential => x.exp(),
            Function::BoxCox(lambda) => power::box_cox(x, lambda),
            Function::YeoJohnson(lambda) => power::yeo_johnson(x, lambda),
        }
    }
}

#[cfg(test)]
mod tests;
