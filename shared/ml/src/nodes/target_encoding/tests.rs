use crate::{
    Silent,
    attempt::train,
    frame::{Frame, Split, float_column, numbers, text_column},
    node::Context,
    nodes::testing,
    random,
    testing::{chain, csv, spec},
};

const KEY: &str = "target_encoding";

fn table(categories: &[Option<&str>], target: arrow::array::ArrayRef) -> Frame {
    Frame::new(vec![
        ("c".into(), text_column(categories.iter().copied())),
        ("target".into(), target),
    ])
    .unwrap()
}

fn values(frame: &Frame, name: &str) -> Vec<f64> {
    let data = &frame.column(name).unwrap().data;
    numbers(data)
        .unwrap()
        .iter()
        .map(|value| value.unwrap())
        .collect()
}

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }
}

#[test]
fn a_category_becomes_the_smoothed_share_of_the_last_of_two_classes() {
    let target = text_column(["no", "yes", "yes", "yes", "no", "no"].map(Some));
    let table = table(
        &[Some("a"), Some("a"), Some("a"), Some("b"), Some("b"), None],
        target,
    );
    let fitted = testing::fit(KEY, r#"{"smoothing": 2}"#, &table).unwrap();
    // The prior is 1/2; a: (2 + 1) / 5, b: (1 + 1) / 4, missing: (0 + 1) / 3.
    let out = testing::apply(&*fitted, table);
    close(&values(&out, "c"), &[0.6, 0.6, 0.6, 0.5, 0.5, 1.0 / 3.0]);
    let later = Frame::new(vec![("c".into(), text_column([Some("never seen"), Some("a")]))]).unwrap();
    close(&values(&testing::apply(&*fitted, later), "c"), &[0.5, 0.6]);
}

#[test]
fn numbers_are_averaged() {
    let target = float_column([1.5, 2.5, 10.0].map(Some));
    let table = table(&[Some("a"), Some("a"), Some("b")], target);
    let fitted = testing::fit(KEY, r#"{"smoothing": 0, "drop_original": false}"#, &table).unwrap();
    let out = testing::apply(&*fitted, table);
    close(&values(&out, "c_encoded"), &[2.0, 2.0, 10.0]);
    assert!(out.column("c").is_some());
}

#[test]
fn each_of_several_classes_gets_a_column() {
    let target = text_column(["x", "y", "z", "z"].map(Some));
    let table = table(&[Some("a"), Some("a"), Some("a"), Some("b")], target);
    let fitted = testing::fit(KEY, r#"{"smoothing": 4}"#, &table).unwrap();
    let out = testing::apply(&*fitted, table);
    let names: Vec<&str> = out.columns().iter().map(|column| &*column.name).collect();
    assert_eq!(names, ["target", "c_x", "c_y", "c_z"]);
    close(&values(&out, "c_x")[2..], &[2.0 / 7.0, 1.0 / 5.0]);
    close(&values(&out, "c_z")[2..], &[3.0 / 7.0, 3.0 / 5.0]);
}

#[test]
fn whole_numbers_are_classes_only_while_they_are_few() {
    let wide = |n: usize| {
        let target = float_column((0..n).map(|i| Some(i as f64)));
        let categories: Vec<Option<&str>> = (0..n).map(|i| Some(["a", "b"][i % 2])).collect();
        let table = table(&categories, target);
        testing::run(KEY, "{}", table).width()
    };
    assert_eq!((wide(20), wide(21)), (21, 2));
}

#[test]
fn what_does_not_fit_the_target_is_refused() {
    let words = || text_column(["x", "y", "z"].map(Some));
    let categories = [Some("a"), Some("b"), Some("a")];
    for (config, code) in [
        (r#"{"target_type": "continuous"}"#, "TARGET_NOT_NUMERIC"),
        (r#"{"target_type": "binary"}"#, "TARGET_TYPE"),
        (r#"{"columns": ["target"]}"#, "TARGET_IN_COLUMNS"),
        (r#"{"smoothing": -1}"#, "INVALID_CONFIG"),
    ] {
        assert_eq!(
            testing::fails(KEY, config, table(&categories, words())),
            code,
            "{config}"
        );
    }
}

/// 400 rows of one category whose target is 1, 10, 100 and 1,000 in turns.
fn one_category() -> Frame {
    let target = float_column((0..400).map(|i| Some(10_f64.powi(i % 4))));
    table(&vec![Some("a"); 400], target)
}

#[test]
fn a_training_row_is_encoded_by_the_folds_it_is_not_in() {
    let config = r#"{"smoothing": 0, "target_type": "continuous"}"#;
    let table = one_category();
    let encoded = values(&testing::train(KEY, config, table.clone()).unwrap(), "c");
    let target = values(&table, "target");
    let mut folds = encoded.clone();
    folds.sort_by(f64::total_cmp);
    folds.dedup();
    assert_eq!(folds.len(), 5);
    for fold in folds {
        let others = || (0..400).filter(|row| encoded[*row].to_bits() != fold.to_bits());
        assert_eq!(others().count(), 320);
        let mean = others().map(|row| target[row]).sum::<f64>() / 320.0;
        close(&[fold], &[mean]);
    }
}

#[test]
fn rows_outside_of_training_are_encoded_by_all_training_rows() {
    let mut table = one_category();
    let split = |i| if i < 200 { Split::Train } else { Split::Test };
    table.assign((0..400).map(split).collect()).unwrap();
    let out = testing::train(KEY, r#"{"target_type": "continuous"}"#, table).unwrap();
    let encoded = values(&out, "c");
    close(&encoded[200..], &[277.75; 200]);
    assert!(encoded[..200].iter().all(|mean| (mean - 277.75).abs() > 1e-6));
}

#[test]
fn a_single_row_is_encoded_by_itself_where_there_is_no_other() {
    let out = testing::train(KEY, "{}", table(&[Some("a")], float_column([Some(1.5)]))).unwrap();
    close(&values(&out, "c"), &[1.5]);
}

/// 1,000 rows in 200 categories, whose target is a coin toss.
fn noise() -> (Vec<String>, Vec<usize>) {
    let mut random = random::stream(3, &["noise"]);
    let category = (0..1000).map(|i| format!("k{:03}", i % 200)).collect();
    (category, (0..1000).map(|_| random.below(2) as usize).collect())
}

fn training_auc(table: &str, encoder: Option<&str>) -> f64 {
    let mut nodes = vec![
        ("load", "dataset", "{}"),
        (
            "split",
            "train_test_split",
            r#"{"test_size": 0.2, "stratify": true}"#,
        ),
    ];
    nodes.extend(encoder.map(|config| ("encode", KEY, config)));
    nodes.push(("train", "train_model", r#"{"target_column": "target"}"#));
    let spec = spec(chain(&nodes), "logistic_regression", "{}");
    let trained = train(&spec, csv(table), "", 1, &Silent).unwrap();
    trained.metrics()["train"]["roc_auc"]
}

#[test]
fn a_target_that_is_noise_cannot_be_read_off_its_cross_fitted_encoding() {
    let (categories, target) = noise();
    let rows = categories.iter().zip(&target);
    let lines: String = rows
        .map(|(category, target)| format!("{category},c{target}\n"))
        .collect();
    let cross_fitted = training_auc(&format!("c,target\n{lines}"), Some("{}"));
    assert!(cross_fitted <= 0.60, "{cross_fitted}");

    // The same with each row encoded by the means over all rows, itself among them.
    let classes = text_column(target.iter().map(|class| Some(format!("c{class}"))));
    let named: Vec<Option<&str>> = categories
        .iter()
        .map(|category| Some(category.as_str()))
        .collect();
    let encoded = values(&testing::run(KEY, "{}", table(&named, classes)), "c");
    let rows = encoded.iter().zip(&target);
    let lines: String = rows.map(|(mean, target)| format!("{mean},c{target}\n")).collect();
    let leaking = training_auc(&format!("c,target\n{lines}"), None);
    assert!(leaking > 0.70, "{leaking}");
}

#[test]
fn the_folds_depend_on_the_seed_alone() {
    let run = |seed: u32| {
        let config = format!(r#"{{"random_state": {seed}, "target_type": "continuous"}}"#);
        values(&testing::train(KEY, &config, one_category()).unwrap(), "c")
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn the_share_is_that_of_the_class_the_training_node_calls_positive() {
    let table = || {
        let target = text_column(["no", "yes", "yes", "yes"].map(Some));
        table(&[Some("a"), Some("a"), Some("a"), Some("b")], target)
    };
    let encoded = |positive_class| {
        let ctx = Context {
            positive_class,
            ..testing::context()
        };
        let (node, _) = crate::nodes::get(KEY).unwrap();
        let config = testing::config(r#"{"smoothing": 0}"#);
        let fitted = node.fit(&config, &table().training(), &ctx);
        fitted.map(|fitted| values(&testing::apply(&*fitted, table()), "c"))
    };
    close(&encoded(None).unwrap(), &[2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 1.0]);
    close(
        &encoded(Some("no")).unwrap(),
        &[1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 0.0],
    );
    let error = encoded(Some("maybe")).unwrap_err();
    assert_eq!(error.failure().unwrap().code, "POSITIVE_CLASS_NOT_FOUND");
}

#[test]
fn the_training_node_says_whether_whole_numbers_are_classes() {
    let table: String = (0..40)
        .map(|i| format!("{},{i},{}\n", ["a", "b"][i % 2], i % 3))
        .collect();
    let table = format!("c,n,y\n{table}");
    let train = |model: &str, config: &str| {
        let graph = chain(&[
            ("load", "dataset", "{}"),
            ("encode", KEY, "{}"),
            ("train", "train_model", config),
        ]);
        train(&spec(graph, model, "{}"), csv(&table), "00", 1, &Silent)
            .unwrap()
            .pipeline()
            .features()
            .to_vec()
    };
    let config = r#"{"target_column": "y"}"#;
    assert_eq!(train("ridge_regression", config), ["c", "n"]);
    assert_eq!(train("gaussian_nb", config), ["n", "c_0", "c_1", "c_2"]);
    let config = r#"{"target_column": "n"}"#;
    assert_eq!(train("ridge_regression", config), ["c", "y"]);
    assert_eq!(train("k_neighbors_classifier", config).len(), 41);
}

#[test]
fn the_positive_class_of_a_training_reaches_the_encoding() {
    let table: String = (0..40)
        .map(|i| {
            format!(
                "{},{}\n",
                ["a", "b", "b"][i % 3],
                ["no", "yes", "yes", "yes"][i % 4]
            )
        })
        .collect();
    let table = format!("c,y\n{table}");
    let fills = |positive: &str| {
        let config = format!(r#"{{"target_column": "y"{positive}}}"#);
        let graph = chain(&[
            ("load", "dataset", "{}"),
            ("encode", KEY, r#"{"smoothing": 0}"#),
            ("train", "train_model", &config),
        ]);
        let trained = train(&spec(graph, "gaussian_nb", "{}"), csv(&table), "00", 1, &Silent).unwrap();
        trained.pipeline().steps.0[1].fitted.state()
    };
    assert_eq!(fills(""), fills(r#", "positive_class": "yes""#));
    assert_ne!(fills(""), fills(r#", "positive_class": "no""#));
}

#[test]
fn more_means_than_there_is_room_for_are_refused_before_any_is_computed() {
    let unique = |rows: usize| {
        let words: Vec<String> = (0..rows).map(|row| format!("word {row}")).collect();
        let words = || text_column(words.iter().map(|word| Some(word.as_str())));
        Frame::new(vec![("c".into(), words()), ("target".into(), words())]).unwrap()
    };
    let refusal = |rows: usize, memory_budget| {
        let ctx = Context {
            memory_budget,
            ..testing::context()
        };
        let (node, _) = crate::nodes::get(KEY).unwrap();
        let result = node.fit_apply(&testing::config("{}"), unique(rows), &ctx);
        result.err().map(|error| {
            let failure = error.failure().unwrap();
            (failure.code.clone(), failure.message.clone())
        })
    };
    let (code, message) = refusal(30_000, None).unwrap();
    assert_eq!(code, "TOO_MANY_COLUMNS");
    assert_eq!(
        message,
        "1 columns and 30000 classes of \"target\" make 30000 columns of means, more than 10000; name fewer columns"
    );
    // 200 rows with 200 means each are 320,000 bytes, of which there are five beside the table.
    assert_eq!(refusal(200, None), None);
    assert_eq!(refusal(200, Some(2 << 20)), None);
    let (code, message) = refusal(200, Some(1 << 20)).unwrap();
    assert_eq!(code, "MEMORY_BUDGET");
    assert!(
        message.contains("would take about 2 MiB of memory to learn from, and the attempt may use 1 MiB"),
        "{message}"
    );
}
