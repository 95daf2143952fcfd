//! Chained equations: each column is predicted from the others by a linear regression, column after column, the
//! one with the fewest gaps first, and that round after round, for the fills of one column improve those of the
//! next. Later rows pass through the same equations in the same order.
//!
//! As scikit-learn's `IterativeImputer` without sampling, starting from the means (van Buuren and
//! Groothuis-Oudshoorn, "mice: Multivariate Imputation by Chained Equations in R", 2011).

use ndarray::{Array2, ShapeBuilder};
use serde::{Deserialize, Serialize};

use super::{Table, regressors::Regressor};
use crate::{Error, error::Result, node::Context, nodes::statistics};

/// The change, as a share of the largest value, at which the fills count as settled.
const TOLERANCE: f64 = 1e-3;

/// The equations, in order.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Chain {
    pub(super) means: Vec<f64>,
    pub(super) equations: Vec<Equation>,
}

/// Predicts one column.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Equation {
    pub(super) column: usize,
    /// Of the other columns, in order.
    pub(super) weights: Vec<f64>,
    pub(super) intercept: f64,
}

impl Equation {
    /// The prediction for a row, given all its columns.
    fn predict(&self, row: &[f64]) -> f64 {
        let others = row
            .iter()
            .enumerate()
            .filter(|(column, _)| *column != self.column);
        let terms = self.weights.iter().zip(others);
        terms.fold(self.intercept, |sum, (weight, (_, value))| sum + weight * value)
    }
}

/// The training rows while they are being filled, column by column.
struct Filling<'a> {
    table: &'a Table,
    filled: Vec<Vec<f64>>,
}

impl Chain {
    /// Learns the equations in at most so many rounds.
    ///
    /// # Errors
    /// `NUMERIC_OVERFLOW`; cancellation.
    pub(super) fn learn(
        table: &Table,
        regressor: Regressor,
        rounds: usize,
        ctx: &Context<'_>,
    ) -> Result<Self> {
        let means: Vec<f64> = table
            .columns
            .iter()
            .map(|column| statistics::mean(&column.iter().flatten().copied().collect::<Vec<f64>>()))
            .map(Option::unwrap_or_default)
            .collect();
        let mut filling = Filling::new(table, &means);
        let mut equations = Vec::new();
        if means.len() < 2 {
            return Ok(Self { means, equations });
        }
        let gaps = |column: &usize| {
            table.columns[*column]
                .iter()
                .filter(|value| value.is_none())
                .count()
        };
        let mut order: Vec<usize> = (0..means.len()).collect();
        order.sort_by_key(gaps);
        let known = table.columns.iter().flatten().flatten();
        let settled = TOLERANCE * known.fold(0.0, |most: f64, value| most.max(value.abs()));
        let mut change = f64::INFINITY;
        for _ in 0..rounds {
            let before = filling.filled.clone();
            for &column in &order {
                if ctx.observer.cancelled() {
                    return Err(Error::Cancelled);
                }
                let equation = filling.equation(column, regressor)?;
                filling.fill(&equation);
                equations.push(equation);
            }
            change = filling.change(&before);
            if change < settled {
                break;
            }
        }
        if rounds > 1 && change >= settled {
            ctx.warn(&format!(
                "imputed values still change by {change:.3e} after {rounds} rounds; max_iter may be too small"
            ));
        }
        Ok(Self { means, equations })
    }

    /// Fills a table of the same columns.
    ///
    /// # Errors
    /// Cancellation.
    pub(super) fn fill(&self, table: &mut Table, ctx: &Context<'_>) -> Result<()> {
        for at in 0..table.rows() {
            if table.columns.iter().all(|column| column[at].is_some()) {
                continue;
            }
            if ctx.observer.cancelled() {
                return Err(Error::Cancelled);
            }
            let known: Vec<bool> = table.columns.iter().map(|column| column[at].is_some()).collect();
            let cells = table.columns.iter().zip(&self.means);
            let mut row: Vec<f64> = cells.map(|(column, mean)| column[at].unwrap_or(*mean)).collect();
            for equation in &self.equations {
                if known.get(equation.column) == Some(&false) {
                    row[equation.column] = equation.predict(&row);
                }
            }
            for (column, value) in table.columns.iter_mut().zip(row) {
                column[at] = Some(value);
            }
        }
        Ok(())
    }
}

impl<'a> Filling<'a> {
    fn new(table: &'a Table, means: &[f64]) -> Self {
        let filled = |(column, mean): (&Vec<Option<f64>>, &f64)| {
            column.iter().map(|value| value.unwrap_or(*mean)).collect()
        };
        Self {
            table,
            filled: table.columns.iter().zip(means).map(filled).collect(),
        }
    }

    /// Fits a column on the others over the rows where it is known.
    fn equation(&self, column: usize, regressor: Regressor) -> Result<Equation> {
        let values = self.table.columns[column].iter().enumerate();
        let known: Vec<(usize, f64)> = values.filter_map(|(row, value)| Some((row, (*value)?))).collect();
        let others = || {
            let all = self.filled.iter().enumerate();
            all.filter(|(other, _)| *other != column)
                .map(|(_, values)| values)
        };
        let cells = others().flat_map(|values| known.iter().map(|(row, _)| values[*row]));
        let shape = (known.len(), self.filled.len() - 1);
        let x = Array2::from_shape_vec(shape.f(), cells.collect())
            .map_err(|error| Error::unsupported("MATRIX_SHAPE", error.to_string()))?;
        let y: Vec<f64> = known.iter().map(|(_, value)| *value).collect();
        let line = regressor.fit(x.view(), &y)?;
        Ok(Equation {
            column,
            weights: line.weights,
            intercept: line.intercept,
        })
    }

    fn fill(&mut self, equation: &Equation) {
        let mut row = vec![0.0; self.filled.len()];
        for (at, value) in self.table.columns[equation.column].iter().enumerate() {
            if value.is_none() {
                row.iter_mut()
                    .zip(&self.filled)
                    .for_each(|(cell, column)| *cell = column[at]);
                self.filled[equation.column][at] = equation.predict(&row);
            }
        }
    }

    /// The largest change of a fill.
    fn change(&self, before: &[Vec<f64>]) -> f64 {
        let pairs = self.filled.iter().flatten().zip(before.iter().flatten());
        pairs.fold(0.0, |most: f64, (now, before)| most.max((now - before).abs()))
    }
}
