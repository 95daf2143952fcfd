//! `class_oversampling`: adds training rows to the smaller classes until the classes are as large as wanted: copies,
//! or rows made up between those there are. Validation and test rows stay as they are, for what is judged must
//! look like what will come, and so does every row to predict.
//!
//! As imbalanced-learn's `RandomOverSampler`, `SMOTE`, `ADASYN`, `BorderlineSMOTE` and `SMOTETomek`. A made-up value
//! of a whole-number column is rounded, and one of a boolean column is the nearer of both.

mod points;
mod synthetic;

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, BooleanArray, Int64Array, UInt32Array},
    compute::take,
};
use domain::{
    catalog::{self, Learns, NodeRole, NodeSpec, ParamSpec, RowEffect},
    value::Value,
};
use serde::Deserialize;

use self::{
    points::{Points, is_text},
    synthetic::{Minority, Synthetic, tomek_links},
};
use super::resampling::{ClassRows, append_copies, sampling_strategy};
use crate::{
    Error,
    error::Result,
    frame::{ColumnKind, Frame, Training, boolean_column, float_column, numbers},
    node::{Context, Node},
    random,
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
            parameters: parameters(),
            role: NodeRole::Transform,
            learns: Learns::Always,
            rows: RowEffect::Add,
        }
    }

    fn fit(&self, _: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Ok(())
    }

    fn apply(&self, _: &Config, (): &(), frame: Frame, _: &Context<'_>) -> Result<Frame> {
        Ok(frame)
    }

    fn fit_apply(&self, config: &Config, mut frame: Frame, ctx: &Context<'_>) -> Result<((), Frame)> {
        let training = frame.training();
        let (places, classes) = (training.places(), ClassRows::read(&training, ctx)?);
        let more = classes.to_add(&config.sampling_strategy)?;
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

fn stream(config: &Config, label: &str, ctx: &Context<'_>) -> random::Stream {
    random::stream(config.random_state, &[ctx.node_id, "oversampling", label])
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
    let mut all = Vec::with_capacity(more.iter().sum());
    for ((label, rows), more) in classes.labels.iter().zip(&classes.rows).zip(more) {
        if *more == 0 {
            continue;
        }
        let minority = Minority {
            label,
            rows,
            more: *more,
            neighbors: config.k_neighbors,
        };
        let mut random = stream(config, label, ctx);
        all.extend(match config.method {
            Method::Adasyn => minority.adasyn(points, &mut random, ctx)?,
            Method::BorderlineSmote => minority.borderline(config.m_neighbors, points, &mut random, ctx)?,
            Method::Random | Method::Smote | Method::SmoteTomek => {
                minority.smote(points, &mut random, ctx)?
            }
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

fn parameters() -> Vec<ParamSpec> {
    vec![
        catalog::choice(
            "method",
            "random",
            &["random", "smote", "adasyn", "borderline_smote", "smote_tomek"],
            "How rows are made: copies of rows (random), points between a row and a neighbour of its class (smote), the more of them the more neighbours of other classes a row has (adasyn), only from rows at the border (borderline_smote), or smote and then taking out pairs of rows that are closest to each other but of different classes (smote_tomek). All but random need numbers without gaps.",
        ),
        sampling_strategy(
            &["auto", "minority", "not minority", "not majority", "all"],
            "The classes that are brought to the size of the largest (auto: all others), or, for two classes, the rows of the smaller as a share of those of the larger, or how many rows each class is to have.",
        ),
        catalog::integer(
            "k_neighbors",
            5,
            1,
            1000,
            "Among how many neighbours of its class the partner of a row is chosen.",
        ),
        catalog::integer(
            "m_neighbors",
            10,
            1,
            1000,
            "How many neighbours of any class borderline_smote looks at to find the border.",
        ),
        catalog::integer(
            "random_state",
            42,
            0,
            i64::from(u32::MAX),
            "The seed of the rows that are added.",
        ),
    ]
}

#[cfg(test)]
mod tests;
