//! The columns of a table: names and types, as the manifest keeps them and a later table is read by.

use std::borrow::Borrow;

use arrow::array::Array;
use serde::{Deserialize, Serialize};

use crate::frame::{ColumnKind, Frame};

/// A column's name and type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSchema {
    /// The name.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: ColumnKind,
}

/// The columns of a table.
pub fn schema_of(frame: &Frame) -> Vec<ColumnSchema> {
    let schema = |column: &crate::frame::Column| ColumnSchema {
        name: column.name.to_string(),
        kind: column.kind(),
    };
    frame.columns().iter().map(schema).collect()
}

/// The most names told of one type.
const TOLD: usize = 30;

/// The names with commas between them, of very many only the first.
pub(super) fn enumerate<N: Borrow<str>>(names: &[N]) -> String {
    match names.len().checked_sub(TOLD + 1) {
        Some(more) => format!("{} and {} more", names[..TOLD].join(", "), more + 1),
        None => names.join(", "),
    }
}

/// What was read, in one line.
pub(super) fn describe(frame: &Frame) -> String {
    let mut parts = vec![format!("{} rows, {} columns", frame.height(), frame.width())];
    for kind in [
        ColumnKind::Integer,
        ColumnKind::Float,
        ColumnKind::Boolean,
        ColumnKind::Text,
    ] {
        let of_kind = frame.columns().iter().filter(|column| column.kind() == kind);
        let names: Vec<&str> = of_kind.map(|column| &*column.name).collect();
        if !names.is_empty() {
            parts.push(format!("{}: {}", kind.as_str(), enumerate(&names)));
        }
    }
    let empty = frame
        .columns()
        .iter()
        .filter(|column| column.data.null_count() == column.data.len());
    let empty: Vec<&str> = empty.map(|column| &*column.name).collect();
    if frame.height() > 0 && !empty.is_empty() {
        parts.push(format!("without any value: {}", empty.join(", ")));
    }
    parts.join("; ")
}
