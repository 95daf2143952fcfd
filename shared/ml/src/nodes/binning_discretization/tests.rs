use super::*;
use crate::{
    frame::{float_column, numbers, texts},
    nodes::testing::{apply, fails, fit, frame, run},
};

const VALUES: [f64; 14] = [
    0.5, 1.0, 1.0, 2.0, 3.0, 3.5, 4.0, 7.0, 9.0, 9.5, 20.0, 21.0, 40.0, 100.0,
];

fn table(values: &[Option<f64>]) -> Frame {
    Frame::new(vec![("x".into(), float_column(values.iter().copied()))]).unwrap()
}

fn values() -> Frame {
    table(&VALUES.map(Some))
}

fn bins(config: &str, table: Frame) -> Vec<Option<f64>> {
    let out = run("binning_discretization", config, table);
    numbers(&out.column("x_binned").unwrap().data)
        .unwrap()
        .iter()
        .collect()
}

fn words(frame: &Frame, name: &str) -> Vec<String> {
    let words = texts(&frame.column(name).unwrap().data);
    words
        .iter()
        .map(|word| word.map_or("-".into(), |word| word.into_owned()))
        .collect()
}

/// Bins of `pandas.cut` and `qcut` of pandas 3.1 and of scikit-learn 1.9's `KBinsDiscretizer`.
#[test]
fn bins_are_those_of_pandas_and_scikit_learn() {
    for (config, expected) in [
        (
            r#"{"strategy": "equal_width", "label_format": "bin_index"}"#,
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 4],
        ),
        (
            r#"{"strategy": "equal_frequency", "label_format": "bin_index"}"#,
            [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3],
        ),
        (
            r#"{"strategy": "kbins"}"#,
            [0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4],
        ),
        (
            r#"{"strategy": "kbins", "kbins_strategy": "uniform"}"#,
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 4],
        ),
        (
            r#"{"strategy": "kbins", "kbins_strategy": "kmeans"}"#,
            [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4],
        ),
    ] {
        assert_eq!(
            bins(config, values()),
            expected.map(|bin| Some(f64::from(bin))),
            "{config}"
        );
    }
}

/// Edges of scikit-learn 1.9's `KBinsDiscretizer(strategy="kmeans")`; a centre without numbers is moved in the
/// second case.
#[test]
fn edges_between_clusters_agree_with_scikit_learn() {
    let powers: Vec<f64> = (0..60).map(|i| (f64::from(i) * 6.0 / 59.0).exp()).collect();
    for (sorted, bins, expected) in [
        (
            &VALUES[..],
            5,
            &[0.5, 5.321_428_571_428_572, 14.5, 30.25, 70.0, 100.0][..],
        ),
        (
            &powers,
            8,
            &[
                1.0,
                35.148_959_909_461_83,
                90.380_891_176_779_44,
                149.873_426_271_750_73,
                205.172_274_656_648_77,
                256.936_017_877_996_6,
                306.078_598_529_120_3,
                356.552_917_439_454_6,
                403.428_793_492_735_1,
            ],
        ),
    ] {
        let found = edges::clusters(sorted, bins).unwrap();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
        }
    }
}

#[test]
fn ranges_are_told_in_words_and_a_missing_value_may_have_a_label() {
    let config = r#"{"strategy": "custom", "custom_bins": {"x": [0, 1.5, 3]}, "missing_strategy": "label"}"#;
    let out = run(
        "binning_discretization",
        config,
        table(&[Some(0.0), Some(1.5), Some(2.0), Some(9.0), None]),
    );
    assert_eq!(
        words(&out, "x_binned"),
        ["[0, 1.5]", "[0, 1.5]", "(1.5, 3]", "missing", "missing"]
    );
    let close = edges::ranges(&[1.0, 1.000_000_01, 2.0]);
    assert_eq!(close, ["[1, 1.00000001]", "(1.00000001, 2]"]);
}

#[test]
fn ordinals_begin_at_one_and_the_original_may_go() {
    let config = r#"{"equal_width_bins": 2, "label_format": "ordinal", "missing_strategy": "label",
        "drop_original": true, "output_suffix": ""}"#;
    let out = run(
        "binning_discretization",
        config,
        table(&[Some(0.0), Some(9.0), None]),
    );
    assert_eq!(words(&out, "x"), ["1", "2", "-1"]);
}

#[test]
fn kbins_may_make_a_column_of_each_bin() {
    let config =
        r#"{"strategy": "kbins", "kbins_n_bins": 2, "kbins_encode": "onehot", "missing_strategy": "label"}"#;
    let out = run(
        "binning_discretization",
        config,
        table(&[Some(0.0), Some(1.0), None]),
    );
    assert_eq!(words(&out, "x_binned_0"), ["true", "false", "false"]);
    assert_eq!(words(&out, "x_binned_1"), ["false", "true", "false"]);
    assert_eq!(words(&out, "x_binned_missing"), ["false", "false", "true"]);
}

#[test]
fn numbers_beyond_the_learned_edges_belong_to_the_outer_bins() {
    for strategy in ["equal_width", "equal_frequency", "kbins"] {
        let config = format!(r#"{{"strategy": {strategy:?}, "label_format": "bin_index"}}"#);
        let fitted = fit("binning_discretization", &config, &values()).unwrap();
        let out = apply(&*fitted, table(&[Some(-1e9), Some(1e9), None]));
        let last = if strategy == "equal_frequency" { "3" } else { "4" };
        assert_eq!(words(&out, "x_binned"), ["0", last, "-"], "{strategy}");
    }
}

#[test]
fn edges_that_fall_together_are_one_and_a_constant_has_one_bin() {
    let mostly_zero = table(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0].map(Some));
    let config = r#"{"strategy": "equal_frequency", "label_format": "bin_index"}"#;
    assert_eq!(
        bins(config, mostly_zero),
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0].map(Some)
    );
    for config in [
        r#"{"strategy": "equal_width", "label_format": "bin_index"}"#,
        r#"{"strategy": "equal_frequency", "label_format": "bin_index"}"#,
        r#"{"strategy": "kbins"}"#,
        r#"{"strategy": "kbins", "kbins_strategy": "uniform"}"#,
        r#"{"strategy": "kbins", "kbins_strategy": "kmeans"}"#,
    ] {
        assert_eq!(bins(config, table(&[Some(7.0); 3])), [Some(0.0); 3], "{config}");
    }
}

#[test]
fn edges_that_are_no_bins_are_refused() {
    for bins in ["{}", r#"{"n": [1]}"#, r#"{"n": [2, 1]}"#, r#"{"n": [1, 1]}"#] {
        let config = format!(r#"{{"strategy": "custom", "custom_bins": {bins}}}"#);
        assert_eq!(
            fails("binning_discretization", &config, frame()),
            "INVALID_CONFIG",
            "{bins}"
        );
    }
    let config = r#"{"strategy": "custom", "custom_bins": {"a": [1, 2]}}"#;
    assert_eq!(fails("binning_discretization", config, frame()), "COLUMN_TYPE");
}

#[test]
fn numbers_too_large_to_compute_with_are_refused() {
    let huge = [-1.7e308, -1.6e308, 1.6e308, 1.7e308].map(Some);
    for config in [
        r#"{"strategy": "equal_width"}"#,
        r#"{"strategy": "kbins", "kbins_strategy": "uniform"}"#,
        r#"{"strategy": "kbins", "kbins_strategy": "kmeans"}"#,
    ] {
        assert_eq!(
            fails("binning_discretization", config, table(&huge)),
            "NUMERIC_OVERFLOW",
            "{config}"
        );
    }
}

#[test]
fn of_custom_bins_only_the_named_columns_are_used() {
    let table = || {
        let column = || float_column([1.0, 2.0, 3.0].map(Some));
        Frame::new(vec![("a".into(), column()), ("b".into(), column())]).unwrap()
    };
    let made = |columns: &str| {
        let config = format!(
            r#"{{"strategy": "custom", "columns": {columns}, "custom_bins": {{"a": [0, 2, 4], "b": [0, 4]}}}}"#
        );
        let out = run("binning_discretization", &config, table());
        let names = out.columns().iter().map(|column| column.name.to_string());
        names.filter(|name| name.ends_with("_binned")).collect::<Vec<_>>()
    };
    assert_eq!(made("[]"), ["a_binned", "b_binned"]);
    assert_eq!(made(r#"["b"]"#), ["b_binned"]);
    let unknown = r#"{"strategy": "custom", "columns": ["a"], "custom_bins": {"b": [0, 4]}}"#;
    assert_eq!(
        fails("binning_discretization", unknown, table()),
        "INVALID_CONFIG"
    );
}

#[test]
fn values_beyond_custom_edges_are_told_of_with_their_number() {
    let warnings = |edges: &str| {
        let recorder = crate::testing::Recorder::default();
        let ctx = Context {
            observer: &recorder,
            ..crate::nodes::testing::context()
        };
        let config = format!(r#"{{"strategy": "custom", "custom_bins": {{"x": {edges}}}}}"#);
        let (node, _) = crate::nodes::get("binning_discretization").unwrap();
        let config = crate::nodes::testing::config(&config);
        node.fit(&config, &values().training(), &ctx).unwrap();
        recorder.warnings.into_inner().unwrap()
    };
    assert!(warnings("[0, 10, 100]").is_empty());
    let told = warnings("[1, 10, 40]");
    assert!(
        matches!(&told[..], [one] if one.contains("2 of the 14 values of column \"x\"")),
        "{told:?}"
    );
}
