//! How far the predictions of a regressor are off.

use super::{
    axis::Axis,
    plot::Plot,
    section as part,
    text::{clip, count, figure, percent},
};
use crate::evaluation::{Regression, Residuals, Sample};

/// The residuals of one split.
pub(super) fn section(target: &str, split: &str, detail: &Regression) -> String {
    let mut figures = String::new();
    let target = clip(target, 30);
    if !detail.sample.actual.is_empty() {
        figures += &against_truth(&target, split, &detail.sample);
        figures += &against_prediction(split, &detail.sample);
    }
    if let Some(residuals) = &detail.residuals {
        figures += &spread(split, residuals);
    }
    if figures.is_empty() {
        return figures;
    }
    let note = "A residual is what is true less what was predicted: above 0 the prediction was too low.";
    part(
        "Residuals",
        note,
        &format!("<div class=\"figures\">\n{figures}</div>\n"),
    )
}

fn pairs(sample: &Sample) -> impl Iterator<Item = (f64, f64)> {
    std::iter::zip(&sample.actual, &sample.predicted).map(|(actual, predicted)| (*actual, *predicted))
}

fn told(split: &str, rows: usize) -> String {
    format!("<p class=\"below\">{} {split} rows.</p>\n", count(rows as f64))
}

fn against_truth(target: &str, split: &str, sample: &Sample) -> String {
    let both = || pairs(sample).flat_map(|(actual, predicted)| [actual, predicted]);
    let (x, y) = (
        Axis::holding("actual", both()),
        Axis::holding("predicted", both()),
    );
    let (low, high) = (x.low, x.high);
    let mut plot = Plot::new(x, y);
    plot.line("chance", [(low, low), (high, high)]);
    plot.dots(
        "dot c0 many",
        pairs(sample).map(|(actual, predicted)| (actual, predicted, 2.4)),
    );
    plot.figure(
        &format!("Predicted against actual {target}"),
        &told(split, sample.actual.len()),
    )
}

fn against_prediction(split: &str, sample: &Sample) -> String {
    let residuals = || pairs(sample).map(|(actual, predicted)| (predicted, actual - predicted));
    let x = Axis::holding("predicted", residuals().map(|(predicted, _)| predicted));
    let y = Axis::holding("residual", residuals().map(|(_, residual)| residual).chain([0.0]));
    let (low, high) = (x.low, x.high);
    let mut plot = Plot::new(x, y);
    plot.line("chance", [(low, 0.0), (high, 0.0)]);
    plot.dots(
        "dot c0 many",
        residuals().map(|(predicted, residual)| (predicted, residual, 2.4)),
    );
    plot.figure("Residuals against predictions", &told(split, sample.actual.len()))
}

fn spread(split: &str, residuals: &Residuals) -> String {
    let histogram = &residuals.histogram;
    let most = histogram.support.iter().copied().fold(0.0, f64::max);
    let x = Axis::holding("residual", histogram.edges.iter().copied());
    let y = Axis {
        low: 0.0,
        high: most.max(1.0) * 1.06,
        label: "rows",
    };
    let mut plot = Plot::new(x, y);
    let columns = histogram.edges.windows(2).zip(&histogram.support);
    plot.columns(
        "column c0",
        columns.map(|(edges, support)| (edges[0], edges[1], *support)),
    );
    plot.line("chance", [(0.0, 0.0), (0.0, most * 1.06)]);
    let quantile = |share: f64| {
        residuals
            .quantiles
            .iter()
            .find(|quantile| quantile.share == share)
    };
    let between = quantile(0.05).zip(quantile(0.95)).map(|(low, high)| {
        format!(
            " {} lie between {} and {}.",
            percent(high.share - low.share),
            figure(low.value),
            figure(high.value)
        )
    });
    let below = format!(
        "<p class=\"below\">All {split} rows. Mean {}, standard deviation {}.{}</p>\n",
        figure(residuals.mean),
        figure(residuals.std),
        between.unwrap_or_default()
    );
    plot.figure("Spread of residuals", &below)
}
