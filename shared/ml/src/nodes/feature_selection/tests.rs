use domain::catalog::ProblemType;

use super::*;
use crate::{
    frame::{float_column, text_column},
    nodes::testing::{fails, fit, frame, run},
};

/// 200 rows of eight features, of which 1, 4 and 6 make the target: a number, its half, or its third.
fn table(target: &str) -> Frame {
    let mut state = 99_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let rows: Vec<[f64; 8]> = (0..200).map(|_| std::array::from_fn(|_| next())).collect();
    let y = rows
        .iter()
        .map(|x| 3.0 * x[1] - 2.0 * x[4] + x[6] * 0.8 + 0.05 * x[0] + 0.3 * x[7]);
    let y: Vec<f64> = y.collect();
    let mut sorted = y.clone();
    sorted.sort_by(f64::total_cmp);
    let median = 0.5 * (sorted[99] + sorted[100]);
    let mut columns: Vec<_> = (0..8)
        .map(|at| {
            (
                format!("x{at}"),
                float_column(rows.iter().map(|row| Some(row[at]))),
            )
        })
        .collect();
    let target = match target {
        "number" => float_column(y.into_iter().map(Some)),
        "half" => text_column(y.iter().map(|y| Some(if *y > median { "yes" } else { "no" }))),
        _ => text_column(
            y.iter()
                .map(|y| Some(["low", "middle", "top"][usize::from(*y >= 0.0) + usize::from(*y >= 1.0)])),
        ),
    };
    columns.push(("target".into(), target));
    Frame::new(columns).unwrap()
}

fn kept(config: &str, frame: Frame) -> String {
    let out = run("feature_selection", config, frame);
    let names = out
        .columns()
        .iter()
        .filter_map(|column| column.name.strip_prefix('x'));
    names.collect()
}

/// What scikit-learn 1.9 selects, each with its own class.
#[test]
fn every_method_selects_what_scikit_learn_does() {
    for (config, target, expected) in [
        (r#"{"k": 3}"#, "half", "146"),
        (
            r#"{"k": 3, "score_func": "f_classif", "method": "generic_univariate_select"}"#,
            "half",
            "146",
        ),
        (
            r#"{"method": "select_percentile", "percentile": 50}"#,
            "number",
            "1456",
        ),
        (r#"{"method": "select_fpr"}"#, "number", "146"),
        (r#"{"method": "select_fdr"}"#, "number", "146"),
        (r#"{"method": "select_fwe"}"#, "number", "146"),
        (
            r#"{"method": "generic_univariate_select", "mode": "fwe"}"#,
            "number",
            "146",
        ),
        (r#"{"method": "select_from_model"}"#, "number", "146"),
        (
            r#"{"method": "select_from_model", "threshold": "1.25*median"}"#,
            "third",
            "146",
        ),
        (r#"{"method": "rfe", "k": 3}"#, "number", "146"),
        (r#"{"method": "rfe", "k": 4, "step": 2}"#, "third", "1467"),
        (
            r#"{"method": "variance_threshold", "threshold": 0.082}"#,
            "number",
            "013457",
        ),
    ] {
        assert_eq!(kept(config, table(target)), expected, "{config}");
    }
}

#[test]
fn features_that_decide_the_target_win_by_every_score() {
    for (score, target) in [
        ("f_classif", "third"),
        ("mutual_info_classif", "third"),
        ("chi2", "third"),
        ("f_regression", "number"),
        ("mutual_info_regression", "number"),
        ("r_regression", "number"),
    ] {
        let config = format!(r#"{{"k": 1, "score_func": {score:?}}}"#);
        assert_eq!(kept(&config, table(target)), "1", "{score}");
    }
}

#[test]
fn what_is_not_selected_may_stay_and_text_does() {
    assert_eq!(
        kept(r#"{"k": 1, "drop_unselected": false}"#, table("half")),
        "01234567"
    );
    let out = run("feature_selection", r#"{"k": 1}"#, frame());
    let names: Vec<_> = out.columns().iter().map(|column| &*column.name).collect();
    assert_eq!(names, ["a", "b", "target"]);
}

#[test]
fn a_feature_without_values_or_variance_is_the_last_to_be_kept() {
    let with = |values: [Option<f64>; 6]| {
        let y = ["u", "v", "u", "v", "u", "v"];
        Frame::new(vec![
            ("x0".into(), float_column(values)),
            (
                "x1".into(),
                float_column([1.0, 3.0, 0.0, 2.0, 2.0, 4.0].map(Some)),
            ),
            ("target".into(), text_column(y.map(Some))),
        ])
        .unwrap()
    };
    for values in [[None; 6], [Some(5.0); 6]] {
        for method in ["select_k_best", "select_from_model", "rfe"] {
            let config = format!(r#"{{"k": 1, "method": {method:?}}}"#);
            assert_eq!(kept(&config, with(values)), "1", "{method} {values:?}");
        }
        for score in ["mutual_info_classif", "chi2", "f_classif"] {
            let config = format!(r#"{{"k": 1, "score_func": {score:?}}}"#);
            kept(&config, with(values));
        }
        assert_eq!(kept(r#"{"method": "variance_threshold"}"#, with(values)), "1");
    }
}

#[test]
fn a_selection_that_cannot_be_made_is_refused_by_name() {
    for (config, target, code) in [
        (r#"{"score_func": "f_regression"}"#, "half", "TARGET_NOT_NUMERIC"),
        (
            r#"{"method": "select_from_model", "estimator": "ridge_regression"}"#,
            "half",
            "TARGET_NOT_NUMERIC",
        ),
        (
            r#"{"method": "select_fpr", "score_func": "r_regression"}"#,
            "number",
            "INVALID_CONFIG",
        ),
        (
            r#"{"method": "select_fpr", "alpha": 0}"#,
            "number",
            "NO_FEATURE_SELECTED",
        ),
        (
            r#"{"method": "select_from_model", "threshold": "most"}"#,
            "number",
            "INVALID_CONFIG",
        ),
        (
            r#"{"method": "variance_threshold", "threshold": "mean"}"#,
            "number",
            "INVALID_CONFIG",
        ),
        (
            r#"{"method": "generic_univariate_select", "mode": "fdr", "score_func": "mutual_info_classif"}"#,
            "number",
            "INVALID_CONFIG",
        ),
        (r#"{"columns": ["target"]}"#, "number", "TARGET_IN_COLUMNS"),
        (r#"{"target_column": "goal"}"#, "number", "COLUMN_NOT_FOUND"),
    ] {
        assert_eq!(
            fails("feature_selection", config, table(target)),
            code,
            "{config}"
        );
    }
    let negative = Frame::new(vec![
        ("x".into(), float_column([-1.0, 1.0].map(Some))),
        ("target".into(), text_column(["u", "v"].map(Some))),
    ]);
    assert_eq!(
        fails(
            "feature_selection",
            r#"{"score_func": "chi2"}"#,
            negative.unwrap()
        ),
        "NEGATIVE_VALUES"
    );
}

#[test]
fn whole_numbers_are_classes_while_they_are_few() {
    let of = |target: Vec<f64>| {
        let frame = Frame::new(vec![(
            "target".into(),
            float_column(target.into_iter().map(Some)),
        )])
        .unwrap();
        Target::of(&frame.training(), &crate::nodes::testing::context())
            .unwrap()
            .is_classes()
    };
    assert!(of((0..20).map(f64::from).collect()));
    assert!(!of((0..21).map(f64::from).collect()));
    assert!(!of(vec![0.0, 0.5]));
}

#[test]
fn the_training_node_says_whether_the_target_is_classes() {
    let frame = table("number");
    let looks_like = |problem_type| {
        let ctx = crate::node::Context {
            problem_type,
            ..crate::nodes::testing::context()
        };
        Target::of(&frame.training(), &ctx).unwrap().is_classes()
    };
    assert!(!looks_like(None));
    assert!(looks_like(Some(ProblemType::Classification)));
    assert!(!looks_like(Some(ProblemType::Regression)));
}

#[test]
fn what_is_learned_is_named() {
    let state = fit("feature_selection", r#"{"k": 3}"#, &table("half"))
        .unwrap()
        .state();
    let state: State = state.deserialized().unwrap();
    assert_eq!((state.kept.len(), state.left_out.len()), (3, 5));
}
