//! Statements on messages that were put aside.

use domain::time::Time;
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait};
use uuid::Uuid;

use super::{
    entity::dead_letter,
    row::{DeadLetter, Tenant},
};
use crate::error::Result;

/// Puts a message aside.
pub(crate) async fn insert(tx: &DatabaseTransaction, letter: &DeadLetter, now: Time) -> Result<()> {
    // PostgreSQL takes no NUL in a text.
    let text = |text: &str| text.replace('\0', "\u{fffd}");
    let model = dead_letter::ActiveModel {
        id: Set(Uuid::now_v7()),
        tenant: Set(Tenant::default().as_str().to_owned()),
        source: Set(text(&letter.source)),
        subject: Set(text(&letter.subject)),
        headers: Set(text(&letter.headers)),
        payload: Set(letter.payload.clone()),
        error: Set(text(&letter.error)),
        time: Set(now.0),
    };
    dead_letter::Entity::insert(model)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
