//! What a training needs to know of rows beside their features: how much each counts, and which comes first. It is
//! taken from the raw table by row number, so that no node on the way can change or drop it.

use std::cmp::Ordering;

use arrow::array::Array;

use crate::{
    Error,
    error::Result,
    frame::{Frame, numbers},
    nodes::{NoDates, moments},
};

/// Sample weights and order of the rows of a raw table, by row number.
#[derive(Debug, Default)]
pub(crate) struct Sides {
    weights: Option<(String, Vec<f64>)>,
    /// Each row's place in time; none where it is not known.
    ranks: Option<(String, Vec<Option<usize>>)>,
}

impl Sides {
    /// Takes the column of weights out of a raw table, and looks at the column of order.
    ///
    /// # Errors
    /// `COLUMN_NOT_FOUND`, `WEIGHTS_NOT_NUMERIC`, `ORDER_NOT_IN_TIME`.
    pub(crate) fn take(frame: &mut Frame, weights: Option<&str>, order: Option<&str>) -> Result<Self> {
        let ranks = order.map(|name| ranks(frame, name).map(|ranks| (name.to_owned(), ranks)));
        let mut sides = Self {
            weights: None,
            ranks: ranks.transpose()?,
        };
        let Some(name) = weights else {
            return Ok(sides);
        };
        let column = frame.require(name)?;
        let values = numbers(&column.data).filter(|_| column.kind().is_number());
        let Some(values) = values else {
            let message = format!(
                "the sample weights {name:?} are {}, not numbers",
                column.kind().as_str()
            );
            return Err(Error::spec("WEIGHTS_NOT_NUMERIC", message));
        };
        let values = values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        sides.weights = Some((name.to_owned(), values));
        frame.remove(name);
        Ok(sides)
    }

    /// The weights of the rows with these numbers, if rows are weighted.
    ///
    /// # Errors
    /// `INVALID_WEIGHTS` for a weight that is missing, negative or infinite, and for a row that a node made up.
    pub(super) fn weights(&self, rows: impl Iterator<Item = u64>) -> Result<Option<Vec<f64>>> {
        let Some((name, all)) = &self.weights else {
            return Ok(None);
        };
        let weight = |row: u64| {
            let weight = usize::try_from(row).ok().and_then(|row| all.get(row)).copied();
            weight
                .filter(|weight| weight.is_finite() && *weight >= 0.0)
                .ok_or_else(|| {
                    let told = weight.map_or("missing".to_owned(), |weight| {
                        if weight.is_nan() {
                            "missing".to_owned()
                        } else {
                            weight.to_string()
                        }
                    });
                    let message = format!(
                        "the sample weight {name:?} of row {} is {told}; it must be a number of at least 0",
                        row + 1
                    );
                    Error::data("INVALID_WEIGHTS", message)
                })
        };
        rows.map(weight).collect::<Result<Vec<f64>>>().map(Some)
    }

    /// The places of these rows from the earliest to the latest: by the column of order, or as they stand.
    ///
    /// # Errors
    /// `ORDER_UNKNOWN` for a row without a value in the column of order.
    pub(crate) fn order(&self, rows: &[u64]) -> Result<Vec<usize>> {
        let mut places: Vec<usize> = (0..rows.len()).collect();
        let Some((name, ranks)) = &self.ranks else {
            return Ok(places);
        };
        let rank = |place: usize| usize::try_from(rows[place]).ok().and_then(|row| *ranks.get(row)?);
        if let Some(place) = places.iter().find(|place| rank(**place).is_none()) {
            let message = format!(
                "row {} has no value of {name:?}, by which the folds are ordered",
                rows[*place] + 1
            );
            return Err(Error::data("ORDER_UNKNOWN", message));
        }
        places.sort_by_key(|place| rank(*place));
        Ok(places)
    }
}

/// Each row's rank in a column of numbers or dates: equal values have equal ranks.
///
/// # Errors
/// `COLUMN_NOT_FOUND`, and `ORDER_NOT_IN_TIME` for text that is not all dates.
fn ranks(frame: &Frame, name: &str) -> Result<Vec<Option<usize>>> {
    let data = &frame.require(name)?.data;
    if let Some(values) = numbers(data) {
        // Adding 0 makes -0 the 0 that it equals.
        let known = (0..data.len()).map(|at| data.is_valid(at).then(|| values.value(at) + 0.0));
        return Ok(ranked(known, f64::total_cmp));
    }
    match moments(data) {
        Ok(moments) => Ok(ranked(moments, Ord::cmp)),
        Err(NoDates {
            count,
            example,
            first,
        }) => {
            let known = data.len() - data.null_count();
            let message = format!(
                "the folds are ordered by {name:?}, and {count} of its {known} values, such as {example:?}, are no \
                 dates with the {first} first; write dates as 2019-01-31, or name a column of numbers"
            );
            Err(Error::data("ORDER_NOT_IN_TIME", message))
        }
    }
}

fn ranked<T>(
    values: impl IntoIterator<Item = Option<T>>,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Vec<Option<usize>> {
    let values: Vec<Option<T>> = values.into_iter().collect();
    let mut known: Vec<(usize, &T)> = values
        .iter()
        .enumerate()
        .filter_map(|(at, value)| Some((at, value.as_ref()?)))
        .collect();
    known.sort_by(|(_, a), (_, b)| compare(a, b));
    let mut ranks = vec![None; values.len()];
    for (rank, equals) in known.chunk_by(|(_, a), (_, b)| compare(a, b).is_eq()).enumerate() {
        for (at, _) in equals {
            ranks[*at] = Some(rank);
        }
    }
    ranks
}

#[cfg(test)]
mod tests;
