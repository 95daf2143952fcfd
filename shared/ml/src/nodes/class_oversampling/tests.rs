use sha2::{Digest, Sha256};

use super::*;
use crate::{
    frame::{Split, is_source_row, text_column, texts},
    nodes::testing::{self, context, fails, train},
    random,
    testing::CLOUDS,
};

const KEY: &str = "class_oversampling";
const SYNTHETIC: [&str; 6] = [
    "smote",
    "adasyn",
    "borderline_smote",
    "smote_tomek",
    "kmeans_smote",
    "svm_smote",
];

fn class(row: usize) -> &'static str {
    if row < 14 { "a" } else { "b" }
}

fn clouds() -> Frame {
    let column = |at: usize| float_column(CLOUDS.iter().map(|point| Some(point[at])));
    Frame::new(vec![
        ("x".into(), column(0)),
        ("target".into(), text_column((0..22).map(|row| Some(class(row))))),
        ("y".into(), column(1)),
    ])
    .unwrap()
}

/// The clouds among other rows: after each of them comes one for test or validation, with a value never seen.
fn split_clouds() -> Frame {
    let each: Vec<u32> = (0..22).flat_map(|row| [row, row]).collect();
    let twice = clouds().take(&each.into()).unwrap();
    let held_back = |row: usize| row % 2 == 1;
    let numbers = numbers(&twice.column("x").unwrap().data).unwrap();
    let x = numbers.iter().enumerate();
    let x = float_column(x.map(|(row, x)| if held_back(row) { None } else { x }));
    let column = |name: &str| twice.column(name).unwrap().data.clone();
    let mut frame = Frame::new(vec![
        ("x".into(), x),
        ("target".into(), column("target")),
        ("y".into(), column("y")),
    ])
    .unwrap();
    let split = |row: usize| match row % 6 {
        1 | 3 => Split::Test,
        5 => Split::Validation,
        _ => Split::Train,
    };
    frame.assign((0..44).map(split).collect()).unwrap();
    frame
}

fn config(method: &str) -> String {
    seeded(method, 42)
}

fn seeded(method: &str, seed: u32) -> String {
    format!(
        r#"{{"method": {method:?}, "k_neighbors": 3, "m_neighbors": 5, "n_clusters": 2,
            "cluster_balance_threshold": 0.2, "random_state": {seed}}}"#
    )
}

/// How many training rows of classes a and b there are.
fn counts(frame: &Frame) -> [usize; 2] {
    let target = frame.training().values("target").unwrap();
    let count = |class: &str| {
        texts(&target)
            .iter()
            .filter(|text| text.as_deref() == Some(class))
            .count()
    };
    ["a", "b"].map(count)
}

/// How many rows are held back, and the hash of their numbers, splits and values.
fn held_back(frame: &Frame) -> (usize, [u8; 32]) {
    let splits = frame.splits().unwrap();
    let places: Vec<u32> = (0_u32..)
        .zip(splits)
        .filter(|(_, split)| **split != Split::Train)
        .map(|(place, _)| place)
        .collect();
    let rows = frame.take(&places.into()).unwrap();
    let mut hash = Sha256::new();
    hash.update(format!("{:?} {:?}", rows.rows(), rows.splits()));
    for column in rows.columns() {
        hash.update(format!(
            "{} {:?}",
            column.name,
            texts(&column.data).iter().collect::<Vec<_>>()
        ));
    }
    (rows.height(), hash.finalize().into())
}

#[test]
fn validation_and_test_rows_are_left_untouched() {
    let before = held_back(&split_clouds());
    assert_eq!(before.0, 22);
    for method in SYNTHETIC.iter().chain(&["random"]) {
        let out = train(KEY, &config(method), split_clouds()).unwrap();
        assert_eq!(held_back(&out), before, "{method}");
        assert_ne!(counts(&out), [14, 8], "{method}");
    }
}

#[test]
fn classes_are_brought_to_the_size_of_the_largest() {
    for method in ["random", "smote", "borderline_smote", "kmeans_smote", "svm_smote"] {
        let out = train(KEY, &config(method), clouds()).unwrap();
        assert_eq!(counts(&out), [14, 14], "{method}");
        let added = out.rows().iter().filter(|row| !is_source_row(**row)).count();
        assert_eq!((out.height(), added), (28, 6), "{method}");
    }
}

#[test]
fn copies_are_rows_of_the_class() {
    let out = train(KEY, &config("random"), clouds()).unwrap();
    let (x, y) = (values(&out, "x"), values(&out, "y"));
    for at in 22..28 {
        assert!(CLOUDS[14..].contains(&[x[at], y[at]]));
    }
}

fn values(frame: &Frame, name: &str) -> Vec<f64> {
    numbers(&frame.column(name).unwrap().data)
        .unwrap()
        .values()
        .to_vec()
}

#[test]
fn a_synthetic_row_lies_between_two_rows_of_its_class() {
    for (method, beyond) in [("smote", 0.0), ("kmeans_smote", 0.0), ("svm_smote", -0.5)] {
        let out = train(KEY, &config(method), clouds()).unwrap();
        let (x, y) = (values(&out, "x"), values(&out, "y"));
        for at in 22..28 {
            let between = |a: &[f64; 2], b: &[f64; 2]| {
                let step = (x[at] - a[0]) / (b[0] - a[0]);
                (beyond..1.0).contains(&step) && (a[1] + step * (b[1] - a[1]) - y[at]).abs() < 1e-12
            };
            let pairs = CLOUDS[14..]
                .iter()
                .flat_map(|a| CLOUDS[14..].iter().map(move |b| (a, b)));
            assert!(
                pairs.into_iter().any(|(a, b)| a != b && between(a, b)),
                "{method}, row {at}"
            );
        }
    }
}

/// The clouds as points, and the rows of class b.
pub(super) fn points() -> (Points, Vec<usize>) {
    let table = clouds();
    let points = Points::read(&table.training(), &context()).unwrap();
    (points, (14..22).collect())
}

/// From which rows of class b, numbered from 0, so many rows are made up.
fn starts(made: &[Synthetic]) -> Vec<usize> {
    let mut starts: Vec<usize> = made.iter().map(|one| one.from - 14).collect();
    starts.sort_unstable();
    starts
}

#[test]
fn adasyn_starts_where_imbalanced_learn_does() {
    let (points, rows) = points();
    let minority = Minority {
        label: "b",
        rows: &rows,
        more: 6,
        neighbors: 3,
    };
    let mut random = random::stream(1, &[]);
    let made = minority.adasyn(&points, &mut random, &context()).unwrap();
    // Rows 4 and 5 once, row 6 twice: rounding makes four of six.
    assert_eq!(starts(&made), [4, 5, 6, 6]);
}

#[test]
fn adasyn_that_adds_next_to_nothing_warns() {
    let (points, rows) = points();
    let recorder = crate::testing::Recorder::default();
    let ctx = Context {
        observer: &recorder,
        ..context()
    };
    for (more, warned) in [(1, true), (100, false)] {
        let minority = Minority {
            label: "b",
            rows: &rows,
            more,
            neighbors: 3,
        };
        let mut random = random::stream(1, &[]);
        minority.adasyn(&points, &mut random, &ctx).unwrap();
        let told = recorder.warned(&format!(
            "0 rows of class \"b\" are added where {more} were to be"
        ));
        assert_eq!(told, warned, "{more}");
    }
}

#[test]
fn the_border_is_where_imbalanced_learn_sees_it() {
    let (points, rows) = points();
    let minority = Minority {
        label: "b",
        rows: &rows,
        more: 500,
        neighbors: 3,
    };
    let mut random = random::stream(1, &[]);
    let made = minority.borderline(5, &points, &mut random, &context()).unwrap();
    let mut starts = starts(&made);
    starts.dedup();
    assert_eq!((made.len(), starts), (500, vec![4, 5, 6, 7]));
}

#[test]
fn tomek_links_are_those_of_imbalanced_learn() {
    let (points, _) = points();
    let classes: Vec<usize> = (0..22).map(|row| usize::from(row >= 14)).collect();
    let linked = tomek_links(&points, &classes, &context()).unwrap();
    let linked: Vec<usize> = (0..22).filter(|row| linked[*row]).collect();
    assert_eq!(linked, [6, 13, 16, 20]);
}

#[test]
fn whole_numbers_and_truths_stay_what_they_are() {
    let whole: Int64Array = (0..22).map(|row| Some(row * row % 17)).collect();
    let mut table = clouds();
    table.set("x", Arc::new(whole)).unwrap();
    table
        .set("y", boolean_column((0..22).map(|row| Some(row % 3 == 0))))
        .unwrap();
    let out = train(KEY, &config("smote"), table).unwrap();
    let kinds = ["x", "y"].map(|name| out.column(name).unwrap().kind());
    assert_eq!(kinds, [ColumnKind::Integer, ColumnKind::Boolean]);
}

#[test]
fn nothing_is_added_when_rows_are_predicted() {
    for method in SYNTHETIC {
        let fitted = testing::fit(KEY, &config(method), &clouds()).unwrap();
        assert_eq!(testing::apply(&*fitted, clouds()).height(), 22, "{method}");
    }
}

#[test]
fn the_rows_depend_on_the_seed_alone() {
    for method in SYNTHETIC {
        let run = |seed: u32| values(&train(KEY, &seeded(method, seed), clouds()).unwrap(), "x");
        assert_eq!(run(1), run(1), "{method}");
        assert_ne!(run(1), run(2), "{method}");
    }
}

#[test]
fn what_nothing_lies_between_is_refused() {
    let with = |data: ArrayRef| {
        let mut table = clouds();
        table.set("x", data).unwrap();
        table
    };
    let text = with(text_column((0..22).map(|_| Some("word"))));
    let gap = with(float_column((0..22).map(|row| (row > 0).then_some(1.0))));
    let infinite = with(float_column((0..22).map(|_| Some(f64::INFINITY))));
    for method in SYNTHETIC {
        let config = config(method);
        assert_eq!(fails(KEY, &config, text.clone()), "NON_NUMERIC_FEATURES");
        assert_eq!(fails(KEY, &config, gap.clone()), "MISSING_VALUES_LEFT");
        assert_eq!(fails(KEY, &config, infinite.clone()), "INFINITE_VALUES");
        let few = format!(r#"{{"method": {method:?}, "k_neighbors": 8, "m_neighbors": 5}}"#);
        assert_eq!(fails(KEY, &few, clouds()), "TOO_FEW_ROWS", "{method}");
    }
}

#[test]
fn more_rows_than_there_is_room_for_are_refused_before_any_is_drawn() {
    let (node, _) = crate::nodes::get(KEY).unwrap();
    let refusal = |rows: u32, method: &str, memory_budget| {
        let config = format!(r#"{{"method": {method:?}, "sampling_strategy": {{"b": {rows}}}}}"#);
        let ctx = Context {
            memory_budget,
            ..context()
        };
        let result = node.fit_apply(&testing::config(&config), clouds(), &ctx);
        result.err().map(|error| {
            let failure = error.failure().unwrap().clone();
            assert_eq!(failure.code, "TOO_MANY_ROWS");
            failure.message
        })
    };
    for method in SYNTHETIC.iter().chain(&["random"]) {
        let message = refusal(u32::MAX, method, None).unwrap();
        assert_eq!(
            message,
            "sampling_strategy: 4294967287 rows would be added, 4294967287 of them to class \"b\", and there is \
             room for 22000, 1000 for each of 22 training rows"
        );
    }
    // A row takes 21 bytes, and twice that is counted.
    let budget = Some(1 << 20);
    assert_eq!(refusal(20_000, "random", budget), None);
    let message = refusal(30_000, "random", budget).unwrap();
    assert!(
        message.ends_with("as training may take 1 MiB of memory"),
        "{message}"
    );
    assert!(refusal(30_000, "random", None).is_some());
}

#[test]
fn what_does_not_suit_the_classes_is_refused() {
    for (config, code) in [
        (r#"{"sampling_strategy": {"b": 3}}"#, "SAMPLING_STRATEGY"),
        (r#"{"sampling_strategy": {"z": 30}}"#, "SAMPLING_STRATEGY"),
        (r#"{"sampling_strategy": 0.1}"#, "SAMPLING_STRATEGY"),
        (r#"{"sampling_strategy": "majority"}"#, "INVALID_CONFIG"),
        (r#"{"method": "magic"}"#, "INVALID_CONFIG"),
        (r#"{"n_clusters": 0}"#, "INVALID_CONFIG"),
        (r#"{"out_step": -1}"#, "INVALID_CONFIG"),
        (r#"{"cluster_balance_threshold": 1.5}"#, "INVALID_CONFIG"),
        (r#"{"density_exponent": "none"}"#, "INVALID_CONFIG"),
    ] {
        assert_eq!(fails(KEY, config, clouds()), code, "{config}");
    }
    let mut one = clouds();
    one.set("target", text_column((0..22).map(|_| Some("a"))))
        .unwrap();
    assert_eq!(fails(KEY, "{}", one), "ONE_CLASS");
}

#[test]
fn a_model_is_trained_on_added_rows_and_the_artifact_does_not_list_them() {
    use crate::testing::{chain, csv, spec};
    let graph = chain(&[
        ("load", "dataset", "{}"),
        (
            "split",
            "train_test_split",
            r#"{"test_size": 0.25, "stratify": true}"#,
        ),
        ("more", KEY, r#"{"method": "smote"}"#),
        ("train", "train_model", r#"{"target_column": "target"}"#),
    ]);
    let line = |row: usize| {
        format!(
            "{},{},{}\n",
            row % 7,
            row % 11,
            if row.is_multiple_of(5) { "b" } else { "a" }
        )
    };
    let table = format!("x,y,target\n{}", (0..100).map(line).collect::<String>());
    let spec = spec(graph, "logistic_regression", "{}");
    let trained = crate::attempt::train(&spec, csv(&table), "", 1, &crate::Silent).unwrap();
    let files = trained.files().unwrap();
    let manifest = &files.iter().find(|(name, _)| name == "manifest.json").unwrap().1;
    let manifest: serde_json::Value = serde_json::from_slice(manifest).unwrap();
    let rows = &manifest["rows"];
    let count = |name: &str| rows[name].as_u64().unwrap();
    assert_eq!(
        ["source", "dropped", "train", "test", "added"].map(count),
        [100, 0, 75, 25, 45]
    );
}
