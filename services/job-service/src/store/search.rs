//! Lists of jobs: filters, orders and keyset paging.

use domain::{id::JobId, time::Time};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select, Value,
    sea_query::{ColumnRef, Expr, ExprTrait, IntoColumnRef, Query},
};
use uuid::Uuid;

use super::{
    entity::{job_label, training_job},
    row::{Filter, JobRow, Order, Tenant},
};
use crate::error::Result;

/// A place in a list: the job that lies there, by what lists are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) version: i64,
    pub(crate) created_at: Time,
    pub(crate) id: JobId,
}

impl From<&JobRow> for Place {
    fn from(row: &JobRow) -> Self {
        Self {
            version: row.version,
            created_at: row.created_at,
            id: row.id,
        }
    }
}

/// At most `limit` jobs that come after `after` (from the first on if none is given) in this order.
pub(crate) async fn page(
    conn: &impl ConnectionTrait,
    tenant: &Tenant,
    filter: &Filter,
    order: Order,
    after: Option<Place>,
    limit: u64,
) -> Result<Vec<JobRow>> {
    let mut query = filtered(tenant, filter);
    // Compared as one value, so that an index in this order is entered at the place and not read up to it.
    let key = sorted_by(filter, order);
    if let Some(place) = after {
        let place = key.iter().map(|(_, value)| value(&place).into());
        let columns = key.iter().map(|(column, _)| Expr::col(column.clone()));
        query = query.filter(Expr::tuple(columns).lt(Expr::tuple(place)));
    }
    for (column, _) in key {
        query = query.order_by_desc(Expr::col(column));
    }
    let models = query.limit(limit).all(conn).await?;
    models.into_iter().map(JobRow::try_from).collect()
}

/// The ids of at most `limit` jobs that match, newest first.
pub(crate) async fn ids(
    conn: &impl ConnectionTrait,
    tenant: &Tenant,
    filter: &Filter,
    limit: u64,
) -> Result<Vec<JobId>> {
    let mut query = filtered(tenant, filter);
    for (column, _) in sorted_by(filter, Order::Created) {
        query = query.order_by_desc(Expr::col(column));
    }
    let ids = query
        .limit(limit)
        .select_only()
        .column(training_job::Column::Id)
        .into_tuple::<Uuid>()
        .all(conn)
        .await?;
    Ok(ids.into_iter().map(JobId).collect())
}

/// How many jobs match.
pub(crate) async fn count(conn: &impl ConnectionTrait, tenant: &Tenant, filter: &Filter) -> Result<u64> {
    Ok(filtered(tenant, filter).count(conn).await?)
}

type Key = (ColumnRef, fn(&Place) -> Value);

/// What a list is sorted by, descending. Where a label is asked for, its own rows are in the order of submission.
fn sorted_by(filter: &Filter, order: Order) -> Vec<Key> {
    use training_job::Column as C;

    let created: fn(&Place) -> Value = |place| place.created_at.0.into();
    let id: fn(&Place) -> Value = |place| place.id.0.into();
    match order {
        Order::Created if !filter.labels.is_empty() => vec![
            (
                job_label::Column::CreatedAt.as_column_ref().into_column_ref(),
                created,
            ),
            (job_label::Column::JobId.as_column_ref().into_column_ref(), id),
        ],
        Order::Created => vec![
            (C::CreatedAt.as_column_ref().into_column_ref(), created),
            (C::Id.as_column_ref().into_column_ref(), id),
        ],
        Order::Version => vec![
            (C::Version.as_column_ref().into_column_ref(), |place| {
                place.version.into()
            }),
            (C::CreatedAt.as_column_ref().into_column_ref(), created),
            (C::Id.as_column_ref().into_column_ref(), id),
        ],
    }
}

fn filtered(tenant: &Tenant, filter: &Filter) -> Select<training_job::Entity> {
    use training_job::Column as C;

    let mut query = training_job::Entity::find()
        .filter(C::Tenant.eq(tenant.as_str()))
        .filter(C::DeletedAt.is_null())
        .apply_if(filter.pipeline_id.as_ref(), |query, id| {
            query.filter(C::PipelineId.eq(id))
        })
        .apply_if(filter.node_id.as_ref(), |query, id| {
            query.filter(C::NodeId.eq(id))
        })
        .apply_if(filter.dataset_source_id.as_ref(), |query, id| {
            query.filter(C::DatasetSourceId.eq(id))
        })
        .apply_if(filter.created_after, |query, time| {
            query.filter(C::CreatedAt.gte(time.0))
        })
        .apply_if(filter.created_before, |query, time| {
            query.filter(C::CreatedAt.lt(time.0))
        });
    if !filter.model_types.is_empty() {
        query = query.filter(C::ModelType.is_in(&filter.model_types));
    }
    if !filter.states.is_empty() {
        query = query.filter(C::State.is_in(filter.states.iter().map(|state| state.as_str())));
    }
    let mut labels = filter.labels.iter();
    if let Some((name, value)) = labels.next() {
        use job_label::Column as L;

        let its = L::Tenant
            .eq(tenant.as_str())
            .and(L::Name.eq(name))
            .and(L::Value.eq(value))
            .and(Expr::col(L::JobId.as_column_ref()).equals(C::Id.as_column_ref()));
        QueryTrait::query(&mut query).inner_join(job_label::Entity, its);
    }
    for (name, value) in labels {
        let labelled = Query::select()
            .column(job_label::Column::JobId)
            .from(job_label::Entity)
            .and_where(job_label::Column::Tenant.eq(tenant.as_str()))
            .and_where(job_label::Column::Name.eq(name))
            .and_where(job_label::Column::Value.eq(value))
            .to_owned();
        query = query.filter(C::Id.in_subquery(labelled));
    }
    query
}
