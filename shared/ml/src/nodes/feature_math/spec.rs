//! The spec of `feature_math`.

use domain::{
    catalog::{self, ColumnRule, Learns, NodeRole, NodeSpec, ParamKind, ParamSpec, Requirement},
    value::Value,
};

use crate::nodes::dates::{Part, day_first};

/// The words for methods, in the order of their type.
pub(super) const METHODS: [&str; 15] = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "ratio",
    "sum",
    "mean",
    "min",
    "max",
    "std",
    "median",
    "range",
    "count",
    "token_sort_ratio",
    "token_set_ratio",
];

pub(super) fn spec() -> NodeSpec {
    let operations = ParamSpec::new(
        "operations",
        ParamKind::List(Box::new(ParamKind::Object(operation()))),
        Value::List(Vec::new()),
        "What to calculate, one after the other; later ones may use what earlier ones made.",
    );
    NodeSpec {
        key: "feature_math".into(),
        aliases: vec![],
        title: "Feature math".into(),
        category: "numeric".into(),
        summary: "Calculates new features from the columns of each row.".into(),
        parameters: vec![
            operations.required(),
            catalog::choice(
                "error_handling",
                "skip",
                &["skip", "fail"],
                "Whether an operation whose columns do not suit it is skipped with a warning or fails the job.",
            ),
            epsilon(1e-9),
        ],
        requirements: requirements(),
        role: NodeRole::Transform,
        learns: Learns::No,
        columns: column_rules(),
        ..NodeSpec::default()
    }
}

/// Each operation has a method of its type, and columns enough for it.
fn requirements() -> Vec<Requirement> {
    let all = [
        Requirement::one_of("method", &METHODS[..4]).when("operation_type", ["arithmetic"]),
        Requirement::one_of("method", &["ratio"]).when("operation_type", ["ratio"]),
        Requirement::one_of("method", &METHODS[5..13]).when("operation_type", ["stat"]),
        Requirement::one_of("method", &["ratio", "token_sort_ratio", "token_set_ratio"])
            .when("operation_type", ["similarity"]),
        Requirement::given(&["input_columns"]).unless("operation_type", ["similarity"]),
        Requirement::at_least(2, &["input_columns", "secondary_columns", "constants"])
            .when("operation_type", ["arithmetic"]),
        Requirement::given(&["secondary_columns"]).when("operation_type", ["ratio"]),
        Requirement::exactly(2, &["input_columns", "secondary_columns"])
            .when("operation_type", ["similarity"]),
        Requirement::given(&["datetime_features"]).when("operation_type", ["datetime_extract"]),
    ];
    all.map(|requirement| requirement.each("operations")).into()
}

/// Whether a result that may replace a column does so is decided by the table.
fn column_rules() -> Vec<ColumnRule> {
    let adds = results(ColumnRule::adds).map(|rule| rule.when("allow_overwrite", [false]));
    let sets = results(ColumnRule::sets).map(|rule| rule.when("allow_overwrite", [true]));
    let rules = adds.into_iter().chain(sets);
    rules.map(|rule| rule.each("operations")).collect()
}

/// The names of results.
fn results(rule: impl Fn(&str) -> ColumnRule) -> [ColumnRule; 7] {
    let of_dates = |name: &str| rule(name).when("operation_type", ["datetime_extract"]);
    let joined = |method: &str, types: &[&str]| {
        rule(&format!("{method}{{_:input_columns}}{{_:secondary_columns}}"))
            .when("operation_type", types.iter().copied())
            .when_blank("output_column")
    };
    let others = ["arithmetic", "ratio", "stat", "similarity"];
    [
        rule("{output_column}")
            .when("operation_type", others)
            .unless_blank("output_column"),
        joined("{method}", &others).unless_blank("method"),
        joined("add", &["arithmetic"]).when_blank("method"),
        joined("ratio", &["ratio", "similarity"]).when_blank("method"),
        joined("sum", &["stat"]).when_blank("method"),
        of_dates("{output_column}_{datetime_features}").unless_blank("output_column"),
        of_dates("{input_columns}_{datetime_features}").when_blank("output_column"),
    ]
}

fn operation() -> Vec<ParamSpec> {
    let number = ParamKind::Number {
        min: f64::MIN,
        max: f64::MAX,
        above_min: false,
        below_max: false,
    };
    vec![
        catalog::choice(
            "operation_type",
            "arithmetic",
            &["arithmetic", "ratio", "stat", "similarity", "datetime_extract"],
            "What kind of calculation it is.",
        ),
        catalog::choice(
            "method",
            Value::Null,
            &METHODS,
            "Which one of its kind; the kind's first if null.",
        )
        .used_if("operation_type", ["arithmetic", "ratio", "stat", "similarity"]),
        catalog::columns("input_columns", "The columns to calculate with, in order."),
        catalog::columns(
            "secondary_columns",
            "The columns of a ratio's divisor; the other text of a similarity; otherwise they follow `input_columns`.",
        )
        .used_if("operation_type", ["arithmetic", "ratio", "stat", "similarity"]),
        ParamSpec::new(
            "constants",
            ParamKind::List(Box::new(number)),
            Value::List(Vec::new()),
            "Numbers that follow the columns in arithmetic.",
        )
        .used_if("operation_type", ["arithmetic"]),
        catalog::text("output_column", "", "The name of the new column.").of_output(),
        ParamSpec::new(
            "datetime_features",
            Part::list(),
            vec!["year", "month", "day"],
            "The parts of a date to extract.",
        )
        .used_if("operation_type", ["datetime_extract"]),
        day_first().used_if("operation_type", ["datetime_extract"]),
        catalog::number(
            "fillna",
            Value::Null,
            f64::MIN,
            f64::MAX,
            "What a missing number counts as; missing if null.",
        )
        .used_if("operation_type", ["arithmetic", "ratio", "stat"]),
        catalog::integer(
            "round_digits",
            Value::Null,
            0,
            15,
            "Digits after the point that results are rounded to.",
        )
        .used_if("operation_type", ["arithmetic", "ratio", "stat", "similarity"]),
        catalog::boolean(
            "normalize",
            true,
            "Tell a similarity in [0, 1]; if not, in [0, 100].",
        )
        .used_if("operation_type", ["similarity"]),
        epsilon(Value::Null).used_if("operation_type", ["arithmetic", "ratio"]),
        catalog::boolean(
            "allow_overwrite",
            false,
            "Let the result replace a column of the same name.",
        ),
    ]
}

fn epsilon(default: impl Into<Value>) -> ParamSpec {
    catalog::number(
        "epsilon",
        default,
        0.0,
        1.0,
        "A divisor nearer to 0 than this counts as this.",
    )
}
