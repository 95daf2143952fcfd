//! Rows made up between a row and one of its neighbours, by the rules of SMOTE (Chawla and others, "SMOTE:
//! Synthetic Minority Over-sampling Technique", 2002), Borderline-SMOTE 1 (Han, Wang and Mao, 2005) and ADASYN (He
//! and others, 2008), as imbalanced-learn has them.

use super::points::Points;
use crate::{Error, error::Result, node::Context, random::Stream};

/// A row to make up: so far on the way from one row to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Synthetic {
    pub(super) from: usize,
    pub(super) to: usize,
    /// In [0, 1), or negative beyond the row it starts from.
    pub(super) step: f64,
}

/// A class that gets more rows.
pub(super) struct Minority<'a> {
    pub(super) label: &'a str,
    /// Its rows, ascending.
    pub(super) rows: &'a [usize],
    /// How many to add.
    pub(super) more: usize,
    /// Among how many neighbours a partner is chosen.
    pub(super) neighbors: usize,
}

impl Minority<'_> {
    /// That a row of the class has the neighbours to choose among.
    ///
    /// # Errors
    /// `TOO_FEW_ROWS`.
    pub(super) fn enough(&self) -> Result<()> {
        if self.rows.len() <= self.neighbors {
            let message = format!(
                "class {:?} has {} training rows, but with k_neighbors {} at least {} are needed",
                self.label,
                self.rows.len(),
                self.neighbors,
                self.neighbors + 1
            );
            return Err(Error::data("TOO_FEW_ROWS", message));
        }
        Ok(())
    }

    /// The neighbours of each of these rows in the class.
    ///
    /// # Errors
    /// `TOO_FEW_ROWS`; cancellation.
    pub(super) fn partners(
        &self,
        of: &[usize],
        points: &Points,
        ctx: &Context<'_>,
    ) -> Result<Vec<Vec<usize>>> {
        self.enough()?;
        points.nearest(of, self.rows, self.neighbors, ctx)
    }

    /// How many of the `neighbors` rows next to each of these rows of the class, among all rows, are of other classes.
    ///
    /// # Errors
    /// `TOO_FEW_ROWS`; cancellation.
    pub(super) fn strangers(
        &self,
        of: &[usize],
        neighbors: usize,
        points: &Points,
        ctx: &Context<'_>,
    ) -> Result<Vec<usize>> {
        if points.count() <= neighbors {
            let message = format!(
                "{} training rows are too few to look at {neighbors} neighbours",
                points.count()
            );
            return Err(Error::data("TOO_FEW_ROWS", message));
        }
        let all: Vec<usize> = (0..points.count()).collect();
        let near = points.nearest(of, &all, neighbors, ctx)?;
        let strange = |row: &usize| self.rows.binary_search(row).is_err();
        Ok(near
            .into_iter()
            .map(|near| near.into_iter().filter(strange).count())
            .collect())
    }

    /// Each row of the class is as likely to be started from.
    ///
    /// # Errors
    /// `TOO_FEW_ROWS`; cancellation.
    pub(super) fn smote(
        &self,
        points: &Points,
        random: &mut Stream,
        ctx: &Context<'_>,
    ) -> Result<Vec<Synthetic>> {
        let partners = self.partners(self.rows, points, ctx)?;
        Ok(between(self.rows, &partners, self.more, random))
    }

    /// Only rows in danger are started from: those of whose `around` neighbours at least half are of other classes,
    /// but not all.
    ///
    /// # Errors
    /// As [`Minority::smote`].
    pub(super) fn borderline(
        &self,
        around: usize,
        points: &Points,
        random: &mut Stream,
        ctx: &Context<'_>,
    ) -> Result<Vec<Synthetic>> {
        let strangers = self.strangers(self.rows, around, points, ctx)?;
        let in_danger = |count: usize| 2 * count >= around && count < around;
        let danger: Vec<usize> = self
            .rows
            .iter()
            .zip(strangers)
            .filter(|(_, count)| in_danger(*count))
            .map(|(row, _)| *row)
            .collect();
        if danger.is_empty() {
            ctx.warn(&format!(
                "no row of class {:?} lies at the border to other classes, so none is added",
                self.label
            ));
            return Ok(Vec::new());
        }
        let partners = self.partners(&danger, points, ctx)?;
        Ok(between(&danger, &partners, self.more, random))
    }

    /// A row is started from the more often, the more of its neighbours are of other classes. Rounding may make
    /// the rows a few more or less than asked.
    ///
    /// # Errors
    /// As [`Minority::smote`], and `NO_BORDER` where no row has a neighbour of another class.
    pub(super) fn adasyn(
        &self,
        points: &Points,
        random: &mut Stream,
        ctx: &Context<'_>,
    ) -> Result<Vec<Synthetic>> {
        let strangers = self.strangers(self.rows, self.neighbors, points, ctx)?;
        let total: usize = strangers.iter().sum();
        if total == 0 {
            let message = format!(
                "no row of class {:?} has a neighbour of another class; use the method smote",
                self.label
            );
            return Err(Error::data("NO_BORDER", message));
        }
        let partners = self.partners(self.rows, points, ctx)?;
        let mut made = Vec::with_capacity(self.more);
        for ((from, partners), count) in self.rows.iter().zip(&partners).zip(strangers) {
            let share = count as f64 / total as f64 * self.more as f64;
            for _ in 0..share.round_ties_even() as usize {
                let to = partners[random.below(partners.len() as u64) as usize];
                made.push(Synthetic {
                    from: *from,
                    to,
                    step: random.uniform(),
                });
            }
        }
        if made.len() * 2 < self.more {
            ctx.warn(&format!(
                "{} rows of class {:?} are added where {} were to be: shared among its {} rows, most shares are rounded \
                 down to none; use the method smote",
                made.len(),
                self.label,
                self.more,
                self.rows.len()
            ));
        }
        Ok(made)
    }
}

/// So many rows, each from a row at random towards one of its partners at random.
pub(super) fn between(
    from: &[usize],
    partners: &[Vec<usize>],
    more: usize,
    random: &mut Stream,
) -> Vec<Synthetic> {
    let make = |_| {
        let at = random.below(from.len() as u64) as usize;
        let near = &partners[at];
        Synthetic {
            from: from[at],
            to: near[random.below(near.len() as u64) as usize],
            step: random.uniform(),
        }
    };
    (0..more).map(make).collect()
}

/// Which points are in a Tomek link: two of different classes, each the nearest of the other (Tomek, "Two
/// Modifications of CNN", 1976).
///
/// # Errors
/// Cancellation.
pub(super) fn tomek_links(points: &Points, classes: &[usize], ctx: &Context<'_>) -> Result<Vec<bool>> {
    let all: Vec<usize> = (0..points.count()).collect();
    let nearest = points.nearest(&all, &all, 1, ctx)?;
    let linked = |point: usize| {
        let partner = nearest[point].first().copied();
        partner.is_some_and(|partner| {
            nearest[partner].first() == Some(&point) && classes[point] != classes[partner]
        })
    };
    Ok(all.into_iter().map(linked).collect())
}
