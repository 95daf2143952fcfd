//! Calculations with numbers: arithmetic, ratios and statistics of a row.

use arrow::array::Float64Array;

use super::{Method, Operation, number_at};
use crate::{
    error::Result,
    frame::Frame,
    nodes::{columns::number_column, statistics},
};

fn inputs<'a>(frame: &Frame, names: impl IntoIterator<Item = &'a String>) -> Result<Vec<Float64Array>> {
    names.into_iter().map(|name| number_column(frame, name)).collect()
}

/// The columns and then the constants, from left to right.
pub(super) fn arithmetic(
    operation: &Operation,
    method: Method,
    frame: &Frame,
    epsilon: f64,
) -> Result<Vec<Option<f64>>> {
    let inputs = inputs(frame, operation.columns())?;
    let calculate = |a: f64, b: f64| match method {
        Method::Subtract => a - b,
        Method::Multiply => a * b,
        Method::Divide => a / divisor(b, epsilon),
        _ => a + b,
    };
    let row = |at: usize| {
        let columns = inputs
            .iter()
            .map(|values| number_at(values, at, operation.fillna));
        let mut operands = columns.chain(operation.constants.iter().copied().map(Some));
        let first = operands.next()??;
        operands.try_fold(first, |result, operand| Some(calculate(result, operand?)))
    };
    Ok((0..frame.height()).map(row).collect())
}

/// The sum of the columns by the sum of the others.
pub(super) fn ratio(operation: &Operation, frame: &Frame, epsilon: f64) -> Result<Vec<Option<f64>>> {
    let above = inputs(frame, &operation.input_columns)?;
    let below = inputs(frame, &operation.secondary_columns)?;
    let sum = |columns: &[Float64Array], at: usize| {
        let mut numbers = columns
            .iter()
            .map(|values| number_at(values, at, operation.fillna));
        numbers.try_fold(0.0, |sum, number| Some(sum + number?))
    };
    let row = |at: usize| Some(sum(&above, at)? / divisor(sum(&below, at)?, epsilon));
    Ok((0..frame.height()).map(row).collect())
}

/// A divisor kept away from 0.
fn divisor(value: f64, epsilon: f64) -> f64 {
    if value.abs() < epsilon {
        epsilon.copysign(value)
    } else {
        value
    }
}

/// A statistic of the numbers in a row that are there; the standard deviation is that of a sample.
pub(super) fn stat(operation: &Operation, method: Method, frame: &Frame) -> Result<Vec<Option<f64>>> {
    let inputs = inputs(frame, operation.columns())?;
    let mut known = Vec::with_capacity(inputs.len());
    let row = |at: usize| {
        known.clear();
        known.extend(
            inputs
                .iter()
                .filter_map(|values| number_at(values, at, operation.fillna)),
        );
        of_row(method, &mut known)
    };
    Ok((0..frame.height()).map(row).collect())
}

fn of_row(method: Method, known: &mut [f64]) -> Option<f64> {
    known.sort_by(f64::total_cmp);
    let n = known.len() as f64;
    let (least, greatest) = (known.first(), known.last());
    match method {
        Method::Count => Some(n),
        Method::Mean => statistics::mean(known),
        Method::Median => statistics::quantile(known, 0.5),
        Method::Min => least.copied(),
        Method::Max => greatest.copied(),
        Method::Range => Some(greatest? - least?),
        Method::Std => {
            let mean = statistics::mean(known).filter(|_| n > 1.0)?;
            Some((statistics::variance(known, mean) * n / (n - 1.0)).sqrt())
        }
        _ => least.map(|_| known.iter().sum()),
    }
}
