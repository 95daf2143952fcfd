//! What a column and a row of a frame are: a column's type and history, a row's split.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef},
    datatypes::DataType,
};
use serde::{Deserialize, Serialize};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Whole numbers.
    Integer,
    /// Numbers.
    Float,
    /// True or false.
    Boolean,
    /// Text.
    Text,
}

impl ColumnKind {
    /// Whether values are numbers.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Float)
    }

    /// The type of the arrays that hold such values.
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Integer => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Boolean => DataType::Boolean,
            Self::Text => DataType::Utf8,
        }
    }

    /// The word used in messages and manifests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Text => "text",
        }
    }
}

/// What a row is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// Fitting.
    Train,
    /// Choosing among models.
    Validation,
    /// The final judgement.
    Test,
}

impl Split {
    /// Every split, in the order they are told.
    pub const ALL: [Split; 3] = [Split::Train, Split::Validation, Split::Test];

    /// The word used in metrics and commands.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }

    /// The split with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|split| split.as_str() == name)
    }
}

/// A named array, and the nodes that made it what it is.
#[derive(Debug, Clone)]
pub struct Column {
    /// The name, unique in its frame.
    pub name: Arc<str>,
    /// The values; null where missing.
    pub data: ArrayRef,
    pub(super) history: History,
}

/// The ids of the nodes that changed a column, in order, and whether the node at work did.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    pub(super) nodes: Vec<Arc<str>>,
    pub(super) touched: bool,
}

impl Column {
    /// The type of its values.
    pub fn kind(&self) -> ColumnKind {
        kind_of(&self.data)
    }

    /// The ids of the nodes that changed it, in order.
    pub(crate) fn changed_by(&self) -> impl Iterator<Item = &str> {
        self.history.nodes.iter().map(|node| &**node)
    }
}

/// The kind of an array that a frame can hold.
fn kind_of(data: &ArrayRef) -> ColumnKind {
    match data.data_type() {
        DataType::Int64 => ColumnKind::Integer,
        DataType::Float64 => ColumnKind::Float,
        DataType::Boolean => ColumnKind::Boolean,
        // `Frame::set` lets nothing else in.
        _ => ColumnKind::Text,
    }
}
