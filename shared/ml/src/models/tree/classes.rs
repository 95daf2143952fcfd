//! The objective of classifiers: Gini impurity `1 − Σ pₖ²` or entropy `−Σ pₖ ln pₖ`, and leaves that hold the
//! classes' shares.

use super::{
    bag::Sample,
    objective::{Objective, Sweep, cell, unpack},
};

/// Separates classes.
pub(crate) struct Classes<'a> {
    /// Every table row's class.
    pub(crate) codes: &'a [u32],
    /// How many classes there are.
    pub(crate) classes: usize,
    /// Whether impurity is entropy instead of Gini's.
    pub(crate) entropy: bool,
}

/// Weights by class, and what the Gini impurity needs of them.
#[derive(Debug, Clone, Default)]
struct Side {
    by_class: Vec<u64>,
    rows: u64,
    weight: u64,
    /// Σ (weight of a class)², below 2⁶² because weights add up to less than 2³¹.
    squares: u64,
}

impl Side {
    /// `−weight · entropy`.
    fn order(&self) -> f64 {
        let x_ln_x = |x: u64| if x == 0 { 0.0 } else { x as f64 * (x as f64).ln() };
        self.by_class.iter().map(|weight| x_ln_x(*weight)).sum::<f64>() - x_ln_x(self.weight)
    }
}

/// The weights by class on both sides of a split.
#[derive(Debug)]
pub(crate) struct ClassSweep {
    node: Side,
    left: Side,
    right: Side,
    entropy: bool,
}

impl Objective for Classes<'_> {
    type Mark = u32;
    type Sweep = ClassSweep;

    fn mark(&self, row: u32) -> u32 {
        self.codes[row as usize]
    }

    fn cells(&self) -> usize {
        self.classes
    }

    #[inline]
    fn add(&self, cells: &mut [u64], bin: u8, sample: &Sample<u32>) {
        cells[bin as usize * self.classes + sample.mark as usize] += cell(sample.weight);
    }

    fn start(&self, samples: &[Sample<u32>], reused: &mut ClassSweep) {
        let node = &mut reused.node;
        node.by_class.fill(0);
        for sample in samples {
            node.by_class[sample.mark as usize] += u64::from(sample.weight);
        }
        node.rows = samples.len() as u64;
        node.weight = node.by_class.iter().sum();
        node.squares = node.by_class.iter().map(|weight| weight * weight).sum();
    }

    fn sweep(&self) -> ClassSweep {
        let side = Side {
            by_class: vec![0; self.classes],
            ..Side::default()
        };
        ClassSweep {
            node: side.clone(),
            left: side.clone(),
            right: side,
            entropy: self.entropy,
        }
    }

    fn pure(&self, samples: &[Sample<u32>]) -> bool {
        samples.iter().all(|sample| sample.mark == samples[0].mark)
    }

    fn outputs(&self) -> usize {
        self.classes
    }

    fn leaf(&self, samples: &[Sample<u32>], leaves: &mut Vec<f64>, known: &mut Vec<Option<u32>>) -> u32 {
        let place = (leaves.len() / self.classes) as u32;
        if self.pure(samples) {
            // All leaves of one class alone are the same.
            known.resize(self.classes, None);
            let code = samples.first().map_or(0, |sample| sample.mark as usize);
            return *known[code].get_or_insert_with(|| {
                leaves.extend((0..self.classes).map(|class| if class == code { 1.0 } else { 0.0 }));
                place
            });
        }
        let mut by_class = vec![0u64; self.classes];
        samples
            .iter()
            .for_each(|sample| by_class[sample.mark as usize] += u64::from(sample.weight));
        let total = by_class.iter().sum::<u64>() as f64;
        leaves.extend(by_class.into_iter().map(|weight| weight as f64 / total));
        place
    }
}

impl Sweep for ClassSweep {
    fn reset(&mut self) {
        self.right.clone_from(&self.node);
        self.left.by_class.fill(0);
        (self.left.rows, self.left.weight, self.left.squares) = (0, 0, 0);
    }

    #[inline]
    fn take(&mut self, cells: &[u64]) {
        let (left, right) = (&mut self.left, &mut self.right);
        for ((cell, l), r) in cells.iter().zip(&mut left.by_class).zip(&mut right.by_class) {
            if *cell == 0 {
                continue;
            }
            let (rows, weight) = unpack(*cell);
            left.squares += weight * (2 * *l + weight);
            right.squares -= weight * (2 * *r - weight);
            *l += weight;
            *r -= weight;
            left.rows += rows;
            right.rows -= rows;
            left.weight += weight;
            right.weight -= weight;
        }
    }

    #[inline]
    fn rows(&self) -> (u64, u64) {
        (self.left.rows, self.right.rows)
    }

    #[inline]
    fn score(&self) -> f64 {
        let (left, right) = (&self.left, &self.right);
        if self.entropy {
            return left.order() + right.order();
        }
        // Σₗ wₖ² / wₗ + Σᵣ wₖ² / wᵣ, with one division.
        let number = |sum: u64| sum as i64 as f64;
        let (l, r) = (number(left.weight), number(right.weight));
        (number(left.squares) * r + number(right.squares) * l) / (l * r)
    }
}
