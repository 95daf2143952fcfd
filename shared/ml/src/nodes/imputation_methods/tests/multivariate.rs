//! The methods that look at other columns, held against scikit-learn 1.9.1.

use crate::{
    Error,
    frame::{Frame, float_column, numbers},
    node::Context,
    nodes::testing::{apply, context, fails, fit, run, train},
    testing::Recorder,
};

const KEY: &str = "imputation_methods";
const NAN: f64 = f64::NAN;

fn table(rows: &[[f64; 3]]) -> Frame {
    let column = |at: usize| float_column(rows.iter().map(|row| Some(row[at])));
    let names = ["x", "y", "z"];
    Frame::new((0..3).map(|at| (names[at].into(), column(at))).collect()).unwrap()
}

fn training() -> Frame {
    table(&[
        [1.0, 2.0, NAN],
        [2.0, NAN, 3.5],
        [3.0, 6.5, 5.0],
        [NAN, 8.0, 7.5],
        [5.0, 9.0, 8.0],
        [6.0, 13.0, NAN],
        [7.5, 14.0, 11.0],
        [8.0, NAN, 13.0],
    ])
}

fn later() -> Frame {
    table(&[[NAN, NAN, 10.0], [4.0, NAN, NAN], [NAN, NAN, NAN]])
}

fn cells(frame: &Frame) -> Vec<f64> {
    let columns: Vec<_> = frame
        .columns()
        .iter()
        .map(|column| numbers(&column.data).unwrap())
        .collect();
    (0..frame.height())
        .flat_map(|row| columns.iter().map(move |column| column.value(row)))
        .collect()
}

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }
}

/// The fills of rows 0, 1, 3, 5 and 7 of the training rows, and the later rows.
fn filled(config: &str) -> (Vec<f64>, Vec<f64>) {
    let fitted = fit(KEY, config, &training()).unwrap();
    let all = cells(&apply(&*fitted, training()));
    let holes = [2, 4, 9, 17, 22].map(|at| all[at]).to_vec();
    (holes, cells(&apply(&*fitted, later())))
}

#[test]
fn knn_takes_the_mean_of_the_nearest_rows_that_have_the_value() {
    let (holes, later) = filled(r#"{"strategies": [{"method": "knn", "options": {"neighbors": 2}}]}"#);
    close(&holes, &[4.25, 4.25, 4.0, 12.0, 13.5]);
    let mean = 4.642857142857143;
    close(&later, &[6.25, 11.5, 10.0, 4.0, 7.75, 6.5, mean, 8.75, 8.0]);
}

#[test]
fn regression_goes_through_the_columns_once_with_least_squares() {
    let (holes, later) = filled(r#"{"strategies": [{"method": "regression"}]}"#);
    close(
        &holes,
        &[
            2.6870224432341825,
            5.04972885976646,
            4.008328422494562,
            8.997115443289388,
            14.638236841762545,
        ],
    );
    close(
        &later[..6],
        &[
            5.623099625416022,
            10.626868951464644,
            10.0,
            4.0,
            7.874100583350819,
            6.718727593024458,
        ],
    );
}

#[test]
fn mice_goes_round_until_the_fills_settle() {
    let (holes, later) = filled(r#"{"strategies": [{"method": "mice"}]}"#);
    close(
        &holes,
        &[
            2.187239087840494,
            3.829532145366704,
            4.351907308875012,
            10.212065581674688,
            15.982924698359797,
        ],
    );
    close(
        &later,
        &[
            6.211567868380144,
            12.20760919050671,
            10.0,
            4.0,
            7.868638705558679,
            6.654422619435033,
            4.606488413609379,
            9.039057105465819,
            7.549913083689401,
        ],
    );
}

#[test]
fn mice_makes_no_more_rounds_than_it_may() {
    let (holes, _) = filled(r#"{"strategies": [{"method": "mice", "options": {"max_iter": 2}}]}"#);
    close(&holes[..2], &[2.1161758957802217, 3.9813327119200643]);
}

#[test]
fn columns_without_gaps_in_training_are_filled_later() {
    let whole = table(&[[1.0, 2.0, 3.0], [2.0, 4.0, 1.0], [3.0, 6.0, 2.5], [4.0, 8.0, 1.5]]);
    for (method, expected) in [("knn", 4.0), ("regression", 6.2), ("mice", 6.2)] {
        let config =
            format!(r#"{{"strategies": [{{"method": {method:?}, "options": {{"neighbors": 3}}}}]}}"#);
        let fitted = fit(KEY, &config, &whole).unwrap();
        let row = cells(&apply(&*fitted, table(&[[3.1, NAN, 2.5]])));
        // The nearest three are the last but one, the last and the second, 18 / 3; the line is y = 2 x.
        let expected = if method == "knn" { 6.0 } else { expected };
        assert!((row[1] - expected).abs() < 1e-3, "{method}: {row:?}");
    }
}

#[test]
fn a_single_column_is_filled_with_its_mean() {
    let one = Frame::new(vec![("x".into(), float_column([Some(1.0), None, Some(3.0)]))]).unwrap();
    for method in ["knn", "regression", "mice"] {
        let config = format!(r#"{{"strategies": [{{"method": {method:?}}}]}}"#);
        assert_eq!(
            cells(&run(KEY, &config, one.clone())),
            [1.0, 2.0, 3.0],
            "{method}"
        );
    }
}

#[test]
fn equal_and_constant_columns_do_no_harm() {
    let rows = [[1.0, 1.0, 5.0], [2.0, 2.0, 5.0], [3.0, NAN, 5.0], [4.0, 4.0, NAN]];
    for method in ["regression", "mice"] {
        let config = format!(r#"{{"strategies": [{{"method": {method:?}}}]}}"#);
        let found = cells(&run(KEY, &config, table(&rows)));
        assert!(
            (found[7] - 3.0).abs() < 0.01 && (found[11] - 5.0).abs() < 1e-6,
            "{method}: {found:?}"
        );
    }
}

#[test]
fn a_column_without_any_value_is_removed_and_the_rest_is_filled() {
    let rows = [[1.0, NAN, 2.0], [2.0, NAN, NAN], [3.0, NAN, 6.0]];
    for method in ["knn", "regression", "mice"] {
        let config = format!(r#"{{"strategies": [{{"method": {method:?}}}]}}"#);
        let out = train(KEY, &config, table(&rows)).unwrap();
        assert!(out.column("y").is_none(), "{method}");
        assert!(cells(&out).iter().all(|value| value.is_finite()), "{method}");
    }
}

#[test]
fn what_cannot_be_computed_is_refused() {
    let infinite = table(&[[1.0, f64::INFINITY, 2.0], [2.0, 1.0, 3.0]]);
    let huge = table(&[[1e200, 1.0, 2.0], [-1e200, 2.0, 3.0], [0.0, NAN, 4.0]]);
    for method in ["regression", "mice"] {
        let config = format!(r#"{{"strategies": [{{"method": {method:?}}}]}}"#);
        assert_eq!(fails(KEY, &config, infinite.clone()), "INFINITE_VALUES");
        assert_eq!(fails(KEY, &config, huge.clone()), "NUMERIC_OVERFLOW");
    }
}

#[test]
fn filling_stops_once_cancelled() {
    for method in ["knn", "regression", "mice"] {
        let config = format!(r#"{{"strategies": [{{"method": {method:?}}}]}}"#);
        let fitted = fit("imputation_methods", &config, &training()).unwrap();
        let recorder = Recorder {
            cancel_at: Some(0),
            ..Recorder::default()
        };
        let ctx = Context {
            observer: &recorder,
            ..context()
        };
        let stopped = fitted.apply(later(), &ctx);
        assert!(matches!(stopped, Err(Error::Cancelled)), "{method}");
    }
}
