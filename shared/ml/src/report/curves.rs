//! The curves of a classifier, and whether its probabilities mean what they say.

use std::fmt::Write as _;

use super::{
    axis::Axis,
    plot::{COLOURS, Plot},
    section as part,
    text::{clip, count, figure},
};
use crate::{
    artifact::EvaluationFile,
    evaluation::{Calibration, ClassEvaluation, Classification, Detail, Evaluation},
    pipeline::Label,
};

/// A curve, how it looks and what it is called.
struct Series {
    class: String,
    name: String,
    points: Vec<(f64, f64)>,
}

/// The points of a class's curve and the area under them.
type Curve = (Vec<(f64, f64)>, Option<f64>);

/// A kind of curve.
type Of = fn(&ClassEvaluation) -> Option<Curve>;

fn roc(class: &ClassEvaluation) -> Option<Curve> {
    let curve = class.roc.as_ref()?;
    Some((
        zip(&curve.false_positive_rate, &curve.true_positive_rate),
        class.roc_auc,
    ))
}

fn precision_recall(class: &ClassEvaluation) -> Option<Curve> {
    let curve = class.precision_recall.as_ref()?;
    Some((zip(&curve.recall, &curve.precision), class.pr_auc))
}

fn zip(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    std::iter::zip(x, y).map(|(x, y)| (*x, *y)).collect()
}

/// The curves of one split, of two classes beside those of the training rows.
pub(super) fn section(
    evaluation: &EvaluationFile,
    split: &str,
    detail: &Classification,
    training: Option<&Evaluation>,
) -> String {
    let positive = evaluation.positive_class.as_ref();
    let training = match training.map(|training| &training.detail) {
        Some(Detail::Classification(training)) => Some(training),
        Some(Detail::Regression(_)) | None => None,
    };
    let curves = |of: Of| series(split, detail, training, positive, of);
    let mut figures = String::new();
    let (roc, precision_recall) = (curves(roc), curves(precision_recall));
    if !roc.is_empty() {
        let axes = (
            Axis::share("false positive rate"),
            Axis::share("true positive rate"),
        );
        figures += &drawn("ROC curve", axes, &roc, true);
    }
    if !precision_recall.is_empty() {
        let axes = (Axis::share("recall"), Axis::share("precision"));
        figures += &drawn("Precision and recall", axes, &precision_recall, false);
    }
    let of_positive = positive.and_then(|label| found(detail, label)?.calibration.as_ref());
    if let Some(calibration) = of_positive.or(detail.calibration.as_ref()) {
        figures += &calibrated(calibration, of_positive.and(positive), split);
    }
    if figures.is_empty() {
        return figures;
    }
    let classes = detail.classes.iter().filter(|class| class.roc.is_some()).count();
    let note = if positive.is_none() && classes > COLOURS {
        format!("The {COLOURS} largest classes, each against the rest.")
    } else if positive.is_none() {
        "Each class against the rest.".to_owned()
    } else {
        String::new()
    };
    part(
        "Curves",
        &note,
        &format!("<div class=\"figures\">\n{figures}</div>\n"),
    )
}

fn found<'a>(detail: &'a Classification, label: &Label) -> Option<&'a ClassEvaluation> {
    detail.classes.iter().find(|class| class.label == *label)
}

fn series(
    split: &str,
    detail: &Classification,
    training: Option<&Classification>,
    positive: Option<&Label>,
    of: Of,
) -> Vec<Series> {
    let one = |class: &ClassEvaluation, look: String, name: &str| {
        let (points, area) = of(class)?;
        let area = area
            .map(|area| format!(", area {}", figure(area)))
            .unwrap_or_default();
        Some(Series {
            class: look,
            name: format!("{name}{area}"),
            points,
        })
    };
    if let Some(label) = positive {
        let of_split = |detail, look: &str, name| one(found(detail, label)?, look.to_owned(), name);
        let trained = training.and_then(|training| of_split(training, "line c1 dashed", "train"));
        return trained
            .into_iter()
            .chain(of_split(detail, "line c0", split))
            .collect();
    }
    let mut largest: Vec<&ClassEvaluation> = detail
        .classes
        .iter()
        .filter(|class| class.roc.is_some())
        .collect();
    if largest.len() > COLOURS {
        largest.sort_by(|a, b| b.support.total_cmp(&a.support));
        largest.truncate(COLOURS);
    }
    let each = largest.into_iter().enumerate();
    each.filter_map(|(at, class)| one(class, format!("line c{at}"), &clip(&class.label.to_string(), 40)))
        .collect()
}

fn drawn(title: &str, (x, y): (Axis<'_>, Axis<'_>), series: &[Series], diagonal: bool) -> String {
    let mut plot = Plot::new(x, y);
    if diagonal {
        plot.line("chance", [(0.0, 0.0), (1.0, 1.0)]);
    }
    let mut legend = String::from("<ul class=\"legend\">");
    for Series { class, name, points } in series {
        plot.line(class, points.iter().copied());
        _ = write!(legend, "<li><i class=\"{class}\"></i>{name}</li>");
    }
    legend += "</ul>\n";
    plot.figure(title, &legend)
}

fn calibrated(calibration: &Calibration, of: Option<&Label>, split: &str) -> String {
    let x = match of {
        Some(_) => "mean probability",
        None => "mean probability of the class named",
    };
    let y = match of {
        Some(_) => "share that came true",
        None => "share named rightly",
    };
    let mut plot = Plot::new(Axis::share(x), Axis::share(y));
    plot.line("chance", [(0.0, 0.0), (1.0, 1.0)]);
    let bins = || calibration.bins.iter();
    let most = bins().map(|bin| bin.support).fold(0.0, f64::max);
    plot.line(
        "line c0",
        bins().map(|bin| (bin.mean_predicted, bin.fraction_true)),
    );
    let radius = |support: f64| 2.0 + 4.0 * (support / most).sqrt();
    plot.dots(
        "dot c0",
        bins().map(|bin| (bin.mean_predicted, bin.fraction_true, radius(bin.support))),
    );
    let whose = of
        .map(|label| format!(" of {}", clip(&label.to_string(), 40)))
        .unwrap_or_default();
    let rows: f64 = bins().map(|bin| bin.support).sum();
    let below = format!(
        "<p class=\"below\">Probabilities{whose} of {} {split} rows in tenths; larger dots have more rows. Expected calibration error {}, Brier score {}.</p>\n",
        count(rows),
        figure(calibration.expected_calibration_error),
        figure(calibration.brier_score)
    );
    plot.figure("Calibration", &below)
}
