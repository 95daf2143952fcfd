//! The functions in ONNX's operators, which have neither `eˣ − 1` nor `ln(1 + x)`: both are made of others without
//! losing digits near 0.

use super::Function;
use crate::onnx::{Graph, Value};

/// Beyond this, `eˣ` is no number.
const GREATEST_EXPONENT: f64 = 709.78;

/// The function of numbers; missing where there is no finite result.
pub(super) fn of(function: Function, x: &Value, graph: &mut Graph) -> Value {
    let result = match function {
        Function::Log => graph.op("Log", [x]),
        Function::SquareRoot => graph.op("Sqrt", [x]),
        Function::CubeRoot => {
            let (size, third) = (graph.op("Abs", [x]), graph.number(1.0 / 3.0));
            let root = graph.op("Pow", [&size, &third]);
            let sign = graph.op("Sign", [x]);
            graph.op("Mul", [&sign, &root])
        }
        Function::Reciprocal => {
            let one = graph.number(1.0);
            graph.op("Div", [&one, x])
        }
        Function::Square => graph.op("Mul", [x, x]),
        Function::Exponential => graph.op("Exp", [x]),
        Function::BoxCox(lambda) => {
            let logarithm = graph.op("Log", [x]);
            if lambda.abs() < 1e-19 {
                logarithm
            } else {
                power(&logarithm, lambda, graph)
            }
        }
        Function::YeoJohnson(lambda) => yeo_johnson(x, lambda, graph),
    };
    graph.finite(&result)
}

/// `(e^(λ l) − 1) / λ`, also where the power alone is no number.
fn power(logarithm: &Value, lambda: f64, graph: &mut Graph) -> Value {
    let divisor = graph.number(lambda);
    let exponent = graph.op("Mul", [&divisor, logarithm]);
    let near = exp_m1(&exponent, graph);
    let near = graph.op("Div", [&near, &divisor]);
    let shift = graph.number(lambda.abs().ln());
    let far = graph.op("Sub", [&exponent, &shift]);
    let far = graph.op("Exp", [&far]);
    let (sign, rest) = (graph.number(1_f64.copysign(lambda)), graph.number(1.0 / lambda));
    let far = graph.op("Mul", [&sign, &far]);
    let far = graph.op("Sub", [&far, &rest]);
    let most = graph.number(GREATEST_EXPONENT);
    let is_near = graph.op("Less", [&exponent, &most]);
    graph.choose(&is_near, &near, &far)
}

fn yeo_johnson(x: &Value, lambda: f64, graph: &mut Graph) -> Value {
    let zero = graph.number(0.0);
    let of_size = |size: &Value, lambda: f64, graph: &mut Graph| {
        let logarithm = ln_1p(size, graph);
        if lambda.abs() < f64::EPSILON {
            return logarithm;
        }
        let lambda = graph.number(lambda);
        let exponent = graph.op("Mul", [&lambda, &logarithm]);
        let power = exp_m1(&exponent, graph);
        graph.op("Div", [&power, &lambda])
    };
    let size = graph.op("Abs", [x]);
    let positive = of_size(&size, lambda, graph);
    let negative = of_size(&size, 2.0 - lambda, graph);
    let negative = graph.op("Neg", [&negative]);
    let is_negative = graph.op("Less", [x, &zero]);
    graph.choose(&is_negative, &negative, &positive)
}

/// `eˣ − 1 = tanh(x/2) (eˣ + 1)`.
fn exp_m1(x: &Value, graph: &mut Graph) -> Value {
    let (half, one) = (graph.number(0.5), graph.number(1.0));
    let halved = graph.op("Mul", [x, &half]);
    let tanh = graph.op("Tanh", [&halved]);
    let power = graph.op("Exp", [x]);
    let sum = graph.op("Add", [&power, &one]);
    graph.op("Mul", [&tanh, &sum])
}

/// `ln(1 + x)` as `x · ln(w) / (w − 1)` with the rounded `w = 1 + x`, whose error cancels (Kahan, in Goldberg, "What
/// Every Computer Scientist Should Know About Floating-Point Arithmetic", 1991, theorem 4).
fn ln_1p(x: &Value, graph: &mut Graph) -> Value {
    let one = graph.number(1.0);
    let sum = graph.op("Add", [x, &one]);
    let logarithm = graph.op("Log", [&sum]);
    let scaled = graph.op("Mul", [x, &logarithm]);
    let difference = graph.op("Sub", [&sum, &one]);
    let quotient = graph.op("Div", [&scaled, &difference]);
    let is_small = graph.op("Equal", [&sum, &one]);
    graph.choose(&is_small, x, &quotient)
}
