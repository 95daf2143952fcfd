use super::*;

fn specs() -> Vec<ParamSpec> {
    vec![
        integer("n_estimators", 50, 1, 1000, "Trees."),
        integer("max_depth", Value::Null, 1, 100, "Depth."),
        number("alpha", 1.0, 0.0, f64::MAX, "Penalty.").above_min(),
        choice("penalty", "l2", &["l1", "l2"], "Norm."),
        target("target_column", "Target.").required(),
    ]
}

fn violations(given: &[(&str, Value)]) -> Vec<String> {
    let given = given.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
    let mut found = Vec::new();
    check(&specs(), &given, "config", &mut found);
    found.into_iter().map(|v| v.to_string()).collect()
}

#[test]
fn every_violation_is_told_at_once_with_its_path() {
    let found = violations(&[
        ("n_estimators", 0.into()),
        ("alpha", 0.0.into()),
        ("penalty", "l3".into()),
        ("nestimators", 5.into()),
    ]);
    assert_eq!(
        found,
        [
            "config.alpha: must be number in (0, ∞), not 0",
            "config.n_estimators: must be integer in [1, 1000], not 0",
            "config.nestimators: unknown parameter; did you mean \"n_estimators\"? accepted are n_estimators, max_depth, alpha, penalty, target_column",
            "config.penalty: must be one of l1, l2, not \"l3\"",
            "config.target_column: must be given",
        ]
    );
}

#[test]
fn null_stands_for_a_default_that_is_null_only() {
    let target = ("target_column", "y".into());
    assert!(violations(&[target.clone(), ("max_depth", Value::Null)]).is_empty());
    assert_eq!(violations(&[target, ("alpha", Value::Null)]).len(), 1);
}

#[test]
fn null_stands_for_the_word_none() {
    let depth = ParamKind::OneOf(vec![
        ParamKind::Integer { min: 1, max: 9 },
        ParamKind::Choice(vec!["none".into()]),
    ]);
    let specs = [ParamSpec::new("max_depth", depth, 5, "Depth.")];
    for (value, violations) in [(Value::Null, 0), ("none".into(), 0), (7.into(), 0), (0.into(), 1)] {
        let mut found = Vec::new();
        check(
            &specs,
            &Object::from([("max_depth".into(), value)]),
            "config",
            &mut found,
        );
        assert_eq!(found.len(), violations, "{found:?}");
    }
}

#[test]
fn a_fraction_is_not_an_integer() {
    assert_eq!(
        violations(&[("target_column", "y".into()), ("n_estimators", 1.5.into())]).len(),
        1
    );
}

#[test]
fn defaults_are_filled_in_where_nothing_was_given() {
    let all = resolve(&specs(), &Object::from([("alpha".into(), Value::Number(3.0))]));
    assert_eq!(all["alpha"], Value::Number(3.0));
    assert_eq!(all["n_estimators"], Value::Number(50.0));
}

#[test]
fn a_type_in_words_says_what_its_parts_are() {
    let fields = vec![
        choice("method", "mean", &["mean", "mode"], "How."),
        columns("columns", "Which."),
        integer("seed", 0, 0, i64::MAX, "Seed."),
    ];
    let number = ParamKind::Number {
        min: f64::MIN,
        max: 1.0,
        above_min: false,
        below_max: true,
    };
    let kind = ParamKind::OneOf(vec![ParamKind::List(Box::new(ParamKind::Object(fields))), number]);
    assert_eq!(
        kind.describe(),
        "list of object {method (one of mean, mode), columns (list of column names), seed (integer in [0, ∞))} or number in (-∞, 1)"
    );
}

/// What is wrong with a value of a kind, if anything is.
fn wrong(kind: &ParamKind, value: Value) -> Vec<String> {
    let mut found = Vec::new();
    kind.check("x", &value, &mut found);
    found.into_iter().map(|violation| violation.message).collect()
}

#[test]
fn texts_with_a_form_of_their_own_are_read() {
    let means = ParamKind::Multiple(vec!["mean".into(), "median".into()]);
    let numbers = |values: &[f64]| Value::List(values.iter().map(|value| Value::Number(*value)).collect());
    let good = [
        (ParamKind::Pattern, r"^(\d+)[a-z]$".into()),
        (ParamKind::Pairs, "".into()),
        (ParamKind::Pairs, "st => Street; rd -> Road\n\nave =>".into()),
        (means.clone(), "mean".into()),
        (means.clone(), "1.25 * median".into()),
        (ParamKind::Edges, numbers(&[-1.0, 0.0, 2.5])),
    ];
    for (kind, value) in good {
        assert!(wrong(&kind, value.clone()).is_empty(), "{kind:?} {value:?}");
    }
    let bad = [
        (ParamKind::Pattern, Value::from("(a"), "unclosed group"),
        (ParamKind::Pattern, "a(?=b)".into(), "look-around"),
        (ParamKind::Pairs, "st => Street; rd".into(), "\"rd\""),
        (ParamKind::Pairs, "=> Street".into(), "\"=> Street\""),
        (ParamKind::Pairs, " ; ".into(), "no pair"),
        (means.clone(), "mode".into(), "not \"mode\""),
        (means.clone(), "two*mean".into(), "not \"two*mean\""),
        (means, "inf*mean".into(), "not \"inf*mean\""),
        (ParamKind::Edges, numbers(&[1.0]), "not a list"),
        (ParamKind::Edges, numbers(&[1.0, 1.0]), "not a list"),
        (ParamKind::Edges, numbers(&[2.0, 1.0]), "not a list"),
        (
            ParamKind::Edges,
            Value::List(vec!["a".into(), "b".into()]),
            "not a list",
        ),
    ];
    for (kind, value, part) in bad {
        let found = wrong(&kind, value.clone());
        assert!(
            matches!(&found[..], [one] if one.contains(part)),
            "{kind:?} {value:?}: {found:?}"
        );
    }
}
