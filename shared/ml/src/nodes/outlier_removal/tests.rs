use super::*;
use crate::nodes::testing::{apply, context, fails, fit, frame, run};

/// The places of the rows that both methods for one column leave out of [`two`].
const FAR: [u64; 10] = [0, 40, 80, 120, 160, 200, 240, 280, 320, 360];

fn table(columns: &[(&str, &[f64])]) -> Frame {
    let column = |(name, values): &(&str, &[f64])| {
        ((*name).to_owned(), float_column(values.iter().copied().map(Some)))
    };
    Frame::new(columns.iter().map(column).collect()).unwrap()
}

/// 400 rows of two skewed, correlated columns; every fortieth row lies apart.
fn two() -> Frame {
    let mut state = 12_345_u64;
    let mut uniform = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for row in 0..400 {
        let (u, v) = (uniform(), uniform());
        let apart = if row % 40 == 0 { 1.0 } else { 0.0 };
        x.push(u * 4.0 + v + 15.0 * apart);
        y.push((u * 4.0 + v) * 0.5 + v * v * 3.0 - 8.0 * apart);
    }
    table(&[("x", &x), ("y", &y)])
}

fn dropped(config: &str, frame: Frame) -> Vec<u64> {
    run("outlier_removal", config, frame)
        .dropped()
        .iter()
        .map(|gone| gone.row)
        .collect()
}

fn values(frame: &Frame, name: &str) -> Vec<Option<f64>> {
    number_column(frame, name).unwrap().iter().collect()
}

#[test]
fn rows_beyond_the_bounds_of_one_column_leave() {
    for method in ["iqr", "zscore"] {
        let config = format!(r#"{{"columns": ["x"], "default_method": {method:?}}}"#);
        assert_eq!(dropped(&config, two()), FAR, "{method}");
    }
    let tight = r#"{"columns": ["x"], "method_parameters": {"iqr": {"multiplier": 100}},
        "column_parameters": {"y": {"multiplier": 1000}}}"#;
    assert_eq!(dropped(tight, two()), [0; 0]);
}

/// Rows and centre of scikit-learn 1.9's `EllipticEnvelope(contamination=.05)`; the same for three seeds.
#[test]
fn the_envelope_leaves_out_the_rows_that_scikit_learns_does() {
    let config = r#"{"default_method": "elliptic_envelope",
        "method_parameters": {"elliptic_envelope": {"contamination": 0.05}}}"#;
    assert_eq!(
        dropped(config, two()),
        [
            0, 5, 40, 45, 80, 97, 104, 120, 126, 153, 160, 183, 195, 200, 240, 280, 320, 349, 360, 385
        ]
    );
    let of_x = config.replacen('{', r#"{"columns": ["x"], "#, 1);
    assert_eq!(
        dropped(&of_x, two()),
        [
            0, 5, 10, 40, 45, 55, 80, 120, 160, 195, 200, 240, 276, 280, 320, 346, 347, 353, 360, 385
        ]
    );
    let names = vec!["x".to_owned(), "y".to_owned()];
    let table = two();
    let envelope = Envelope::learn(names, 0.05, 42, &table.training(), &context()).unwrap();
    for (found, expected) in envelope.centre().iter().zip([2.336_204_25, 1.592_387_39]) {
        assert!((found - expected).abs() < 1e-8, "{found} is not {expected}");
    }
}

#[test]
fn an_envelope_needs_rows_and_columns_that_differ() {
    let config = r#"{"default_method": "elliptic_envelope"}"#;
    let few = table(&[("x", &[1.0, 2.0, 4.0]), ("y", &[1.0, 3.0, 2.0])]);
    assert_eq!(fails("outlier_removal", config, few), "TOO_FEW_ROWS");
    let line: Vec<f64> = (0..30).map(f64::from).collect();
    let double: Vec<f64> = line.iter().map(|x| 2.0 * x + 1.0).collect();
    for columns in [
        [("x", &*line), ("y", &*double)],
        [("x", &*line), ("y", &[7.0; 30])],
    ] {
        assert_eq!(
            fails("outlier_removal", config, table(&columns)),
            "SINGULAR_COVARIANCE"
        );
    }
    assert_eq!(
        fails("outlier_removal", config, table(&[("x", &[7.0; 30])])),
        "SINGULAR_COVARIANCE"
    );
}

#[test]
fn an_envelope_of_many_rows_and_of_any_scale_finds_the_rows_apart() {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    let table_of_two = two();
    let (few_x, few_y) = (values(&table_of_two, "x"), values(&table_of_two, "y"));
    for repeat in 0..10 {
        x.extend(
            few_x
                .iter()
                .flatten()
                .map(|v| (v + f64::from(repeat) * 1e-3) * 1e150),
        );
        y.extend(
            few_y
                .iter()
                .flatten()
                .map(|v| (v - f64::from(repeat) * 1e-3) * 1e-150),
        );
    }
    let config = r#"{"default_method": "elliptic_envelope",
        "method_parameters": {"elliptic_envelope": {"contamination": 0.025}}}"#;
    let expected: Vec<u64> = (0..4000).filter(|row| row % 40 == 0).collect();
    assert_eq!(dropped(config, table(&[("x", &x), ("y", &y)])), expected);
}

#[test]
fn the_search_for_an_envelope_depends_on_its_seed() {
    let mut random = crate::random::stream(3, &["rows"]);
    let mut column = || (0..1500).map(|_| random.uniform()).collect::<Vec<f64>>();
    let table = table(&[("x", &column()), ("y", &column())]);
    let learned = |seed: u32| {
        let config = format!(
            r#"{{"default_method": "elliptic_envelope",
                "method_parameters": {{"elliptic_envelope": {{"random_state": {seed}}}}}}}"#
        );
        fit("outlier_removal", &config, &table).unwrap().state()
    };
    assert_eq!(learned(1), learned(1));
    assert!((2..6).any(|seed| learned(seed) != learned(1)));
}

#[test]
fn winsorizing_pulls_values_in_to_the_percentiles_of_the_training_rows() {
    let mut frame = table(&[("x", &[1.0, 2.0, 3.0, 4.0, 100.0, -50.0])]);
    let splits = [
        Split::Train,
        Split::Train,
        Split::Train,
        Split::Train,
        Split::Train,
        Split::Test,
    ];
    frame.assign(splits.to_vec()).unwrap();
    let out = run("outlier_removal", r#"{"default_method": "winsorize"}"#, frame);
    let expected = [1.2, 2.0, 3.0, 4.0, 80.8, 1.2];
    for (found, expected) in values(&out, "x").into_iter().zip(expected) {
        assert!(
            (found.unwrap() - expected).abs() < 1e-12,
            "{found:?} is not {expected}"
        );
    }
}

#[test]
fn only_training_rows_leave_and_none_when_predicting() {
    let config = r#"{"default_method": "manual", "column_parameters": {"x": {"lower": 0, "upper": 10}}}"#;
    let mut frame = table(&[("x", &[-1.0, 5.0, 11.0, -1.0, 11.0])]);
    frame
        .assign(vec![
            Split::Train,
            Split::Train,
            Split::Train,
            Split::Test,
            Split::Validation,
        ])
        .unwrap();
    let fitted = fit("outlier_removal", config, &frame).unwrap();
    let out = apply(&*fitted, frame.clone());
    assert_eq!(out.rows(), [1, 3, 4]);
    assert_eq!(&*out.dropped()[0].reason, r#"an outlier in column "x""#);
    let predicting = Context {
        predicting: true,
        ..context()
    };
    assert_eq!(fitted.apply(frame, &predicting).unwrap().height(), 5);
}

#[test]
fn a_missing_value_and_a_constant_are_no_outliers() {
    let missing = Frame::new(vec![(
        "x".into(),
        float_column([None, Some(0.1), Some(0.1), Some(0.1), None]),
    )]);
    for method in ["iqr", "zscore", "winsorize", "manual"] {
        let config = format!(r#"{{"default_method": {method:?}}}"#);
        let out = run("outlier_removal", &config, missing.as_ref().unwrap().clone());
        assert_eq!(
            values(&out, "x"),
            [None, Some(0.1), Some(0.1), Some(0.1), None],
            "{method}"
        );
    }
}

#[test]
fn columns_may_have_methods_of_their_own() {
    let config = r#"{"columns": ["x"], "column_methods": {"y": "winsorize"},
        "column_parameters": {"y": {"lower_percentile": 50, "upper_percentile": 50}}}"#;
    let out = run(
        "outlier_removal",
        config,
        table(&[("x", &[1.0, 2.0, 3.0, 99.0]), ("y", &[1.0, 2.0, 4.0, 8.0])]),
    );
    assert_eq!(values(&out, "y"), [Some(3.0); 3]);
    assert_eq!(out.rows(), [0, 1, 2]);
}

#[test]
fn text_and_the_target_are_refused() {
    assert_eq!(
        fails("outlier_removal", r#"{"columns": ["a"]}"#, frame()),
        "COLUMN_TYPE"
    );
    let config = r#"{"column_parameters": {"target": {"lower": 1}}}"#;
    assert_eq!(fails("outlier_removal", config, frame()), "TARGET_IN_COLUMNS");
}
