//! `rows.bin`: what each source row was used for, so that the rows that judged a model can be found again.

use super::{ROWS_FILE, bad, container};
use crate::{error::Result, frame::Split};

const KIND: container::Kind = container::Kind {
    magic: *b"TYDROWS\0",
    version: 1,
    limit: 1 << 33,
};

/// The split of every source row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowSplits(Vec<Option<Split>>);

impl RowSplits {
    /// The splits of the rows that were used, among so many.
    pub(super) fn new(total: usize, used: &[(u64, Split)]) -> Self {
        let mut splits = vec![None; total];
        for (row, split) in used {
            if let Some(place) = usize::try_from(*row).ok().and_then(|row| splits.get_mut(row)) {
                *place = Some(*split);
            }
        }
        Self(splits)
    }

    /// What each source row was used for; nothing if it was left out.
    pub fn splits(&self) -> &[Option<Split>] {
        &self.0
    }

    /// The numbers of the rows of a split, ascending.
    pub fn of(&self, split: Split) -> impl Iterator<Item = u64> + '_ {
        self.0
            .iter()
            .zip(0..)
            .filter(move |(found, _)| **found == Some(split))
            .map(|(_, row)| row)
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>> {
        let byte = |split: &Option<Split>| match split {
            None => 0,
            Some(Split::Train) => 1,
            Some(Split::Validation) => 2,
            Some(Split::Test) => 3,
        };
        container::pack(ROWS_FILE, KIND, &self.0.iter().map(byte).collect::<Vec<u8>>())
    }

    pub(super) fn decode(file: &[u8]) -> Result<Self> {
        let split = |byte: &u8| match byte {
            0 => Ok(None),
            1 => Ok(Some(Split::Train)),
            2 => Ok(Some(Split::Validation)),
            3 => Ok(Some(Split::Test)),
            other => Err(bad(ROWS_FILE, format!("there is no split {other}"))),
        };
        let content = container::unpack(ROWS_FILE, KIND, file)?;
        Ok(Self(content.iter().map(split).collect::<Result<_>>()?))
    }
}
