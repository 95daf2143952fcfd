//! The first tables: requests, jobs with all that belongs to them, outbox, data sources, dead letters.

use sea_orm_migration::{
    async_trait,
    prelude::{
        ColumnDef, DbErr, DeriveMigrationName, ForeignKey, ForeignKeyAction, Index, IntoIden, MigrationTrait,
        SchemaManager, Table, TableCreateStatement,
    },
    sea_query::{Alias, DynIden},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            requests(),
            training_jobs(),
            job_specs(),
            job_labels(),
            version_counters(),
            job_attempts(),
            job_events(),
            outbox(),
            dataset_sources(),
            dead_letters(),
        ] {
            manager.create_table(table).await?;
        }
        for (table, unique, columns) in INDEXES {
            let mut index = Index::create();
            index
                .name(format!("{table}_{}", columns.join("_")))
                .table(name(table));
            for column in *columns {
                index.col(name(column));
            }
            if *unique {
                index.unique();
            }
            manager.create_index(index.to_owned()).await?;
        }
        Ok(())
    }
}

/// Table, whether its rows differ in these columns, the columns.
const INDEXES: &[(&str, bool, &[&str])] = &[
    // Trainers speak of a job by its id alone.
    ("training_jobs", true, &["id"]),
    (
        "training_jobs",
        true,
        &["tenant", "dataset_source_id", "node_id", "model_type", "version"],
    ),
    ("training_jobs", false, &["tenant", "created_at", "id"]),
    (
        "training_jobs",
        false,
        &["tenant", "pipeline_id", "created_at", "id"],
    ),
    ("training_jobs", false, &["tenant", "state", "created_at", "id"]),
    ("training_jobs", false, &["state", "lease_expires_at"]),
    ("training_jobs", false, &["state", "requeue_check_at"]),
    ("job_labels", false, &["tenant", "name", "value", "job_id"]),
    (
        "job_events",
        true,
        &["tenant", "job_id", "attempt", "lease_id", "seq"],
    ),
    ("outbox", true, &["msg_id"]),
    ("outbox", false, &["available_at"]),
    ("outbox", false, &["tenant", "job_id"]),
];

fn name(name: &str) -> DynIden {
    Alias::new(name).into_iden()
}

fn column(column: &str) -> ColumnDef {
    let mut column = ColumnDef::new(name(column));
    column.not_null();
    column
}

fn optional(column: &str) -> ColumnDef {
    ColumnDef::new(name(column)).null().to_owned()
}

fn table(table: &str, key: &[&str], columns: Vec<ColumnDef>) -> TableCreateStatement {
    let mut create = Table::create();
    create.table(name(table));
    for mut column in columns {
        create.col(&mut column);
    }
    let mut primary = Index::create();
    for column in key {
        primary.col(name(column));
    }
    create.primary_key(&mut primary);
    create
}

/// A table whose rows belong to a job and go with it.
fn of_job(of: &str, key: &[&str], mut columns: Vec<ColumnDef>) -> TableCreateStatement {
    columns.insert(0, column("job_id").uuid().to_owned());
    columns.insert(0, column("tenant").text().to_owned());
    let mut create = table(of, key, columns);
    let mut job = ForeignKey::create();
    job.from(name(of), (name("tenant"), name("job_id")))
        .to(name("training_jobs"), (name("tenant"), name("id")))
        .on_delete(ForeignKeyAction::Cascade);
    create.foreign_key(&mut job);
    create
}

fn requests() -> TableCreateStatement {
    let columns = vec![
        column("tenant").text().to_owned(),
        column("request_id").text().to_owned(),
        column("rpc").text().to_owned(),
        column("payload_sha256").blob().to_owned(),
        column("job_ids").blob().to_owned(),
        column("created_at").big_integer().to_owned(),
    ];
    table("requests", &["tenant", "request_id"], columns)
}

fn training_jobs() -> TableCreateStatement {
    let mut columns = vec![column("tenant").text().to_owned(), column("id").uuid().to_owned()];
    let texts = |names: &[&str]| -> Vec<ColumnDef> {
        names.iter().map(|name| column(name).text().to_owned()).collect()
    };
    let optional_texts = |names: &[&str]| -> Vec<ColumnDef> {
        names
            .iter()
            .map(|name| optional(name).text().to_owned())
            .collect()
    };
    let numbers = |names: &[&str]| -> Vec<ColumnDef> {
        names
            .iter()
            .map(|name| column(name).integer().to_owned())
            .collect()
    };
    let longs = |names: &[&str]| -> Vec<ColumnDef> {
        names
            .iter()
            .map(|name| column(name).big_integer().to_owned())
            .collect()
    };
    let optional_longs = |names: &[&str]| -> Vec<ColumnDef> {
        names
            .iter()
            .map(|name| optional(name).big_integer().to_owned())
            .collect()
    };
    columns.extend(texts(&[
        "dataset_source_id",
        "pipeline_id",
        "node_id",
        "model_type",
        "labels",
        "created_by",
        "resource_class",
        "state",
        "phase",
        "cancel_reason",
    ]));
    columns.extend(optional_texts(&[
        "lease_trainer",
        "stop_reason",
        "dispatch_incarnation",
        "artifact_uri",
        "artifact_sha256",
        "failure_kind",
        "failure_code",
        "failure_message",
        "failure_node_id",
    ]));
    columns.extend(numbers(&[
        "attempt",
        "failures",
        "oom_failures",
        "dispatch_no",
        "requeue_checks",
    ]));
    columns.extend(longs(&[
        "version",
        "not_before",
        "progress_seq",
        "event_no",
        "created_at",
        "updated_at",
    ]));
    columns.extend(optional_longs(&[
        "lease_expires_at",
        "dispatch_seq",
        "requeue_check_at",
        "cancel_requested_at",
        "artifact_bytes",
        "started_at",
        "finished_at",
    ]));
    columns.push(optional("lease_id").uuid().to_owned());
    columns.extend(["metadata", "policy", "progress"].map(|name| column(name).blob().to_owned()));
    columns.push(optional("result").blob().to_owned());
    table("training_jobs", &["tenant", "id"], columns)
}

fn job_specs() -> TableCreateStatement {
    let columns = vec![
        column("spec").blob().to_owned(),
        column("spec_sha256").blob().to_owned(),
    ];
    of_job("job_specs", &["tenant", "job_id"], columns)
}

fn job_labels() -> TableCreateStatement {
    let columns = vec![
        column("name").text().to_owned(),
        column("value").text().to_owned(),
    ];
    of_job("job_labels", &["tenant", "job_id", "name"], columns)
}

fn version_counters() -> TableCreateStatement {
    let key = ["tenant", "dataset_source_id", "node_id", "model_type"];
    let mut columns: Vec<ColumnDef> = key.map(|name| column(name).text().to_owned()).into();
    columns.push(column("last").big_integer().to_owned());
    table("version_counters", &key, columns)
}

fn job_attempts() -> TableCreateStatement {
    let columns = vec![
        column("attempt").integer().to_owned(),
        column("lease_id").uuid().to_owned(),
        column("trainer").text().to_owned(),
        column("started_at").big_integer().to_owned(),
        optional("finished_at").big_integer().to_owned(),
        column("outcome").text().to_owned(),
        optional("exit_code").integer().to_owned(),
        optional("signal").integer().to_owned(),
        column("peak_rss_bytes").big_integer().to_owned(),
        column("log_tail").text().to_owned(),
    ];
    of_job("job_attempts", &["tenant", "job_id", "attempt"], columns)
}

fn job_events() -> TableCreateStatement {
    let columns = vec![
        column("event_no").big_integer().to_owned(),
        column("attempt").integer().to_owned(),
        optional("lease_id").uuid().to_owned(),
        optional("seq").big_integer().to_owned(),
        column("kind").text().to_owned(),
        column("payload").blob().to_owned(),
        column("time").big_integer().to_owned(),
    ];
    of_job("job_events", &["tenant", "job_id", "event_no"], columns)
}

fn outbox() -> TableCreateStatement {
    let columns = vec![
        column("id").uuid().to_owned(),
        column("attempt").integer().to_owned(),
        column("dispatch_no").integer().to_owned(),
        column("subject").text().to_owned(),
        column("msg_id").text().to_owned(),
        column("payload").blob().to_owned(),
        column("available_at").big_integer().to_owned(),
        column("tries").integer().to_owned(),
        optional("locked_by").text().to_owned(),
        optional("locked_until").big_integer().to_owned(),
    ];
    of_job("outbox", &["id"], columns)
}

fn dataset_sources() -> TableCreateStatement {
    let columns = vec![
        column("tenant").text().to_owned(),
        column("id").text().to_owned(),
        column("uri").text().to_owned(),
        column("format").text().to_owned(),
        column("options").blob().to_owned(),
        optional("sha256").text().to_owned(),
        column("created_at").big_integer().to_owned(),
    ];
    table("dataset_sources", &["tenant", "id"], columns)
}

fn dead_letters() -> TableCreateStatement {
    let columns = vec![
        column("id").uuid().to_owned(),
        column("tenant").text().to_owned(),
        column("source").text().to_owned(),
        column("subject").text().to_owned(),
        column("headers").text().to_owned(),
        column("payload").blob().to_owned(),
        column("error").text().to_owned(),
        column("time").big_integer().to_owned(),
    ];
    table("dead_letters", &["id"], columns)
}
