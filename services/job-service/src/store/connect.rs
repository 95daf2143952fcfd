//! Connections: how each kind of database is opened so that it keeps what it was told.

use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, Statement,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use sea_orm_migration::MigratorTrait;

use super::{Transaction, migration::Migrator};
use crate::error::Result;

/// How long to wait for a connection before the database counts as away.
const ACQUIRE: Duration = Duration::from_secs(10);
const POSTGRES_CONNECTIONS: u32 = 16;
const SQLITE_READERS: u32 = 4;
/// Any number that no other program locks on the same database.
const MIGRATION_LOCK: i64 = 0x7472_6169_6e79_6172;

/// Opens the connection that writes and the one that reads.
pub(super) async fn open(url: &str) -> Result<(DatabaseConnection, DatabaseConnection)> {
    let mut options = ConnectOptions::new(url);
    options
        .acquire_timeout(ACQUIRE)
        .connect_timeout(ACQUIRE)
        .sqlx_logging(false);
    if !url.starts_with("sqlite:") {
        options.max_connections(POSTGRES_CONNECTIONS);
        let both = Database::connect(options).await?;
        return Ok((both.clone(), both));
    }
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
    });
    // The connection stays: in memory it is the database.
    options
        .min_connections(1)
        .max_connections(1)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>);
    let writer = Database::connect(options.clone()).await?;
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Ok((writer.clone(), writer));
    }
    options.max_connections(SQLITE_READERS);
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("query_only", "ON")
    });
    Ok((writer, Database::connect(options).await?))
}

/// Applies the migrations that are missing, one process at a time.
pub(super) struct Migrate;

impl Transaction for Migrate {
    type Output = ();

    async fn run(&self, tx: &DatabaseTransaction) -> Result<()> {
        let backend = tx.get_database_backend();
        if backend == DbBackend::Postgres {
            let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
            tx.execute_raw(Statement::from_string(backend, lock)).await?;
        }
        Ok(Migrator::up(tx, None).await?)
    }
}
