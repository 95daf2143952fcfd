use super::*;
use crate::catalog::{NodeSpec, ParamSpec, choice, columns, number, text};

/// A node with parameters of its own and a list and a map of objects.
fn spec(requirements: Vec<Requirement>) -> NodeSpec {
    let modes = || choice("mode", "plain", &["plain", "custom", "other"], "Mode.");
    let bound = |name| number(name, Value::Null, f64::MIN, f64::MAX, "Bound.");
    let options = ParamKind::Object(vec![ParamSpec::new(
        "value",
        ParamKind::Scalar,
        Value::Null,
        "Value.",
    )]);
    let blank = || Value::Object(Object::new());
    let item = vec![
        modes(),
        columns("inputs", "Inputs."),
        columns("more", "More."),
        ParamSpec::new("options", options, blank(), "Options."),
    ];
    let bounds = ParamKind::Object(vec![bound("low"), bound("high")]);
    let edges = ParamKind::Map(Box::new(ParamKind::Edges));
    NodeSpec {
        parameters: vec![
            modes(),
            text("pattern", "", "Pattern."),
            bound("low"),
            bound("high"),
            columns("columns", "Columns."),
            ParamSpec::new("edges", edges, blank(), "Edges."),
            ParamSpec::new(
                "items",
                ParamKind::List(Box::new(ParamKind::Object(item))),
                Value::List(Vec::new()),
                "Items.",
            ),
            ParamSpec::new("bounds", ParamKind::Map(Box::new(bounds)), blank(), "Bounds."),
        ],
        requirements,
        ..NodeSpec::default()
    }
}

fn object(fields: &[(&str, Value)]) -> Value {
    Value::Object(
        (fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone())))
        .collect(),
    )
}

fn told(requirement: Requirement, fields: &[(&str, Value)]) -> Vec<String> {
    let Value::Object(config) = object(fields) else {
        return Vec::new();
    };
    let mut violations = Vec::new();
    spec(vec![requirement]).check(&config, "config", &mut violations);
    violations.iter().map(ToString::to_string).collect()
}

const NONE: [&str; 0] = [];

#[test]
fn what_a_mode_needs_is_needed_in_that_mode_only() {
    let needed = || Requirement::given(&["pattern"]).when("mode", ["custom"]);
    let custom = ("mode", "custom".into());
    assert_eq!(
        told(needed(), std::slice::from_ref(&custom)),
        ["config.pattern: must be given if mode is \"custom\""]
    );
    assert_eq!(told(needed(), &[custom, ("pattern", " ".into())]), NONE);
    assert_eq!(told(needed(), &[]), NONE);
    assert_eq!(
        told(Requirement::given(&["pattern"]).unless("mode", ["other"]), &[]),
        ["config.pattern: must be given unless mode is \"other\""]
    );
}

#[test]
fn one_of_several_is_enough_and_values_of_lists_are_counted() {
    let either = || Requirement::given(&["low", "high"]);
    assert_eq!(told(either(), &[]), ["config.low: low or high must be given"]);
    assert_eq!(told(either(), &[("high", 0.into())]), NONE);
    let two = || Requirement::exactly(2, &["columns", "edges"]);
    assert_eq!(
        told(two(), &[("columns", vec!["a", "b", "c"].into())]),
        ["config.columns: columns and edges must hold 2 values together, not 3"]
    );
    assert_eq!(told(two(), &[("columns", vec!["a", "b"].into())]), NONE);
    let least = Requirement::at_least(2, &["columns"]);
    assert_eq!(
        told(least, &[("columns", vec!["a"].into())]),
        ["config.columns: must hold at least 2 values, not 1"]
    );
}

#[test]
fn a_kind_is_narrowed_where_a_condition_holds_and_told_once() {
    let narrow = || Requirement::one_of("mode", &["plain"]).when_blank("pattern");
    assert_eq!(
        told(narrow(), &[("mode", "custom".into())]),
        ["config.mode: must be one of plain, not \"custom\" if pattern is blank"]
    );
    let given = ("pattern", "x".into());
    assert_eq!(told(narrow(), &[("mode", "custom".into()), given]), NONE);
    assert_eq!(
        told(narrow(), &[("mode", "what".into())]),
        ["config.mode: must be one of plain, custom, other, not \"what\""]
    );
}

#[test]
fn numbers_are_in_order_and_add_up_to_less_than_a_limit() {
    let bounds = |low: i32, high: i32| [("low", low.into()), ("high", high.into())];
    let ordered = || Requirement::ordered("low", "high");
    assert_eq!(
        told(ordered(), &bounds(2, 1)),
        ["config.low: must not be above high, and 2 is above 1"]
    );
    assert_eq!(told(ordered(), &bounds(1, 1)), NONE);
    assert_eq!(told(ordered(), &[("low", 3.into())]), NONE);
    let below = || Requirement::sum_below(1.0, &["low", "high"]);
    assert_eq!(
        told(below(), &[("low", 0.5.into()), ("high", 0.5.into())]),
        ["config.low: low and high must add up to less than 1, not to 1"]
    );
    assert_eq!(told(below(), &[("low", 0.5.into())]), NONE);
}

#[test]
fn a_map_has_a_key_for_each_item_of_a_list() {
    let keys = Requirement::keys("edges", "columns");
    let edges = ("edges", object(&[("a", vec![1, 2].into())]));
    assert_eq!(
        told(keys, &[edges, ("columns", vec!["a", "b"].into())]),
        ["config.edges: must have a key for each of columns, and has none for \"b\""]
    );
}

#[test]
fn each_object_of_a_list_or_map_is_checked_where_it_stands() {
    let custom = ("mode", "custom".into());
    let value = || {
        Requirement::given(&["options.value"])
            .when("mode", ["custom"])
            .each("items")
    };
    let fits = object(&[custom.clone(), ("options", object(&[("value", 1.into())]))]);
    let items = vec![object(&[]), object(&[custom]), fits];
    assert_eq!(
        told(value(), &[("items", items.into())]),
        ["config.items[1].options.value: must be given if mode is \"custom\""]
    );
    let ordered = Requirement::ordered("low", "high").each("bounds");
    let wrong = object(&[("low", 2.into()), ("high", 1.into())]);
    assert_eq!(
        told(
            ordered,
            &[("bounds", object(&[("age", wrong), ("b", object(&[]))]))]
        ),
        ["config.bounds.age.low: must not be above high, and 2 is above 1"]
    );
}

#[test]
fn values_of_another_type_are_told_as_such_and_no_more() {
    let all = [
        Requirement::given(&["pattern"]),
        Requirement::ordered("low", "high"),
        Requirement::sum_below(1.0, &["low", "high"]),
        Requirement::keys("edges", "columns"),
        Requirement::given(&["inputs"]).each("items"),
        Requirement::ordered("low", "high").each("bounds"),
    ];
    for name in ["pattern", "low", "columns", "edges", "items", "bounds"] {
        for requirement in &all {
            let found = told(requirement.clone(), &[(name, true.into()), ("mode", 5.into())]);
            let of_name = found
                .iter()
                .filter(|line| line.starts_with(&format!("config.{name}")));
            assert_eq!(of_name.count(), 1, "{name} {requirement}: {found:?}");
        }
    }
}

#[test]
fn a_requirement_is_a_sentence() {
    for (requirement, sentence) in [
        (
            Requirement::given(&["low", "high"]).when("mode", ["custom", "other"]),
            "low or high must be given if mode is \"custom\" or \"other\"",
        ),
        (
            Requirement::at_least(2, &["inputs", "more"]).each("items"),
            "in each of items, inputs and more must hold at least 2 values together",
        ),
        (
            Requirement::kind("edges", ParamKind::Edges),
            "edges must be list of two or more ascending numbers",
        ),
    ] {
        assert_eq!(requirement.to_string(), sentence);
    }
}
