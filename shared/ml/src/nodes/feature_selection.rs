//! `feature_selection`: keeps the numeric features that say most about the target, judged one by one or by a model:
//!
//! | method | keeps |
//! |---|---|
//! | `select_k_best` | the `k` features with the greatest scores |
//! | `select_percentile` | `percentile` percent of the features, by score |
//! | `select_fpr`, `select_fdr`, `select_fwe` | features whose p-value passes `alpha`: each alone, by Benjamini and Hochberg, by Bonferroni |
//! | `generic_univariate_select` | what the method named by `mode` keeps |
//! | `variance_threshold` | features with a variance (of the population) above `threshold`, 0 if left out |
//! | `select_from_model` | features whose importance in a fitted `estimator` is at least `threshold`, the mean if left out |
//! | rfe | `k` features, after the least important `step` left and the `estimator` was fitted again, and so on |
//!
//! Scores are explained in `feature_selection/scores.rs` and `mutual_info.rs`, importances in `importances.rs`.
//! The meaning is scikit-learn's; a score that is not defined counts as least, and of equal scores the later
//! feature wins, as there. Where it would refuse a missing value, a score is computed on the rows that have the
//! feature, and a model is fitted with medians in the gaps. Text is not judged and stays.

mod choose;
mod config;
mod importances;
mod mutual_info;
mod neighbours;
mod scores;
mod target;

use domain::catalog::NodeSpec;
use serde::{Deserialize, Serialize};

use super::{
    columns::{known_numbers, pick},
    statistics,
};
use crate::{
    Error,
    error::Result,
    frame::{ColumnKind, Frame, Training, numbers},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};
use config::{Config, Method, ScoreFunc};
use importances::Asked;
use scores::Score;
use target::Target;

/// Keeps the features that say most about the target.
#[derive(Debug, Clone, Copy)]
pub(super) struct FeatureSelection;

/// What was learned: which of the judged features are kept and which are not, in the order of the columns.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    kept: Vec<String>,
    left_out: Vec<String>,
}

/// A feature to judge: NaN stands for a missing value.
struct Feature {
    name: String,
    values: Vec<f64>,
}

impl Node for FeatureSelection {
    type Config = Config;
    type State = State;

    fn spec(&self) -> NodeSpec {
        config::spec()
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<State> {
        let target = config.target_column.as_deref().unwrap_or(ctx.target);
        let ctx = &Context { target, ..*ctx };
        let features = features(config, training, ctx)?;
        if features.is_empty() {
            ctx.warn("there is no numeric feature to select from");
            return Ok(State::default());
        }
        let keep = judge(config, &features, training, ctx)?;
        let mut state = State::default();
        for (feature, keep) in features.into_iter().zip(keep) {
            let list = if keep {
                &mut state.kept
            } else {
                &mut state.left_out
            };
            list.push(feature.name);
        }
        if state.kept.is_empty() {
            let message = "no feature passes the selection; loosen it, or leave the node out";
            return Err(Error::data("NO_FEATURE_SELECTED", message));
        }
        let told = format!(
            "{} of {} features are selected",
            state.kept.len(),
            state.kept.len() + state.left_out.len()
        );
        ctx.observer.info(Some(ctx.node_id), &told);
        Ok(state)
    }

    fn apply(&self, config: &Config, state: &State, mut frame: Frame, _: &Context<'_>) -> Result<Frame> {
        if config.drop_unselected {
            for name in &state.left_out {
                frame.remove(name);
            }
        }
        Ok(frame)
    }

    /// Columns leave, and no other changes.
    fn onnx(&self, _: &Config, _: &Self::State, _: &mut Table<'_>) -> Result<(), Unmapped> {
        Ok(())
    }
}

/// The features to judge.
fn features(config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Vec<Feature>> {
    let fits = |kind| kind != ColumnKind::Text;
    let mut features = Vec::new();
    for name in pick(training, ctx, &config.columns, fits, "numbers")? {
        known_numbers(training, &name)?;
        let values = numbers(&training.values(&name)?)
            .map(|values| values.iter().map(|v| v.unwrap_or(f64::NAN)).collect());
        features.extend(values.map(|values| Feature { name, values }));
    }
    Ok(features)
}

/// Whether each feature is kept.
fn judge(
    config: &Config,
    features: &[Feature],
    training: &Training<'_>,
    ctx: &Context<'_>,
) -> Result<Vec<bool>> {
    let way = match config.method {
        Method::VarianceThreshold => return Ok(variances(config, features)),
        Method::SelectFromModel => {
            let target = Target::of(training, ctx)?;
            let importances = Asked::new(config, features, &target, training, ctx).importances()?;
            return Ok(importances::at_least(config.threshold.as_ref(), &importances));
        }
        Method::Rfe => {
            let target = Target::of(training, ctx)?;
            let asked = Asked::new(config, features, &target, training, ctx);
            return asked.last(config.k, config.step(features.len()));
        }
        Method::GenericUnivariateSelect => config.mode.into(),
        Method::SelectKBest => choose::Way::KBest,
        Method::SelectPercentile => choose::Way::Percentile,
        Method::SelectFpr => choose::Way::Fpr,
        Method::SelectFdr => choose::Way::Fdr,
        Method::SelectFwe => choose::Way::Fwe,
    };
    let target = Target::of(training, ctx)?;
    let scores = scores(config, features, &target, ctx)?;
    Ok(choose::keep(way, config, &scores))
}

fn scores(config: &Config, features: &[Feature], target: &Target, ctx: &Context<'_>) -> Result<Vec<Score>> {
    let score_func = config.score_func(target);
    let mut scores = Vec::with_capacity(features.len());
    for feature in features {
        if ctx.observer.cancelled() {
            return Err(Error::Cancelled);
        }
        scores.push(match score_func {
            ScoreFunc::FClassif => scores::f_classif(&target.by_class(feature)),
            ScoreFunc::Chi2 => scores::chi2(&feature.name, &target.by_class(feature))?,
            ScoreFunc::FRegression => scores::f_regression(&target.pairs(feature)?),
            ScoreFunc::RRegression => scores::r_regression(&target.pairs(feature)?),
            ScoreFunc::MutualInfoClassif => Score::alone(mutual_info::with_classes(
                target.by_class(feature),
                &feature.name,
                config.random_state,
                ctx,
            )),
            ScoreFunc::MutualInfoRegression => Score::alone(mutual_info::with_numbers(
                &target.pairs(feature)?,
                &feature.name,
                config.random_state,
                ctx,
            )),
        });
    }
    Ok(scores)
}

/// Whether each feature varies more than the threshold says; at 0 a constant does not, whatever its rounding.
fn variances(config: &Config, features: &[Feature]) -> Vec<bool> {
    let threshold = match config.threshold {
        Some(config::Threshold::Number(threshold)) => threshold,
        Some(config::Threshold::Text(_)) | None => 0.0,
    };
    let varies = |feature: &Feature| {
        let known: Vec<f64> = feature
            .values
            .iter()
            .copied()
            .filter(|value| !value.is_nan())
            .collect();
        let constant = known.windows(2).all(|pair| pair[0] == pair[1]);
        let variance = statistics::mean(&known).map(|mean| statistics::variance(&known, mean));
        !constant && variance.is_some_and(|variance| variance > threshold)
    };
    features.iter().map(varies).collect()
}

#[cfg(test)]
mod tests;
