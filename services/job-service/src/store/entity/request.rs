//! Requests that carried an id, so that the same one answers the same.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "requests")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: String,
    /// The RPC it was sent to.
    pub rpc: String,
    pub payload_sha256: Vec<u8>,
    /// The jobs it made, 16 bytes each, in order.
    pub job_ids: Vec<u8>,
    pub created_at: i64,
    /// When the last of its jobs was removed.
    pub orphaned_at: Option<i64>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
