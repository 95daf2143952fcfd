use ndarray::{Array2, array};

use super::{
    hull::{Point, corners, thin},
    *,
};
use crate::{
    metrics::{ClassificationInput, tests::two_classes},
    pipeline::Label,
    random,
};

fn names(labels: &[&str]) -> Vec<Label> {
    labels
        .iter()
        .map(|label| Label::Text((*label).to_owned()))
        .collect()
}

fn input<'a>(truth: &'a [u32], probabilities: &'a Array2<f64>) -> ClassificationInput<'a> {
    ClassificationInput {
        truth,
        probabilities: probabilities.view(),
        scores: false,
        weights: None,
        positive: None,
    }
}

fn of_classes(evaluation: &Evaluation) -> &Classification {
    match &evaluation.detail {
        Detail::Classification(detail) => detail,
        Detail::Regression(_) => panic!("it is of numbers"),
    }
}

fn of_numbers(evaluation: &Evaluation) -> &Regression {
    match &evaluation.detail {
        Detail::Regression(detail) => detail,
        Detail::Classification(_) => panic!("it is of classes"),
    }
}

/// Many rows, of which the model is seldom sure.
fn many(rows: usize) -> (Vec<u32>, Array2<f64>) {
    let mut random = random::stream(3, &["many"]);
    let truth: Vec<u32> = (0..rows).map(|_| random.below(2) as u32).collect();
    let mut probabilities = Array2::zeros((rows, 2));
    for (row, class) in truth.iter().enumerate() {
        let positive = (random.uniform() + random.uniform() + 0.4 * f64::from(*class)) / 2.4;
        probabilities[[row, 0]] = 1.0 - positive;
        probabilities[[row, 1]] = positive;
    }
    (truth, probabilities)
}

#[test]
fn a_classifier_is_told_class_by_class() {
    let (truth, probabilities) = two_classes();
    let found = classification(&input(&truth, &probabilities), &names(&["no", "yes"]));
    assert_eq!(found.rows, 6);
    assert_eq!(
        found.metrics,
        crate::metrics::classification(&input(&truth, &probabilities))
    );
    let detail = of_classes(&found);
    let cell = |truth: &str, predicted: &str, support| ConfusionCell {
        truth: Label::Text(truth.into()),
        predicted: Label::Text(predicted.into()),
        support,
    };
    assert_eq!(
        detail.confusion,
        [
            cell("no", "no", 2.0),
            cell("no", "yes", 1.0),
            cell("yes", "no", 1.0),
            cell("yes", "yes", 2.0)
        ]
    );
    let yes = &detail.classes[1];
    assert_eq!((yes.support, yes.predicted), (3.0, 3.0));
    assert_eq!(
        (yes.precision, yes.recall, yes.specificity),
        (2.0 / 3.0, 2.0 / 3.0, Some(2.0 / 3.0))
    );
    assert_eq!(
        (yes.roc_auc, yes.pr_auc),
        (Some(found.metrics["roc_auc"]), Some(found.metrics["pr_auc"]))
    );
    let roc = yes.roc.as_ref().unwrap();
    let (third, thirds) = (1.0 / 3.0, 2.0 / 3.0);
    assert_eq!(roc.false_positive_rate, [0.0, 0.0, 0.0, third, thirds, 1.0]);
    assert_eq!(roc.true_positive_rate, [0.0, third, thirds, thirds, 1.0, 1.0]);
    let thresholds = [0.9, 0.8, 0.6, 0.4, 0.1].map(Some);
    assert_eq!((roc.threshold[0], &roc.threshold[1..]), (None, &thresholds[..]));
    let curve = yes.precision_recall.as_ref().unwrap();
    assert_eq!(curve.precision, [1.0, 1.0, 1.0, 2.0 / 3.0, 0.6, 0.5]);
    assert_eq!(curve.recall[2..], [2.0 / 3.0, 2.0 / 3.0, 1.0, 1.0]);
}

#[test]
fn points_on_one_line_are_left_out() {
    let positive = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4];
    let probabilities = Array2::from_shape_fn(
        (6, 2),
        |(i, j)| if j == 1 { positive[i] } else { 1.0 - positive[i] },
    );
    let found = classification(
        &input(&[1, 0, 0, 0, 1, 0], &probabilities),
        &names(&["no", "yes"]),
    );
    let yes = &of_classes(&found).classes[1];
    let curve = yes.precision_recall.as_ref().unwrap();
    assert_eq!(curve.recall, [0.0, 0.5, 0.5, 1.0, 1.0]);
    assert_eq!(curve.precision, [1.0, 1.0, 0.25, 0.4, 2.0 / 6.0]);
    assert_eq!(yes.roc.as_ref().unwrap().threshold, curve.threshold);
}

#[test]
fn bins_hold_their_upper_edge_and_tell_of_what_came_true() {
    let positive = [0.0, 0.1, 0.3, 0.95, 1.0, 0.95];
    let probabilities = Array2::from_shape_fn(
        (6, 2),
        |(i, j)| {
            if j == 1 { positive[i] } else { 1.0 - positive[i] }
        },
    );
    let truth = [0, 0, 1, 1, 1, 0];
    let found = classification(&input(&truth, &probabilities), &names(&["no", "yes"]));
    let found = of_classes(&found).classes[1].calibration.as_ref().unwrap();
    let bins: Vec<(f64, f64, f64, f64)> = found
        .bins
        .iter()
        .map(|bin| (bin.upper, bin.support, bin.mean_predicted, bin.fraction_true))
        .collect();
    let upper = 3.0 * 0.1;
    assert_eq!(bins[..2], [(0.1, 2.0, 0.05, 0.0), (upper, 1.0, 0.3, 1.0)]);
    assert_eq!((bins[2].0, bins[2].1, bins[2].3), (1.0, 3.0, 2.0 / 3.0));
    let brier = (0.01 + 0.49 + 0.0025 + 0.9025) / 6.0;
    assert!((found.brier_score - brier).abs() < 1e-15);
    let error = (2.0 * 0.05 + 0.7 + 3.0 * (2.9 / 3.0 - 2.0 / 3.0)) / 6.0;
    assert!((found.expected_calibration_error - error).abs() < 1e-15);
}

#[test]
fn a_label_never_seen_has_its_place_in_the_confusion_and_no_curves() {
    let (mut truth, mut probabilities) = two_classes();
    truth.push(4);
    probabilities.push_row(array![0.3, 0.7].view()).unwrap();
    let labels = names(&["no", "yes", "elsewhere", "nowhere", "maybe"]);
    let found = classification(&input(&truth, &probabilities), &labels);
    let detail = of_classes(&found);
    let told: Vec<String> = detail
        .classes
        .iter()
        .map(|class| class.label.to_string())
        .collect();
    assert_eq!(told, ["no", "yes", "maybe"]);
    let maybe = &detail.classes[2];
    assert_eq!(
        (maybe.support, maybe.recall, maybe.specificity),
        (1.0, 0.0, Some(1.0))
    );
    assert!(maybe.roc.is_none() && maybe.precision_recall.is_none() && maybe.calibration.is_none());
    let last = detail.confusion.last().unwrap();
    assert_eq!(
        (last.truth.to_string(), last.predicted.to_string()),
        ("maybe".into(), "yes".into())
    );
}

#[test]
fn scores_have_curves_and_no_calibration() {
    let (truth, probabilities) = two_classes();
    let mut input = input(&truth, &probabilities);
    input.scores = true;
    let found = classification(&input, &names(&["no", "yes"]));
    assert!(found.metrics.contains_key("roc_auc") && !found.metrics.contains_key("log_loss"));
    let detail = of_classes(&found);
    assert!(detail.calibration.is_none());
    for class in &detail.classes {
        assert!(class.calibration.is_none() && class.roc.is_some() && class.precision_recall.is_some());
    }
}

#[test]
fn a_class_without_rows_has_neither_areas_nor_curves() {
    let found = classification(
        &input(&[0, 0], &array![[0.9, 0.1], [0.4, 0.6]]),
        &names(&["no", "yes"]),
    );
    let [no, yes] = &of_classes(&found).classes[..] else {
        panic!("there are two classes")
    };
    assert!(no.roc.is_none() && no.roc_auc.is_none() && no.specificity.is_none());
    assert_eq!((no.pr_auc, no.precision_recall.is_some()), (Some(1.0), true));
    assert!(yes.pr_auc.is_none() && yes.precision_recall.is_none());
    assert!(yes.calibration.is_some());
}

#[test]
fn rows_that_count_for_nothing_are_in_no_curve_and_no_cell() {
    let (mut truth, mut probabilities) = two_classes();
    let labels = names(&["no", "yes"]);
    let without = classification(&input(&truth, &probabilities), &labels);
    truth.push(1);
    probabilities.push_row(array![0.99, 0.01].view()).unwrap();
    let weights = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0];
    let mut input = input(&truth, &probabilities);
    input.weights = Some(&weights);
    let found = classification(&input, &labels);
    assert_eq!(found.rows, 7);
    assert_eq!((found.metrics, found.detail), (without.metrics, without.detail));
}

#[test]
fn a_long_curve_keeps_its_ends_and_its_hull() {
    let (truth, probabilities) = many(20_000);
    let found = classification(&input(&truth, &probabilities), &names(&["no", "yes"]));
    for class in &of_classes(&found).classes {
        let roc = class.roc.as_ref().unwrap();
        assert!(roc.threshold.len() <= MOST_POINTS && roc.threshold.len() > MOST_POINTS / 2);
        let points: Vec<Point> = std::iter::zip(&roc.false_positive_rate, &roc.true_positive_rate)
            .map(|(x, y)| (*x, *y))
            .collect();
        assert_eq!((points[0], points[points.len() - 1]), ((0.0, 0.0), (1.0, 1.0)));
        assert!(points.is_sorted());
        let under: f64 = points
            .windows(2)
            .map(|pair| (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1) / 2.0)
            .sum();
        assert!((under - class.roc_auc.unwrap()).abs() < 1e-3);
        let curve = class.precision_recall.as_ref().unwrap();
        assert!(curve.threshold.len() <= MOST_POINTS);
        assert_eq!((curve.recall[0], curve.precision[0]), (0.0, 1.0));
        assert_eq!(curve.recall.last(), Some(&1.0));
    }
}

#[test]
fn thinning_keeps_every_corner_of_the_hull() {
    let mut random = random::stream(5, &["line"]);
    let mut line: Vec<Point> = (0..5_000)
        .map(|at| (f64::from(at) / 5e3, random.uniform()))
        .collect();
    line[2_500].1 = 2.0;
    let kept = thin(&line, 100);
    assert!(kept.len() <= 100 && kept.is_sorted());
    let all = corners(&line);
    assert!(all.contains(&2_500) && all.contains(&0) && all.contains(&4_999));
    assert!(all.iter().all(|corner| kept.contains(corner)));
    // No part of the line goes without points.
    assert!(kept.windows(2).all(|pair| pair[1] - pair[0] < 250), "{kept:?}");

    let arc: Vec<Point> = (0..=1_000)
        .map(|at| f64::from(at) / 1e3)
        .map(|x| (x, (1.0 - x * x).sqrt()))
        .collect();
    let kept = thin(&arc, 100);
    assert_eq!((kept.len(), kept[0], kept[99]), (100, 0, 1_000));
    assert_eq!(thin(&arc[..50], 100).len(), 50);
}

#[test]
fn residuals_are_summarised() {
    let truth = [1.0, 2.0, 3.0, 4.0, 9.0];
    let predicted = [2.0, 2.0, 2.0, 2.0, 100.0];
    let found = regression(&truth, &predicted, Some(&[1.0, 2.0, 1.0, 1.0, 0.0]));
    assert_eq!(found.rows, 5);
    let detail = of_numbers(&found);
    let residuals = detail.residuals.as_ref().unwrap();
    assert_eq!((residuals.min, residuals.max, residuals.mean), (-1.0, 2.0, 0.4));
    assert!((residuals.std - 1.04f64.sqrt()).abs() < 1e-15);
    let quantiles: Vec<f64> = residuals
        .quantiles
        .iter()
        .map(|quantile| quantile.value)
        .collect();
    assert_eq!(quantiles, [-1.0, -1.0, 0.0, 0.0, 1.0, 2.0, 2.0]);
    let histogram = &residuals.histogram;
    assert_eq!((histogram.edges[0], histogram.edges[30]), (-1.0, 2.0));
    assert_eq!(histogram.support.iter().sum::<f64>(), 5.0);
    assert_eq!(
        [0, 10, 20, 29].map(|at| histogram.support[at]),
        [1.0, 2.0, 1.0, 1.0]
    );
    assert_eq!(detail.sample.actual, truth[..4]);
    assert_eq!(detail.sample.predicted, predicted[..4]);
}

#[test]
fn equal_residuals_have_a_histogram_and_infinite_ones_no_summary() {
    let found = regression(&[1.0, 2.0], &[1.5, 2.5], None);
    let residuals = of_numbers(&found).residuals.as_ref().unwrap();
    assert_eq!((residuals.mean, residuals.std), (-0.5, 0.0));
    assert_eq!(
        (residuals.histogram.edges[0], residuals.histogram.edges[30]),
        (-1.0, 0.0)
    );
    assert_eq!(residuals.histogram.support.iter().sum::<f64>(), 2.0);
    let found = regression(&[1.0, 2.0], &[f64::INFINITY, 2.5], None);
    let detail = of_numbers(&found);
    assert!(detail.residuals.is_none());
    assert_eq!(detail.sample.actual, [2.0]);
}

#[test]
fn a_sample_is_bounded_and_the_same_every_time() {
    let truth: Vec<f64> = (0..10_000).map(f64::from).collect();
    let found = regression(&truth, &truth, None);
    let sample = &of_numbers(&found).sample;
    assert_eq!(sample.actual.len(), MOST_POINTS);
    assert_eq!(sample.actual, sample.predicted);
    assert!(sample.actual.windows(2).all(|pair| pair[0] < pair[1]));
    let mean = sample.actual.iter().sum::<f64>() / MOST_POINTS as f64;
    assert!((mean - 5_000.0).abs() < 500.0, "{mean}");
    assert_eq!(found, regression(&truth, &truth, None));
}

#[test]
fn nothing_is_known_of_no_rows() {
    let found = classification(&input(&[], &Array2::zeros((0, 2))), &names(&["no", "yes"]));
    let detail = of_classes(&found);
    assert!(found.metrics.is_empty() && detail.confusion.is_empty() && detail.calibration.is_none());
    assert_eq!(detail.classes.len(), 2);
    let found = regression(&[], &[], None);
    assert!(found.metrics.is_empty() && of_numbers(&found).residuals.is_none());
}

#[test]
fn what_is_written_is_read_back() {
    let (truth, probabilities) = many(3_000);
    let classes = classification(
        &input(&truth, &probabilities),
        &[Label::Integer(0), Label::Boolean(true)],
    );
    let values: Vec<f64> = truth.iter().map(|class| f64::from(*class) * 0.1).collect();
    let numbers = regression(&values, &probabilities.column(1).to_vec(), None);
    let supports = [
        "/classification/classes/0/support",
        "/regression/residuals/histogram/support/0",
    ];
    for (evaluation, support) in [classes, numbers].into_iter().zip(supports) {
        let text = serde_json::to_string(&evaluation).unwrap();
        assert_eq!(serde_json::from_str::<Evaluation>(&text).unwrap(), evaluation);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(value.pointer(support).unwrap().is_u64(), "{support}");
    }
}
