//! Aliases and what to write for them, as a config gives them.

use std::collections::BTreeMap;

use domain::{catalog, value::Value};

use super::key;
/// What to write for each alias.
pub(super) struct Pairs {
    /// By the alias as it is written.
    exact: BTreeMap<String, String>,
    /// By its key; the first of the aliases that share one counts.
    keyed: BTreeMap<String, String>,
}

impl Pairs {
    /// The pairs of a map or of lines, which the catalogue has checked.
    pub(super) fn new(given: &Value) -> Self {
        let owned = |alias: &str, text: &str| (alias.trim().to_owned(), text.trim().to_owned());
        let exact: BTreeMap<String, String> = match given {
            Value::Object(fields) => (fields.iter())
                .map(|(alias, text)| owned(alias, text.as_str().unwrap_or_default()))
                .collect(),
            Value::String(lines) => (catalog::pairs(lines).unwrap_or_default().into_iter())
                .map(|(alias, text)| owned(alias, text))
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) => BTreeMap::new(),
        };
        let mut keyed = BTreeMap::new();
        for (alias, replacement) in &exact {
            let key = key(alias);
            if !key.is_empty() {
                keyed.entry(key).or_insert_with(|| replacement.clone());
            }
        }
        Self { exact, keyed }
    }

    /// What to write for a text, if it is an alias.
    pub(super) fn replacement(&self, text: &str) -> Option<&str> {
        let found = self.exact.get(text.trim());
        found.or_else(|| self.keyed.get(&key(text))).map(String::as_str)
    }
}
