//! Reading jobs and their histories.

use domain::{
    catalog::ModelSpec,
    id::{JobId, NAME_RULE, Name},
    job::State,
    time::Time,
};
use messages::v1;
use uuid::Uuid;

use super::{App, AttemptRow, EventRow, Filter, JobRow, Order, Page, PageRequest, Tenant, page};
use crate::{
    error::{Error, Result},
    store::{
        attempts, events, jobs,
        search::{self, Place},
    },
};

/// A job with everything that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobDetails {
    /// The job.
    pub row: JobRow,
    /// What it trains.
    pub spec: v1::TrainingSpec,
    /// Its claimed attempts, oldest first.
    pub attempts: Vec<AttemptRow>,
}

/// A part of a job's history.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The events, in order.
    pub events: Vec<EventRow>,
    /// The number of the job's newest event when it was looked at; the last of `events` may be newer.
    pub event_no: i64,
    /// The job's state with that event. A terminal one tells that nothing comes after `event_no`.
    pub state: State,
}

impl App {
    /// A job; its event number belongs to exactly what is returned.
    ///
    /// # Errors
    ///
    /// `JobNotFound`, `Unavailable`.
    pub async fn get(&self, tenant: &Tenant, id: JobId) -> Result<JobRow> {
        let found = self
            .store
            .read(jobs::find(self.store.reader(), tenant, id))
            .await?;
        found.ok_or(Error::JobNotFound(id))
    }

    /// A job with its spec and its attempts.
    ///
    /// # Errors
    ///
    /// `JobNotFound`, `Unavailable`.
    pub async fn details(&self, tenant: &Tenant, id: JobId) -> Result<JobDetails> {
        let row = self.get(tenant, id).await?;
        let reader = self.store.reader();
        let spec = self.store.read(jobs::spec(reader, &row)).await?;
        let attempts = self.store.read(attempts::list(reader, &row)).await?;
        Ok(JobDetails { row, spec, attempts })
    }

    /// A page of jobs.
    ///
    /// # Errors
    ///
    /// `Invalid` for the page's size or token, `Unavailable`.
    pub async fn list(
        &self,
        tenant: &Tenant,
        filter: &Filter,
        order: Order,
        page: &PageRequest,
    ) -> Result<Page<JobRow>> {
        let limit = page.limit()?;
        let list = format!("jobs of {} with {filter:?} by {order:?}", tenant.as_str());
        let after = page
            .position(&list)?
            .map(|position| place(&position))
            .transpose()?;
        let found = search::page(self.store.reader(), tenant, filter, order, after, limit + 1);
        let mut rows = self.store.read(found).await?;
        let mut next_token = String::new();
        // The row too many tells that there is another page.
        if rows.len() as u64 > limit {
            rows.pop();
            if let Some(last) = rows.last() {
                next_token = page::token(&position(last), &list);
            }
        }
        Ok(Page { rows, next_token })
    }

    /// How many jobs a list has, on all its pages.
    ///
    /// # Errors
    ///
    /// `Unavailable`.
    pub async fn count(&self, tenant: &Tenant, filter: &Filter) -> Result<u64> {
        self.store
            .read(search::count(self.store.reader(), tenant, filter))
            .await
    }

    /// A model that can be trained.
    ///
    /// # Errors
    ///
    /// `Invalid`, `ModelTypeNotFound`.
    pub fn model(&self, key: &str) -> Result<&ModelSpec> {
        if key.parse::<Name>().is_err() {
            return Err(Error::invalid("model_type", NAME_RULE));
        }
        let model = self.catalog.model(key);
        model.ok_or_else(|| Error::ModelTypeNotFound(key.to_owned()))
    }

    /// At most `limit` events after number `after`.
    ///
    /// # Errors
    ///
    /// `JobNotFound`; `Invalid` when `after` is negative or beyond the newest event; `EventsCompacted` when events
    /// after it are gone; `Unavailable`.
    pub async fn events(&self, tenant: &Tenant, id: JobId, after: i64, limit: u64) -> Result<History> {
        let row = self.get(tenant, id).await?;
        if !(0..=row.event_no).contains(&after) {
            let message = format!("must be in [0, {}]: the job has no event beyond", row.event_no);
            return Err(Error::invalid("after_event_no", message));
        }
        let events = if after < row.event_no {
            let found = events::after(self.store.reader(), tenant, id, after, limit);
            self.store.read(found).await?
        } else {
            // Most looks find nothing new: they cost one statement.
            Vec::new()
        };
        match events.first() {
            // Events are numbered without gaps: those between are gone.
            Some(first) if first.event_no > after + 1 => {
                return Err(Error::EventsCompacted {
                    first: first.event_no,
                });
            }
            Some(_) => {}
            // The terminal event stays as long as the job, which has gone since we looked.
            None if after < row.event_no => return Err(Error::JobNotFound(id)),
            None => {}
        }
        Ok(History {
            events,
            event_no: row.event_no,
            state: row.job.state,
        })
    }
}

/// The place in the list of jobs that a token's position stands for.
fn position(row: &JobRow) -> Vec<u8> {
    let (version, created) = (row.version.to_be_bytes(), row.created_at.0.to_be_bytes());
    [&version[..], &created, row.id.0.as_bytes()].concat()
}

fn place(position: &[u8]) -> Result<Place> {
    let parsed = position.split_first_chunk().and_then(|(version, rest)| {
        let (created, id) = rest.split_first_chunk()?;
        Some(Place {
            version: i64::from_be_bytes(*version),
            created_at: Time(i64::from_be_bytes(*created)),
            id: JobId(Uuid::from_slice(id).ok()?),
        })
    });
    parsed.ok_or_else(|| Error::invalid("page_token", "must be the next_page_token of the page before"))
}
