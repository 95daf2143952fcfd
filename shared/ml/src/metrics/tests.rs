use ndarray::{Array2, array};

use super::{ClassificationInput, Figures, classification, less_is_better, regression};

fn figures(truth: &[u32], probabilities: &Array2<f64>, weights: Option<&[f64]>) -> Figures {
    classification(&ClassificationInput {
        truth,
        probabilities: probabilities.view(),
        scores: false,
        weights,
        positive: None,
    })
}

fn assert_figures(found: &Figures, expected: &[(&str, f64)]) {
    for (name, value) in expected {
        let found = found.get(*name).unwrap_or_else(|| panic!("{name} is absent"));
        assert!((found - value).abs() < 1e-12, "{name} is {found}, not {value}");
    }
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    let mut expected: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    expected.sort_unstable();
    assert_eq!(names, expected);
}

pub(crate) fn two_classes() -> (Vec<u32>, Array2<f64>) {
    let positive = [0.1, 0.8, 0.4, 0.6, 0.9, 0.4];
    let probabilities = Array2::from_shape_fn(
        (6, 2),
        |(i, j)| if j == 1 { positive[i] } else { 1.0 - positive[i] },
    );
    (vec![0, 1, 1, 0, 1, 0], probabilities)
}

#[test]
fn figures_of_two_classes_are_scikit_learns() {
    let (truth, probabilities) = two_classes();
    let found = figures(&truth, &probabilities, Some(&[1.0, 2.0, 1.0, 1.0, 0.5, 2.0]));
    let f1 = 0.7321428571428572;
    assert_figures(
        &found,
        &[
            ("accuracy", 0.7333333333333333),
            ("balanced_accuracy", f1),
            ("matthews_corrcoef", 0.4642857142857143),
            ("log_loss", 0.4611414116527267),
            ("precision_weighted", 0.7333333333333333),
            ("recall_weighted", 0.7333333333333333),
            ("f1_weighted", 0.7333333333333333),
            ("precision_macro", f1),
            ("recall_macro", f1),
            ("f1_macro", f1),
            ("precision", 0.7142857142857143),
            ("recall", 0.7142857142857143),
            ("f1", 0.7142857142857143),
            ("roc_auc", 0.8571428571428572),
            ("pr_auc", 0.8681318681318682),
            ("g_score", (0.75f64 * 0.7142857142857143).sqrt()),
        ],
    );
}

#[test]
fn figures_of_three_classes_are_scikit_learns() {
    let probabilities = array![
        [0.7, 0.2, 0.1],
        [0.3, 0.4, 0.3],
        [0.2, 0.5, 0.3],
        [0.1, 0.2, 0.7],
        [0.6, 0.3, 0.1],
        [0.5, 0.25, 0.25]
    ];
    let found = figures(&[0, 1, 2, 2, 1, 0], &probabilities, None);
    assert_figures(
        &found,
        &[
            ("accuracy", 2.0 / 3.0),
            ("balanced_accuracy", 2.0 / 3.0),
            ("matthews_corrcoef", 0.5222329678670935),
            ("log_loss", 0.7884555681605728),
            ("precision_weighted", 0.7222222222222222),
            ("recall_weighted", 2.0 / 3.0),
            ("f1_weighted", 0.6555555555555556),
            ("precision_macro", 0.7222222222222222),
            ("recall_macro", 2.0 / 3.0),
            ("f1_macro", 0.6555555555555556),
            ("roc_auc_weighted", 0.8541666666666666),
            ("pr_auc_weighted", 0.75),
            ("g_score", 0.25f64.cbrt()),
        ],
    );
}

#[test]
fn the_positive_class_can_be_chosen() {
    let (truth, probabilities) = two_classes();
    let input = ClassificationInput {
        truth: &truth,
        probabilities: probabilities.view(),
        scores: false,
        weights: None,
        positive: Some(0),
    };
    let found = classification(&input);
    let swapped: Vec<u32> = truth.iter().map(|code| 1 - code).collect();
    let mirrored = Array2::from_shape_fn((6, 2), |(i, j)| probabilities[[i, 1 - j]]);
    let expected = figures(&swapped, &mirrored, None);
    for name in ["precision", "recall", "roc_auc", "pr_auc"] {
        assert!((found[name] - expected[name]).abs() < 1e-12, "{name}");
    }
}

#[test]
fn with_one_class_the_areas_are_absent() {
    let found = figures(&[1, 1], &array![[0.2, 0.8], [0.6, 0.4]], None);
    assert!(!found.contains_key("roc_auc"));
    assert_eq!(found["pr_auc"], 1.0);
    let found = figures(&[0, 0], &array![[0.2, 0.8], [0.6, 0.4]], None);
    assert!(!found.contains_key("roc_auc") && !found.contains_key("pr_auc"));
    assert_eq!(
        (found["accuracy"], found["matthews_corrcoef"], found["recall"]),
        (0.5, 0.0, 0.0)
    );
}

#[test]
fn a_label_never_seen_is_wrong_and_has_no_part_in_probabilities() {
    let (mut truth, mut probabilities) = two_classes();
    let without = figures(&truth, &probabilities, None);
    truth.push(2);
    probabilities.push_row(array![0.5, 0.5].view()).unwrap();
    let found = figures(&truth, &probabilities, None);
    assert_eq!(found["log_loss"], without["log_loss"]);
    assert_eq!(found["roc_auc"], without["roc_auc"]);
    assert!((found["accuracy"] - without["accuracy"] * 6.0 / 7.0).abs() < 1e-12);
    assert!((found["recall_macro"] - without["recall_macro"] * 2.0 / 3.0).abs() < 1e-12);
    assert_eq!(found["g_score"], 0.0);
}

#[test]
fn scores_have_no_log_loss() {
    let (truth, probabilities) = two_classes();
    let mut input = ClassificationInput {
        truth: &truth,
        probabilities: probabilities.view(),
        scores: false,
        weights: None,
        positive: None,
    };
    let mut expected = classification(&input);
    input.scores = true;
    assert!(expected.remove("log_loss").is_some());
    assert_eq!(classification(&input), expected);
}

#[test]
fn a_class_whose_rows_count_for_nothing_is_a_class_in_plain_means() {
    let (mut truth, mut probabilities) = two_classes();
    let without = figures(&truth, &probabilities, None);
    truth.push(2);
    probabilities.push_row(array![0.5, 0.5].view()).unwrap();
    let found = figures(&truth, &probabilities, Some(&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0]));
    assert!((found["f1_macro"] - without["f1_macro"] * 2.0 / 3.0).abs() < 1e-12);
    assert_eq!(found["balanced_accuracy"], without["balanced_accuracy"]);
    assert_eq!(found["f1_weighted"], without["f1_weighted"]);
}

#[test]
fn certainty_that_is_wrong_costs_a_finite_loss() {
    let found = figures(&[0, 1], &array![[0.0, 1.0], [0.0, 1.0]], None);
    assert!((found["log_loss"] - 0.5 * -f64::EPSILON.ln()).abs() < 1e-9);
}

#[test]
fn no_rows_have_no_figures() {
    assert!(figures(&[], &Array2::zeros((0, 2)), None).is_empty());
    assert!(regression(&[], &[], None).is_empty());
}

#[test]
fn figures_of_numbers_are_scikit_learns() {
    let found = regression(
        &[3.0, -0.5, 2.0, 7.0],
        &[2.5, 0.0, 2.0, 8.0],
        Some(&[1.0, 2.0, 0.5, 1.0]),
    );
    assert_figures(
        &found,
        &[
            ("mae", 0.5555555555555556),
            ("mse", 0.3888888888888889),
            ("rmse", 0.6236095644623235),
            ("r2", 0.9542815674891146),
            ("mape", 0.5132275132275131),
            ("explained_variance", 0.967343976777939),
            ("max_error", 1.0),
        ],
    );
}

#[test]
fn of_one_number_or_equal_ones_nothing_is_left_to_explain() {
    assert!(!regression(&[1.0], &[2.0], None).contains_key("r2"));
    assert_eq!(regression(&[0.1; 3], &[0.1; 3], None)["r2"], 1.0);
    assert_eq!(
        regression(&[0.1; 3], &[0.2; 3], Some(&[0.1, 0.7, 0.3]))["r2"],
        0.0
    );
    let found = regression(&[0.1; 3], &[0.3; 3], Some(&[0.1, 0.7, 0.3]));
    assert_eq!((found["r2"], found["explained_variance"]), (0.0, 1.0));
}

#[test]
fn the_better_predictions_have_the_better_figures() {
    let one_hot = |sure: f64| {
        let classes = 3;
        Array2::from_shape_fn((6, classes), |(row, class)| {
            let right = row % classes == class;
            let off = if row == 0 { 0.0 } else { sure };
            if right { off } else { (1.0 - off) / 2.0 }
        })
    };
    let (two, probabilities) = two_classes();
    let perfect = Array2::from_shape_fn((6, 2), |(row, class)| f64::from(two[row] as usize == class));
    let three: Vec<u32> = (0..6).map(|row| row % 3).collect();
    let certain = Array2::from_shape_fn((6, 3), |(row, class)| f64::from(row % 3 == class));
    let truth = [1.0, 2.0, 4.0, 8.0];
    for (better, worse) in [
        (figures(&two, &perfect, None), figures(&two, &probabilities, None)),
        (
            figures(&three, &certain, None),
            figures(&three, &one_hot(0.8), None),
        ),
        (
            regression(&truth, &[1.0, 2.0, 4.0, 7.0], None),
            regression(&truth, &[0.0, 3.0, 6.0, 3.0], None),
        ),
    ] {
        for (name, better) in better {
            let worse = worse[&name];
            assert!(better != worse, "{name}");
            assert_eq!(less_is_better(&name), better < worse, "{name}");
        }
    }
}
