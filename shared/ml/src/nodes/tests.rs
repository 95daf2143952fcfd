//! The contract of every node, whatever it does.

mod edges;
mod rows;

use arrow::array::Array;
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
    frame::{Frame, Split, is_source_row, texts},
    node::{Context, FitApplied, FittedNode},
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

/// The table with no value missing.
fn complete(frame: &Frame) -> Frame {
    let mut complete = frame.clone();
    for column in frame
        .columns()
        .iter()
        .filter(|column| column.data.null_count() > 0)
    {
        let known = arrow::compute::is_not_null(&column.data).unwrap();
        let first = (0..known.len()).find(|at| known.value(*at)).unwrap() as u32;
        let places = (0..known.len()).map(|at| if known.value(at) { at as u32 } else { first });
        let places = arrow::array::UInt32Array::from_iter_values(places);
        let data = arrow::compute::take(&column.data, &places, None).unwrap();
        complete.set(&column.name, data).unwrap();
    }
    complete.sign("before");
    complete
}

#[test]
fn what_a_node_changes_does_not_depend_on_what_is_there_to_change() {
    for spec in every_node() {
        let table = split(frame());
        let fitted = fit(&spec.key, &table).unwrap();
        for ctx in [context(), predicting()] {
            let gaps = fitted.apply(table.clone(), &ctx).unwrap();
            let none = fitted.apply(complete(&table), &ctx).unwrap();
            assert_eq!(gaps.touched(), none.touched(), "{}", spec.key);
        }
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
