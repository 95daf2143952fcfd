//! The database: every SQL statement of the service, over SQLite and PostgreSQL alike.

mod codec;
mod connect;
mod entity;
mod migration;
mod row;

pub(crate) mod attempts;
pub(crate) mod datasets;
pub(crate) mod dead_letters;
pub(crate) mod events;
pub(crate) mod jobs;
pub(crate) mod outbox;
pub(crate) mod queues;
pub(crate) mod requests;
pub(crate) mod retention;
pub(crate) mod search;
pub(crate) mod versions;

use std::time::Duration;

use domain::time::Time;
use sea_orm::{
    ActiveValue::Set, ConnAcquireErr, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, EntityTrait, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use uuid::Uuid;

pub use row::{
    AttemptRow, DatasetRow, DeadLetter, EventRow, Filter, JobRow, Order, OutboxRow, Tenant, Undelivered,
};

use self::entity::probe;
use crate::error::{Error, Result};

/// How often a transaction is tried that others are in the way of.
const TRIES: u32 = 10;
/// How long a database may take to answer before it counts as away.
const PATIENCE: Duration = Duration::from_secs(15);

/// A connection to the database. Clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    /// On SQLite one connection only: writers queue here instead of failing on each other's lock.
    writer: DatabaseConnection,
    reader: DatabaseConnection,
}

/// A transaction as a value, so that it can be run again when others were in its way.
pub(crate) trait Transaction: Sync {
    /// What it returns.
    type Output: Send;

    /// Runs it from its beginning. Nothing it did counts if it fails.
    fn run(&self, tx: &DatabaseTransaction) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// Several transactions as one: either all of them count, or none does.
pub(crate) struct Together<'a, T>(pub(crate) &'a [T]);

impl<T: Transaction> Transaction for Together<'_, T> {
    type Output = Vec<T::Output>;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<Self::Output> {
        let mut outputs = Vec::with_capacity(self.0.len());
        for transaction in self.0 {
            outputs.push(transaction.run(tx).await?);
        }
        Ok(outputs)
    }
}

impl Store {
    /// Connects to `url` (`sqlite://PATH`, `sqlite::memory:` or `postgres://…`) and brings its tables up to date.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Database`.
    pub async fn open(url: &str) -> Result<Self> {
        let (writer, reader) = connect::open(url).await?;
        let store = Self { writer, reader };
        store.write(&connect::Migrate).await?;
        Ok(store)
    }

    /// Whether the database commits what is written to it: for health, and for the sweeper's right to judge.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn probe(&self) -> Result<()> {
        self.write(&Probe).await
    }

    /// Closes every connection.
    pub async fn close(&self) {
        for connection in [&self.reader, &self.writer] {
            // What cannot be closed is gone already.
            let _ = connection.close_by_ref().await;
        }
    }

    /// The connection for reading.
    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Awaits a read, but not for ever: a database that has frozen counts as away.
    pub(crate) async fn read<T>(&self, query: impl Future<Output = Result<T>> + Send) -> Result<T> {
        match tokio::time::timeout(PATIENCE, query).await {
            Ok(result) => result,
            Err(_) => Err(Error::Unavailable(DbErr::ConnectionAcquire(
                ConnAcquireErr::Timeout,
            ))),
        }
    }

    /// Runs a transaction and commits it; again, within bounds, when others were in its way.
    pub(crate) async fn write<T: Transaction>(&self, transaction: &T) -> Result<T::Output> {
        let mut tried = 0;
        loop {
            tried += 1;
            match self.read(self.write_once(transaction)).await {
                Err(Error::Contended(_)) if tried < TRIES => tokio::time::sleep(pause(tried)).await,
                result => return result,
            }
        }
    }

    async fn write_once<T: Transaction>(&self, transaction: &T) -> Result<T::Output> {
        let options = TransactionOptions {
            // A transaction that reads first and writes then could not be given the write lock later.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = self.writer.begin_with_options(options).await?;
        // Boxed: transactions are large, and every caller's future would hold one.
        match Box::pin(transaction.run(&tx)).await {
            Ok(output) => {
                tx.commit().await?;
                Ok(output)
            }
            Err(error) => {
                // The error that made us roll back says more than one from rolling back.
                let _ = tx.rollback().await;
                Err(error)
            }
        }
    }
}

/// Up to 2, 4, 8, … 64 ms, at random, so that those who met once do not meet again.
fn pause(tried: u32) -> Duration {
    let longest = 1000.0 * f64::from(1_u32 << tried.min(6));
    Duration::from_micros((longest * random()) as u64)
}

/// A random number in [0, 1).
pub(crate) fn random() -> f64 {
    // The low 32 bits of a random UUID are random.
    f64::from(Uuid::new_v4().as_u128() as u32) / (f64::from(u32::MAX) + 1.0)
}

/// The database's time.
pub(crate) async fn now(conn: &impl ConnectionTrait) -> Result<Time> {
    let backend = conn.get_database_backend();
    let sql = if backend == DbBackend::Postgres {
        "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT AS now"
    } else {
        // SQLite's clock counts milliseconds; rounding undoes what the fraction loses as a double.
        "SELECT CAST(ROUND(unixepoch('now', 'subsec') * 1000) AS INTEGER) * 1000 AS now"
    };
    let row = conn.query_one_raw(Statement::from_string(backend, sql)).await?;
    let row = row.ok_or_else(|| Error::Corrupt("the database's clock is silent".to_owned()))?;
    Ok(Time(row.try_get("", "now")?))
}

/// A write that leaves nothing behind, yet needs all that a write needs: what changes no row is committed on a full
/// disk as well. Each writes a row of its own, so that replicas do not wait for one that has come to a halt in it.
struct Probe;

impl Transaction for Probe {
    type Output = ();

    async fn run(&self, tx: &DatabaseTransaction) -> Result<()> {
        let id = Uuid::new_v4();
        probe::Entity::insert(probe::ActiveModel { id: Set(id) })
            .exec_without_returning(tx)
            .await?;
        probe::Entity::delete_by_id(id).exec(tx).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_clock_counts_microseconds_since_the_epoch() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let first = now(store.reader()).await.unwrap();
        let second = now(store.reader()).await.unwrap();
        assert!(first <= second && second.since(first) < Duration::from_secs(60));
        // 2020 and 2200.
        assert!((1_577_836_800_000_000..7_258_118_400_000_000).contains(&first.0));
    }

    #[tokio::test]
    async fn a_database_can_be_opened_again_and_probed() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", dir.path().join("jobs.db").display());
        for _ in 0..2 {
            let store = Store::open(&url).await.unwrap();
            store.probe().await.unwrap();
            store.close().await;
            assert!(matches!(store.probe().await, Err(Error::Unavailable(_))));
        }
    }
}
