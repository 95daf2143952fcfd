//! The configs of the contract: what must be given and nothing else, the example of docs/NODES.md, and one for each
//! word of each choice, taken from the specs, so that a new node or word is covered without touching a test.

use super::{
    table::{TARGET, numbers_only, table, with_numeric_target},
    *,
};

/// A node with a config.
pub(super) struct Case {
    pub(super) spec: NodeSpec,
    pub(super) config: Object,
    /// Where the config is from: `least`, `example`, or the word, such as `strategy=kbins`.
    pub(super) from: String,
}

/// What a choice cannot do without, or does nothing without: the node, where the config is from (a star stands for any
/// end), and the rest of the config, of which the fields of objects in lists are laid over those that are there.
#[rustfmt::skip]
static NEEDS: &[(&str, &str, &str)] = &[
    ("binning_discretization", "strategy=custom", r#"{"custom_bins": {"age": [0, 30, 60, 90]}}"#),
    ("binning_discretization", "kbins_*", r#"{"strategy": "kbins"}"#),
    ("cast_column_types", "coerce_on_error=*", r#"{"columns": ["price"]}"#),
    ("cast_column_types", "target_dtype=bool", r#"{"columns": ["newsletter"]}"#),
    ("cast_column_types", "target_dtype=date*", r#"{"columns": ["signed_up"]}"#),
    ("cast_column_types", "day_first=*", r#"{"columns": ["signed_up"], "target_dtype": "date"}"#),
    ("class_oversampling", "method=kmeans_smote", r#"{"n_clusters": 2, "k_neighbors": 2, "cluster_balance_threshold": 0.1}"#),
    ("class_oversampling", "sampling_strategy=map*", r#"{"sampling_strategy": {"yes": 20}}"#),
    ("class_undersampling", "sampling_strategy=map*", r#"{"sampling_strategy": {"no": 8}}"#),
    ("date_features", "day_first=true", r#"{"columns": ["signed_up"]}"#),
    ("feature_math", "least", r#"{"operations": [{"input_columns": ["rooms", "baths"]}]}"#),
    ("feature_math", "operations[].operation_type=arithmetic", r#"{"operations": [{"input_columns": ["rooms", "baths"]}]}"#),
    ("feature_math", "operations[].operation_type=ratio", r#"{"operations": [{"input_columns": ["rooms"], "secondary_columns": ["baths"]}]}"#),
    ("feature_math", "operations[].operation_type=stat", r#"{"operations": [{"input_columns": ["rooms", "age"]}]}"#),
    ("feature_math", "operations[].operation_type=similarity", r#"{"operations": [{"input_columns": ["city"], "secondary_columns": ["country"]}]}"#),
    ("feature_math", "operations[].operation_type=datetime_extract", r#"{"operations": [{"input_columns": ["signed_up"]}]}"#),
    ("feature_math", "operations[].method=*", r#"{"operations": [{"input_columns": ["rooms", "age"]}]}"#),
    ("feature_math", "operations[].method=ratio", r#"{"operations": [{"operation_type": "ratio", "secondary_columns": ["baths"]}]}"#),
    ("feature_math", "operations[].method=sum", r#"{"operations": [{"operation_type": "stat"}]}"#),
    ("feature_math", "operations[].method=m*", r#"{"operations": [{"operation_type": "stat"}]}"#),
    ("feature_math", "operations[].method=multiply", r#"{"operations": [{"operation_type": "arithmetic"}]}"#),
    ("feature_math", "operations[].method=std", r#"{"operations": [{"operation_type": "stat"}]}"#),
    ("feature_math", "operations[].method=range", r#"{"operations": [{"operation_type": "stat"}]}"#),
    ("feature_math", "operations[].method=count", r#"{"operations": [{"operation_type": "stat"}]}"#),
    ("feature_math", "operations[].method=token*", r#"{"operations": [{"operation_type": "similarity", "input_columns": ["city", "country"]}]}"#),
    ("feature_math", "operations[].datetime_features*", r#"{"operations": [{"operation_type": "datetime_extract", "input_columns": ["signed_up"]}]}"#),
    ("feature_math", "operations[].day_first=*", r#"{"operations": [{"operation_type": "datetime_extract", "input_columns": ["signed_up"]}]}"#),
    ("feature_math", "operations[].normalize=*", r#"{"operations": [{"operation_type": "similarity", "input_columns": ["city", "country"]}]}"#),
    ("feature_math", "operations[].allow_overwrite=*", r#"{"operations": [{"input_columns": ["rooms", "baths"], "output_column": "fax"}]}"#),
    ("feature_math", "error_handling=*", r#"{"operations": [{"input_columns": ["rooms", "baths"]}]}"#),
    ("feature_selection", "score_func=*", r#"{"k": 2}"#),
    ("feature_selection", "score_func=chi2", r#"{"columns": ["length", "width", "rooms", "baths"]}"#),
    ("feature_selection", "mode=*", r#"{"method": "generic_univariate_select", "k": 2}"#),
    ("feature_selection", "estimator=*", r#"{"method": "select_from_model"}"#),
    ("feature_selection", "threshold=number*", r#"{"method": "variance_threshold", "threshold": 0.5}"#),
    ("feature_selection", "threshold=mean*", r#"{"method": "select_from_model", "threshold": "1.25*mean"}"#),
    ("imputation_methods", "strategies[].method=constant", r#"{"strategies": [{"options": {"value": 1}}]}"#),
    ("ordinal_encoding", "handle_unknown=error", r#"{"columns": ["grade"]}"#),
    ("outlier_removal", "default_method=elliptic_envelope", r#"{"columns": ["length", "width", "rooms"]}"#),
    ("outlier_removal", "default_method=manual", r#"{"column_parameters": {"age": {"lower": 0, "upper": 100}}}"#),
    ("regex_replace_fix", "mode=custom", r#"{"pattern": "[0-9]+", "replacement": "9"}"#),
    ("replace_aliases_typos", "mode=custom", r#"{"custom_pairs": {"BERN": "Bern"}}"#),
    ("replace_aliases_typos", "custom_pairs=map*", r#"{"mode": "custom", "custom_pairs": {"BERN": "Bern"}}"#),
    ("replace_aliases_typos", "custom_pairs=lines*", r#"{"mode": "custom", "custom_pairs": "BERN => Bern"}"#),
    ("replace_invalid_values", "mode=custom_range", r#"{"min_value": 0}"#),
    ("skewness_transform", "transformations[].method=*", r#"{"transformations": [{"column": "width"}]}"#),
];

/// More configs, of nodes that have nothing to choose and a blank list for a default.
static MORE: &[(&str, &str)] = &[(
    "feature_target_split",
    r#"{"target_column": "churned", "feature_columns": ["age", "city"]}"#,
)];

/// Every node with every config.
pub(super) fn every_case() -> impl Iterator<Item = Case> {
    specs().into_iter().flat_map(|spec| {
        let least = (String::from("least"), least_config(&spec));
        let example = (String::from("example"), example(&spec.key));
        let mut configs = vec![least, example];
        for parameter in &spec.parameters {
            for (words, value) in variants(parameter) {
                let mut config = least_config(&spec);
                config.insert(parameter.name.clone(), value);
                configs.push((words, config));
            }
        }
        for (_, config) in MORE.iter().filter(|(key, _)| *key == spec.key) {
            configs.push(("more".into(), serde_json::from_str(config).unwrap()));
        }
        configs.into_iter().map(move |(from, mut config)| {
            for (key, words, needs) in NEEDS {
                if *key == spec.key && is_from(&from, words) {
                    lay_over(&mut config, serde_json::from_str(needs).unwrap());
                }
            }
            Case {
                spec: spec.clone(),
                config,
                from,
            }
        })
    })
}

/// A config with what must be given and nothing else.
fn least_config(spec: &NodeSpec) -> Object {
    least_object(&spec.parameters)
}

fn least_object(parameters: &[ParamSpec]) -> Object {
    let required = parameters.iter().filter(|parameter| parameter.required);
    required
        .map(|parameter| (parameter.name.clone(), sample(&parameter.name, &parameter.kind)))
        .collect()
}

/// The config that docs/NODES.md shows, which is generated and so is the one that users read.
fn example(key: &str) -> Object {
    let shown = format!(r#"{{"id": "n1", "type": "{key}", "config": "#);
    let line = include_str!("../../../../../docs/NODES.md")
        .lines()
        .find_map(|line| line.strip_prefix(&shown));
    let line = line.unwrap_or_else(|| panic!("docs/NODES.md has no example of {key}: generate it"));
    serde_json::from_str(line.strip_suffix('}').unwrap()).unwrap()
}

fn sample(name: &str, kind: &ParamKind) -> Value {
    match kind {
        ParamKind::Target => TARGET.into(),
        ParamKind::Columns => vec!["age"].into(),
        ParamKind::Choice(words) => words[0].as_str().into(),
        ParamKind::Text if name.contains("column") => "age".into(),
        ParamKind::Text | ParamKind::Pattern => "new".into(),
        ParamKind::Pairs => "new => old".into(),
        ParamKind::Multiple(words) => words[0].as_str().into(),
        ParamKind::Edges => vec![0, 50, 100].into(),
        ParamKind::Scalar => 1.0.into(),
        ParamKind::Boolean => true.into(),
        ParamKind::Integer { min, .. } => (*min as f64).into(),
        ParamKind::Number { min, max, .. } => (min.max(0.0) / 2.0 + max.min(2.0) / 2.0).into(),
        ParamKind::OneOf(kinds) => sample(name, &kinds[0]),
        ParamKind::List(item) => Value::List(vec![sample(name, item)]),
        ParamKind::Object(fields) => Value::Object(least_object(fields)),
        ParamKind::Map(item) => Value::Object(Object::from([("age".into(), sample(name, item))])),
        ParamKind::Any => Value::Null,
    }
}

/// A value for each word of each choice in a parameter, and for each type of those that may be of several.
fn variants(parameter: &ParamSpec) -> Vec<(String, Value)> {
    let found = variants_of(&parameter.name, &parameter.kind);
    found
        .into_iter()
        .map(|(words, value)| (format!("{}{words}", parameter.name), value))
        .collect()
}

fn variants_of(name: &str, kind: &ParamKind) -> Vec<(String, Value)> {
    let each = |kind: &ParamKind, sign: &str, wrap: &dyn Fn(Value) -> Value| {
        let found = variants_of(name, kind).into_iter();
        found
            .map(|(words, value)| (format!("{sign}{words}"), wrap(value)))
            .collect()
    };
    match kind {
        ParamKind::Choice(words) => words
            .iter()
            .map(|word| (format!("={word}"), word.as_str().into()))
            .collect(),
        ParamKind::Boolean => [true, false]
            .map(|truth| (format!("={truth}"), truth.into()))
            .into(),
        ParamKind::OneOf(kinds) => kinds
            .iter()
            .flat_map(|kind| {
                let found = variants_of(name, kind);
                if found.is_empty() {
                    vec![(format!("={}", kind.describe()), sample(name, kind))]
                } else {
                    found
                }
            })
            .collect(),
        ParamKind::List(item) => each(item, "[]", &|value| Value::List(vec![value])),
        ParamKind::Map(item) => each(item, ".*", &|value| {
            Value::Object(Object::from([("age".into(), value)]))
        }),
        ParamKind::Object(fields) => {
            let variants = fields.iter().flat_map(|field| {
                variants(field).into_iter().map(|(words, value)| {
                    let mut object = least_object(fields);
                    object.insert(field.name.clone(), value);
                    (format!(".{words}"), Value::Object(object))
                })
            });
            variants.collect()
        }
        ParamKind::Target
        | ParamKind::Columns
        | ParamKind::Text
        | ParamKind::Pattern
        | ParamKind::Pairs
        | ParamKind::Multiple(_)
        | ParamKind::Edges
        | ParamKind::Scalar
        | ParamKind::Any
        | ParamKind::Integer { .. }
        | ParamKind::Number { .. } => Vec::new(),
    }
}

/// Whether a config is from there; a star stands for any end.
pub(super) fn is_from(from: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => from.starts_with(start),
        None => from == pattern,
    }
}

fn lay_over(config: &mut Object, needs: Object) {
    for (name, needed) in needs {
        match (config.get_mut(&name), needed) {
            (Some(Value::List(there)), Value::List(needed)) => {
                for (there, needed) in there.iter_mut().zip(needed) {
                    match (there, needed) {
                        (Value::Object(there), Value::Object(needed)) => lay_over(there, needed),
                        (there, needed) => *there = needed,
                    }
                }
            }
            (_, needed) => drop(config.insert(name, needed)),
        }
    }
}

impl Case {
    /// The table it runs on.
    pub(super) fn table(&self) -> Frame {
        let measures = self.spec.key == "class_oversampling"
            && !matches!(
                self.config.get("method").and_then(Value::as_str),
                None | Some("random")
            );
        let table = if measures { numbers_only() } else { table() };
        if self.of_numbers() {
            with_numeric_target(table)
        } else {
            table
        }
    }

    /// Whether it takes the target for a number.
    fn of_numbers(&self) -> bool {
        ["score_func", "estimator", "target_type"].iter().any(|name| {
            let word = self.config.get(*name).and_then(Value::as_str).unwrap_or_default();
            ["regression", "continuous"]
                .iter()
                .any(|sign| word.contains(sign))
                && word != "logistic_regression"
        })
    }

    fn node(&self) -> &'static dyn ErasedNode {
        get(&self.spec.key).unwrap().0
    }

    pub(super) fn fit(&self, frame: &Frame) -> Result<Box<dyn FittedNode>> {
        self.node().fit(&self.config, &frame.training(), &context())
    }

    pub(super) fn fit_apply(&self, frame: Frame) -> Result<FitApplied> {
        self.node().fit_apply(&self.config, frame, &context())
    }

    pub(super) fn load(&self, state: &ciborium::Value) -> Result<Box<dyn FittedNode>> {
        self.node().load(&self.config, state)
    }

    /// Whether it asks for an error where others make do.
    pub(super) fn asks_for_errors(&self) -> bool {
        [
            "handle_unknown=error",
            "coerce_on_error=false",
            "error_handling=fail",
        ]
        .contains(&self.from.as_str())
    }

    /// Fitted on its table.
    pub(super) fn fitted(&self) -> Box<dyn FittedNode> {
        self.fit(&self.table())
            .unwrap_or_else(|error| panic!("{self}: {error}"))
    }

    /// Its table as it leaves the node in training.
    pub(super) fn trained(&self) -> FitApplied {
        self.fit_apply(self.table())
            .unwrap_or_else(|error| panic!("{self}: {error}"))
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let config = Value::Object(self.config.clone());
        write!(f, "{} ({}) {config}", self.spec.key, self.from)
    }
}
