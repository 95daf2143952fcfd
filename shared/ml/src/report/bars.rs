//! How much each feature counts, as bars.

use std::fmt::Write as _;

use super::{
    Facts, figures, section as part,
    text::{clip, count, escape, figure},
};
use crate::importances::{Importances, Permutation, Weights};

/// How many features are shown.
const MOST: usize = 20;
/// How many classes' coefficients are shown.
const MOST_CLASSES: usize = 8;

/// A feature's place, how much it counts, and how sure that is.
struct Bar {
    feature: usize,
    value: f64,
    spread: Option<f64>,
}

/// What counts.
pub(super) fn section(facts: &Facts<'_>) -> String {
    let Some(importances) = &facts.evaluation.importances else {
        return String::new();
    };
    let mut content = String::new();
    if let Some(permutation) = &importances.permutation {
        content += &shuffled(importances, permutation);
    }
    if let Some(impurity) = &importances.impurity {
        let below = "Each feature's share in what the splits of the trees gained in training.";
        content += &drawn("Share in splits", below, importances, bars(impurity));
    }
    for weights in importances.coefficients.iter().take(MOST_CLASSES) {
        content += &coefficients(importances, weights);
    }
    if let Some(reason) = &importances.permutation_left_out {
        _ = writeln!(
            content,
            "<p class=\"note\">No feature was shuffled to see what is lost: {}.</p>",
            clip(reason, 300)
        );
    }
    let features = importances.features.len();
    let note = if features > MOST {
        format!(
            "The {MOST} that count most of {} features.",
            count(features as f64)
        )
    } else {
        String::new()
    };
    part(
        "Features that count",
        &note,
        &format!("<div class=\"figures wide\">\n{content}</div>\n"),
    )
}

fn shuffled(importances: &Importances, permutation: &Permutation) -> String {
    let each = permutation.mean.iter().zip(&permutation.std).enumerate();
    let bars = each.map(|(feature, (value, spread))| Bar {
        feature,
        value: *value,
        spread: Some(*spread),
    });
    let below = format!(
        "By how much {} of {} {} rows falls from {} where the feature's values are shuffled: mean and standard deviation of {} shuffles.",
        escape(&figures::name(&permutation.metric)),
        count(permutation.rows as f64),
        escape(&permutation.split),
        figure(permutation.score),
        permutation.repeats
    );
    drawn("Permutation importance", &below, importances, bars.collect())
}

fn coefficients(importances: &Importances, weights: &Weights) -> String {
    let whose = weights
        .class
        .as_ref()
        .map(|class| format!(" of {}", clip(&class.to_string(), 40)));
    let title = format!("Coefficients{}", whose.unwrap_or_default());
    let below = format!(
        "For one unit of each feature, so that features of different scale do not compare. Intercept {}.",
        figure(weights.intercept)
    );
    drawn(&title, &below, importances, bars(&weights.values))
}

fn bars(values: &[f64]) -> Vec<Bar> {
    let each = values.iter().enumerate();
    each.map(|(feature, value)| Bar {
        feature,
        value: *value,
        spread: None,
    })
    .collect()
}

fn drawn(title: &str, below: &str, importances: &Importances, mut bars: Vec<Bar>) -> String {
    bars.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
    bars.truncate(MOST);
    let (low, high) = bars.iter().fold((0f64, 0f64), |(low, high), bar| {
        (low.min(bar.value), high.max(bar.value))
    });
    let width = if high > low { high - low } else { 1.0 };
    let mut rows = String::new();
    for bar in &bars {
        let name = importances.features.get(bar.feature).map(|name| clip(name, 40));
        let from = 100.0 * (bar.value.min(0.0) - low) / width;
        let long = 100.0 * bar.value.abs() / width;
        let sign = if bar.value < 0.0 { " class=\"less\"" } else { "" };
        let spread = bar
            .spread
            .map(|spread| format!(" <small>± {}</small>", figure(spread)));
        _ = writeln!(
            rows,
            "<tr><th>{}</th><td class=\"bar\"><i{sign} style=\"margin-left:{from:.1}%;width:{long:.1}%\"></i></td><td class=\"n\">{}{}</td></tr>",
            name.unwrap_or_default(),
            figure(bar.value),
            spread.unwrap_or_default()
        );
    }
    format!(
        "<figure>\n<figcaption>{title}</figcaption>\n<table class=\"bars\"><tbody>\n{rows}</tbody></table>\n<p class=\"below\">{below}</p>\n</figure>\n"
    )
}
