//! The rules on how a model is trained: model, problem and stratification agree, folds can be made, weights can be
//! used.

use super::Member;
use crate::{
    catalog::{self, ModelSpec, ProblemType, RowEffect},
    violation::Violation,
};

/// Model, problem type and stratification agree.
pub(super) fn problem_type(
    training: Member<'_>,
    models: &[&ModelSpec],
    splitter: Option<Member<'_>>,
    violations: &mut Vec<Violation>,
) {
    // Another word than these two was refused with the config.
    let words = [ProblemType::Classification, ProblemType::Regression].map(ProblemType::as_str);
    if let Some(asked) = training
        .text("problem_type")
        .filter(|asked| words.contains(asked))
    {
        for model in models.iter().filter(|model| model.problem_type.as_str() != asked) {
            let field = format!("{}.config.problem_type", training.path());
            let message = format!(
                "is {asked}, but {} is for {}",
                model.key,
                model.problem_type.as_str()
            );
            violations.push(Violation::new(field, message));
        }
    }
    let regression = models
        .iter()
        .find(|model| model.problem_type == ProblemType::Regression);
    let Some(model) = regression else { return };
    let mut refuse = |member: Member<'_>, parameter: &str, message: String| {
        let field = format!("{}.config.{parameter}", member.path());
        violations.push(Violation::new(field, message));
    };
    if let Some(splitter) = splitter.filter(|splitter| splitter.is("stratify", true)) {
        let message = format!(
            "a split cannot be stratified by the numeric target of {}",
            model.key
        );
        refuse(splitter, "stratify", message);
    }
    if cross_validated(training) && training.text("cv_strategy") == Some("stratified_kfold") {
        let message = format!(
            "folds cannot be stratified by the numeric target of {}; choose kfold",
            model.key
        );
        refuse(training, "cv_strategy", message);
    }
    let positive = training.node.config.get("positive_class");
    if positive.is_some_and(|class| !class.is_blank()) {
        let message = format!("is for classification, but {} predicts a number", model.key);
        refuse(training, "positive_class", message);
    }
}

/// Every node is of use for the problem of every model.
pub(super) fn suits(
    members: &[Member<'_>],
    training: Member<'_>,
    models: &[&ModelSpec],
    violations: &mut Vec<Violation>,
) {
    for member in members {
        let config = catalog::resolve(&member.spec.parameters, &member.node.config);
        let rules = member.spec.problems.iter().filter(|rule| rule.applies(&config));
        for (rule, model) in rules.flat_map(|rule| models.iter().map(move |model| (rule, model))) {
            if model.problem_type == rule.problem_type {
                continue;
            }
            let parameter = rule.when.first().map(|condition| &condition.parameter);
            let field = parameter.map_or_else(String::new, |parameter| format!(".config.{parameter}"));
            let message = format!(
                "node {:?} is of use for {} only, and node {:?} trains {}, which is for {}",
                member.node.id,
                rule.problem_type.as_str(),
                training.node.id,
                model.key,
                model.problem_type.as_str()
            );
            violations.push(Violation::new(member.path() + &field, message));
        }
    }
}

/// Whether the training node asks for cross-validation.
fn cross_validated(training: Member<'_>) -> bool {
    training.is("cv_enabled", true)
}

/// How often what learns is fitted, and on what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fits {
    /// Once.
    Once,
    /// In each fold, and once on all rows that train.
    Folds,
    /// In each fold, and once on all rows that train and those of the validation split.
    FoldsAndValidation,
}

/// How often what learns is fitted.
pub(super) fn fits(training: Member<'_>, splitter: Option<Member<'_>>) -> Fits {
    let validated = splitter.is_some_and(|splitter| splitter.number("validation_size") > 0.0);
    let joined = training.text("cv_refit_strategy") == Some("train_plus_validation");
    match (cross_validated(training), validated && joined) {
        (false, _) => Fits::Once,
        (true, false) => Fits::Folds,
        (true, true) => Fits::FoldsAndValidation,
    }
}

/// Rows are only stratified at random, and folds in time need rows in time.
pub(super) fn folds(
    training: Member<'_>,
    splitter: Option<Member<'_>>,
    violations: &mut Vec<Violation>,
    warnings: &mut Vec<String>,
) {
    if let Some(splitter) = splitter
        && splitter.is("stratify", true)
        && splitter.is("shuffle", false)
    {
        let field = format!("{}.config.stratify", splitter.path());
        let message = "needs shuffle: rows in their order cannot be stratified";
        violations.push(Violation::new(field, message));
    }
    if !cross_validated(training) {
        return;
    }
    let config = format!("{}.config", training.path());
    let in_time = training.text("cv_strategy") == Some("time_series_split");
    let ordered = training.text("cv_order_column").is_some();
    if in_time && !ordered && !training.is("cv_shuffle", false) {
        let message = "time_series_split needs rows in time: name cv_order_column, or set cv_shuffle to false if the \
                       table is in order";
        violations.push(Violation::new(format!("{config}.cv_strategy"), message));
    }
    if !in_time && ordered {
        let field = format!("{config}.cv_order_column");
        violations.push(Violation::new(field, "is for cv_strategy time_series_split only"));
    }
    if let Some(splitter) = splitter.filter(|splitter| in_time && !splitter.is("shuffle", false)) {
        warnings.push(format!(
            "the folds are in time, but {:?} shuffles: test rows lie between the training rows",
            splitter.node.id
        ));
    }
    let validated = splitter.is_some_and(|splitter| splitter.number("validation_size") > 0.0);
    if training.text("cv_refit_strategy") == Some("train_plus_validation") && !validated {
        warnings.push(
            "train_plus_validation has no validation rows to add: the model is refitted on the training rows"
                .to_owned(),
        );
    }
}

/// A weight belongs to a row of the table; a row that a node makes up has none.
pub(super) fn weights(members: &[Member<'_>], training: Member<'_>, violations: &mut Vec<Violation>) {
    let adder = members.iter().find(|m| m.rows() == RowEffect::Add);
    if let (Some(_), Some(adder)) = (training.text("sample_weight_column"), adder) {
        let field = format!("{}.config.sample_weight_column", training.path());
        let message = format!("cannot weigh the rows that {:?} adds", adder.node.id);
        violations.push(Violation::new(field, message));
    }
}
