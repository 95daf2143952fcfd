//! Bins in ONNX's operators.

use super::{Binning, Config, KbinsEncode, LabelFormat, MissingStrategy, Strategy, edges};
use crate::onnx::{Element, Table, Unmapped, Value};

/// # Errors
/// When the column is not there or is text.
pub(super) fn column(config: &Config, binning: &Binning, table: &mut Table<'_>) -> Result<(), Unmapped> {
    let value = table.numbers(&binning.column)?;
    let codes = codes(config, binning, &value, table);
    let name = format!("{}{}", binning.column, config.output_suffix);
    let (count, labelled) = (binning.count(), config.missing_strategy == MissingStrategy::Label);
    let bins = || 0..count;
    if config.strategy == Strategy::Kbins && config.kbins_encode == KbinsEncode::Onehot {
        for bin in bins() {
            let truths = bins().map(|other| f64::from(u8::from(other == bin)));
            let truths = table.number_of(&codes, 0.0, truths, 0.0);
            table.set(&format!("{name}_{bin}"), truths);
        }
        if labelled {
            let truths = table.number_of(&codes, 0.0, bins().map(|_| 0.0), 1.0);
            table.set(&format!("{name}_missing"), truths);
        }
        return Ok(());
    }
    let first = match (config.strategy, config.label_format) {
        (Strategy::Kbins, _) | (_, LabelFormat::BinIndex) => 0,
        (_, LabelFormat::Ordinal) => 1,
        (_, LabelFormat::Range) => {
            let missing = if labelled { "missing" } else { "" };
            let ranges = table.text_of(&codes, "", &edges::ranges(&binning.edges), missing);
            table.set(&name, ranges);
            return Ok(());
        }
    };
    let missing = if labelled { -1.0 } else { f64::NAN };
    let numbers = table.number_of(&codes, f64::NAN, bins().map(|bin| (bin + first) as f64), missing);
    table.set(&name, numbers);
    Ok(())
}

/// The bins as [`Table::codes`] counts categories: from 1, with one more for what is in none.
fn codes(config: &Config, binning: &Binning, value: &Value, table: &mut Table<'_>) -> Value {
    let graph = table.graph();
    let (first, last) = (binning.edges[0], binning.edges[binning.edges.len() - 1]);
    let inner = &binning.edges[1..binning.edges.len() - 1];
    let mut missing = graph.op("IsNaN", [value]);
    if config.strategy == Strategy::Custom {
        for (comparison, edge) in [("Less", first), ("Greater", last)] {
            let edge = graph.number(edge);
            let beyond = graph.op(comparison, [value, &edge]);
            missing = graph.op("Or", [&missing, &beyond]);
        }
    }
    let one = graph.longs(&[1, 1], [1]);
    let bin = if inner.is_empty() {
        one
    } else {
        let comparison = if config.strategy == Strategy::Kbins {
            "GreaterOrEqual"
        } else {
            "Greater"
        };
        let inner = graph.doubles(&[1, inner.len()], inner.iter().copied());
        let passed = graph.op(comparison, [value, &inner]);
        let passed = graph.cast(&passed, Element::Long);
        let passed = graph.reduce("ReduceSum", &passed);
        graph.op("Add", [&passed, &one])
    };
    let none = graph.longs(&[1, 1], [binning.count() as i64 + 1]);
    graph.choose(&missing, &none, &bin)
}
