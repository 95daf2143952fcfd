//! The history of each job, numbered without gaps.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_no: i64,
    pub attempt: i32,
    /// With `seq`: where it came from, if a trainer told it. The same is taken once.
    pub lease_id: Option<Uuid>,
    pub seq: Option<i64>,
    pub kind: String,
    /// A `trainyard.v1.JobEvent` of which only the payload is set.
    pub payload: Vec<u8>,
    pub time: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
