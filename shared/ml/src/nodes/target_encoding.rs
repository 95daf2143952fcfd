//! `target_encoding`: replaces each category by what the target is on average where it occurs. Use it for
//! categories too many to give each a column.
//!
//! A row's own target must not enter its own feature, or the model learns to read the target off it. So a training
//! row is encoded by the means over four of five folds, those it is not in; every other row, and every later one,
//! by the means over all training rows. As scikit-learn's `TargetEncoder`: `fit_transform` and `transform`.

mod means;
mod room;

use std::{borrow::Cow, collections::HashMap};

use domain::catalog::{self, ColumnRule, Learns, NodeRole, NodeSpec, ParamSpec, ProblemRule, ProblemType};
use serde::{Deserialize, Serialize};

use self::means::{Means, Outcome, means};
use super::{
    categories::{coded, warn_unseen},
    columns::{named_target, pick, require_finite},
};
use crate::{
    Error,
    error::Result,
    frame::{ColumnKind, Frame, Training, float_column, numbers, texts},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// In how many parts training rows are encoded.
const FOLDS: usize = 5;

/// Encodes categories as means of the target.
#[derive(Debug, Clone, Copy)]
pub(super) struct TargetEncoding;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    smoothing: f64,
    target_type: TargetType,
    random_state: u64,
    drop_original: bool,
}

/// What is averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TargetType {
    Auto,
    Binary,
    Multiclass,
    Continuous,
}

/// What was learned.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// The classes that have a column each; none where one column tells all.
    classes: Vec<String>,
    columns: Vec<Encoding>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Encoding {
    column: String,
    categories: Vec<String>,
    /// Each category's means, in the order of the classes.
    means: Vec<Vec<f64>>,
    /// The means where the value is missing.
    missing: Vec<f64>,
    /// The means of a category not seen in training.
    unseen: Vec<f64>,
}

impl Encoding {
    fn of(&self, text: Option<&str>, places: &HashMap<&str, usize>) -> &[f64] {
        match text {
            None => &self.missing,
            Some(text) => {
                let place = places.get(text).and_then(|place| self.means.get(*place));
                place.unwrap_or(&self.unseen)
            }
        }
    }
}

/// The training rows, as far as they matter here.
struct Learning {
    outcome: Outcome,
    rows: usize,
    columns: Vec<Coded>,
}

struct Coded {
    column: String,
    values: Vec<String>,
    /// Each row's value; missing counts as one more.
    codes: Vec<usize>,
}

impl Learning {
    fn read(config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Self> {
        let fits = |kind| kind == ColumnKind::Text || !config.columns.is_empty();
        let names = pick(training, ctx, &config.columns, fits, "text")?;
        let target = named_target(ctx)?;
        let kind = training.require(target)?.kind();
        let outcome = Outcome::read(ctx, kind, &training.values(target)?, config.target_type)?;
        let mut columns = Vec::with_capacity(names.len());
        for column in names {
            let (values, codes) = coded(&training.values(&column)?);
            let codes = codes.into_iter().map(|code| code.unwrap_or(values.len()));
            let codes = codes.collect();
            columns.push(Coded {
                column,
                values,
                codes,
            });
        }
        Ok(Self {
            outcome,
            rows: training.height(),
            columns,
        })
    }

    fn means(&self, coded: &Coded, smoothing: f64, rows: impl Iterator<Item = usize>) -> Means {
        means(
            &self.outcome,
            &coded.codes,
            coded.values.len() + 1,
            rows,
            smoothing,
        )
    }

    fn state(&self, config: &Config, ctx: &Context<'_>) -> Result<State> {
        let mut columns = Vec::with_capacity(self.columns.len());
        for coded in &self.columns {
            let mut learned = self.means(coded, config.smoothing, 0..self.rows);
            let Some(unseen) = learned.overall else {
                return Err(Error::data("NO_ROWS_LEFT", "no training row has a target"));
            };
            for means in &learned.of {
                require_finite(ctx.target, means)?;
            }
            // Last is where the value is missing.
            let missing = learned.of.pop().unwrap_or_else(|| unseen.clone());
            columns.push(Encoding {
                column: coded.column.clone(),
                categories: coded.values.clone(),
                means: learned.of,
                missing,
                unseen,
            });
        }
        Ok(State {
            classes: self.outcome.columns(),
            columns,
        })
    }

    /// Each training row's means over the folds it is not in, by column and class; nothing where those are empty.
    fn cross_fitted(&self, config: &Config, ctx: &Context<'_>) -> Vec<Vec<Option<Vec<f64>>>> {
        let mut random = ctx.stream(config.random_state, &["folds"]);
        let folds = self.outcome.folds(self.rows, FOLDS, &mut random);
        let of_column = |coded: &Coded| {
            let mut encoded = vec![None; self.rows];
            for fold in 0..FOLDS {
                let others = (0..self.rows).filter(|row| folds[*row] != fold);
                let learned = self.means(coded, config.smoothing, others);
                if learned.overall.is_some() {
                    for row in (0..self.rows).filter(|row| folds[*row] == fold) {
                        encoded[row] = Some(learned.of[coded.codes[row]].clone());
                    }
                }
            }
            encoded
        };
        self.columns.iter().map(of_column).collect()
    }
}

/// The names of the new columns of a column.
fn outputs(config: &Config, state: &State, column: &str) -> Vec<String> {
    if state.classes.is_empty() {
        let suffix = if config.drop_original { "" } else { "_encoded" };
        return vec![format!("{column}{suffix}")];
    }
    let name = |class: &String| format!("{column}_{class}");
    state.classes.iter().map(name).collect()
}

/// The columns with the training rows' values, cross-fitted, in place of those applied to them.
fn replace_training_rows(
    frame: &mut Frame,
    names: &[String],
    places: &[u32],
    encoded: &[Option<Vec<f64>>],
) -> Result<()> {
    for (at, name) in names.iter().enumerate() {
        let applied = numbers(&frame.require(name)?.data);
        let mut values: Vec<Option<f64>> = applied.iter().flat_map(|applied| applied.iter()).collect();
        for (place, encoded) in places.iter().zip(encoded) {
            if let Some(means) = encoded {
                values[*place as usize] = Some(means[at]);
            }
        }
        frame.set(name, float_column(values))?;
    }
    Ok(())
}

impl Node for TargetEncoding {
    type Config = Config;
    type State = State;

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "target_encoding".into(),
            aliases: vec![],
            title: "Target encoding".into(),
            category: "encoding".into(),
            summary: "Replaces each category by the mean of the target where it occurs, cross-fitted on training rows."
                .into(),
            parameters: parameters(),
            role: NodeRole::Transform,
            learns: Learns::Always,
            cross_fitted: true,
            problems: vec![ProblemRule::only(ProblemType::Classification).when("target_type", ["multiclass"])],
            columns: column_rules(),
            ..NodeSpec::default()
        }
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<State> {
        let learning = Learning::read(config, training, ctx)?;
        learning.require_room(training.height(), 0, ctx)?;
        learning.state(config, ctx)
    }

    fn apply(&self, config: &Config, state: &State, mut frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        for encoding in &state.columns {
            let column = &encoding.column;
            let data = frame.require(column)?.data.clone();
            let places: HashMap<&str, usize> =
                encoding.categories.iter().map(String::as_str).zip(0..).collect();
            let is_unseen = |text: &Cow<'_, str>| !places.contains_key(&**text);
            let unseen = texts(&data).iter().flatten().filter(is_unseen).count();
            warn_unseen(ctx, column, unseen, "become the mean over all training rows");
            let found: Vec<&[f64]> = texts(&data)
                .iter()
                .map(|text| encoding.of(text.as_deref(), &places))
                .collect();
            let names = outputs(config, state, column);
            if config.drop_original && !names.contains(column) {
                frame.remove(column);
            }
            for (at, name) in names.iter().enumerate() {
                let values = float_column(found.iter().map(|means| means.get(at).copied()));
                if name == column {
                    frame.set(name, values)?;
                } else {
                    frame.add(name, values)?;
                }
            }
        }
        Ok(frame)
    }

    fn onnx(&self, config: &Config, state: &State, table: &mut Table<'_>) -> Result<(), Unmapped> {
        for encoding in &state.columns {
            let codes = table.codes(&encoding.column, &encoding.categories)?;
            for (at, name) in outputs(config, state, &encoding.column).iter().enumerate() {
                let mean = |means: &[f64]| means.get(at).copied().unwrap_or(f64::NAN);
                let known = encoding.means.iter().map(|means| mean(means));
                let means = table.number_of(&codes, mean(&encoding.unseen), known, mean(&encoding.missing));
                table.set(name, means);
            }
        }
        Ok(())
    }

    fn fit_apply(&self, config: &Config, frame: Frame, ctx: &Context<'_>) -> Result<(State, Frame)> {
        let training = frame.training();
        let learning = Learning::read(config, &training, ctx)?;
        learning.require_room(frame.height(), frame.bytes(), ctx)?;
        let (state, places) = (learning.state(config, ctx)?, training.places());
        let cross_fitted = learning.cross_fitted(config, ctx);
        let mut frame = self.apply(config, &state, frame, ctx)?;
        for (encoding, encoded) in state.columns.iter().zip(&cross_fitted) {
            let names = outputs(config, &state, &encoding.column);
            replace_training_rows(&mut frame, &names, &places, encoded)?;
        }
        Ok((state, frame))
    }
}

/// With the target's type left to the table, so is whether one column or one per class comes out: one for a target of
/// numbers, which has no classes, and of two classes.
fn column_rules() -> Vec<ColumnRule> {
    let numbers = ["binary", "continuous"];
    vec![
        ColumnRule::changes("{columns}")
            .when("target_type", numbers)
            .when("drop_original", [true]),
        ColumnRule::adds("{columns}_encoded")
            .when("target_type", numbers)
            .when("drop_original", [false]),
        ColumnRule::changes("{column_if_at_most_two_classes}")
            .when("target_type", ["auto", "multiclass"])
            .when("drop_original", [true]),
        ColumnRule::adds("{column_if_at_most_two_classes}_encoded")
            .when("target_type", ["auto", "multiclass"])
            .when("drop_original", [false]),
        ColumnRule::adds("{column_if_more_classes}_{class}").when("target_type", ["auto", "multiclass"]),
        ColumnRule::drops("{column_if_more_classes}")
            .when("target_type", ["auto", "multiclass"])
            .when("drop_original", [true]),
    ]
}

fn parameters() -> Vec<ParamSpec> {
    vec![
        catalog::columns("columns", "The columns to encode; every text feature if blank."),
        catalog::number(
            "smoothing",
            20.0,
            0.0,
            1e9,
            "As how many rows the mean over all rows counts in the mean of a category.",
        ),
        catalog::choice(
            "target_type",
            "auto",
            &["auto", "binary", "multiclass", "continuous"],
            "What the target is: with two classes the share of the positive one is taken, with more the share of each in a column of its own, of numbers the mean; auto is what the training node says, or without one classes for text, booleans and at most 20 different whole numbers.",
        ),
        catalog::integer(
            "random_state",
            42,
            0,
            i64::from(u32::MAX),
            "The seed by which training rows are dealt out to five folds.",
        ),
        catalog::boolean(
            "drop_original",
            true,
            "Replace the column; if not, or with a column per class, the means go to new ones that end in `_encoded` or in the class.",
        ),
    ]
}

#[cfg(test)]
mod tests;
