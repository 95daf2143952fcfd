//! What was trained on what, and how good it is in figures.

use std::fmt::Write as _;

use domain::catalog::ProblemType;

use super::{
    Facts, figures, section as part, table,
    text::{clip, count, escape, list},
};
use crate::{artifact::Manifest, models, pipeline::Metrics};

/// The figures at the top of the page.
const HEADLINES: [&str; 10] = [
    "accuracy",
    "balanced_accuracy",
    "roc_auc",
    "roc_auc_weighted",
    "f1",
    "f1_macro",
    "r2",
    "rmse",
    "mae",
    "mape",
];

/// How many of them are shown.
const MOST_HEADLINES: usize = 4;

/// The title: the model and what it predicts.
pub(super) fn title(facts: &Facts<'_>) -> String {
    format!("{} for {}", model_title(facts.manifest), facts.evaluation.target)
}

fn model_title(manifest: &Manifest) -> String {
    models::get(&manifest.model.key).map_or_else(|| manifest.model.key.clone(), |model| model.spec().title)
}

/// The head of the page.
pub(super) fn header(facts: &Facts<'_>, title: &str) -> String {
    let manifest = facts.manifest;
    let mut tiles = String::new();
    if let Some((split, evaluation)) = facts.judge() {
        let known = HEADLINES
            .iter()
            .filter_map(|key| Some((key, *evaluation.metrics.get(*key)?)))
            .filter(|(key, value)| figures::tells(key, *value));
        for (key, value) in known.take(MOST_HEADLINES) {
            let (value, name) = (figures::shown(key, value), figures::name(key));
            _ = writeln!(
                tiles,
                "<div class=\"tile\"><b>{value}</b><span>{name}, {split}</span></div>"
            );
        }
    }
    format!(
        "<header>\n<p class=\"kicker\">Training report</p>\n<h1>{}</h1>\n<p class=\"lead\">Trained on {} rows of <b>{}</b> with {} {}.</p>\n\
         <div class=\"tiles\">\n{tiles}</div>\n</header>\n",
        clip(title, 120),
        count((manifest.rows.train + manifest.rows.added) as f64),
        clip(&manifest.dataset.id, 80),
        count(manifest.features.len() as f64),
        if manifest.features.len() == 1 {
            "feature"
        } else {
            "features"
        },
    )
}

/// What was trained on what.
pub(super) fn section(facts: &Facts<'_>) -> String {
    let manifest = facts.manifest;
    let mut content = String::from("<dl>\n");
    let mut tell = |name: &str, text: &str| _ = writeln!(content, "<dt>{name}</dt><dd>{text}</dd>");
    tell(
        "Model",
        &format!(
            "{}, <code>{}</code>",
            escape(&model_title(manifest)),
            escape(&manifest.model.key)
        ),
    );
    tell("Predicts", &predicts(manifest));
    tell("Table", &clip(&manifest.dataset.id, 120));
    tell(
        "Read from",
        &format!("<code>{}</code>", clip(&manifest.dataset.uri, 300)),
    );
    tell(
        "SHA-256 of it",
        &format!("<code>{}</code>", escape(&manifest.dataset.sha256)),
    );
    tell("Rows", &rows(manifest));
    let columns: Vec<&str> = manifest
        .inputs
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    tell("Columns that count", &numbered(&columns));
    tell("Features made of them", &numbered(&manifest.features));
    let parameters = manifest.model.hyperparameters.iter();
    let parameters: Vec<String> = parameters
        .map(|(name, value)| {
            format!(
                "<code>{}&nbsp;=&nbsp;{}</code>",
                escape(name),
                clip(&value.to_string(), 120)
            )
        })
        .collect();
    if !parameters.is_empty() {
        tell("Hyperparameters", &parameters.join(" · "));
    }
    content += "</dl>\n";
    part("What was trained", "", &content)
}

fn numbered(names: &[impl AsRef<str>]) -> String {
    format!("{}: {}", count(names.len() as f64), list(names, 40))
}

fn predicts(manifest: &Manifest) -> String {
    let target = clip(&manifest.target.name, 120);
    match manifest.problem_type {
        ProblemType::Regression => format!("<b>{target}</b>, a number"),
        ProblemType::Classification => {
            let labels: Vec<String> = manifest.classes.iter().map(ToString::to_string).collect();
            let positive = manifest.positive_class.as_ref().map(ToString::to_string);
            let positive = positive.map(|label| format!("; positive is {}", clip(&label, 60)));
            format!(
                "<b>{target}</b>, one of {} classes: {}{}",
                count(labels.len() as f64),
                list(&labels, 30),
                positive.unwrap_or_default()
            )
        }
    }
}

fn rows(manifest: &Manifest) -> String {
    let rows = &manifest.rows;
    let mut told = format!("{} in the table", count(rows.source as f64));
    let uses = [
        (rows.train, "for training"),
        (rows.validation, "for validation"),
        (rows.test, "for testing"),
        (rows.dropped, "left out"),
        (rows.added, "more made by resampling"),
    ];
    for (number, used) in uses.into_iter().filter(|(number, _)| *number > 0) {
        _ = write!(told, ", {} {used}", count(number as f64));
    }
    told
}

/// The figures of each split.
pub(super) fn metrics(facts: &Facts<'_>) -> String {
    let splits: Vec<(&str, &Metrics)> = facts.splits().map(|(split, of)| (split, &of.metrics)).collect();
    let folds = facts.evaluation.cross_validation.as_ref();
    let mut names: Vec<&String> = splits.iter().flat_map(|(_, metrics)| metrics.keys()).collect();
    names.extend(folds.iter().flat_map(|folds| folds.mean.keys()));
    names.sort_unstable_by_key(|name| (figures::place(name), *name));
    names.dedup();
    let mut head = String::from("<th>metric</th>");
    for (split, _) in &splits {
        _ = write!(head, "<th class=\"n\">{split}</th>");
    }
    if let Some(folds) = folds {
        _ = write!(head, "<th class=\"n\">{} folds</th>", folds.folds.len());
    }
    let shown = |name: &str, of: &Metrics| {
        let value = of.get(name);
        value.map_or_else(|| "–".to_owned(), |value| figures::shown(name, *value))
    };
    let mut lines = String::new();
    for name in names {
        let (key, shown_name) = (escape(name), figures::name(name));
        _ = write!(lines, "<tr><th title=\"{key}\">{}</th>", escape(&shown_name));
        for (_, metrics) in &splits {
            _ = write!(lines, "<td class=\"n\">{}</td>", shown(name, metrics));
        }
        if let Some(folds) = folds {
            let std = folds
                .std
                .get(name)
                .map(|std| format!(" <small>± {}</small>", figures::shown(name, *std)));
            let mean = shown(name, &folds.mean);
            _ = write!(lines, "<td class=\"n\">{mean}{}</td>", std.unwrap_or_default());
        }
        lines += "</tr>\n";
    }
    let note = match (facts.judge(), folds) {
        (Some(("train", _)), None) => {
            "No row was kept from training: these figures say how well the model knows its own rows, not how it will do on others."
        }
        (Some(("train", _)), Some(_)) => {
            "No row was kept from the last fit: only the figures of the folds, mean and standard deviation, say how it will do on other rows."
        }
        (_, Some(_)) => "Of the folds, the mean and the standard deviation.",
        (_, None) => "",
    };
    part("Metrics", note, &table("metrics", &head, &lines))
}

/// The foot of the page.
pub(super) fn footer(facts: &Facts<'_>) -> String {
    let manifest = facts.manifest;
    format!(
        "<footer>Trainyard {} · computed with {} · graph <code>{}</code> · metrics, curves and importances are in <code>evaluation.json</code>, unrounded</footer>\n",
        escape(&manifest.trainyard_version),
        escape(&manifest.instruction_set),
        clip(&manifest.graph_sha256, 12),
    )
}
