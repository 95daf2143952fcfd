//! What deletion and retention remember, and the indexes by which lists and the janitor find jobs without looking
//! at all of them.

use sea_orm_migration::{
    async_trait,
    prelude::{
        ColumnDef, ConnectionTrait, DbErr, DeriveMigrationName, Index, IntoIden, MigrationTrait,
        SchemaManager, Table,
    },
    sea_query::{Alias, ConditionalStatement, DynIden, Expr, ExprTrait, IndexCreateStatement},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const JOBS: &str = "training_jobs";
const LABELS: &str = "job_labels";
const REQUESTS: &str = "requests";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let time = |column: &str| ColumnDef::new(name(column)).big_integer().null().to_owned();
        let mut artifacts = ColumnDef::new(name("delete_artifacts"));
        artifacts.boolean().not_null().default(false);
        let mut request = ColumnDef::new(name("request_id"));
        request.text().null();
        let mut created = ColumnDef::new(name("created_at"));
        created.big_integer().not_null().default(0);
        for (table, column) in [
            (JOBS, artifacts),
            (JOBS, request),
            (JOBS, time("swept_at")),
            (JOBS, time("pruned_at")),
            (REQUESTS, time("orphaned_at")),
            (LABELS, created),
        ] {
            add_column(manager, table, column).await?;
        }
        // A label's rows are read in the order of the list of jobs.
        let copy = "UPDATE job_labels SET created_at = (SELECT created_at FROM training_jobs \
                    WHERE training_jobs.tenant = job_labels.tenant AND training_jobs.id = job_labels.job_id)";
        manager.get_connection().execute_unprepared(copy).await?;
        let old = "job_labels_tenant_name_value_job_id";
        let drop = Index::drop().name(old).table(name(LABELS)).to_owned();
        manager.drop_index(drop).await?;
        let by_label = ["tenant", "name", "value", "created_at", "job_id"];
        manager.create_index(index(LABELS, "list", &by_label)).await?;
        for (chore, column, done) in CHORES {
            let mut chore = index(JOBS, chore, &["finished_at", "id"]);
            let column = Expr::col(name(column));
            chore.and_where(if *done {
                column.is_not_null()
            } else {
                column.is_null()
            });
            // Rows that have not ended need no place in it.
            chore.and_where(Expr::col(name("finished_at")).is_not_null());
            manager.create_index(chore).await?;
        }
        let mut orphans = index(REQUESTS, "orphans", &["orphaned_at"]);
        orphans.and_where(Expr::col(name("orphaned_at")).is_not_null());
        manager.create_index(orphans).await
    }
}

/// What the janitor does for finished jobs, and whether it is due where the column is set or where it is not.
const CHORES: &[(&str, &str, bool)] = &[
    ("expire", "deleted_at", false),
    ("purge", "deleted_at", true),
    ("sweep", "swept_at", false),
    ("prune", "pruned_at", false),
];

async fn add_column(manager: &SchemaManager<'_>, table: &str, mut column: ColumnDef) -> Result<(), DbErr> {
    let mut alter = Table::alter();
    alter.table(name(table)).add_column(&mut column);
    manager.alter_table(alter.to_owned()).await
}

fn index(table: &str, what_for: &str, columns: &[&str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{what_for}")).table(name(table));
    for column in columns {
        index.col(name(column));
    }
    index.to_owned()
}

fn name(name: &str) -> DynIden {
    Alias::new(name).into_iden()
}
