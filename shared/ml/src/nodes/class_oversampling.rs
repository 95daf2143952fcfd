//! `class_oversampling`: adds training rows to the smaller classes until the classes are as large as wanted: copies,
//! or rows made up between those there are. Validation and test rows stay as they are, for what is judged must
//! look like what will come, and so does every row to predict.
//!
//! As imbalanced-learn's `RandomOverSampler`, `SMOTE`, `ADASYN`, `BorderlineSMOTE`, `SMOTETomek`, `KMeansSMOTE` and
//! `SVMSMOTE`. A made-up value of a whole-number column is rounded, and one of a boolean column is the nearer of both.

mod clusters;
mod kmeans;
mod points;
mod spec;
mod support;
mod synthetic;

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, BooleanArray, Int64Array, UInt32Array},
    compute::take,
};
use domain::{
    catalog::{Learns, NodeRole, NodeSpec, ProblemRule, ProblemType, RowEffect, RowRule},
    value::Value,
};
use serde::Deserialize;

use self::{
    clusters::Home,
    points::{Points, is_text},
    support::Outward,
    synthetic::{Minority, Synthetic, tomek_links},
};
use super::resampling::{ClassRows, append_copies};
use crate::{
    Error,
    error::Result,
    frame::{ColumnKind, Frame, Training, boolean_column, float_column, numbers},
    node::{Context, Node},
    onnx::{Table, Unmapped},
    random::Stream,
};

/// Adds training rows to the smaller classes.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClassOversampling;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    method: Method,
    sampling_strategy: Value,
    k_neighbors: usize,
    m_neighbors: usize,
    out_step: f64,
    n_clusters: usize,
    cluster_balance_threshold: Value,
    density_exponent: Value,
    random_state: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    Random,
    Smote,
    Adasyn,
    BorderlineSmote,
    SmoteTomek,
    KmeansSmote,
    SvmSmote,
}

/// A number, unless it is the word auto.
fn given(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::List(_) | Value::Object(_) => None,
    }
}

impl Node for ClassOversampling {
    type Config = Config;
    type State = ();

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "class_oversampling".into(),
            aliases: vec![],
            title: "Oversample classes".into(),
            category: "resampling".into(),
            summary: "Adds training rows to the smaller classes; other rows stay.".into(),
            parameters: spec::parameters(),
            problems: vec![ProblemRule::only(ProblemType::Classification)],
            role: NodeRole::Transform,
            learns: Learns::Always,
            rows: vec![RowRule::always(RowEffect::Add)],
            ..NodeSpec::default()
        }
    }

    fn fit(&self, _: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Ok(())
    }

    fn apply(&self, _: &Config, (): &(), frame: Frame, _: &Context<'_>) -> Result<Frame> {
        Ok(frame)
    }

    /// Rows to predict stay as they are.
    fn onnx(&self, _: &Config, _: &(), _: &mut Table<'_>) -> Result<(), Unmapped> {
        Ok(())
    }

    fn fit_apply(&self, config: &Config, mut frame: Frame, ctx: &Context<'_>) -> Result<((), Frame)> {
        let training = frame.training();
        let (places, classes) = (training.places(), ClassRows::read(&training, ctx)?);
        let more = classes.to_add(&config.sampling_strategy)?;
        classes.require_room(&frame, &more, ctx)?;
        if config.method == Method::Random {
            let copies = copies(config, &classes, &more, ctx);
            let copies = copies.into_iter().map(|row| places[row]).collect();
            append_copies(&mut frame, copies, ctx.node_id)?;
        } else {
            let points = Points::read(&training, ctx)?;
            let made = made_up(config, &classes, &more, &points, ctx)?;
            let values = interpolated(&training, &made, ctx)?;
            frame.append(&values, ctx.node_id)?;
        }
        if config.method == Method::SmoteTomek {
            remove_links(&mut frame, ctx)?;
        }
        classes.report(&frame, ctx)?;
        Ok(((), frame))
    }
}

fn stream(config: &Config, label: &str, ctx: &Context<'_>) -> Stream {
    ctx.stream(config.random_state, &["oversampling", label])
}

/// The training rows to be copied, class by class.
fn copies(config: &Config, classes: &ClassRows, more: &[usize], ctx: &Context<'_>) -> Vec<usize> {
    let each = classes.labels.iter().zip(&classes.rows).zip(more);
    each.flat_map(|((label, rows), more)| {
        let mut random = stream(config, label, ctx);
        (0..*more).map(move |_| rows[random.below(rows.len() as u64) as usize])
    })
    .collect()
}

/// The rows to be made up, class by class.
fn made_up(
    config: &Config,
    classes: &ClassRows,
    more: &[usize],
    points: &Points,
    ctx: &Context<'_>,
) -> Result<Vec<Synthetic>> {
    let total: usize = more.iter().sum();
    let clusters = if config.method == Method::KmeansSmote && total > 0 {
        let mut random = ctx.stream(config.random_state, &["clusters"]);
        clusters::clusters(points, config.n_clusters, &mut random, ctx)?
    } else {
        Vec::new()
    };
    let mut all = Vec::with_capacity(total);
    for (class, more) in more.iter().enumerate().filter(|(_, more)| **more > 0) {
        let minority = Minority {
            label: &classes.labels[class],
            rows: &classes.rows[class],
            more: *more,
            neighbors: config.k_neighbors,
        };
        let random = &mut stream(config, minority.label, ctx);
        all.extend(match config.method {
            Method::Adasyn => minority.adasyn(points, random, ctx)?,
            Method::BorderlineSmote => minority.borderline(config.m_neighbors, points, random, ctx)?,
            Method::KmeansSmote => {
                let share = *more as f64 / total as f64 / 2.0;
                let home = Home {
                    threshold: given(&config.cluster_balance_threshold).unwrap_or(share),
                    exponent: given(&config.density_exponent),
                };
                minority.in_clusters(&clusters, &home, points, random, ctx)?
            }
            Method::SvmSmote => {
                minority.enough()?;
                let outward = Outward {
                    around: config.m_neighbors,
                    step: config.out_step,
                };
                let support = support::support(&classes.rows, class, points, ctx)?;
                minority.around_support(&support, &outward, points, random, ctx)?
            }
            Method::Random | Method::Smote | Method::SmoteTomek => minority.smote(points, random, ctx)?,
        });
    }
    Ok(all)
}

/// The values of the made-up rows, column by column; the target is that of the row each starts from.
fn interpolated(training: &Training<'_>, made: &[Synthetic], ctx: &Context<'_>) -> Result<Vec<ArrayRef>> {
    let from: UInt32Array = made.iter().map(|one| one.from as u32).collect::<Vec<_>>().into();
    let mut all = Vec::new();
    for column in training.columns() {
        let data = training.values(&column.name)?;
        if &*column.name == ctx.target {
            let target = take(&data, &from, None);
            all.push(target.map_err(|error| Error::unsupported("TABLE_OPERATION", error.to_string()))?);
            continue;
        }
        let values = numbers(&data).ok_or_else(|| is_text(&column.name))?;
        let value = |one: &Synthetic| {
            let (a, b) = (values.value(one.from), values.value(one.to));
            Some(a + one.step * (b - a))
        };
        let made = made.iter().map(value);
        all.push(match column.kind() {
            ColumnKind::Float | ColumnKind::Text => float_column(made),
            ColumnKind::Boolean => boolean_column(made.map(|value| value.map(|value| value >= 0.5))),
            ColumnKind::Integer => {
                let rounded = made.map(|value| value.map(|value| value.round_ties_even() as i64));
                Arc::new(rounded.collect::<Int64Array>())
            }
        });
    }
    Ok(all)
}

/// Takes training rows in Tomek links out, those that were added among them.
fn remove_links(frame: &mut Frame, ctx: &Context<'_>) -> Result<()> {
    let training = frame.training();
    let (places, classes) = (training.places(), ClassRows::read(&training, ctx)?);
    // A row without a class is its own.
    let mut class_of = vec![classes.rows.len(); places.len()];
    for (class, rows) in classes.rows.iter().enumerate() {
        rows.iter().for_each(|row| class_of[*row] = class);
    }
    let linked = tomek_links(&Points::read(&training, ctx)?, &class_of, ctx)?;
    let mut kept = vec![true; frame.height()];
    for (place, linked) in places.iter().zip(linked) {
        kept[*place as usize] = !linked;
    }
    let kept: BooleanArray = kept.into_iter().map(Some).collect();
    frame.filter(&kept, "in a Tomek link")
}

#[cfg(test)]
mod tests;
