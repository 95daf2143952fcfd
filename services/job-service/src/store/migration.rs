//! The tables' history, oldest first: what brings a database of any age up to date. A migration that was released
//! is never changed; a new one is one file and one line in the list.

mod m0001_jobs;
mod m0002_deadlines;
mod m0003_retention;
mod m0004_versions;
mod m0005_probes;

use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait};

/// Applies the migrations that a database lacks.
#[derive(Debug)]
pub(super) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_jobs::Migration),
            Box::new(m0002_deadlines::Migration),
            Box::new(m0003_retention::Migration),
            Box::new(m0004_versions::Migration),
            Box::new(m0005_probes::Migration),
        ]
    }
}
