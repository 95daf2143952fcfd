//! The solution by way of the products of rows, of which there are fewer than of features: `β = Xᵀ u` with
//! `(XXᵀ + αI) u = y` (Saunders, Gammerman and Vovk, "Ridge Regression Learning Algorithm in Dual Variables", 1998).

use ndarray::{Array2, ArrayView1, s};
use rayon::prelude::*;

use crate::{
    instructions::Instructions,
    model::{FitContext, FitError},
    models::linear::{
        centred::Centred,
        cholesky::Cholesky,
        lanes::LANES,
        products::{STRIP, add_products},
        rows::blocks,
    },
};

/// Features that are copied at a time.
pub(in crate::models::linear) const FEATURES: usize = 1024;

/// The solution; none where the rows' products are too close to singular, or too large.
pub(super) fn solve(
    rows: &Centred,
    alpha: f64,
    instructions: Instructions,
    ctx: &FitContext,
) -> Result<Option<Vec<f64>>, FitError> {
    let (_, p) = rows.dim();
    let mut kernel = products_of_rows(rows, instructions, ctx)?;
    kernel.diag_mut().mapv_inplace(|square| square + alpha);
    let mut u = rows.columns(p..p + 1, ctx)?.into_raw_vec_and_offset().0;
    let Some(factor) = Cholesky::unless(kernel, instructions, || ctx.go_on())? else {
        return Ok(None);
    };
    factor.solve(&mut u);
    let mut coefficients = Vec::with_capacity(p);
    for features in blocks(0..p, FEATURES) {
        let x = rows.columns(features, ctx)?;
        coefficients.extend(x.t().dot(&ArrayView1::from(&u)));
    }
    Ok(Some(coefficients))
}

/// `XXᵀ`; what lies above its diagonal means nothing.
fn products_of_rows(
    rows: &Centred,
    instructions: Instructions,
    ctx: &FitContext,
) -> Result<Array2<f64>, FitError> {
    let (n, p) = rows.dim();
    let mut sums = vec![0.0; n * n];
    for features in blocks(0..p, FEATURES) {
        // Rows that lie in one piece, of whole lanes.
        let mut x = Array2::zeros((n, features.len().next_multiple_of(LANES)));
        x.slice_mut(s![.., ..features.len()])
            .assign(&rows.columns(features, ctx)?);
        let x: Vec<&[f64]> = x.rows().into_iter().filter_map(|row| row.to_slice()).collect();
        x.par_chunks(STRIP)
            .zip(sums.par_chunks_mut(STRIP * n))
            .enumerate()
            .try_for_each(|(strip, (left, sums))| {
                ctx.go_on()?;
                let right = &x[..strip * STRIP + left.len()];
                add_products(instructions, left, right, sums, n);
                Ok(())
            })?;
    }
    let products = Array2::from_shape_vec((n, n), sums).expect("a number per pair");
    // A value that is not finite makes its row's square so.
    if !products.diag().iter().all(|square| square.is_finite()) {
        rows.require_finite(ctx)?;
    }
    Ok(products)
}
