//! `binning_discretization`: puts numbers into bins, learned from the training rows or given:
//!
//! | strategy | edges | a bin holds |
//! |---|---|---|
//! | `equal_width` | `equal_width_bins` bins as wide as each other | `(a, b]` |
//! | `equal_frequency` | `equal_frequency_bins` quantiles, linear between neighbours | `(a, b]` |
//! | custom | those of `custom_bins` | `(a, b]` |
//! | kbins | as scikit-learn's `KBinsDiscretizer`, see `kbins_strategy` | `[a, b)` |
//!
//! The first bin holds its lower edge too, the last its upper one; equal edges are one. The first two strategies
//! are `pandas.cut` and `qcut`. A number beyond the outer edges belongs to the outer bin; of custom bins it
//! counts as missing. The bin goes to a new column, named after the old one with `output_suffix`; `kbins` with
//! `onehot` makes one true-or-false column per bin, `<column><suffix>_<bin>` with bins from 0.

mod edges;
mod onnx;
mod spec;

use std::{collections::BTreeMap, sync::Arc};

use arrow::array::{ArrayRef, Int64Array};
use domain::catalog::NodeSpec;
use serde::{Deserialize, Serialize};

use super::{
    columns::{known_numbers, number_column, pick, require_finite},
    room::{NewColumns, TRUTH},
};
use crate::{
    error::Result,
    frame::{ColumnKind, Frame, Training, boolean_column, text_column},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// Puts numbers into bins.
#[derive(Debug, Clone, Copy)]
pub(super) struct BinningDiscretization;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    strategy: Strategy,
    equal_width_bins: usize,
    equal_frequency_bins: usize,
    custom_bins: BTreeMap<String, Vec<f64>>,
    kbins_n_bins: usize,
    kbins_strategy: KbinsStrategy,
    kbins_encode: KbinsEncode,
    output_suffix: String,
    drop_original: bool,
    label_format: LabelFormat,
    missing_strategy: MissingStrategy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Strategy {
    EqualWidth,
    EqualFrequency,
    Custom,
    Kbins,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KbinsStrategy {
    Quantile,
    Uniform,
    Kmeans,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KbinsEncode {
    Ordinal,
    Onehot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LabelFormat {
    Range,
    BinIndex,
    Ordinal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MissingStrategy {
    Keep,
    Label,
}

/// The edges of a column's bins, outer ones included; one edge more than bins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Binning {
    column: String,
    edges: Vec<f64>,
}

impl Node for BinningDiscretization {
    type Config = Config;
    type State = Vec<Binning>;

    fn spec(&self) -> NodeSpec {
        spec::spec()
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Vec<Binning>> {
        if config.strategy == Strategy::Custom {
            return custom(config, training, ctx);
        }
        let mut learned = Vec::new();
        for column in pick(training, ctx, &config.columns, ColumnKind::is_number, "numbers")? {
            let mut known = known_numbers(training, &column)?;
            known.sort_by(f64::total_cmp);
            let (edges, asked) = match config.strategy {
                Strategy::EqualWidth => (
                    edges::uniform(&known, config.equal_width_bins),
                    config.equal_width_bins,
                ),
                Strategy::EqualFrequency => (
                    edges::quantiles(&known, config.equal_frequency_bins),
                    config.equal_frequency_bins,
                ),
                Strategy::Kbins | Strategy::Custom => {
                    let bins = config.kbins_n_bins;
                    let edges = match config.kbins_strategy {
                        KbinsStrategy::Quantile => edges::averaged_quantiles(&known, bins),
                        KbinsStrategy::Uniform => edges::uniform(&known, bins),
                        KbinsStrategy::Kmeans => edges::clusters(&known, bins),
                    };
                    (edges, bins)
                }
            };
            let Some(edges) = edges else {
                ctx.warn(&format!(
                    "column {column:?} has no value in the training rows and is not binned"
                ));
                continue;
            };
            require_finite(&column, &edges)?;
            let bins = edges.len() - 1;
            if bins < asked {
                ctx.warn(&format!(
                    "column {column:?} has {bins} bins instead of {asked}: edges fell together"
                ));
            }
            learned.push(Binning { column, edges });
        }
        Ok(learned)
    }

    fn apply(
        &self,
        config: &Config,
        state: &Vec<Binning>,
        mut frame: Frame,
        ctx: &Context<'_>,
    ) -> Result<Frame> {
        let by_bin = config.strategy == Strategy::Kbins && config.kbins_encode == KbinsEncode::Onehot;
        if by_bin {
            new_columns(config, state).require_room(&frame, TRUTH, ctx)?;
        }
        let mut made = Vec::new();
        for binning in state {
            let values = number_column(&frame, &binning.column)?;
            let bins: Vec<Option<usize>> = values
                .iter()
                .map(|value| value.and_then(|value| binning.bin(value, config.strategy)))
                .collect();
            if config.drop_original {
                frame.remove(&binning.column);
            }
            let name = format!("{}{}", binning.column, config.output_suffix);
            if by_bin {
                made.extend(one_hot(&name, &bins, binning.count(), config.missing_strategy));
            } else {
                made.push((name, labels(&bins, binning, config)));
            }
        }
        frame.add_all(made)?;
        Ok(frame)
    }

    fn onnx(&self, config: &Config, state: &Vec<Binning>, table: &mut Table<'_>) -> Result<(), Unmapped> {
        state
            .iter()
            .try_for_each(|binning| onnx::column(config, binning, table))
    }
}

/// The columns of bins of `kbins`.
fn new_columns(config: &Config, state: &[Binning]) -> NewColumns {
    let missing = usize::from(config.missing_strategy == MissingStrategy::Label);
    NewColumns::of_each(
        state
            .iter()
            .map(|binning| (binning.column.as_str(), binning.count() + missing)),
        "bins",
        "name fewer columns, lower kbins_n_bins, or set kbins_encode to ordinal",
    )
}

/// The bins that were given.
fn custom(config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Vec<Binning>> {
    let named: Vec<String> = if config.columns.is_empty() {
        config.custom_bins.keys().cloned().collect()
    } else {
        config.columns.clone()
    };
    let mut given = Vec::with_capacity(named.len());
    for column in pick(training, ctx, &named, ColumnKind::is_number, "numbers")? {
        let edges = config.custom_bins.get(&column).cloned().unwrap_or_default();
        let binning = Binning { column, edges };
        warn_beyond(&binning, training, ctx)?;
        given.push(binning);
    }
    Ok(given)
}

/// Warns of values beyond given edges, which are in no bin.
fn warn_beyond(binning: &Binning, training: &Training<'_>, ctx: &Context<'_>) -> Result<()> {
    let (mut known, mut beyond) = (0, 0);
    training.each_number(&binning.column, |values| {
        known += values.len();
        let outside = |value: &&f64| binning.bin(**value, Strategy::Custom).is_none();
        beyond += values.iter().filter(outside).count();
    })?;
    if beyond > 0 {
        ctx.warn(&format!(
            "{beyond} of the {known} values of column {:?} in the training rows are beyond the edges in custom_bins and count as missing",
            binning.column
        ));
    }
    Ok(())
}

impl Binning {
    /// How many bins there are.
    fn count(&self) -> usize {
        self.edges.len() - 1
    }

    /// The bin a number belongs to; none beyond custom edges.
    fn bin(&self, value: f64, strategy: Strategy) -> Option<usize> {
        let last = self.edges.len() - 1;
        let beyond = value < self.edges[0] || value > self.edges[last];
        if strategy == Strategy::Custom && beyond {
            return None;
        }
        let inner = self.edges.get(1..last).unwrap_or_default();
        Some(if strategy == Strategy::Kbins {
            inner.partition_point(|edge| *edge <= value)
        } else {
            inner.partition_point(|edge| *edge < value)
        })
    }
}

/// The column of bins, as the config wants them told.
fn labels(bins: &[Option<usize>], binning: &Binning, config: &Config) -> ArrayRef {
    let labelled = config.missing_strategy == MissingStrategy::Label;
    let first = match (config.strategy, config.label_format) {
        (Strategy::Kbins, _) | (_, LabelFormat::BinIndex) => 0,
        (_, LabelFormat::Ordinal) => 1,
        (_, LabelFormat::Range) => {
            let ranges = edges::ranges(&binning.edges);
            let missing = labelled.then_some("missing");
            return text_column(
                bins.iter()
                    .map(|bin| bin.map(|bin| ranges[bin].as_str()).or(missing)),
            );
        }
    };
    let missing = labelled.then_some(-1);
    let codes: Int64Array = bins
        .iter()
        .map(|bin| bin.map(|bin| bin as i64 + first).or(missing))
        .collect();
    Arc::new(codes)
}

/// A column of each bin, and of missing values if so asked, with their names.
fn one_hot(
    name: &str,
    bins: &[Option<usize>],
    count: usize,
    missing: MissingStrategy,
) -> impl Iterator<Item = (String, ArrayRef)> {
    let truths = |wanted: Option<usize>| boolean_column(bins.iter().map(|found| Some(*found == wanted)));
    let of_bins = (0..count).map(move |bin| (format!("{name}_{bin}"), truths(Some(bin))));
    let labelled = missing == MissingStrategy::Label;
    of_bins.chain(labelled.then(|| (format!("{name}_missing"), truths(None))))
}

#[cfg(test)]
mod tests;
