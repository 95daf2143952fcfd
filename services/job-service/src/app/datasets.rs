//! Registration of the tables that jobs read.

use domain::{spec::DatasetRef, violation::Violation};
use messages::{
    convert::{self, Invalid},
    v1,
};
use sea_orm::DatabaseTransaction;
use storage::Uri;

use super::{App, DatasetRow, Page, PageRequest, Tenant, page};
use crate::{
    error::{Error, Result},
    store::{self, Transaction, datasets},
};

impl App {
    /// Registers a table; the same registration again changes nothing.
    ///
    /// # Errors
    ///
    /// `Invalid` with paths below `dataset_source`, `DatasetExists` where the id stands for another registration,
    /// `Unavailable`, `Contended`.
    pub async fn create_dataset(&self, tenant: &Tenant, source: v1::DatasetSource) -> Result<DatasetRow> {
        let registration = Registration {
            tenant: tenant.clone(),
            dataset: self.checked(source)?,
        };
        let row = self.store.write(&registration).await?;
        if row.dataset == registration.dataset {
            Ok(row)
        } else {
            Err(Error::DatasetExists(row.dataset.id))
        }
    }

    fn checked(&self, source: v1::DatasetSource) -> Result<DatasetRef> {
        const PATH: &str = "dataset_source";
        let uri = source.uri.clone();
        let wrong_uri = || {
            let checked = uri
                .parse::<Uri>()
                .and_then(|uri| self.settings.data_roots.check(&uri));
            checked
                .err()
                .map(|error| Violation::new(format!("{PATH}.uri"), told(&error)))
        };
        let mut violations = Vec::new();
        let dataset = convert::dataset_from_pb(source, PATH)
            .map_err(|Invalid(found)| violations.extend(found))
            .ok();
        // A URI of impossible length is told once.
        if !violations
            .iter()
            .any(|violation| violation.field.ends_with(".uri"))
        {
            violations.extend(wrong_uri());
        }
        let nul = |dataset: &DatasetRef| dataset.uri.contains('\0');
        if dataset.as_ref().is_some_and(nul) {
            violations.push(Violation::new(format!("{PATH}.uri"), "must not hold NUL"));
        }
        match dataset {
            Some(dataset) if violations.is_empty() => Ok(dataset),
            Some(_) | None => Err(Error::Invalid(violations)),
        }
    }

    /// A registration.
    ///
    /// # Errors
    ///
    /// `DatasetNotFound`, `Unavailable`.
    pub async fn dataset(&self, tenant: &Tenant, id: &str) -> Result<DatasetRow> {
        let found = datasets::find(self.store.reader(), tenant, id);
        let found = self.store.read(found).await?;
        found.ok_or_else(|| Error::DatasetNotFound(id.to_owned()))
    }

    /// Forgets a registration. Jobs that were submitted with it keep their copy.
    ///
    /// # Errors
    ///
    /// `DatasetNotFound`, `Unavailable`, `Contended`.
    pub async fn delete_dataset(&self, tenant: &Tenant, id: &str) -> Result<()> {
        let forgotten = self.store.write(&Forgetting { tenant, id }).await?;
        forgotten
            .then_some(())
            .ok_or_else(|| Error::DatasetNotFound(id.to_owned()))
    }

    /// A page of registrations, by id.
    ///
    /// # Errors
    ///
    /// `Invalid` for the page's size or token, `Unavailable`.
    pub async fn datasets(&self, tenant: &Tenant, page: &PageRequest) -> Result<Page<DatasetRow>> {
        let limit = page.limit()?;
        let list = format!("data sources of {}", tenant.as_str());
        let position = page.position(&list)?;
        let after = position.map(|id| String::from_utf8_lossy(&id).into_owned());
        let found = datasets::page(self.store.reader(), tenant, after.as_deref(), limit + 1);
        let mut rows = self.store.read(found).await?;
        let mut next_token = String::new();
        // The row too many tells that there is another page.
        if rows.len() as u64 > limit {
            rows.pop();
            if let Some(last) = rows.last() {
                next_token = page::token(last.dataset.id.as_bytes(), &list);
            }
        }
        Ok(Page { rows, next_token })
    }
}

/// What is wrong with a URI; where tables may lie is for whoever runs the services to say.
fn told(error: &storage::Error) -> String {
    match error {
        storage::Error::OutsideRoots { .. } | storage::Error::OutsidePrefixes { .. } => {
            format!("{error}: job-service and the trainers are told them with --data-root")
        }
        other => other.to_string(),
    }
}

/// A registration to be made; the outcome is the one that stands.
struct Registration {
    tenant: Tenant,
    dataset: DatasetRef,
}

impl Transaction for Registration {
    type Output = DatasetRow;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<DatasetRow> {
        let now = store::now(tx).await?;
        datasets::insert(tx, &self.tenant, &self.dataset, now).await?;
        let standing = datasets::find(tx, &self.tenant, &self.dataset.id).await?;
        standing.ok_or_else(|| Error::Corrupt("dataset_sources lost a row".to_owned()))
    }
}

/// A registration to be forgotten; the outcome tells whether there was one.
struct Forgetting<'a> {
    tenant: &'a Tenant,
    id: &'a str,
}

impl Transaction for Forgetting<'_> {
    type Output = bool;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<bool> {
        datasets::delete(tx, self.tenant, self.id).await
    }
}
