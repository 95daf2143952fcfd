//! Classes: the values a categorical target takes, in order, and their codes.
//!
//! They sort numerically if all are numbers, else by code point; the positive class of two is the last unless
//! chosen otherwise.

use std::{borrow::Cow, collections::HashMap, fmt};

use arrow::array::{Array, ArrayRef};
use domain::value::Value;
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    error::Result,
    frame::{ColumnKind, texts},
    nodes::sorted_categories,
};

/// A class as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Label {
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Text.
    Text(String),
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
        }
    }
}

/// The classes of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classes {
    /// The classes, in the order of their codes.
    pub labels: Vec<Label>,
    /// The code of the positive class, if there are two.
    pub positive: Option<usize>,
}

impl Classes {
    /// The classes of the training rows' targets.
    ///
    /// # Errors
    /// `TARGET_NOT_CATEGORICAL` for fractions, `ONE_CLASS`, `POSITIVE_CLASS_NOT_FOUND`.
    pub(crate) fn learn(target: &str, kind: ColumnKind, data: &ArrayRef, positive: &Value) -> Result<Self> {
        let shown = texts(data);
        let words = sorted_categories(shown.iter().flatten().map(String::from));
        let label = |word: &String| match kind {
            ColumnKind::Text => Some(Label::Text(word.clone())),
            ColumnKind::Boolean => Some(Label::Boolean(word == "true")),
            ColumnKind::Integer | ColumnKind::Float => word.parse().ok().map(Label::Integer),
        };
        let labels: Option<Vec<Label>> = words.iter().map(label).collect();
        let Some(labels) = labels else {
            let message = format!(
                "the target {target:?} holds fractions; a classifier's target is text, boolean or whole numbers"
            );
            return Err(Error::spec("TARGET_NOT_CATEGORICAL", message));
        };
        if let [only] = labels.as_slice() {
            let message = format!("every training row has the same value {only} of the target {target:?}");
            return Err(Error::data("ONE_CLASS", message));
        }
        let positive = positive_class(target, &words, positive)?;
        Ok(Self { labels, positive })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.labels.len()
    }

    /// The classes as people write them.
    pub fn names(&self) -> Vec<String> {
        self.labels.iter().map(ToString::to_string).collect()
    }

    /// Each row's code, and the labels by their codes. One that was not seen in training gets a number beyond the
    /// classes.
    pub(crate) fn codes(&self, data: &ArrayRef) -> (Vec<u32>, Vec<Label>) {
        let names = self.names();
        let mut codes: HashMap<Cow<'_, str>, u32> = names
            .iter()
            .map(|name| Cow::from(name.as_str()))
            .zip(0..)
            .collect();
        let (shown, mut labels) = (texts(data), self.labels.clone());
        let mut code = |at| {
            *codes
                .entry(shown.get(at).unwrap_or_default())
                .or_insert_with_key(|text| {
                    labels.push(self.label(text));
                    labels.len() as u32 - 1
                })
        };
        let codes = (0..data.len()).map(&mut code).collect();
        (codes, labels)
    }

    /// A text as a label of the kind that the classes are, or as it stands.
    fn label(&self, text: &str) -> Label {
        let read = match self.labels.first() {
            Some(Label::Boolean(_)) => text.parse().ok().map(Label::Boolean),
            Some(Label::Integer(_)) => text.parse().ok().map(Label::Integer),
            Some(Label::Text(_)) | None => None,
        };
        read.unwrap_or_else(|| Label::Text(text.to_owned()))
    }
}

/// A class as the values of a target are written; none where none is named.
pub(crate) fn class_text(class: &Value) -> Option<String> {
    match class {
        Value::Null => None,
        // A form that is left empty; no class is an empty text.
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Object(_) => Some(class.to_string()),
    }
}

fn positive_class(target: &str, words: &[String], wanted: &Value) -> Result<Option<usize>> {
    let Some(wanted) = class_text(wanted) else {
        return Ok((words.len() == 2).then_some(1));
    };
    let known = words.iter().take(20).cloned().collect::<Vec<_>>().join(", ");
    let Some(place) = words.iter().position(|word| *word == wanted) else {
        let message =
            format!("positive_class {wanted:?} is none of the target's classes; {target:?} has {known}");
        return Err(Error::spec("POSITIVE_CLASS_NOT_FOUND", message));
    };
    if words.len() != 2 {
        let message = format!(
            "positive_class needs two classes; {target:?} has {}: {known}",
            words.len()
        );
        return Err(Error::spec("POSITIVE_CLASS_NOT_BINARY", message));
    }
    Ok(Some(place))
}
