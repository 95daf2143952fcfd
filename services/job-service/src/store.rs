//! The database: every SQL statement of the service, over SQLite and PostgreSQL alike.

mod row;

pub use row::{
    AttemptRow, DatasetRow, DeadLetter, EventRow, Filter, JobRow, OutboxRow, Tenant, Undelivered,
};

use crate::error::Result;

/// A connection to the database.
#[derive(Debug, Clone)]
pub struct Store {}

impl Store {
    /// Connects to `url` (`sqlite://PATH`, `sqlite::memory:` or `postgres://…`) and brings its tables up to date.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Database`.
    pub async fn open(url: &str) -> Result<Self> {
        todo!()
    }

    /// Whether the database can be written to: for health, and for the sweeper's right to judge.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn probe(&self) -> Result<()> {
        todo!()
    }

    /// Closes every connection.
    pub async fn close(&self) {
        todo!()
    }
}
