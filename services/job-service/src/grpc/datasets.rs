//! `DatasetService`: every handler decodes, calls one use case and encodes.

use messages::v1;
use tonic::{Request, Response, Status};

use super::{Api, convert, status};
use crate::{
    app::{PageRequest, Tenant},
    error::Error,
};

type Reply<T> = Result<Response<T>, Status>;

fn failed(error: Error) -> Status {
    status::status(error, None)
}

#[tonic::async_trait]
impl api::v1::dataset_service_server::DatasetService for Api {
    async fn create_dataset_source(
        &self,
        request: Request<v1::CreateDatasetSourceRequest>,
    ) -> Reply<v1::CreateDatasetSourceResponse> {
        // A source left out is one with every field left out, and told as such.
        let source = request.into_inner().dataset_source.unwrap_or_default();
        let row = self
            .app
            .create_dataset(&Tenant::default(), source)
            .await
            .map_err(failed)?;
        Ok(Response::new(v1::CreateDatasetSourceResponse {
            dataset_source: Some(convert::dataset(&row)),
        }))
    }

    async fn get_dataset_source(
        &self,
        request: Request<v1::GetDatasetSourceRequest>,
    ) -> Reply<v1::GetDatasetSourceResponse> {
        let id = convert::dataset_id(&request.get_ref().dataset_source_id).map_err(failed)?;
        let row = self
            .app
            .dataset(&Tenant::default(), id.as_str())
            .await
            .map_err(failed)?;
        Ok(Response::new(v1::GetDatasetSourceResponse {
            dataset_source: Some(convert::dataset(&row)),
        }))
    }

    async fn list_dataset_sources(
        &self,
        request: Request<v1::ListDatasetSourcesRequest>,
    ) -> Reply<v1::ListDatasetSourcesResponse> {
        let request = request.into_inner();
        let page = PageRequest {
            size: request.page_size,
            token: request.page_token,
        };
        let found = self
            .app
            .datasets(&Tenant::default(), &page)
            .await
            .map_err(failed)?;
        Ok(Response::new(v1::ListDatasetSourcesResponse {
            dataset_sources: found.rows.iter().map(convert::dataset).collect(),
            next_page_token: found.next_token,
        }))
    }

    async fn delete_dataset_source(
        &self,
        request: Request<v1::DeleteDatasetSourceRequest>,
    ) -> Reply<v1::DeleteDatasetSourceResponse> {
        let id = convert::dataset_id(&request.get_ref().dataset_source_id).map_err(failed)?;
        self.app
            .delete_dataset(&Tenant::default(), id.as_str())
            .await
            .map_err(failed)?;
        Ok(Response::new(v1::DeleteDatasetSourceResponse {}))
    }
}
