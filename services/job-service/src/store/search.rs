//! Lists of jobs: filters and keyset paging, newest first.

use domain::{id::JobId, time::Time};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select, sea_query::Query,
};
use uuid::Uuid;

use super::{
    entity::{job_label, training_job},
    row::{Filter, JobRow, Tenant},
};
use crate::error::Result;

/// At most `limit` jobs older than the one submitted at `after` (all if none is given), newest first.
pub(crate) async fn page(
    conn: &impl ConnectionTrait,
    tenant: &Tenant,
    filter: &Filter,
    after: Option<(Time, JobId)>,
    limit: u64,
) -> Result<Vec<JobRow>> {
    use training_job::Column as C;

    let mut query = filtered(tenant, filter);
    if let Some((created, id)) = after {
        let older = Condition::any().add(C::CreatedAt.lt(created.0)).add(
            Condition::all()
                .add(C::CreatedAt.eq(created.0))
                .add(C::Id.lt(id.0)),
        );
        query = query.filter(older);
    }
    let models = query
        .order_by_desc(C::CreatedAt)
        .order_by_desc(C::Id)
        .limit(limit)
        .all(conn)
        .await?;
    models.into_iter().map(JobRow::try_from).collect()
}

/// The ids of at most `limit` jobs that match, newest first.
pub(crate) async fn ids(
    conn: &impl ConnectionTrait,
    tenant: &Tenant,
    filter: &Filter,
    limit: u64,
) -> Result<Vec<JobId>> {
    use training_job::Column as C;

    let ids = filtered(tenant, filter)
        .order_by_desc(C::CreatedAt)
        .order_by_desc(C::Id)
        .limit(limit)
        .select_only()
        .column(C::Id)
        .into_tuple::<Uuid>()
        .all(conn)
        .await?;
    Ok(ids.into_iter().map(JobId).collect())
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
    for (name, value) in &filter.labels {
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
