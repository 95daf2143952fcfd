//! Columns as numbers: copied, passed over piece by piece, or changed in place. Beyond 2^53 the nearest double stands
//! for a whole number, as everywhere in numeric computing.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, Float64Array, PrimitiveArray},
    datatypes::{DataType, Float64Type, Int64Type},
};
use rayon::prelude::*;

use super::{Frame, cells::admit};
use crate::error::Result;

/// How many numbers a piece holds at most: enough for a loop over them, and few enough to stay in the nearest cache.
const PIECE: usize = 1024;

/// The values as numbers, true as 1 and false as 0; `None` for text.
pub fn numbers(data: &ArrayRef) -> Option<Float64Array> {
    match data.data_type() {
        DataType::Float64 => Some(data.as_primitive::<Float64Type>().clone()),
        DataType::Int64 => Some(data.as_primitive::<Int64Type>().unary(|value| value as f64)),
        DataType::Boolean => Some(data.as_boolean().iter().map(|v| v.map(f64::from)).collect()),
        _ => None,
    }
}

/// The numbers at these places of a column, or of all of it, that are not missing; `None` for text.
pub(super) fn each_number(data: &ArrayRef, places: Option<&[u32]>, take: impl FnMut(&[f64])) -> Option<()> {
    match data.data_type() {
        DataType::Float64 => pieces(data.as_primitive::<Float64Type>(), |value| value, places, take),
        DataType::Int64 => pieces(
            data.as_primitive::<Int64Type>(),
            |value| value as f64,
            places,
            take,
        ),
        _ => pieces(&numbers(data)?, |value| value, places, take),
    }
    Some(())
}

fn pieces<T: ArrowPrimitiveType>(
    values: &PrimitiveArray<T>,
    number: impl Fn(T::Native) -> f64,
    places: Option<&[u32]>,
    mut take: impl FnMut(&[f64]),
) {
    let raw = values.values();
    let height = places.map_or(raw.len(), <[u32]>::len);
    let mut piece = [0.0; PIECE];
    for start in (0..height).step_by(PIECE) {
        let end = height.min(start + PIECE);
        let mut count = 0;
        for at in start..end {
            let place = places.map_or(at, |places| places[at] as usize);
            // A missing one is overwritten by the next.
            piece[count] = number(raw[place]);
            count += usize::from(values.is_valid(place));
        }
        take(&piece[..count]);
    }
}

impl Frame {
    /// Changes the numbers of columns, all at once, and in place where no other frame has them. `change` says for a
    /// column what becomes of a number; the other columns, and columns of text, stay as they are.
    ///
    /// # Errors
    /// As [`Frame::set`].
    pub fn change_numbers<F: Fn(f64) -> f64>(
        &mut self,
        change: impl Fn(&str) -> Option<F> + Sync,
    ) -> Result<()> {
        self.columns.par_iter_mut().try_for_each(|column| {
            let Some(change) = change(&column.name) else {
                return Ok(());
            };
            if let Some(changed) = changed(&mut column.data, change) {
                column.data = admit(&column.name, changed)?;
                column.history.touched = true;
            }
            Ok(())
        })
    }
}

/// The column with its numbers changed; what is left of it is to be replaced.
fn changed(data: &mut ArrayRef, change: impl Fn(f64) -> f64) -> Option<ArrayRef> {
    let changed: Float64Array = match data.data_type() {
        DataType::Float64 => {
            let values = data.as_primitive::<Float64Type>().clone();
            *data = Arc::new(Float64Array::new_null(0));
            values
                .unary_mut(&change)
                .unwrap_or_else(|shared| shared.unary(&change))
        }
        DataType::Int64 => data
            .as_primitive::<Int64Type>()
            .unary(|value| change(value as f64)),
        _ => numbers(data)?.unary(change),
    };
    Some(Arc::new(changed))
}
