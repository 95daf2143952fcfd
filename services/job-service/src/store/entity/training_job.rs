//! Jobs: what changes in their lives, and the keys they are found by. What never changes and is large lies in
//! `job_specs`, because every update of a row rewrites it as a whole.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "training_jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub dataset_source_id: String,
    pub pipeline_id: String,
    pub node_id: String,
    pub model_type: String,
    pub version: i64,
    /// A JSON object; `job_labels` holds the same for finding.
    pub labels: String,
    /// A `google.protobuf.Struct`.
    pub metadata: Vec<u8>,
    pub created_by: String,
    /// A `trainyard.v1.JobPolicy` with every default filled in.
    pub policy: Vec<u8>,
    pub resource_class: String,
    pub state: String,
    pub phase: String,
    pub attempt: i32,
    pub failures: i32,
    pub oom_failures: i32,
    pub not_before: i64,
    pub lease_id: Option<Uuid>,
    pub lease_trainer: Option<String>,
    pub lease_expires_at: Option<i64>,
    pub stop_reason: Option<String>,
    /// When time alone moves the job on.
    pub deadline_at: Option<i64>,
    pub total_deadline_at: Option<i64>,
    /// When it was deleted. Its rows follow once its files are gone.
    pub deleted_at: Option<i64>,
    /// Whether its model goes with it.
    pub delete_artifacts: bool,
    /// The id of the request that made it, if that had one.
    pub request_id: Option<String>,
    /// When the files of its other attempts were removed.
    pub swept_at: Option<i64>,
    /// When its history was shortened.
    pub pruned_at: Option<i64>,
    pub dispatch_no: i32,
    /// The number of the published message in the stream.
    pub dispatch_seq: Option<i64>,
    /// The stream in which `dispatch_seq` means something.
    pub dispatch_incarnation: Option<String>,
    /// When to look whether the message is still stored.
    pub requeue_check_at: Option<i64>,
    /// How often it was looked for.
    pub requeue_checks: i32,
    /// A `trainyard.v1.Progress`.
    pub progress: Vec<u8>,
    pub progress_seq: i64,
    pub event_no: i64,
    pub cancel_requested_at: Option<i64>,
    pub cancel_reason: String,
    /// A `trainyard.bus.v1.Success`: metrics and artifact.
    pub result: Option<Vec<u8>>,
    pub artifact_uri: Option<String>,
    pub artifact_sha256: Option<String>,
    pub artifact_bytes: Option<i64>,
    pub failure_kind: Option<String>,
    pub failure_code: Option<String>,
    pub failure_message: Option<String>,
    pub failure_node_id: Option<String>,
    pub created_at: i64,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
    pub updated_at: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
