//! Imputation in ONNX's operators.

use super::{Fill, Filler, State, chained::Chain};
use crate::onnx::{Graph, Table, Unmapped, Value};

/// # Errors
/// When fills come from similar rows.
pub(super) fn state(state: &State, table: &mut Table<'_>) -> Result<(), Unmapped> {
    for (name, fill) in &state.fills {
        let (value, missing) = (table.value(name)?, table.missing(name)?);
        let graph = table.graph();
        let fill = match fill {
            Fill::Number(number) => graph.number(*number),
            Fill::Boolean(truth) => graph.number(f64::from(*truth)),
            Fill::Text(text) => graph.texts(&[1, 1], [text]),
        };
        let filled = graph.choose(&missing, &fill, &value);
        table.set(name, filled);
    }
    for group in &state.groups {
        let Filler::Equations(chain) = &group.filler else {
            return Err(Unmapped::because(
                "method knn compares each row with every training row, which ONNX's operators can do only by holding all \
                 distances at once; another method can be said in ONNX",
            ));
        };
        let columns = group.columns.iter().map(|name| table.numbers(name));
        let columns = columns.collect::<Result<Vec<Value>, Unmapped>>()?;
        let filled = chained(chain, &columns, table.graph());
        for (name, value) in group.columns.iter().zip(filled) {
            table.set(name, value);
        }
    }
    Ok(())
}

/// The columns filled by one equation after the other.
fn chained(chain: &Chain, columns: &[Value], graph: &mut Graph) -> Vec<Value> {
    let count = columns.len();
    let rows = graph.beside(columns);
    let missing = graph.op("IsNaN", [&rows]);
    let means = graph.doubles(&[1, count], chain.means.iter().copied());
    let mut rows = graph.choose(&missing, &means, &rows);
    for equation in &chain.equations {
        let mut weights = equation.weights.clone();
        weights.insert(equation.column.min(weights.len()), 0.0);
        let predicted = graph.linear(&rows, &[&weights], &[equation.intercept]);
        let here = (0..count).map(|column| f64::from(u8::from(column == equation.column)));
        let here = graph.doubles(&[1, count], here);
        let here = graph.cast(&here, crate::onnx::Element::Truth);
        let gaps = graph.op("And", [&missing, &here]);
        rows = graph.choose(&gaps, &predicted, &rows);
    }
    let column = |place: usize| {
        let place = graph.longs(&[1], [place as i64]);
        graph.op_with("Gather", &[&rows, &place], vec![crate::onnx::int("axis", 1)])
    };
    (0..count).map(column).collect()
}
