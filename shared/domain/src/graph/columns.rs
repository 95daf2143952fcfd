//! Which columns a node adds and drops, where its config alone decides it. What depends on the table, such as a
//! column for each category, is not known before the job runs and is not told.

use crate::{
    catalog::{NodeSpec, resolve},
    value::{Object, Value},
};

/// What becomes of columns at a node, as far as it is known without data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnChange {
    /// Columns it adds.
    pub adds: Vec<String>,
    /// Columns it removes.
    pub drops: Vec<String>,
    /// If not empty, the only features that stay.
    pub keeps_only: Vec<String>,
}

/// What a node with this config does to columns.
pub(super) fn change(spec: &NodeSpec, config: &Object) -> ColumnChange {
    let config = Config(resolve(&spec.parameters, config));
    let columns = config.texts("columns");
    let mut change = ColumnChange::default();
    match spec.key.as_str() {
        "drop_columns" => change.drops = columns,
        "select_columns" => change.keeps_only = columns,
        "feature_target_split" => change.keeps_only = config.texts("feature_columns"),
        "missing_value_indicator" => {
            let suffix = config.text("flag_suffix");
            change.adds = columns.iter().map(|column| format!("{column}{suffix}")).collect();
        }
        "date_features" => {
            let parts = config.texts("parts");
            let of = |column: &String| {
                parts
                    .iter()
                    .map(|part| format!("{column}_{part}"))
                    .collect::<Vec<_>>()
            };
            change.adds = columns.iter().flat_map(of).collect();
            change.drops = config.dropped(columns);
        }
        "binning_discretization" => {
            let one_hot = config.text("strategy") == "kbins" && config.text("kbins_encode") == "onehot";
            if !one_hot {
                let suffix = config.text("output_suffix");
                change.adds = columns.iter().map(|column| format!("{column}{suffix}")).collect();
            }
            change.drops = config.dropped(columns);
        }
        "hash_encoding" if !config.is("drop_original") => {
            change.adds = columns.iter().map(|column| format!("{column}_encoded")).collect();
        }
        "feature_math" => change.adds = config.outputs("operations"),
        "train_model" => change.drops.extend(config.named("sample_weight_column")),
        _ => {}
    }
    change
}

/// A config with its defaults.
struct Config(Object);

impl Config {
    fn is(&self, name: &str) -> bool {
        self.0.get(name) == Some(&Value::Bool(true))
    }

    fn named(&self, name: &str) -> Option<String> {
        let text = self.0.get(name).and_then(Value::as_str);
        text.filter(|text| !text.trim().is_empty()).map(str::to_owned)
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The texts of a list, each once.
    fn texts(&self, name: &str) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for text in self.items(name).iter().filter_map(Value::as_str) {
            if !all.iter().any(|known| known == text) {
                all.push(text.to_owned());
            }
        }
        all
    }

    /// The columns, if the node removes what it made others of.
    fn dropped(&self, columns: Vec<String>) -> Vec<String> {
        if self.is("drop_original") {
            columns
        } else {
            Vec::new()
        }
    }

    /// The columns that the operations of a list name for what they make.
    fn outputs(&self, name: &str) -> Vec<String> {
        let operations = self.items(name).iter().filter_map(|item| match item {
            Value::Object(fields) => fields.get("output_column").and_then(Value::as_str),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_) => None,
        });
        operations
            .filter(|output| !output.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn items(&self, name: &str) -> &[Value] {
        match self.0.get(name) {
            Some(Value::List(items)) => items,
            Some(_) | None => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Learns, NodeRole, ParamSpec, RowEffect, boolean, columns, text};

    fn told(key: &str, parameters: Vec<ParamSpec>, config: &[(&str, Value)]) -> String {
        let spec = NodeSpec {
            key: key.into(),
            aliases: Vec::new(),
            title: key.into(),
            category: "test".into(),
            summary: key.into(),
            parameters,
            role: NodeRole::Transform,
            learns: Learns::No,
            rows: RowEffect::Keep,
        };
        let config = config
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        let ColumnChange {
            adds,
            drops,
            keeps_only,
        } = change(&spec, &config.collect());
        format!(
            "+{} -{} ={}",
            adds.join(","),
            drops.join(","),
            keeps_only.join(",")
        )
    }

    #[test]
    fn what_a_config_names_is_told_and_nothing_else() {
        let list = || vec![columns("columns", "")];
        let ab = ("columns", Value::from(vec!["a", "b", "a"]));
        assert_eq!(
            told("drop_columns", list(), std::slice::from_ref(&ab)),
            "+ -a,b ="
        );
        assert_eq!(
            told("select_columns", list(), std::slice::from_ref(&ab)),
            "+ - =a,b"
        );
        assert_eq!(
            told("one_hot_encoding", list(), std::slice::from_ref(&ab)),
            "+ - ="
        );
        let flags = || vec![columns("columns", ""), text("flag_suffix", "_was_missing", "")];
        let flagged = told("missing_value_indicator", flags(), std::slice::from_ref(&ab));
        assert_eq!(flagged, "+a_was_missing,b_was_missing - =");
        assert_eq!(told("missing_value_indicator", flags(), &[]), "+ - =");
        let parts = vec![
            columns("columns", ""),
            ParamSpec::new(
                "parts",
                crate::catalog::ParamKind::Columns,
                vec!["year", "day"],
                "",
            ),
            boolean("drop_original", true, ""),
        ];
        let dates = told("date_features", parts, &[("columns", vec!["t"].into())]);
        assert_eq!(dates, "+t_year,t_day -t =");
        let operation = Object::from([("output_column".to_owned(), "c".into())]);
        let operations = ParamSpec::new("operations", crate::catalog::ParamKind::Any, Value::Null, "");
        let math = [(
            "operations",
            Value::from(vec![Value::Object(operation), 5.into()]),
        )];
        assert_eq!(told("feature_math", vec![operations], &math), "+c - =");
    }
}
