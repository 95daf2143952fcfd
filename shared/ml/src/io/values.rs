//! Values of one type, of a block or of a whole column, and how those of blocks become a column's.

use std::sync::Arc;

use arrow::{
    array::{
        ArrayRef, BooleanArray, BooleanBufferBuilder, Float64Array, Int64Array, NullBufferBuilder,
        StringArray,
    },
    buffer::{Buffer, OffsetBuffer, ScalarBuffer},
};

use super::number::{EXACT, Number};
use crate::frame::ColumnKind;

/// The type of the cells so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Only missing ones.
    Missing,
    Boolean,
    Number,
    Text,
    /// Text, where something else was before: to be read again.
    Mixed,
}

impl From<ColumnKind> for Kind {
    fn from(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Integer | ColumnKind::Float => Self::Number,
            ColumnKind::Boolean => Self::Boolean,
            ColumnKind::Text => Self::Text,
        }
    }
}

impl Kind {
    /// The type of a column whose parts have these types.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Missing, kind) | (kind, Self::Missing) => kind,
            (one, other) if one == other => one,
            _ => Self::Mixed,
        }
    }
}

/// Values in row order.
pub(super) enum Values {
    Missing(usize),
    Boolean(Booleans),
    Number(Numbers),
    Text(Texts),
    Mixed,
}

/// More text than the offsets of an array can tell; the row that was too much, counted in what was appended.
#[derive(Debug)]
pub(super) struct TooLong(pub(super) usize);

impl Values {
    /// None yet, with room for so many.
    pub(super) fn new(kind: Kind, rows: usize) -> Self {
        match kind {
            Kind::Missing => Self::Missing(0),
            Kind::Boolean => Self::Boolean(Booleans {
                values: BooleanBufferBuilder::new(rows),
                valid: NullBufferBuilder::new(rows),
            }),
            Kind::Number => Self::Number(Numbers {
                values: Vec::with_capacity(rows),
                valid: NullBufferBuilder::new(rows),
                fraction: false,
                inexact: false,
            }),
            Kind::Text => Self::Text(Texts::new(rows)),
            Kind::Mixed => Self::Mixed,
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Missing(_) => Kind::Missing,
            Self::Boolean(_) => Kind::Boolean,
            Self::Number(_) => Kind::Number,
            Self::Text(_) => Kind::Text,
            Self::Mixed => Kind::Mixed,
        }
    }

    /// How much memory they take, in bytes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Missing(count) => count * size_of::<f64>(),
            Self::Boolean(booleans) => booleans.values.len() / 8,
            Self::Number(numbers) => numbers.values.len() * size_of::<f64>(),
            Self::Text(texts) => texts.bytes.len() + texts.offsets.len() * size_of::<i32>(),
            Self::Mixed => 0,
        }
    }

    /// How much memory they take once there are so many, in bytes: those that are not there yet are missing.
    pub(super) fn bytes_of(&self, rows: usize, filled: usize) -> usize {
        let more = rows.saturating_sub(filled);
        let missing = match self {
            Self::Missing(_) | Self::Number(_) => more * size_of::<f64>(),
            Self::Boolean(_) => more / 8,
            Self::Text(_) => more * size_of::<i32>(),
            Self::Mixed => 0,
        };
        self.bytes() + missing
    }

    pub(super) fn push_missing(&mut self) {
        match self {
            Self::Missing(count) => *count += 1,
            Self::Boolean(booleans) => {
                booleans.values.append(false);
                booleans.valid.append_null();
            }
            Self::Number(numbers) => {
                numbers.values.push(0.0);
                numbers.valid.append_null();
            }
            Self::Text(texts) => {
                texts.offsets.push(texts.bytes.len() as i32);
                texts.valid.append_null();
            }
            Self::Mixed => {}
        }
    }

    /// Appends those of the block that follows. Values of another type make these mixed.
    pub(super) fn append(&mut self, next: &Self) -> Result<(), TooLong> {
        if let Self::Missing(count) = *self
            && !matches!(next, Self::Missing(_))
        {
            *self = Self::new(next.kind(), count);
            (0..count).for_each(|_| self.push_missing());
        }
        match (&mut *self, next) {
            (values, Self::Missing(count)) => (0..*count).for_each(|_| values.push_missing()),
            (Self::Boolean(ours), Self::Boolean(theirs)) => ours.append(theirs),
            (Self::Number(ours), Self::Number(theirs)) => ours.append(theirs),
            (Self::Text(ours), Self::Text(theirs)) => ours.append(theirs)?,
            _ => *self = Self::Mixed,
        }
        Ok(())
    }

    /// Whether the column is text although it began otherwise.
    pub(super) fn must_be_reread(&self) -> bool {
        match self {
            Self::Mixed => true,
            Self::Number(numbers) => numbers.inexact && !numbers.fraction,
            Self::Missing(_) | Self::Boolean(_) | Self::Text(_) => false,
        }
    }

    /// The array. `float` keeps whole numbers from becoming integers.
    pub(super) fn finish(self, float: bool) -> ArrayRef {
        match self {
            Self::Missing(count) => Arc::new(Float64Array::new_null(count)),
            Self::Boolean(Booleans {
                mut values,
                mut valid,
            }) => Arc::new(BooleanArray::new(values.finish(), valid.finish())),
            Self::Number(numbers) => numbers.finish(float),
            Self::Text(texts) => texts.finish(),
            // `must_be_reread` said so, and the caller replaced it.
            Self::Mixed => Arc::new(Float64Array::new_null(0)),
        }
    }
}

/// Truths.
pub(super) struct Booleans {
    values: BooleanBufferBuilder,
    valid: NullBufferBuilder,
}

impl Booleans {
    pub(super) fn push(&mut self, value: bool) {
        self.values.append(value);
        self.valid.append_non_null();
    }

    fn append(&mut self, next: &Self) {
        self.values
            .append_packed_range(0..next.values.len(), next.values.as_slice());
        append_valid(&mut self.valid, &next.valid);
    }
}

/// Numbers, and how they were spelled.
pub(super) struct Numbers {
    values: Vec<f64>,
    valid: NullBufferBuilder,
    fraction: bool,
    inexact: bool,
}

impl Numbers {
    #[inline]
    pub(super) fn push(&mut self, number: Number) {
        self.fraction |= !number.whole;
        self.inexact |= number.whole && number.value.abs() >= EXACT;
        self.values.push(number.value);
        self.valid.append_non_null();
    }

    fn append(&mut self, next: &Self) {
        self.fraction |= next.fraction;
        self.inexact |= next.inexact;
        self.values.extend_from_slice(&next.values);
        append_valid(&mut self.valid, &next.valid);
    }

    fn finish(mut self, float: bool) -> ArrayRef {
        let nulls = self.valid.finish();
        let missing = nulls.as_ref().map_or(0, arrow::buffer::NullBuffer::null_count);
        if float || self.fraction || self.inexact || missing == self.values.len() {
            self.values.shrink_to_fit();
            return Arc::new(Float64Array::new(self.values.into(), nulls));
        }
        // Exact: every value is whole and below 2^53.
        let whole: Vec<i64> = self.values.into_iter().map(|value| value as i64).collect();
        Arc::new(Int64Array::new(whole.into(), nulls))
    }
}

/// Texts, one after the other. What is pushed is UTF-8.
pub(super) struct Texts {
    bytes: Vec<u8>,
    /// Where each begins, and after them all where the last ends.
    offsets: Vec<i32>,
    valid: NullBufferBuilder,
}

impl Texts {
    fn new(rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self {
            bytes: Vec::with_capacity(rows * 8),
            offsets,
            valid: NullBufferBuilder::new(rows),
        }
    }

    /// A block's texts are far shorter than 2 GiB.
    #[inline]
    pub(super) fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.offsets.push(self.bytes.len() as i32);
        self.valid.append_non_null();
    }

    /// Whether so many more bytes can be held.
    pub(super) fn have_room_for(&self, bytes: usize) -> bool {
        self.bytes.len() + bytes <= i32::MAX as usize
    }

    fn append(&mut self, next: &Self) -> Result<(), TooLong> {
        let before = self.bytes.len();
        if !self.have_room_for(next.bytes.len()) {
            let fits = |end: &i32| before + *end as usize <= i32::MAX as usize;
            return Err(TooLong(next.offsets[1..].partition_point(fits)));
        }
        self.bytes.extend_from_slice(&next.bytes);
        let ends = next.offsets[1..].iter();
        self.offsets.extend(ends.map(|end| before as i32 + end));
        append_valid(&mut self.valid, &next.valid);
        Ok(())
    }

    fn finish(mut self) -> ArrayRef {
        self.bytes.shrink_to_fit();
        self.offsets.shrink_to_fit();
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        Arc::new(StringArray::new(
            offsets,
            Buffer::from_vec(self.bytes),
            self.valid.finish(),
        ))
    }
}

fn append_valid(ours: &mut NullBufferBuilder, theirs: &NullBufferBuilder) {
    match theirs.as_slice() {
        None => ours.append_n_non_nulls(theirs.len()),
        Some(_) => {
            if let Some(nulls) = theirs.finish_cloned() {
                ours.append_buffer(&nulls);
            }
        }
    }
}
