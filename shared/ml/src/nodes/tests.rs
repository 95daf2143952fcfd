//! The contract of every node, whatever it does.

use domain::{
    catalog::{Learns, ParamKind, ParamSpec},
    value::{Object, Value},
};

use super::{
    testing::{context, frame},
    *,
};
use crate::{
    error::Result,
    frame::{Frame, Split, boolean_column, float_column, text_column, texts},
    node::{Context, FittedNode},
};

/// A config with what must be given and nothing else.
fn least_config(spec: &NodeSpec) -> Object {
    let required = spec.parameters.iter().filter(|parameter| parameter.required);
    required
        .map(|parameter| (parameter.name.clone(), sample(parameter)))
        .collect()
}

fn sample(parameter: &ParamSpec) -> Value {
    match &parameter.kind {
        ParamKind::Target => "target".into(),
        ParamKind::Columns => vec!["n"].into(),
        ParamKind::List(item) if matches!(**item, ParamKind::Object(_)) => {
            Value::List(vec![Value::Object(Object::new())])
        }
        other => panic!("{}: add a sample of {}", parameter.name, other.describe()),
    }
}

fn split(mut frame: Frame) -> Frame {
    let splits = (0..frame.height()).map(|i| if i % 4 == 3 { Split::Test } else { Split::Train });
    frame.assign(splits.collect()).unwrap();
    frame
}

fn fit(key: &str, frame: &Frame) -> Result<Box<dyn FittedNode>> {
    let (node, spec) = get(key).unwrap();
    node.fit(&least_config(&spec), &frame.training(), &context())
}

fn every_node() -> impl Iterator<Item = NodeSpec> {
    specs().into_iter()
}

/// What a frame holds, as text.
fn shown(frame: &Frame) -> Vec<(String, Vec<Option<String>>)> {
    let values =
        |column: &crate::frame::Column| texts(&column.data).iter().map(|v| v.map(String::from)).collect();
    frame
        .columns()
        .iter()
        .map(|column| (column.name.to_string(), values(column)))
        .collect()
}

#[test]
fn keys_are_sorted_and_every_name_finds_its_node() {
    let specs = specs();
    assert!(specs.is_sorted_by(|a, b| a.key < b.key));
    for spec in specs {
        for name in spec.aliases.iter().chain([&spec.key]) {
            assert_eq!(get(name).unwrap().1.key, spec.key);
        }
    }
    assert!(get("magic").is_none());
}

#[test]
fn every_node_runs_with_its_defaults() {
    for spec in every_node() {
        let fitted = fit(&spec.key, &split(frame())).unwrap_or_else(|error| panic!("{}: {error}", spec.key));
        fitted
            .apply(split(frame()), &context())
            .unwrap_or_else(|error| panic!("{}: {error}", spec.key));
    }
}

#[test]
fn an_unknown_parameter_is_refused_by_every_node() {
    for spec in every_node() {
        let mut config = least_config(&spec);
        config.insert("magic".into(), Value::Bool(true));
        let table = frame();
        let result = get(&spec.key)
            .unwrap()
            .0
            .fit(&config, &table.training(), &context());
        let code = result
            .err()
            .and_then(|error| error.failure().map(|failure| failure.code.clone()));
        assert_eq!(code.as_deref(), Some("INVALID_CONFIG"), "{}", spec.key);
    }
}

#[test]
fn poisoned_test_rows_change_nothing_that_is_learned() {
    let poison = |i: usize| i % 4 == 3;
    let clean = split(frame());
    let mut poisoned = clean.clone();
    let n = clean.height();
    poisoned
        .set(
            "a",
            text_column((0..n).map(|i| {
                let text = texts(&clean.column("a").unwrap().data).get(i).map(String::from);
                if poison(i) { Some("poison".into()) } else { text }
            })),
        )
        .unwrap();
    let numbers = crate::frame::numbers(&clean.column("n").unwrap().data).unwrap();
    poisoned
        .set(
            "n",
            float_column(
                (0..n)
                    .zip(numbers.iter())
                    .map(|(i, v)| if poison(i) { Some(1e9) } else { v }),
            ),
        )
        .unwrap();
    for spec in every_node() {
        let (before, after) = (
            fit(&spec.key, &clean).unwrap(),
            fit(&spec.key, &poisoned).unwrap(),
        );
        assert_eq!(before.state(), after.state(), "{}", spec.key);
    }
}

#[test]
fn a_node_that_is_said_not_to_learn_keeps_no_state() {
    for spec in every_node().filter(|spec| spec.learns == Learns::No) {
        let state = fit(&spec.key, &split(frame())).unwrap().state();
        assert_eq!(state, ciborium::Value::Null, "{}", spec.key);
    }
}

#[test]
fn a_loaded_node_does_what_the_saved_one_did() {
    for spec in every_node() {
        let table = split(frame());
        let fitted = fit(&spec.key, &table).unwrap();
        let mut bytes = Vec::new();
        ciborium::into_writer(&fitted.state(), &mut bytes).unwrap();
        let state: ciborium::Value = ciborium::from_reader(bytes.as_slice()).unwrap();
        let loaded = get(&spec.key)
            .unwrap()
            .0
            .load(&least_config(&spec), &state)
            .unwrap();
        let (a, b) = (
            fitted.apply(table.clone(), &context()),
            loaded.apply(table, &context()),
        );
        assert_eq!(shown(&a.unwrap()), shown(&b.unwrap()), "{}", spec.key);
    }
}

#[test]
fn a_state_of_something_else_is_refused() {
    for spec in every_node() {
        let state = ciborium::Value::Text("nonsense".into());
        let loaded = get(&spec.key).unwrap().0.load(&least_config(&spec), &state);
        assert!(loaded.is_err(), "{}", spec.key);
    }
}

#[test]
fn an_empty_table_is_no_panic() {
    let empty = frame().take(&Vec::<u32>::new().into()).unwrap();
    for spec in every_node() {
        if let Ok(fitted) = fit(&spec.key, &empty) {
            let _ = fitted.apply(empty.clone(), &context());
        }
    }
}

#[test]
fn unseen_categories_and_columns_without_values_are_taken() {
    let n = 5;
    let strange = Frame::new(vec![
        (
            "a".into(),
            text_column((0..n).map(|i| (i > 0).then_some("never seen"))),
        ),
        ("n".into(), float_column((0..n).map(|_| None))),
        ("b".into(), boolean_column((0..n).map(|_| None))),
    ])
    .unwrap();
    let ctx = Context {
        predicting: true,
        ..context()
    };
    for spec in every_node() {
        let fitted = fit(&spec.key, &split(frame())).unwrap();
        fitted
            .apply(strange.clone(), &ctx)
            .unwrap_or_else(|error| panic!("{}: {error}", spec.key));
    }
}

#[test]
fn the_target_is_left_alone_by_every_node() {
    for spec in every_node() {
        let out = fit(&spec.key, &split(frame()))
            .unwrap()
            .apply(split(frame()), &context())
            .unwrap();
        let target = out.column("target").expect("the target is still there");
        assert_eq!(target.kind(), crate::frame::ColumnKind::Text, "{}", spec.key);
        for (at, row) in out.rows().iter().enumerate() {
            let expected = if row % 2 == 0 { "no" } else { "yes" };
            assert_eq!(
                texts(&target.data).get(at).as_deref(),
                Some(expected),
                "{}",
                spec.key
            );
        }
    }
}

#[test]
fn numbers_too_large_to_compute_with_are_refused_by_their_column() {
    for (key, config) in [
        ("scale_numeric_features", r#"{"default_method": "standard"}"#),
        ("scale_numeric_features", r#"{"default_method": "robust"}"#),
        ("scale_numeric_features", r#"{"default_method": "minmax"}"#),
        ("imputation_methods", r#"{"strategies": [{"method": "mean"}]}"#),
    ] {
        let values = float_column([-1.7e308, -1.6e308, 1.7e308, 1.7e308, 1.6e308].map(Some));
        let table = Frame::new(vec![("x".into(), values)]).unwrap();
        assert_eq!(
            testing::fails(key, config, table),
            "NUMERIC_OVERFLOW",
            "{key} {config}"
        );
    }
}
