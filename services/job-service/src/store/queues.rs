//! Statements on how many jobs wait, and how long.

use domain::{job::State, time::Time};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::{Alias, Expr, Query},
};

use super::{
    entity::training_job,
    row::{JobRow, Tenant},
};
use crate::error::Result;

/// How many jobs of the tenant wait: to be started, or to be claimed.
pub(crate) async fn waiting(conn: &impl ConnectionTrait, tenant: &Tenant) -> Result<u64> {
    use training_job::Column as C;

    let waiting = [State::Created, State::Queued].map(State::as_str);
    Ok(training_job::Entity::find()
        .filter(C::Tenant.eq(tenant.as_str()))
        .filter(C::State.is_in(waiting))
        .select_only()
        .column(C::Id)
        .count(conn)
        .await?)
}

/// The jobs of one class in one state: the class, the state, how many, and when the oldest was submitted.
pub(crate) type Count = (String, State, i64, Time);

/// The jobs of each class that are queued or held by trainers.
pub(crate) async fn counts(conn: &impl ConnectionTrait) -> Result<Vec<Count>> {
    use training_job::Column as C;

    let active = [State::Queued, State::Running, State::Cancelling].map(State::as_str);
    let rows = training_job::Entity::find()
        .filter(C::State.is_in(active))
        .select_only()
        .column(C::ResourceClass)
        .column(C::State)
        .column_as(C::Id.count(), "jobs")
        .column_as(C::CreatedAt.min(), "oldest")
        .group_by(C::ResourceClass)
        .group_by(C::State)
        .into_tuple::<(String, String, i64, i64)>()
        .all(conn)
        .await?;
    let counts = rows.into_iter().filter_map(|(class, state, jobs, oldest)| {
        Some((class, State::from_name(&state)?, jobs, Time(oldest)))
    });
    Ok(counts.collect())
}

/// How many queued jobs of the same class were submitted before this one; no more than `most` are counted.
pub(crate) async fn ahead(conn: &impl ConnectionTrait, row: &JobRow, most: u64) -> Result<i64> {
    use training_job::Column as C;

    let place = Expr::tuple([Expr::col(C::CreatedAt), Expr::col(C::Id)]);
    let before = Query::select()
        .expr_as(Expr::val(1), Alias::new("one"))
        .from(training_job::Entity)
        .and_where(C::ResourceClass.eq(&row.job.policy.resource_class))
        .and_where(C::State.eq(State::Queued.as_str()))
        .and_where(place.lt(Expr::tuple([row.created_at.0.into(), row.id.0.into()])))
        .limit(most)
        .to_owned();
    let count = Query::select()
        .expr_as(Expr::cust("COUNT(*)"), Alias::new("ahead"))
        .from_subquery(before, Alias::new("before"))
        .to_owned();
    let counted = conn.query_one(&count).await?;
    Ok(counted.map_or(Ok(0), |row| row.try_get("", "ahead"))?)
}
