//! Messages that nobody could make sense of. They may name no job that exists, so they belong to the tenant of whoever
//! put them aside.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dead_letters")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant: String,
    pub source: String,
    pub subject: String,
    pub headers: String,
    pub payload: Vec<u8>,
    pub error: String,
    pub time: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
