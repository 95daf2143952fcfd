//! The table that is written to only to see whether it can be.

use sea_orm_migration::{
    async_trait,
    prelude::{ColumnDef, DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, Table},
    sea_query::Alias,
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut id = ColumnDef::new(Alias::new("id"));
        id.uuid().not_null().primary_key();
        let mut probes = Table::create();
        probes.table(Alias::new("probes")).col(&mut id);
        manager.create_table(probes.to_owned()).await
    }
}
