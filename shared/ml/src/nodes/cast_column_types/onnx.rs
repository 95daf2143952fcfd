//! Casts in ONNX's operators.

use super::convert::Dtype;
use crate::{
    frame::ColumnKind,
    onnx::{Element, Graph, Table, Unmapped, Value},
};

/// What may stand around a number; the runtime's own reading skips no other white space.
const SPACE: &str = r"[ \t\n\v\f\r]*";
/// A number as [`convert`](super::convert) reads it.
const NUMBER: &str = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?";
/// The words for true and false.
const TRUE: &str = "([tT][rR][uU][eE]|[tT]|[yY][eE][sS]|[yY]|[oO][nN]|1)[.!]*";
const FALSE: &str = "([fF][aA][lL][sS][eE]|[fF]|[nN][oO]|[nN]|[oO][fF][fF]|0)[.!]*";

/// A column cast.
///
/// # Errors
/// For dates.
pub(super) fn column(
    name: &str,
    dtype: Dtype,
    categories: &[String],
    table: &mut Table<'_>,
) -> Result<Value, Unmapped> {
    let (value, kind) = (table.value(name)?, table.kind(name)?);
    Ok(match dtype {
        Dtype::Category => {
            let codes = table.codes(name, categories)?;
            table.text_of(&codes, "", categories, "")
        }
        Dtype::String => match kind {
            ColumnKind::Text => value,
            ColumnKind::Boolean => {
                let words = ["false", "true"].map(str::to_owned);
                let codes = table.codes(name, &words)?;
                table.text_of(&codes, "", &words, "")
            }
            ColumnKind::Integer => digits(name, &value, table)?,
            ColumnKind::Float => table.graph().spelled(&value),
        },
        Dtype::Date | Dtype::Datetime => return Err(Unmapped::because("ONNX's operators read no dates")),
        Dtype::Bool => truth(&value, kind, table),
        Dtype::Float | Dtype::Float64 => number(&value, kind, table),
        Dtype::Float32 => {
            let number = number(&value, kind, table);
            let graph = table.graph();
            let rounded = graph.cast(&number, Element::Float);
            let rounded = graph.cast(&rounded, Element::Double);
            let (is_infinite, rounded) = (graph.op("IsInf", [&number]), graph.finite(&rounded));
            graph.choose(&is_infinite, &number, &rounded)
        }
        // Of 64 bits the greatest as a double is 2^63, which is out of bounds as the next below is not.
        Dtype::Int | Dtype::Int64 => {
            whole(&value, kind, -(2_f64.powi(63)), 2_f64.powi(63).next_down(), table)
        }
        Dtype::Int32 => whole(&value, kind, i32::MIN.into(), i32::MAX.into(), table),
        Dtype::Int16 => whole(&value, kind, i16::MIN.into(), i16::MAX.into(), table),
        Dtype::Int8 => whole(&value, kind, i8::MIN.into(), i8::MAX.into(), table),
    })
}

/// Whole numbers as text.
fn digits(name: &str, value: &Value, table: &mut Table<'_>) -> Result<Value, Unmapped> {
    let missing = table.missing(name)?;
    let graph = table.graph();
    let (zero, nothing) = (graph.number(0.0), graph.texts(&[1, 1], [""]));
    let number = graph.choose(&missing, &zero, value);
    let whole = graph.cast(&number, Element::Long);
    let digits = graph.cast(&whole, Element::Text);
    Ok(graph.choose(&missing, &nothing, &digits))
}

/// Numbers and truths as they are; of texts those that spell a number.
fn number(value: &Value, kind: ColumnKind, table: &mut Table<'_>) -> Value {
    if kind != ColumnKind::Text {
        return value.clone();
    }
    let is_number = table.matches(value, &format!("{SPACE}{NUMBER}{SPACE}"));
    let graph = table.graph();
    let nothing = graph.texts(&[1, 1], ["nan"]);
    let spelled = graph.choose(&is_number, value, &nothing);
    let number = graph.cast(&spelled, Element::Double);
    graph.finite(&number)
}

/// Numbers without their fractions, within bounds.
fn whole(value: &Value, kind: ColumnKind, min: f64, max: f64, table: &mut Table<'_>) -> Value {
    let number = number(value, kind, table);
    let graph = table.graph();
    let (size, sign) = (graph.op("Abs", [&number]), graph.op("Sign", [&number]));
    let size = graph.op("Floor", [&size]);
    let whole = graph.op("Mul", [&sign, &size]);
    let (min, max) = (graph.number(min), graph.number(max));
    let (below, above) = (
        graph.op("Less", [&whole, &min]),
        graph.op("Greater", [&whole, &max]),
    );
    let beyond = graph.op("Or", [&below, &above]);
    let nothing = graph.number(f64::NAN);
    graph.choose(&beyond, &nothing, &whole)
}

fn truth(value: &Value, kind: ColumnKind, table: &mut Table<'_>) -> Value {
    let (is_true, is_false) = match kind {
        ColumnKind::Boolean => return value.clone(),
        ColumnKind::Text => {
            let white = r"[\s\v\x{85}\p{Z}]*";
            let mut is = |words: &str| table.matches(value, &format!("{white}{words}{white}"));
            (is(TRUE), is(FALSE))
        }
        ColumnKind::Integer | ColumnKind::Float => {
            let graph = table.graph();
            let is = |number: f64, graph: &mut Graph| {
                let number = graph.number(number);
                graph.op("Equal", [value, &number])
            };
            (is(1.0, graph), is(0.0, graph))
        }
    };
    let graph = table.graph();
    let (one, zero, nothing) = (graph.number(1.0), graph.number(0.0), graph.number(f64::NAN));
    let rest = graph.choose(&is_false, &zero, &nothing);
    graph.choose(&is_true, &one, &rest)
}
