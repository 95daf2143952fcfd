//! `report.html`: a training on one page, for people. It shows what was trained on what, how good the model is, which
//! features count, what each node did, and how to use the model.
//!
//! The page is one file without scripts that asks for nothing: its style and its figures are in it, and a content
//! security policy in its head forbids all else. It reads on a telephone, on paper, in light and in dark. Every text of
//! a user's is escaped and cut where it is long, and lists are cut where they are many, so that the page stays small.
//! But for how long things took, the same training gives the same page.

mod axis;
mod bars;
mod confusion;
mod curves;
mod drawing;
mod figures;
mod layers;
mod loading;
mod nodes;
mod overview;
mod plot;
mod residuals;
#[cfg(test)]
mod tests;
mod text;

use domain::graph::Graph;

use self::text::escape;
use crate::{
    artifact::{EvaluationFile, Manifest},
    attempt::Told,
    evaluation::{Detail, Evaluation},
    frame::Split,
};

/// What a report tells of.
pub(crate) struct Facts<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) evaluation: &'a EvaluationFile,
    pub(crate) graph: &'a Graph,
    pub(crate) told: &'a Told,
}

impl Facts<'_> {
    /// The splits with rows, in the order in which a row is used.
    fn splits(&self) -> impl DoubleEndedIterator<Item = (&'static str, &Evaluation)> {
        let splits = Split::ALL.into_iter().map(Split::as_str);
        splits.filter_map(|split| Some((split, self.evaluation.splits.get(split)?)))
    }

    /// The split that says most of how good the model is: the last that has rows, which without a split is the training.
    fn judge(&self) -> Option<(&'static str, &Evaluation)> {
        self.splits().next_back()
    }
}

const STYLE: &str = include_str!("report/style.css");

/// The page.
pub(crate) fn page(facts: &Facts<'_>) -> String {
    let title = overview::title(facts);
    let sections = [
        overview::section(facts),
        overview::metrics(facts),
        quality(facts),
        bars::section(facts),
        nodes::section(facts),
        nodes::warnings(facts),
        loading::section(facts),
    ];
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         {}<main>\n{}</main>\n{}</body>\n</html>\n",
        escape(&title),
        overview::header(facts, &title),
        sections.concat(),
        overview::footer(facts),
    )
}

/// What lies behind the metrics, by the rows that judge.
fn quality(facts: &Facts<'_>) -> String {
    let Some((split, evaluation)) = facts.judge() else {
        return String::new();
    };
    match &evaluation.detail {
        Detail::Classification(detail) => {
            let training = facts.evaluation.splits.get(Split::Train.as_str());
            let compared = training.filter(|_| split != Split::Train.as_str());
            confusion::section(split, detail) + &curves::section(facts.evaluation, split, detail, compared)
        }
        Detail::Regression(detail) => residuals::section(&facts.evaluation.target, split, detail),
    }
}

/// A part of the page, if it has something to tell.
fn section(title: &str, note: &str, content: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    let note = match note {
        "" => String::new(),
        note => format!("<p class=\"note\">{note}</p>\n"),
    };
    format!("<section>\n<h2>{title}</h2>\n{note}{content}</section>\n")
}

/// A table in a box of its own, which scrolls where it is wider than the page.
fn table(class: &str, head: &str, rows: &str) -> String {
    format!(
        "<div class=\"scroll\"><table class=\"{class}\">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}
