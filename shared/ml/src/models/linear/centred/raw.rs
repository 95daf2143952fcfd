//! The Gram matrix of centred rows from one reading of raw ones: `Σ (x − x̄)(z − z̄) = Σ x z − Σ x Σ z / n`.

use ndarray::{Array2, s};

use crate::{
    instructions::Instructions,
    model::{FitContext, FitError, TrainingSet},
    models::linear::{
        lanes::{BLOCK, Rows},
        products::{add_gram, symmetric},
        rows::sum_over_rows,
    },
};

/// Means' squares that may be subtracted, in variances: so much larger may rounding be than that of centred rows.
const FAR: f64 = 16.0;

/// Of (features, then the target).
pub(super) struct Centre {
    pub(super) means: Vec<f64>,
    /// That of centred rows.
    pub(super) gram: Array2<f64>,
}

/// The means and the Gram matrix; none where rows are weighted, columns do not lie in one
/// piece, a value is not finite, or means are so far from 0 that rounding would tell.
pub(super) fn gram(
    set: &TrainingSet,
    centre: bool,
    instructions: Instructions,
    ctx: &FitContext,
) -> Result<Option<Centre>, FitError> {
    let columns: Option<Vec<&[f64]>> = set
        .x
        .columns()
        .into_iter()
        .map(|column| column.to_slice())
        .collect();
    let (Some(mut columns), None) = (columns, set.weights) else {
        return Ok(None);
    };
    columns.push(set.values()?);
    let (n, p) = set.x.dim();
    if centre && columns.iter().any(|column| starts_far(column)) {
        return Ok(None);
    }
    let width = p + 2;
    // Whole blocks are dealt out; the last may be filled up with zeros.
    let sums = sum_over_rows(n.div_ceil(BLOCK) * BLOCK, width * width, |range, sums| {
        let ones: Rows = [1.0; BLOCK];
        let mut last: Vec<Rows>;
        for start in (range.start.next_multiple_of(BLOCK)..range.end).step_by(BLOCK) {
            ctx.go_on()?;
            let rows = start..(start + BLOCK).min(n);
            let mut block: Vec<&[f64]> = columns.iter().map(|column| &column[rows.clone()]).collect();
            block.push(&ones[..rows.len()]);
            if rows.len() < BLOCK {
                last = block.iter().map(|column| padded(column)).collect();
                block = last.iter().map(|column| &column[..]).collect();
            }
            add_gram(instructions, &block, sums, || ctx.go_on())?;
        }
        Ok(())
    })?;
    let mut gram = symmetric(sums, width, || ctx.go_on())?;
    let totals = gram.row(p + 1).to_vec();
    gram = gram.slice(s![..=p, ..=p]).to_owned();
    if !gram.iter().all(|product| product.is_finite()) {
        return Ok(None);
    }
    if !centre {
        let means = vec![0.0; p + 1];
        return Ok(Some(Centre { means, gram }));
    }
    let means: Vec<f64> = totals[..=p].iter().map(|total| total / n as f64).collect();
    for ((j, k), product) in gram.indexed_iter_mut() {
        *product -= means[j] * totals[k];
    }
    let near = means
        .iter()
        .zip(gram.diag())
        .all(|(mean, squares)| is_near(*mean, *squares, n));
    Ok(near.then_some(Centre { means, gram }))
}

/// Whether a mean may be subtracted after all; `squares` are those of `n` centred rows.
fn is_near(mean: f64, squares: f64, n: usize) -> bool {
    mean * mean * n as f64 <= FAR * squares
}

/// Whether the first rows tell that the mean may not, before all are read.
fn starts_far(column: &[f64]) -> bool {
    let first = &column[..column.len().min(BLOCK)];
    let mean = first.iter().sum::<f64>() / first.len().max(1) as f64;
    let squares = first.iter().map(|value| (value - mean).powi(2)).sum();
    !is_near(mean, squares, first.len())
}

fn padded(column: &[f64]) -> Rows {
    let mut rows = [0.0; BLOCK];
    rows[..column.len()].copy_from_slice(column);
    rows
}
