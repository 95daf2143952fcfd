//! What every node does to rows: which it may learn from, and that others do not matter.

use arrow::array::AsArray;
use domain::catalog::{NodeRole, RowEffect};

use super::*;
use crate::frame::{boolean_column, float_column, numbers, text_column};

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
