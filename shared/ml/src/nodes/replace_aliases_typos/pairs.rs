//! Aliases and what to write for them, as a config gives them.

use std::collections::BTreeMap;

use domain::value::Value;

use super::key;
use crate::{Error, error::Result};

/// What to write for each alias.
pub(super) struct Pairs {
    /// By the alias as it is written.
    exact: BTreeMap<String, String>,
    /// By its key; the first of the aliases that share one counts.
    keyed: BTreeMap<String, String>,
}

impl Pairs {
    /// # Errors
    /// `INVALID_CONFIG` where there is no pair, or a line that is none.
    pub(super) fn new(given: &Value) -> Result<Self> {
        let exact: BTreeMap<String, String> = match given {
            Value::Object(fields) => fields
                .iter()
                .map(|(alias, text)| {
                    (
                        alias.trim().to_owned(),
                        text.as_str().unwrap_or("").trim().to_owned(),
                    )
                })
                .collect(),
            Value::String(lines) => lines
                .split(['\n', ';'])
                .filter(|line| !line.trim().is_empty())
                .map(pair)
                .collect::<Result<_>>()?,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) => BTreeMap::new(),
        };
        if exact.is_empty() {
            return Err(Error::spec("INVALID_CONFIG", "mode custom needs custom_pairs"));
        }
        let mut keyed = BTreeMap::new();
        for (alias, replacement) in &exact {
            let key = key(alias);
            if !key.is_empty() {
                keyed.entry(key).or_insert_with(|| replacement.clone());
            }
        }
        Ok(Self { exact, keyed })
    }

    /// What to write for a text, if it is an alias.
    pub(super) fn replacement(&self, text: &str) -> Option<&str> {
        let found = self.exact.get(text.trim());
        found.or_else(|| self.keyed.get(&key(text))).map(String::as_str)
    }
}

fn pair(line: &str) -> Result<(String, String)> {
    let parts = line.split_once("=>").or_else(|| line.split_once("->"));
    let Some((alias, replacement)) = parts.filter(|(alias, _)| !alias.trim().is_empty()) else {
        let shown: String = line.trim().chars().take(40).collect();
        let message = format!("custom_pairs: {shown:?} is no pair such as `st => Street`");
        return Err(Error::spec("INVALID_CONFIG", message));
    };
    Ok((alias.trim().to_owned(), replacement.trim().to_owned()))
}
