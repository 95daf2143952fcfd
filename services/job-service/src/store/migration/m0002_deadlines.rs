//! Deadlines, deletion, and the indexes that queue statistics and lists by version need.

use sea_orm_migration::{
    async_trait,
    prelude::{ColumnDef, DbErr, DeriveMigrationName, Index, IntoIden, MigrationTrait, SchemaManager, Table},
    sea_query::{Alias, DynIden},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const TABLE: &str = "training_jobs";

const INDEXES: &[&[&str]] = &[
    &["deadline_at"],
    &["state", "dispatch_incarnation"],
    &["resource_class", "state", "created_at", "id"],
    &["tenant", "version", "id"],
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["deadline_at", "total_deadline_at", "deleted_at"] {
            let mut alter = Table::alter();
            alter.table(name(TABLE));
            alter.add_column(ColumnDef::new(name(column)).big_integer().null());
            manager.alter_table(alter.to_owned()).await?;
        }
        for columns in INDEXES {
            let mut index = Index::create();
            index
                .name(format!("{TABLE}_{}", columns.join("_")))
                .table(name(TABLE));
            for column in *columns {
                index.col(name(column));
            }
            manager.create_index(index.to_owned()).await?;
        }
        Ok(())
    }
}

fn name(name: &str) -> DynIden {
    Alias::new(name).into_iden()
}
