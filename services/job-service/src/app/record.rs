//! What trainers tell: progress, metrics, and how an attempt ended. Delivered at least once, taken exactly once.

use domain::id::Token;
use messages::bus;

use super::{App, DeadLetter};
use crate::error::Result;

/// What became of something a trainer told. In every case it can be acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It is committed as the job's event with this number.
    Committed(i64),
    /// It is late, a duplicate, or not the holder's: nothing changed.
    Stale,
    /// It makes no sense, and why: a case for [`App::dead_letter`].
    Malformed(String),
}

impl App {
    /// T5, T6, T7. Takes what `trainer` tells of an attempt. A success counts only after its files were checked.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`, `ArtifactRoot`: to be delivered again later.
    pub async fn record(&self, trainer: &Token, event: bus::v1::TrainerEvent) -> Result<Recorded> {
        todo!()
    }

    /// Puts a message aside that nobody can make sense of.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn dead_letter(&self, letter: &DeadLetter) -> Result<()> {
        todo!()
    }
}
