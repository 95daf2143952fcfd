use super::*;
use crate::catalog::{choice, integer, number};

fn specs() -> Vec<ParamSpec> {
    let words = ["mean", "knn", "clip"];
    let method = |name| choice(name, "mean", &words, "Method.");
    let neighbours = || integer("neighbours", 5, 1, 9, "Neighbours.").used_if("method", ["knn"]);
    let options = ParamKind::Object(vec![neighbours()]);
    let strategy = vec![
        method("method"),
        ParamSpec::new("options", options, Value::Object(Object::new()), "Options."),
    ];
    let list = ParamKind::List(Box::new(ParamKind::Object(strategy)));
    let by_column = ParamKind::Map(Box::new(ParamKind::Choice(words.map(str::to_owned).into())));
    vec![
        method("method"),
        neighbours(),
        ParamSpec::new("strategies", list, Value::List(Vec::new()), "Strategies."),
        ParamSpec::new(
            "column_methods",
            by_column,
            Value::Object(Object::new()),
            "Methods.",
        ),
        number("bound", Value::Null, 0.0, 1.0, "Bound.")
            .used_if("method", ["clip"])
            .used_if("column_methods", ["clip"]),
    ]
}

fn object(fields: &[(&str, Value)]) -> Object {
    (fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone())))
    .collect()
}

fn told(fields: &[(&str, Value)]) -> Vec<String> {
    let found = unused(&specs(), &object(fields)).into_iter();
    found.map(|(path, reason)| format!("{path}: {reason}")).collect()
}

#[test]
fn what_another_mode_needs_has_no_effect() {
    let neighbours = ("neighbours", 3.into());
    assert_eq!(
        told(std::slice::from_ref(&neighbours)),
        ["neighbours: method is \"mean\""]
    );
    assert_eq!(told(&[neighbours, ("method", "knn".into())]), [""; 0]);
}

#[test]
fn blank_parameters_and_defaults_say_nothing() {
    assert_eq!(told(&[("neighbours", 5.into()), ("bound", Value::Null)]), [""; 0]);
}

#[test]
fn one_condition_of_several_is_enough() {
    let bound = ("bound", 0.5.into());
    assert_eq!(
        told(std::slice::from_ref(&bound)),
        ["bound: method is \"mean\" and column_methods is blank"]
    );
    let methods = |method: &str| ("column_methods", Value::Object(object(&[("a", method.into())])));
    assert_eq!(told(&[bound.clone(), methods("clip")]), [""; 0]);
    assert_eq!(
        told(&[bound, methods("knn")]),
        ["bound: method is \"mean\" and no column_methods is \"clip\""]
    );
}

#[test]
fn an_object_in_a_list_is_judged_by_what_is_around_it() {
    let options = || ("options", Value::Object(object(&[("neighbours", 3.into())])));
    let strategy = |method: &str| Value::Object(object(&[("method", method.into()), options()]));
    let strategies = vec![strategy("knn"), strategy("mean")];
    assert_eq!(
        told(&[("method", "knn".into()), ("strategies", strategies.into())]),
        ["strategies[1].options.neighbours: method is \"mean\""]
    );
}
