//! Messages that were committed and are yet to be published.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant: String,
    pub job_id: Uuid,
    pub attempt: i32,
    pub dispatch_no: i32,
    pub subject: String,
    pub msg_id: String,
    pub payload: Vec<u8>,
    pub available_at: i64,
    pub tries: i32,
    pub locked_by: Option<String>,
    pub locked_until: Option<i64>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
