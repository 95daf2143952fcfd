//! Registration of the tables that jobs read.

use messages::v1;

use super::{App, DatasetRow, Page, PageRequest, Tenant};
use crate::error::Result;

impl App {
    /// Registers a table; the same registration again changes nothing.
    ///
    /// # Errors
    ///
    /// `Invalid` with paths below `dataset_source`, `DatasetExists` where the id stands for another registration,
    /// `Unavailable`, `Contended`.
    pub async fn create_dataset(&self, tenant: &Tenant, source: v1::DatasetSource) -> Result<DatasetRow> {
        todo!()
    }

    /// A registration.
    ///
    /// # Errors
    ///
    /// `DatasetNotFound`, `Unavailable`.
    pub async fn dataset(&self, tenant: &Tenant, id: &str) -> Result<DatasetRow> {
        todo!()
    }

    /// A page of registrations, by id.
    ///
    /// # Errors
    ///
    /// `Invalid` for the page's size or token, `Unavailable`.
    pub async fn datasets(&self, tenant: &Tenant, page: &PageRequest) -> Result<Page<DatasetRow>> {
        todo!()
    }
}
