//! The contract of every node, whatever it does.

use arrow::array::AsArray;
use domain::{
    catalog::{Learns, NodeRole, ParamKind, ParamSpec, RowEffect},
    value::{Object, Value},
};

use super::{
    testing::{context, frame},
    *,
};
use crate::{
    attempt::train,
    error::Result,
    frame::{Frame, Split, boolean_column, float_column, is_source_row, numbers, text_column, texts},
    node::{Context, FitApplied, FittedNode},
    testing::{chain, csv, spec as testing_spec},
};

/// A config with what must be given and nothing else.
fn least_config(spec: &NodeSpec) -> Object {
    let required = spec.parameters.iter().filter(|parameter| parameter.required);
    required
        .map(|parameter| (parameter.name.clone(), sample(parameter)))
        .collect()
}

fn sample(parameter: &ParamSpec) -> Value {
    sample_of(&parameter.name, &parameter.kind)
}

fn sample_of(name: &str, kind: &ParamKind) -> Value {
    match kind {
        ParamKind::Target => "target".into(),
        ParamKind::Columns => vec!["n"].into(),
        ParamKind::Choice(words) => words[0].as_str().into(),
        ParamKind::Text if name.contains("column") => "n".into(),
        ParamKind::Text => "new".into(),
        ParamKind::Scalar => 1.0.into(),
        ParamKind::Boolean => true.into(),
        ParamKind::Integer { min, .. } => (*min as f64).into(),
        ParamKind::OneOf(kinds) => sample_of(name, &kinds[0]),
        ParamKind::List(item) => Value::List(vec![sample_of(name, item)]),
        ParamKind::Object(fields) => {
            let required = fields.iter().filter(|field| field.required);
            Value::Object(
                required
                    .map(|field| (field.name.clone(), sample(field)))
                    .collect(),
            )
        }
        other => panic!("{name}: add a sample of {}", other.describe()),
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

fn fit_apply(key: &str, frame: Frame) -> Result<FitApplied> {
    let (node, spec) = get(key).unwrap();
    node.fit_apply(&least_config(&spec), frame, &context())
}

fn every_node() -> impl Iterator<Item = NodeSpec> {
    specs().into_iter()
}

fn predicting() -> Context<'static> {
    Context {
        predicting: true,
        ..context()
    }
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
fn defaults_lie_within_their_bounds() {
    for spec in every_node() {
        let optional = spec.parameters.iter().filter(|parameter| !parameter.required);
        let mut config = least_config(&spec);
        config.extend(optional.map(|parameter| (parameter.name.clone(), parameter.default.clone())));
        let mut violations = Vec::new();
        domain::catalog::check(&spec.parameters, &config, "config", &mut violations);
        assert_eq!(violations, [], "{}", spec.key);
    }
}

/// The table with other values in its test rows, in every column.
fn poisoned(clean: &Frame) -> Frame {
    let is_test: Vec<bool> = clean
        .splits()
        .unwrap()
        .iter()
        .map(|s| *s == Split::Test)
        .collect();
    let mut poisoned = clean.clone();
    for name in ["a", "target"] {
        let data = &clean.column(name).unwrap().data;
        let values = is_test.iter().zip(texts(data).iter());
        let values = values.map(|(test, text)| if *test { Some("poison".into()) } else { text });
        poisoned.set(name, text_column(values)).unwrap();
    }
    let data = &clean.column("n").unwrap().data;
    let values = numbers(data).unwrap();
    let values = is_test.iter().zip(values.iter());
    let values = values.map(|(test, value)| if *test { Some(1e9) } else { value });
    poisoned.set("n", float_column(values)).unwrap();
    let data = clean.column("b").unwrap().data.as_boolean().clone();
    let values = is_test.iter().zip(data.iter());
    let values = values.map(|(test, value)| if *test { None } else { value });
    poisoned.set("b", boolean_column(values)).unwrap();
    poisoned
}

#[test]
fn poisoned_test_rows_change_nothing_that_is_learned() {
    let clean = split(frame());
    let poisoned = poisoned(&clean);
    for spec in every_node() {
        let (before, after) = (
            fit(&spec.key, &clean).unwrap(),
            fit(&spec.key, &poisoned).unwrap(),
        );
        assert_eq!(before.state(), after.state(), "{}", spec.key);
    }
}

#[test]
fn poisoned_test_rows_change_no_training_row() {
    let clean = split(frame());
    let poisoned = poisoned(&clean);
    for spec in every_node().filter(|spec| spec.role != NodeRole::Splitter) {
        let training = |frame: &Frame| {
            let (_, out) = fit_apply(&spec.key, frame.clone()).unwrap();
            shown(&out.take(&out.training().places().into()).unwrap())
        };
        assert_eq!(training(&clean), training(&poisoned), "{}", spec.key);
    }
}

#[test]
fn rows_outside_of_training_come_out_as_they_are_applied() {
    for spec in every_node().filter(|spec| spec.role != NodeRole::Splitter) {
        let table = split(frame());
        let (fitted, out) = fit_apply(&spec.key, table.clone()).unwrap();
        let alone = fit(&spec.key, &table).unwrap();
        assert_eq!(fitted.state(), alone.state(), "{}", spec.key);
        let held_back = |frame: &Frame| {
            let splits = frame.splits().unwrap().iter().zip(0..);
            let places = splits.filter(|(split, _)| **split != Split::Train);
            let places: Vec<u32> = places.map(|(_, at)| at).collect();
            let held_back = frame.take(&places.into()).unwrap();
            (held_back.rows().to_vec(), shown(&held_back))
        };
        let applied = fitted.apply(table, &context()).unwrap();
        assert_eq!(held_back(&out), held_back(&applied), "{}", spec.key);
    }
}

#[test]
fn rows_stay_where_they_are_said_to_stay() {
    for spec in every_node().filter(|spec| spec.rows == RowEffect::Keep) {
        let (_, out) = fit_apply(&spec.key, split(frame())).unwrap();
        assert_eq!(out.rows(), frame().rows(), "{}", spec.key);
    }
}

#[test]
fn rows_come_out_the_same_in_any_order() {
    let order: Vec<u32> = (0..frame().height() as u32).rev().collect();
    for spec in every_node() {
        let fitted = fit(&spec.key, &split(frame())).unwrap();
        let straight = fitted.apply(frame(), &predicting()).unwrap();
        let reversed = frame().take(&order.clone().into()).unwrap();
        let reversed = fitted.apply(reversed, &predicting()).unwrap();
        let back: Vec<u32> = (0..reversed.height() as u32).rev().collect();
        let back = reversed.take(&back.into()).unwrap();
        assert_eq!(straight.rows(), back.rows(), "{}", spec.key);
        assert_eq!(shown(&straight), shown(&back), "{}", spec.key);
    }
}

#[test]
fn a_row_alone_comes_out_as_it_does_among_others() {
    for spec in every_node() {
        let fitted = fit(&spec.key, &split(frame())).unwrap();
        let all = fitted.apply(frame(), &predicting()).unwrap();
        for (place, &row) in (0..).zip(all.rows()) {
            let alone = frame().take(&vec![row as u32].into()).unwrap();
            let alone = fitted.apply(alone, &predicting()).unwrap();
            let among = all.take(&vec![place].into()).unwrap();
            assert_eq!(shown(&alone), shown(&among), "{} row {row}", spec.key);
        }
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
fn a_loaded_node_does_what_the_saved_one_did_to_the_last_bit() {
    for spec in every_node() {
        let table = split(frame());
        let fitted = fit(&spec.key, &table).unwrap();
        let bytes = saved(&*fitted);
        assert_eq!(bytes, saved(&*fit(&spec.key, &table).unwrap()), "{}", spec.key);
        let state: ciborium::Value = ciborium::from_reader(bytes.as_slice()).unwrap();
        let (node, _) = get(&spec.key).unwrap();
        let loaded = node.load(&least_config(&spec), &state).unwrap();
        assert_eq!(bytes, saved(&*loaded), "{}", spec.key);
        for ctx in [context(), predicting()] {
            let a = fitted.apply(table.clone(), &ctx).unwrap();
            let b = loaded.apply(table.clone(), &ctx).unwrap();
            assert_eq!(a.width(), b.width(), "{}", spec.key);
            for (a, b) in a.columns().iter().zip(b.columns()) {
                assert_eq!((&a.name, &a.data), (&b.name, &b.data), "{}", spec.key);
            }
        }
    }
}

fn saved(fitted: &dyn FittedNode) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(&fitted.state(), &mut bytes).unwrap();
    bytes
}

#[test]
fn a_state_of_something_else_is_refused() {
    for spec in every_node() {
        let state = ciborium::Value::Text("nonsense".into());
        let loaded = get(&spec.key).unwrap().0.load(&least_config(&spec), &state);
        assert!(loaded.is_err(), "{}", spec.key);
    }
}

/// That it went well, or failed with a code: no panic, and no failure without a name.
fn named<T>(key: &str, result: Result<T>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            let failure = error.failure().unwrap_or_else(|| panic!("{key}: {error}"));
            assert!(!failure.code.is_empty(), "{key}");
            None
        }
    }
}

#[test]
fn a_table_without_rows_is_no_panic() {
    let empty = frame().take(&Vec::<u32>::new().into()).unwrap();
    let mut untrained = frame();
    untrained.assign(vec![Split::Test; untrained.height()]).unwrap();
    for spec in every_node() {
        for table in [&empty, &untrained] {
            named(&spec.key, fit_apply(&spec.key, table.clone()));
        }
        let fitted = fit(&spec.key, &split(frame())).unwrap();
        let out = named(&spec.key, fitted.apply(empty.clone(), &predicting())).unwrap();
        assert_eq!(out.height(), 0, "{}", spec.key);
    }
}

#[test]
fn a_graph_without_rows_fails_by_name_at_every_node() {
    let header = "a,n,b,target\n";
    for spec in every_node().filter(|spec| spec.role == NodeRole::Transform) {
        let config = serde_json::to_string(&least_config(&spec)).unwrap();
        let graph = chain(&[
            ("load", "dataset", "{}"),
            ("node", &spec.key, &config),
            ("train", "train_model", r#"{"target_column": "target"}"#),
        ]);
        let spec = testing_spec(graph, "logistic_regression", "{}");
        let error = train(&spec, csv(header), "", 1, &crate::Silent).err().unwrap();
        assert!(error.failure().is_some_and(|failure| !failure.code.is_empty()));
    }
}

#[test]
fn columns_without_values_in_training_are_taken_or_refused_by_name() {
    let n = 8;
    let mut table = Frame::new(vec![
        ("a".into(), text_column((0..n).map(|_| None::<&str>))),
        ("n".into(), float_column((0..n).map(|_| None))),
        ("b".into(), boolean_column((0..n).map(|_| None))),
        (
            "target".into(),
            text_column((0..n).map(|i| Some(["no", "yes"][i % 2]))),
        ),
    ])
    .unwrap();
    table = split(table);
    for spec in every_node() {
        if let Some((fitted, _)) = named(&spec.key, fit_apply(&spec.key, table.clone())) {
            named(&spec.key, fitted.apply(frame(), &predicting()));
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
    for spec in every_node() {
        let fitted = fit(&spec.key, &split(frame())).unwrap();
        fitted
            .apply(strange.clone(), &predicting())
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
        for (at, row) in out
            .rows()
            .iter()
            .enumerate()
            .filter(|(_, row)| is_source_row(**row))
        {
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
