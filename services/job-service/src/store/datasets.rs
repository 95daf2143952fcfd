//! Statements on registered tables.

use domain::{spec::DatasetRef, time::Time};
use messages::{convert, v1};
use prost::Message;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, TryInsertResult, sea_query::OnConflict,
};

use super::{
    codec::{corrupt, decode},
    entity::dataset_source,
    row::{DatasetRow, Tenant},
};
use crate::error::Result;

/// Registers a table, unless its id is taken: false.
pub(crate) async fn insert(
    tx: &DatabaseTransaction,
    tenant: &Tenant,
    dataset: &DatasetRef,
    now: Time,
) -> Result<bool> {
    let source = convert::dataset_to_pb(dataset);
    let model = dataset_source::ActiveModel {
        tenant: Set(tenant.as_str().to_owned()),
        id: Set(dataset.id.clone()),
        uri: Set(dataset.uri.clone()),
        format: Set(source.format().as_str_name().to_owned()),
        options: Set(source.csv.map(|csv| csv.encode_to_vec()).unwrap_or_default()),
        sha256: Set(dataset.sha256.clone()),
        created_at: Set(now.0),
    };
    let taken = dataset_source::Entity::insert(model)
        .on_conflict(
            OnConflict::columns([dataset_source::Column::Tenant, dataset_source::Column::Id])
                .do_nothing()
                .to_owned(),
        )
        .try_insert()
        .exec_without_returning(tx)
        .await?;
    Ok(matches!(taken, TryInsertResult::Inserted(count) if count > 0))
}

/// A registration.
pub(crate) async fn find(
    conn: &impl ConnectionTrait,
    tenant: &Tenant,
    id: &str,
) -> Result<Option<DatasetRow>> {
    let key = (tenant.as_str().to_owned(), id.to_owned());
    let model = dataset_source::Entity::find_by_id(key).one(conn).await?;
    model.map(row).transpose()
}

/// Forgets a registration; false if there is none.
pub(crate) async fn delete(tx: &DatabaseTransaction, tenant: &Tenant, id: &str) -> Result<bool> {
    let key = (tenant.as_str().to_owned(), id.to_owned());
    let done = dataset_source::Entity::delete_by_id(key).exec(tx).await?;
    Ok(done.rows_affected == 1)
}

/// At most `limit` registrations with ids after `after`, by id.
pub(crate) async fn page(
    conn: &impl ConnectionTrait,
    tenant: &Tenant,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<DatasetRow>> {
    use dataset_source::Column as C;

    let models = dataset_source::Entity::find()
        .filter(C::Tenant.eq(tenant.as_str()))
        .apply_if(after, |query, after| query.filter(C::Id.gt(after)))
        .order_by_asc(C::Id)
        .limit(limit)
        .all(conn)
        .await?;
    models.into_iter().map(row).collect()
}

fn row(model: dataset_source::Model) -> Result<DatasetRow> {
    let format = v1::DataFormat::from_str_name(&model.format);
    let format = format.ok_or_else(|| corrupt("dataset_sources", "format"))?;
    let source = v1::DatasetSource {
        dataset_source_id: model.id,
        uri: model.uri,
        format: format.into(),
        csv: match format {
            v1::DataFormat::Csv => Some(decode("dataset_sources", "options", &model.options)?),
            v1::DataFormat::Unspecified
            | v1::DataFormat::Parquet
            | v1::DataFormat::Ndjson
            | v1::DataFormat::Arrow
            | v1::DataFormat::Xlsx => None,
        },
        sha256: model.sha256.unwrap_or_default(),
        create_time: None,
    };
    let dataset = convert::dataset_from_pb(source, "dataset_sources");
    Ok(DatasetRow {
        dataset: dataset.map_err(|_| corrupt("dataset_sources", "options"))?,
        created_at: Time(model.created_at),
    })
}
