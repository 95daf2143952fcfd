//! Calculations in ONNX's operators.

mod similarity;
mod subsequence;

use super::{Method, Operation, OperationType};
use crate::onnx::{Element, Graph, Table, Unmapped, Value, int};

/// The result of an operation, missing where it is no finite number.
///
/// # Errors
/// For dates.
pub(super) fn result(operation: &Operation, epsilon: f64, table: &mut Table<'_>) -> Result<Value, Unmapped> {
    let columns = |names: &[String], table: &mut Table<'_>| {
        let column = |name: &String| {
            let value = table.numbers(name)?;
            let graph = table.graph();
            Ok(match operation.fillna {
                Some(fill) => {
                    let (missing, fill) = (graph.op("IsNaN", [&value]), graph.number(fill));
                    graph.choose(&missing, &fill, &value)
                }
                None => value,
            })
        };
        names.iter().map(column).collect::<Result<Vec<Value>, Unmapped>>()
    };
    let method = operation.method();
    let value = match operation.operation_type {
        OperationType::Similarity => {
            let texts: Result<Vec<Value>, Unmapped> =
                operation.columns().map(|name| table.value(name)).collect();
            let texts = texts?;
            let [one, other] = texts.as_slice() else {
                return Err(Unmapped::because("a similarity is that of two texts"));
            };
            let graph = table.graph();
            let similarity = similarity::similarity(one, other, method, graph);
            let scale = graph.number(if operation.normalize { 1.0 } else { 100.0 });
            graph.op("Mul", [&similarity, &scale])
        }
        OperationType::DatetimeExtract => return Err(Unmapped::because("ONNX's operators read no dates")),
        OperationType::Arithmetic => {
            let mut operands = columns(&operation.input_columns, table)?;
            operands.extend(columns(&operation.secondary_columns, table)?);
            let graph = table.graph();
            operands.extend(operation.constants.iter().map(|constant| graph.number(*constant)));
            arithmetic(method, &operands, epsilon, graph)
        }
        OperationType::Ratio => {
            let above = columns(&operation.input_columns, table)?;
            let below = columns(&operation.secondary_columns, table)?;
            let graph = table.graph();
            let (above, below) = (sum(&above, graph), sum(&below, graph));
            let below = divisor(&below, epsilon, graph);
            graph.op("Div", [&above, &below])
        }
        OperationType::Stat => {
            let mut operands = columns(&operation.input_columns, table)?;
            operands.extend(columns(&operation.secondary_columns, table)?);
            let count = operands.len();
            let rows = table.graph().beside(&operands);
            Row::new(&rows, count, table.graph()).statistic(method, table.graph())
        }
    };
    let graph = table.graph();
    let value = match operation.round_digits {
        Some(digits) => {
            let power = graph.number(10_f64.powi(digits));
            let scaled = graph.op("Mul", [&value, &power]);
            let rounded = graph.op("Round", [&scaled]);
            graph.op("Div", [&rounded, &power])
        }
        None => value,
    };
    Ok(graph.finite(&value))
}

fn arithmetic(method: Method, operands: &[Value], epsilon: f64, graph: &mut Graph) -> Value {
    let mut operands = operands.iter();
    let first = operands.next().cloned();
    let first = first.unwrap_or_else(|| graph.number(f64::NAN));
    operands.fold(first, |result, operand| match method {
        Method::Subtract => graph.op("Sub", [&result, operand]),
        Method::Multiply => graph.op("Mul", [&result, operand]),
        Method::Divide => {
            let divisor = divisor(operand, epsilon, graph);
            graph.op("Div", [&result, &divisor])
        }
        _ => graph.op("Add", [&result, operand]),
    })
}

fn sum(values: &[Value], graph: &mut Graph) -> Value {
    let zero = graph.number(0.0);
    values
        .iter()
        .fold(zero, |sum, value| graph.op("Add", [&sum, value]))
}

/// A divisor kept away from 0, the sign of a zero included.
fn divisor(value: &Value, epsilon: f64, graph: &mut Graph) -> Value {
    let (size, least) = (graph.op("Abs", [value]), graph.number(epsilon));
    let (inverse, zero) = (graph.op("Reciprocal", [value]), graph.number(0.0));
    let is_negative = graph.op("Less", [&inverse, &zero]);
    let negative = graph.number(-epsilon);
    let least_of_sign = graph.choose(&is_negative, &negative, &least);
    let is_small = graph.op("Less", [&size, &least]);
    graph.choose(&is_small, &least_of_sign, value)
}

/// The numbers of each row, some of them missing.
struct Row {
    rows: Value,
    columns: usize,
    known: Value,
    /// How many are known, `[N, 1]`.
    count: Value,
}

impl Row {
    fn new(rows: &Value, columns: usize, graph: &mut Graph) -> Self {
        let missing = graph.op("IsNaN", [rows]);
        let known = graph.op("Not", [&missing]);
        let counted = graph.cast(&known, Element::Double);
        Self {
            rows: rows.clone(),
            columns,
            known,
            count: graph.reduce("ReduceSum", &counted),
        }
    }

    /// The numbers, with another where one is missing.
    fn with(&self, fill: f64, graph: &mut Graph) -> Value {
        let fill = graph.number(fill);
        graph.choose(&self.known, &self.rows, &fill)
    }

    fn statistic(&self, method: Method, graph: &mut Graph) -> Value {
        match method {
            Method::Count => self.count.clone(),
            Method::Mean => self.mean(graph),
            Method::Median => self.median(graph),
            Method::Min => self.least(graph),
            Method::Max => self.greatest(graph),
            Method::Range => {
                let (least, greatest) = (self.least(graph), self.greatest(graph));
                graph.op("Sub", [&greatest, &least])
            }
            Method::Std => self.deviation(graph),
            _ => {
                let sum = self.sum(graph);
                let (zero, nothing) = (graph.number(0.0), graph.number(f64::NAN));
                let is_empty = graph.op("Equal", [&self.count, &zero]);
                graph.choose(&is_empty, &nothing, &sum)
            }
        }
    }

    fn sum(&self, graph: &mut Graph) -> Value {
        let numbers = self.with(0.0, graph);
        graph.reduce("ReduceSum", &numbers)
    }

    fn mean(&self, graph: &mut Graph) -> Value {
        let sum = self.sum(graph);
        graph.op("Div", [&sum, &self.count])
    }

    fn least(&self, graph: &mut Graph) -> Value {
        let numbers = self.with(f64::INFINITY, graph);
        graph.reduce("ReduceMin", &numbers)
    }

    fn greatest(&self, graph: &mut Graph) -> Value {
        let numbers = self.with(f64::NEG_INFINITY, graph);
        graph.reduce("ReduceMax", &numbers)
    }

    /// The middle one in order, or halfway between the middle two; missing ones come last.
    fn median(&self, graph: &mut Graph) -> Value {
        let numbers = self.with(f64::INFINITY, graph);
        let sorted = graph.ascending(&numbers, self.columns);
        let (half, one, zero) = (graph.number(0.5), graph.number(1.0), graph.number(0.0));
        let last = graph.op("Sub", [&self.count, &one]);
        let last = graph.op("Max", [&last, &zero]);
        let place = graph.op("Mul", [&half, &last]);
        let (below, above) = (graph.op("Floor", [&place]), graph.op("Ceil", [&place]));
        let mut at = |place: &Value| {
            let place = graph.cast(place, Element::Long);
            graph.op_with("GatherElements", &[&sorted, &place], vec![int("axis", 1)])
        };
        let (below, above) = (at(&below), at(&above));
        let gap = graph.op("Sub", [&above, &below]);
        let gap = graph.op("Mul", [&gap, &half]);
        graph.op("Sub", [&above, &gap])
    }

    /// That of a sample, with the correction for the rounding of the mean.
    fn deviation(&self, graph: &mut Graph) -> Value {
        let (mean, zero, one) = (self.mean(graph), graph.number(0.0), graph.number(1.0));
        let off = graph.op("Sub", [&self.rows, &mean]);
        let off = graph.choose(&self.known, &off, &zero);
        let squares = graph.op("Mul", [&off, &off]);
        let squares = graph.reduce("ReduceSum", &squares);
        let rest = graph.reduce("ReduceSum", &off);
        let rest = graph.op("Mul", [&rest, &rest]);
        let rest = graph.op("Div", [&rest, &self.count]);
        let squares = graph.op("Sub", [&squares, &rest]);
        let fewer = graph.op("Sub", [&self.count, &one]);
        let variance = graph.op("Div", [&squares, &fewer]);
        graph.op("Sqrt", [&variance])
    }
}
