//! The table that enters a node, as values of an ONNX graph: what a node needs to say in operators what it does.
//!
//! A column of numbers or truths is a tensor of doubles `[N, 1]`, NaN where missing, true 1 and false 0; a column of texts
//! is one of strings `[N, 1]`, empty where missing. Names, types and the order of columns are those of a frame without
//! rows that goes through the nodes beside the graph, so that a node need not say twice which columns it makes.

use std::collections::{BTreeMap, HashMap};

use arrow::array::ArrayRef;

use super::{
    Unmapped,
    attribute::{int, ints, strings, text},
    graph::{Element, Graph, Value},
};
use crate::{
    frame::{ColumnKind, Frame},
    node::Context,
};

/// What a table's columns are to a node.
pub struct Table<'a> {
    graph: &'a mut Graph,
    frame: Frame,
    ctx: &'a Context<'a>,
    /// The columns as they enter the node.
    entering: HashMap<String, Value>,
    /// The columns that the node has changed or made.
    made: BTreeMap<String, Value>,
    /// The rows that no prediction is made for.
    refused: Option<Value>,
    /// A column of the source, and whether it is text.
    source: Option<(Value, bool)>,
}

impl<'a> Table<'a> {
    /// The table of a frame without rows and its columns' values.
    pub(super) fn new(
        graph: &'a mut Graph,
        frame: Frame,
        entering: HashMap<String, Value>,
        source: Option<(Value, bool)>,
        ctx: &'a Context<'a>,
    ) -> Self {
        Self {
            graph,
            frame,
            ctx,
            entering,
            made: BTreeMap::new(),
            refused: None,
            source,
        }
    }

    /// What the node changed or made, and the rows it refuses.
    pub(super) fn made(self) -> (BTreeMap<String, Value>, Option<Value>) {
        (self.made, self.refused)
    }

    /// The graph.
    pub(crate) fn graph(&mut self) -> &mut Graph {
        self.graph
    }

    /// The columns, without rows.
    pub(crate) fn frame(&self) -> &Frame {
        &self.frame
    }

    /// What surrounds the node.
    pub(crate) fn ctx(&self) -> &'a Context<'a> {
        self.ctx
    }

    /// The type of a column.
    ///
    /// # Errors
    /// When there is none of that name.
    pub(crate) fn kind(&self, name: &str) -> Result<ColumnKind, Unmapped> {
        let column = self.frame.column(name).ok_or_else(|| absent(name))?;
        Ok(column.kind())
    }

    /// The values of a column.
    ///
    /// # Errors
    /// When there is none of that name.
    pub(crate) fn value(&self, name: &str) -> Result<Value, Unmapped> {
        let found = self.made.get(name).or_else(|| self.entering.get(name));
        found.cloned().ok_or_else(|| absent(name))
    }

    /// The values of a column that are numbers or truths.
    ///
    /// # Errors
    /// When there is none of that name, or it is text.
    pub(crate) fn numbers(&self, name: &str) -> Result<Value, Unmapped> {
        if self.kind(name)? == ColumnKind::Text {
            return Err(Unmapped::because(format!("column {name:?} is text, not numbers")));
        }
        self.value(name)
    }

    /// Changes a column, or makes a new one.
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        self.made.insert(name.to_owned(), value);
    }

    /// As [`Table::set`], for a node that uses what it made: `data`, without rows, tells the column's type.
    ///
    /// # Errors
    /// As [`Frame::set`].
    pub(crate) fn make(&mut self, name: &str, data: ArrayRef, value: Value) -> Result<(), Unmapped> {
        self.set(name, value);
        let made = self.frame.set(name, data);
        made.map_err(|error| Unmapped::because(error.to_string()))
    }

    /// Says of which rows there is no prediction; truths `[N, 1]`.
    pub(crate) fn refuse(&mut self, rows: &Value) {
        self.refused = Some(either(self.graph, self.refused.take(), rows));
    }

    /// Where a column is missing, truths `[N, 1]`.
    ///
    /// # Errors
    /// As [`Table::value`].
    pub(crate) fn missing(&mut self, name: &str) -> Result<Value, Unmapped> {
        let (value, is_text) = (self.value(name)?, self.kind(name)? == ColumnKind::Text);
        Ok(missing(self.graph, &value, is_text))
    }

    /// A column that is the same number in every row.
    ///
    /// # Errors
    /// When predictions depend on no column at all.
    pub(crate) fn constant(&mut self, number: f64) -> Result<Value, Unmapped> {
        let nothing = || Unmapped::because("predictions depend on no column of the table");
        let (source, is_text) = self.source.clone().ok_or_else(nothing)?;
        let rows = missing(self.graph, &source, is_text);
        let number = self.graph.number(number);
        Ok(self.graph.choose(&rows, &number, &number))
    }

    /// For each row the place of its category, whole numbers `[N, 1]`: 0 for one that is not among them, `1..=K`, and
    /// `K + 1` where it is missing. Categories of numbers and truths are written as [`texts`](crate::frame::texts)
    /// writes them.
    ///
    /// # Errors
    /// As [`Table::value`].
    pub(crate) fn codes(&mut self, name: &str, categories: &[String]) -> Result<Value, Unmapped> {
        let (value, kind) = (self.value(name)?, self.kind(name)?);
        let absent = categories.len() + 1;
        if kind == ColumnKind::Text {
            let keys = categories.iter().map(String::as_str).chain([""]);
            let attributes = vec![
                strings("keys_strings", keys),
                ints("values_int64s", (1..=absent).collect()),
                int("default_int64", 0),
            ];
            return Ok(self.graph.ml_op("LabelEncoder", &value, attributes));
        }
        let number = |text: &String| match (kind, text.as_str()) {
            (ColumnKind::Boolean, "true") => 1.0,
            (ColumnKind::Boolean, "false") => 0.0,
            (_, "-0") => NEGATIVE_ZERO,
            (_, text) => text.parse().unwrap_or(f64::NAN),
        };
        let graph = &mut *self.graph;
        let missing = graph.op("IsNaN", [&value]);
        let value = if kind == ColumnKind::Float {
            apart_from_negative_zero(graph, &value)
        } else {
            value
        };
        let of_missing = graph.longs(&[1, 1], [absent as i64]);
        let code = if categories.is_empty() {
            graph.longs(&[1, 1], [0])
        } else {
            let known = graph.doubles(&[1, categories.len()], categories.iter().map(number));
            let places = graph.doubles(&[1, categories.len()], (1..absent).map(|place| place as f64));
            let hits = graph.op("Equal", [&value, &known]);
            let hits = graph.cast(&hits, Element::Double);
            let hits = graph.op("Mul", [&hits, &places]);
            let code = graph.reduce("ReduceMax", &hits);
            graph.cast(&code, Element::Long)
        };
        Ok(graph.choose(&missing, &of_missing, &code))
    }

    /// A number for each code of [`Table::codes`], by `unseen`, those of the categories, and `missing`.
    pub(crate) fn number_of(
        &mut self,
        codes: &Value,
        unseen: f64,
        known: impl ExactSizeIterator<Item = f64>,
        missing: f64,
    ) -> Value {
        let length = known.len() + 2;
        let numbers = std::iter::once(unseen).chain(known).chain([missing]);
        let table = self.graph.doubles(&[length], numbers);
        self.graph.gather(&table, codes)
    }

    /// A text for each code, likewise.
    pub(crate) fn text_of(&mut self, codes: &Value, unseen: &str, known: &[String], missing: &str) -> Value {
        let texts = std::iter::once(unseen)
            .chain(known.iter().map(String::as_str))
            .chain([missing]);
        let table = self.graph.texts(&[known.len() + 2], texts);
        self.graph.gather(&table, codes)
    }

    /// Whether a text is matched from its begin to its end by a pattern of RE2, truths `[N, 1]`.
    pub(crate) fn matches(&mut self, texts: &Value, pattern: &str) -> Value {
        let attributes = vec![text("pattern", pattern)];
        self.graph.op_with("RegexFullMatch", &[texts], attributes)
    }
}

fn absent(name: &str) -> Unmapped {
    Unmapped::because(format!("there is no column {name:?}"))
}

/// What stands for −0 where numbers are compared: it is written otherwise than 0, but equal to it.
const NEGATIVE_ZERO: f64 = -f64::from_bits(1);

fn apart_from_negative_zero(graph: &mut Graph, value: &Value) -> Value {
    let zero = graph.number(0.0);
    let inverse = graph.op("Reciprocal", [value]);
    let (is_negative, is_zero) = (
        graph.op("Less", [&inverse, &zero]),
        graph.op("Equal", [value, &zero]),
    );
    let both = graph.op("And", [&is_negative, &is_zero]);
    let stand_in = graph.number(NEGATIVE_ZERO);
    graph.choose(&both, &stand_in, value)
}

/// Where values are missing.
pub(super) fn missing(graph: &mut Graph, value: &Value, is_text: bool) -> Value {
    if is_text {
        let empty = graph.texts(&[1, 1], [""]);
        graph.op("Equal", [value, &empty])
    } else {
        graph.op("IsNaN", [value])
    }
}

/// Rows of either.
pub(super) fn either(graph: &mut Graph, some: Option<Value>, more: &Value) -> Value {
    match some {
        Some(some) if some != *more => graph.op("Or", [&some, more]),
        Some(_) | None => more.clone(),
    }
}
