//! The columns of a table: names and types, as the manifest keeps them and a later table is read by.

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
        if let Some(more) = names.len().checked_sub(TOLD + 1) {
            parts.push(format!(
                "{}: {} and {} more",
                kind.as_str(),
                names[..TOLD].join(", "),
                more + 1
            ));
        } else if !names.is_empty() {
            parts.push(format!("{}: {}", kind.as_str(), names.join(", ")));
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
