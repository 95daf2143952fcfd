//! The contract of every node, whatever it does, held in every case of `cases`.

mod cases;
mod edges;
mod onnx;
mod rows;
mod table;

use std::collections::BTreeSet;

use arrow::array::{Array, AsArray};
use domain::{
    catalog::{Learns, ParamKind, ParamSpec},
    value::{Object, Value},
};

use super::{testing, *};
use crate::{
    error::Result,
    frame::{ColumnKind, Frame, Split, is_source_row, texts},
    node::{Context, FitApplied, FittedNode},
};
use cases::{Case, every_case, is_from};
use table::{TARGET, with_numeric_target};

fn context() -> Context<'static> {
    Context {
        target: TARGET,
        ..testing::context()
    }
}

fn predicting() -> Context<'static> {
    Context {
        predicting: true,
        ..context()
    }
}

/// What a frame holds, as text.
fn shown(frame: &Frame) -> Vec<(String, ColumnKind, Vec<Option<String>>)> {
    let values =
        |column: &crate::frame::Column| texts(&column.data).iter().map(|v| v.map(String::from)).collect();
    frame
        .columns()
        .iter()
        .map(|column| (column.name.to_string(), column.kind(), values(column)))
        .collect()
}

/// That it went well, or failed with a code: no panic, and no failure without a name.
fn named<T>(case: &Case, result: Result<T>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            let failure = error.failure().unwrap_or_else(|| panic!("{case}: {error}"));
            assert!(!failure.code.is_empty(), "{case}");
            None
        }
    }
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

/// Cases in which nothing changes: the node, and where its config is from.
static IDLE: &[(&str, &str)] = &[
    // Numbers are numbers already.
    ("cast_column_types", "column_overrides.*=float*"),
    // The class with the most rows, or the fewest, is to have as many as it has.
    ("class_oversampling", "sampling_strategy=not minority"),
    ("class_undersampling", "sampling_strategy=not majority"),
    // It stands for the table.
    ("dataset", "least"),
    ("dataset", "example"),
    // Skipped with a warning: a column of this name is there.
    ("feature_math", "operations[].allow_overwrite=false"),
    ("feature_selection", "drop_unselected=false"),
    // Only named, not selected.
    ("feature_target_split", "least"),
    ("feature_target_split", "example"),
    // It prepares the table only where it is to encode texts.
    ("train_model", "least"),
    ("train_model", "example"),
    ("train_model", "problem_type=*"),
    ("train_model", "hyperparameters=*"),
    ("train_model", "auto_encode=false"),
    ("train_model", "cv_*"),
];

#[test]
fn every_node_changes_something_in_every_case_but_those_that_are_listed() {
    let listed = |case: &Case| {
        let is = |(key, from): &&(&str, &str)| *key == case.spec.key && is_from(&case.from, from);
        IDLE.iter().find(is)
    };
    let mut busy = BTreeSet::new();
    let mut idle: BTreeSet<&(&str, &str)> = BTreeSet::new();
    for case in every_case() {
        let (before, (_, after)) = (case.table(), case.trained());
        let same = before.rows() == after.rows() && before.splits() == after.splits();
        let is_idle = same && shown(&before) == shown(&after);
        assert_eq!(is_idle, listed(&case).is_some(), "{case}");
        idle.extend(listed(&case));
        if !is_idle {
            busy.insert(case.spec.key.clone());
        }
    }
    assert_eq!(idle.len(), IDLE.len(), "each line of the list is of some case");
    let never = specs()
        .into_iter()
        .map(|spec| spec.key)
        .filter(|key| !busy.contains(key));
    assert_eq!(never.collect::<Vec<_>>(), ["dataset"]);
}

#[test]
fn every_node_is_applied_as_it_was_fitted_in_every_case() {
    for case in every_case() {
        for ctx in [context(), predicting()] {
            let applied = case.fitted().apply(case.table(), &ctx);
            applied.unwrap_or_else(|error| panic!("{case}: {error}"));
        }
    }
}

#[test]
fn an_unknown_parameter_is_refused_by_every_node() {
    for mut case in every_case() {
        case.config.insert("magic".into(), Value::Bool(true));
        let error = case.fit(&case.table()).err();
        let code = error.and_then(|error| error.failure().map(|failure| failure.code.clone()));
        assert_eq!(code.as_deref(), Some("INVALID_CONFIG"), "{case}");
    }
}

#[test]
fn defaults_lie_within_their_bounds() {
    for case in every_case().filter(|case| case.from == "least") {
        let optional = case
            .spec
            .parameters
            .iter()
            .filter(|parameter| !parameter.required);
        let mut config = case.config.clone();
        config.extend(optional.map(|parameter| (parameter.name.clone(), parameter.default.clone())));
        let mut violations = Vec::new();
        domain::catalog::check(&case.spec.parameters, &config, "config", &mut violations);
        assert_eq!(violations, [], "{case}");
    }
}

#[test]
fn a_node_that_is_said_not_to_learn_keeps_no_state() {
    for case in every_case().filter(|case| case.spec.learns == Learns::No) {
        assert_eq!(case.fitted().state(), ciborium::Value::Null, "{case}");
    }
}

#[test]
fn a_loaded_node_does_what_the_saved_one_did_to_the_last_bit() {
    for case in every_case() {
        let table = case.table();
        let fitted = case.fitted();
        let bytes = saved(&*fitted);
        assert_eq!(bytes, saved(&*case.fitted()), "{case}");
        let state: ciborium::Value = ciborium::from_reader(bytes.as_slice()).unwrap();
        let loaded = case.load(&state).unwrap();
        assert_eq!(bytes, saved(&*loaded), "{case}");
        for ctx in [context(), predicting()] {
            let a = fitted.apply(table.clone(), &ctx).unwrap();
            let b = loaded.apply(table.clone(), &ctx).unwrap();
            assert_eq!((a.width(), a.rows()), (b.width(), b.rows()), "{case}");
            for (a, b) in a.columns().iter().zip(b.columns()) {
                assert_eq!((&a.name, &a.data), (&b.name, &b.data), "{case}");
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
    for case in every_case() {
        let (fitted, mut table) = (case.fitted(), case.table());
        table.sign("before");
        for ctx in [context(), predicting()] {
            let gaps = fitted.apply(table.clone(), &ctx).unwrap();
            let none = fitted.apply(complete(&table), &ctx).unwrap();
            assert_eq!(gaps.touched(), none.touched(), "{case}");
        }
    }
}

#[test]
fn a_state_of_something_else_is_refused() {
    for case in every_case() {
        let state = ciborium::Value::Text("nonsense".into());
        assert!(case.load(&state).is_err(), "{case}");
    }
}

/// Texts tempt the nodes that change texts, numbers the others.
#[test]
fn the_target_is_left_alone_be_it_text_or_a_number() {
    for case in every_case() {
        for table in [case.table(), with_numeric_target(case.table())] {
            let before = table.column(TARGET).unwrap().clone();
            // Where classes are named, those of numbers have other names.
            let Some((fitted, trained)) = named(&case, case.fit_apply(table.clone())) else {
                assert!(case.from.starts_with("sampling_strategy=map"), "{case}");
                continue;
            };
            for out in [trained, fitted.apply(table, &predicting()).unwrap()] {
                let after = out.column(TARGET).expect("the target is still there");
                assert_eq!(before.kind(), after.kind(), "{case}");
                let (before, after) = (texts(&before.data), texts(&after.data));
                for (at, row) in out
                    .rows()
                    .iter()
                    .enumerate()
                    .filter(|(_, row)| is_source_row(**row))
                {
                    assert_eq!(before.get(*row as usize), after.get(at), "{case}");
                }
            }
        }
    }
}
