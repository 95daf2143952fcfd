//! Metrics as they were recorded and as they are now.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use ml::frame::Split;
use serde_json::json;

use crate::{
    output::{Output, note},
    show::{table, words},
};

/// Metrics as they were recorded and as they are now.
pub(super) struct Comparison<'a> {
    pub(super) split: Split,
    pub(super) recorded: &'a BTreeMap<String, f64>,
    pub(super) computed: &'a BTreeMap<String, f64>,
    pub(super) rows: usize,
}

impl Comparison<'_> {
    /// Whether they are the same to the last bit.
    fn equal(&self) -> bool {
        self.recorded.len() == self.computed.len() && self.differing().is_empty()
    }

    /// The names of those that are not.
    fn differing(&self) -> Vec<&str> {
        let bits =
            |metrics: &BTreeMap<String, f64>, name: &str| metrics.get(name).map(|value| value.to_bits());
        let names = self.recorded.keys().chain(
            self.computed
                .keys()
                .filter(|name| !self.recorded.contains_key(*name)),
        );
        names
            .filter(|name| bits(self.recorded, name) != bits(self.computed, name))
            .map(String::as_str)
            .collect()
    }

    pub(super) fn show(&self, output: &mut Output, stdout_is_taken: bool) -> Result<()> {
        if output.json {
            return output.json(&json!({
                "split": self.split.as_str(),
                "rows": self.rows,
                "metrics": self.computed,
                "recorded": self.recorded,
                "equal": self.equal(),
            }));
        }
        let shown = |value: Option<&f64>| value.map_or(words::NOTHING.to_owned(), f64::to_string);
        let rows = self.computed.iter().map(|(name, value)| {
            vec![
                name.clone(),
                words::number(*value),
                shown(Some(value)),
                shown(self.recorded.get(name)),
            ]
        });
        let text = table::numbers(&["metric", "about", "computed", "recorded"], rows, 1);
        if stdout_is_taken {
            note(&text);
            Ok(())
        } else {
            output.line(&text)
        }
    }

    /// # Errors
    ///
    /// Unless all are equal.
    pub(super) fn judge(&self) -> Result<()> {
        let split = self.split.as_str();
        if !self.equal() {
            bail!(
                "metrics of the {split} rows differ from those recorded: {}",
                self.differing().join(", ")
            );
        }
        note(&format!(
            "the metrics of {} equal those recorded exactly",
            words::counted(self.rows, &format!("{split} row"))
        ));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_equal_only_to_the_last_bit_and_by_name() {
        let recorded: BTreeMap<String, f64> = [("r2".to_owned(), 0.3), ("mae".to_owned(), 1.0)].into();
        let judged = |computed: &BTreeMap<String, f64>| {
            let comparison = Comparison {
                split: Split::Test,
                recorded: &recorded,
                computed,
                rows: 1,
            };
            comparison.judge().map_err(|error| error.to_string())
        };
        assert_eq!(judged(&recorded), Ok(()));
        let mut almost = recorded.clone();
        almost.insert("r2".into(), 0.1 + 0.2);
        almost.insert("mse".into(), 1.0);
        almost.remove("mae");
        assert!(judged(&almost).unwrap_err().ends_with("mae, r2, mse"));
    }
}
