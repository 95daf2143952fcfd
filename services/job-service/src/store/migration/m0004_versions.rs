//! The index by which jobs are listed with the highest version first.

use sea_orm_migration::{
    async_trait,
    prelude::{DbErr, DeriveMigrationName, Index, MigrationTrait, SchemaManager},
    sea_query::Alias,
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = ["tenant", "version", "created_at", "id"];
        let mut index = Index::create();
        index
            .name(format!("training_jobs_{}", columns.join("_")))
            .table(Alias::new("training_jobs"));
        for column in columns {
            index.col(Alias::new(column));
        }
        manager.create_index(index).await
    }
}
