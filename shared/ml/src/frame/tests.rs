use std::sync::Arc;

use arrow::{
    array::{Array, BooleanArray, Date32Array, Float64Array},
    datatypes::DataType,
};

use super::*;

fn numbered(n: usize) -> Frame {
    let column = |scale: f64| float_column((0..n).map(|i| Some(i as f64 * scale)));
    Frame::new(vec![
        ("a".into(), column(1.0)),
        ("b".into(), column(10.0)),
        ("c".into(), column(100.0)),
    ])
    .unwrap()
}

fn changed(frame: &Frame, column: &str, by: &str) -> Frame {
    let mut frame = frame.clone();
    frame
        .set(
            column,
            float_column((0..frame.height()).map(|i| Some(-(i as f64)))),
        )
        .unwrap();
    frame.sign(by);
    frame
}

fn removed(frame: &Frame, column: &str, by: &str) -> Frame {
    let mut frame = frame.clone();
    frame.remove(column);
    frame.sign(by);
    frame
}

fn without(frame: &Frame, row: usize) -> Frame {
    let mut frame = frame.clone();
    let keep: BooleanArray = (0..frame.height()).map(|i| Some(i != row)).collect();
    frame.filter(&keep, "odd").unwrap();
    frame
}

fn first(frame: &Frame, column: &str) -> f64 {
    numbers(&frame.column(column).unwrap().data).unwrap().value(1)
}

fn names(frame: &Frame) -> Vec<&str> {
    frame.columns().iter().map(|column| &*column.name).collect()
}

#[test]
fn nan_and_empty_text_are_missing() {
    let frame = Frame::new(vec![
        (
            "f".into(),
            Arc::new(Float64Array::from(vec![1.0, f64::NAN])) as ArrayRef,
        ),
        ("t".into(), text_column([Some(""), Some("x")])),
    ])
    .unwrap();
    assert!(frame.columns()[0].data.is_null(1) && frame.columns()[1].data.is_null(0));
}

#[test]
fn what_no_frame_holds_is_refused() {
    let date: ArrayRef = Arc::new(Date32Array::from(vec![1]));
    assert_eq!(*date.data_type(), DataType::Date32);
    assert!(Frame::new(vec![("d".into(), date)]).is_err());
    let twice = vec![
        ("a".into(), float_column([None])),
        ("a".into(), float_column([None])),
    ];
    assert!(Frame::new(twice).is_err());
    let uneven = vec![
        ("a".into(), float_column([None])),
        ("b".into(), float_column([None, None])),
    ];
    assert!(Frame::new(uneven).is_err());
}

#[test]
fn rows_that_leave_are_remembered_with_the_reason() {
    let frame = without(&numbered(4), 2);
    assert_eq!(frame.rows(), [0, 1, 3]);
    assert_eq!(
        frame.dropped(),
        [DroppedRow {
            row: 2,
            reason: "odd".into()
        }]
    );
}

#[test]
fn only_training_rows_can_be_learned_from() {
    let mut frame = numbered(3);
    frame
        .assign(vec![Split::Train, Split::Test, Split::Train])
        .unwrap();
    let training = frame.training();
    assert_eq!(training.height(), 2);
    assert_eq!(
        numbers(&training.values("b").unwrap()).unwrap().values(),
        &[0.0, 20.0]
    );
}

#[test]
fn a_changed_column_wins_over_the_untouched_one_whatever_the_order() {
    let source = numbered(3);
    let (left, right) = (changed(&source, "a", "scale"), changed(&source, "b", "impute"));
    for merged in [merge(vec![left.clone(), right.clone()]), merge(vec![right, left])] {
        let merged = merged.unwrap();
        assert_eq!(
            (first(&merged, "a"), first(&merged, "b"), first(&merged, "c")),
            (-1.0, -1.0, 100.0)
        );
    }
}

#[test]
fn a_removed_column_stays_removed_and_a_new_one_joins() {
    let source = numbered(3);
    let mut left = removed(&source, "a", "encode");
    left.add("a_x", float_column([None, None, None])).unwrap();
    left.sign("encode");
    let merged = merge(vec![left, changed(&source, "b", "scale")]).unwrap();
    assert_eq!(names(&merged), ["b", "c", "a_x"]);
    let again = merge(vec![source.clone(), merged]).unwrap();
    assert_eq!(names(&again), ["b", "c", "a_x"]);
}

#[test]
fn a_change_that_continues_another_wins() {
    let one = changed(&numbered(3), "a", "first");
    let two = changed(&one, "a", "second");
    assert!(merge(vec![one, two]).is_ok());
}

#[test]
fn a_column_changed_in_two_branches_is_an_error_that_names_both() {
    let source = numbered(3);
    for other in [changed(&source, "a", "impute"), removed(&source, "a", "impute")] {
        let error = merge(vec![changed(&source, "a", "scale"), other]).unwrap_err();
        let failure = error.failure().unwrap();
        assert_eq!(failure.code, "BRANCH_CONFLICT");
        assert!(
            failure.message.contains("scale") && failure.message.contains("impute"),
            "{}",
            failure.message
        );
    }
}

#[test]
fn rows_dropped_in_any_branch_are_dropped() {
    let source = numbered(5);
    let merged = merge(vec![without(&source, 1), without(&source, 3)]).unwrap();
    assert_eq!(merged.rows(), [0, 2, 4]);
    assert_eq!(
        merged.dropped().iter().map(|gone| gone.row).collect::<Vec<_>>(),
        [1, 3]
    );
    assert_eq!(
        numbers(&merged.column("b").unwrap().data).unwrap().values(),
        &[0.0, 20.0, 40.0]
    );
}

#[test]
fn the_split_of_the_splitter_survives_a_branch_around_it() {
    let source = numbered(2);
    let mut split = source.clone();
    split.assign(vec![Split::Train, Split::Test]).unwrap();
    assert_eq!(
        merge(vec![source, split]).unwrap().splits().unwrap(),
        [Split::Train, Split::Test]
    );
}

fn appended(frame: &Frame, rows: usize, by: &str) -> Frame {
    let mut frame = frame.clone();
    let values: Vec<ArrayRef> = (0..frame.width())
        .map(|_| float_column((0..rows).map(|_| Some(0.5))))
        .collect();
    frame.append(&values, by).unwrap();
    frame
}

#[test]
fn added_rows_train_and_are_no_rows_of_the_source() {
    let mut frame = numbered(3);
    frame
        .assign(vec![Split::Train, Split::Test, Split::Train])
        .unwrap();
    let twice = appended(&appended(&frame, 2, "a"), 1, "b");
    assert_eq!((twice.height(), twice.training().height()), (6, 5));
    let of_source: Vec<bool> = twice.rows().iter().map(|row| is_source_row(*row)).collect();
    assert_eq!(of_source, [true, true, true, false, false, false]);
    assert!(twice.rows().is_sorted_by(|a, b| a < b));
    assert_eq!(twice.splits().unwrap()[3..], [Split::Train; 3]);
}

#[test]
fn added_rows_that_do_not_cover_the_columns_are_refused() {
    let mut frame = numbered(2);
    assert!(frame.append(&[float_column([None])], "a").is_err());
    let uneven = [float_column([None]), float_column([None]), float_column([])];
    assert!(frame.append(&uneven, "a").is_err());
    let other = [
        float_column([None]),
        float_column([None]),
        text_column([Some("x")]),
    ];
    assert!(frame.append(&other, "a").is_err());
}

#[test]
fn branches_after_rows_were_added_are_merged_and_one_around_them_is_refused() {
    let base = numbered(3);
    let more = appended(&base, 2, "smote");
    let merged = merge(vec![changed(&more, "a", "left"), changed(&more, "b", "right")]).unwrap();
    assert_eq!(
        (merged.height(), first(&merged, "a"), first(&merged, "b")),
        (5, -1.0, -1.0)
    );
    for (left, right) in [
        (&more, &base),
        (&base, &more),
        (&more, &appended(&base, 2, "other")),
    ] {
        let error = merge(vec![left.clone(), right.clone()]).unwrap_err();
        let failure = error.failure().unwrap();
        assert_eq!(failure.code, "BRANCH_CONFLICT");
        assert!(failure.message.contains("smote"), "{}", failure.message);
    }
}

#[test]
fn many_columns_are_added_as_one_by_one() {
    let column = |name: &str| (name.to_owned(), float_column([Some(1.0), Some(2.0)]));
    let mut one_by_one = removed(&numbered(2), "b", "n");
    let mut at_once = one_by_one.clone();
    for name in ["d", "b"] {
        one_by_one.add(name, column(name).1).unwrap();
    }
    at_once.add_all(["d", "b"].map(column)).unwrap();
    assert_eq!(names(&at_once), ["a", "c", "d", "b"]);
    assert_eq!(names(&at_once), names(&one_by_one));
    assert_eq!(at_once.touched(), one_by_one.touched());
    let code = |result: Result<()>| result.unwrap_err().failure().unwrap().code.clone();
    for taken in [["a", "e"], ["e", "e"]] {
        assert_eq!(code(at_once.clone().add_all(taken.map(column))), "COLUMN_EXISTS");
    }
    let short = ("e".to_owned(), float_column([Some(1.0)]));
    assert_eq!(code(at_once.add_all([short])), "COLUMN_LENGTH");
}
