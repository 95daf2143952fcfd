//! The counters that versions are taken from.

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, ExprTrait,
    sea_query::{Expr, OnConflict, Query},
};

use super::{entity::version_counter, row::Tenant};
use crate::error::{Error, Result};

/// Takes `count` versions of the key and returns the first. Whoever else takes some waits until `tx` ends, and if
/// it fails they are given back: no version is skipped and none is handed out twice.
pub(crate) async fn take(
    tx: &DatabaseTransaction,
    tenant: &Tenant,
    (dataset_source_id, node_id, model_type): (&str, &str, &str),
    count: i64,
) -> Result<i64> {
    use version_counter::Column as C;

    let mut upsert = Query::insert();
    upsert
        .into_table(version_counter::Entity)
        .columns([C::Tenant, C::DatasetSourceId, C::NodeId, C::ModelType, C::Last])
        .values_panic([
            tenant.as_str().into(),
            dataset_source_id.into(),
            node_id.into(),
            model_type.into(),
            count.into(),
        ])
        .on_conflict(
            OnConflict::columns([C::Tenant, C::DatasetSourceId, C::NodeId, C::ModelType])
                .value(C::Last, Expr::col((version_counter::Entity, C::Last)).add(count))
                .to_owned(),
        )
        .returning_col(C::Last);
    let row = tx.query_one(&upsert).await?;
    let row = row.ok_or_else(|| Error::Corrupt("version_counters returned nothing".to_owned()))?;
    let last: i64 = row.try_get("", "last")?;
    Ok(last - count + 1)
}
