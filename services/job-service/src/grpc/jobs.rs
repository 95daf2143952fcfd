//! `JobService`: every handler decodes, calls one use case and encodes.

use messages::v1;
use prost::Message;
use tonic::{Request, Response, Status};

use super::{Api, MAX_MESSAGE_BYTES, convert, download, feed::Feed, principal, status, watch};
use crate::app::{PageRequest, RetryRequest, Tenant};

type Reply<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl api::v1::job_service_server::JobService for Api {
    type WatchJobStream = watch::Events;

    async fn submit_training_job(
        &self,
        request: Request<v1::SubmitTrainingJobRequest>,
    ) -> Reply<v1::SubmitTrainingJobResponse> {
        let submission = convert::submit_request(request.into_inner(), Tenant::default());
        let submitted = self.app.submit(submission).await.map_err(status::submission)?;
        Ok(Response::new(convert::submitted(submitted)))
    }

    async fn get_training_job(
        &self,
        request: Request<v1::GetTrainingJobRequest>,
    ) -> Reply<v1::GetTrainingJobResponse> {
        let request = request.into_inner();
        let id = convert::job_id(&request.job_id).map_err(|error| status::status(error, None))?;
        let failed = |error| status::status(error, Some(id));
        let tenant = Tenant::default();
        let (ahead, job) = match request.view() {
            v1::JobView::Unspecified | v1::JobView::Basic => {
                let row = self.app.get(&tenant, id).await.map_err(failed)?;
                (self.app.ahead(&row).await, convert::job(row))
            }
            v1::JobView::Full => {
                let details = self.app.details(&tenant, id).await.map_err(failed)?;
                (self.app.ahead(&details.row).await, convert::details(details))
            }
        };
        let job = v1::TrainingJob {
            jobs_ahead: ahead.map_err(failed)?,
            ..job
        };
        Ok(Response::new(v1::GetTrainingJobResponse { job: Some(job) }))
    }

    async fn list_training_jobs(
        &self,
        request: Request<v1::ListTrainingJobsRequest>,
    ) -> Reply<v1::ListTrainingJobsResponse> {
        let request = request.into_inner();
        let failed = |error| status::status(error, None);
        let filter = convert::filter(request.filter).map_err(failed)?;
        let order = convert::order(request.order_by).map_err(failed)?;
        let tenant = Tenant::default();
        let mut page = PageRequest {
            size: request.page_size,
            token: request.page_token,
        };
        let mut total_size = None;
        if request.with_total {
            let total = self.app.count(&tenant, &filter).await.map_err(failed)?;
            total_size = Some(i64::try_from(total).unwrap_or(i64::MAX));
        }
        loop {
            let found = self
                .app
                .list(&tenant, &filter, order, &page)
                .await
                .map_err(failed)?;
            let response = v1::ListTrainingJobsResponse {
                jobs: found.rows.into_iter().map(convert::job).collect(),
                next_page_token: found.next_token,
                total_size,
            };
            // A page too large for a message is asked for again, smaller: the next token must fit what is sent.
            let count = response.jobs.len();
            if count <= 1 || response.encoded_len() <= MAX_MESSAGE_BYTES {
                return Ok(Response::new(response));
            }
            page.size = i32::try_from(count / 2).unwrap_or(1);
        }
    }

    async fn watch_job(&self, request: Request<v1::WatchJobRequest>) -> Reply<Self::WatchJobStream> {
        self.watches.open(request).await.map(Response::new)
    }

    async fn list_job_events(
        &self,
        request: Request<v1::ListJobEventsRequest>,
    ) -> Reply<v1::ListJobEventsResponse> {
        let request = request.into_inner();
        let id = convert::job_id(&request.job_id).map_err(|error| status::status(error, None))?;
        let failed = |error| status::status(error, Some(id));
        let limit = convert::event_limit(request.page_size).map_err(failed)?;
        let history = self
            .app
            .events(&Tenant::default(), id, request.after_event_no, limit)
            .await
            .map_err(failed)?;
        let full = history.events.len() as u64 == limit;
        let events = history.events.into_iter().map(convert::event).collect();
        Ok(Response::new(convert::event_page(events, full)))
    }

    async fn start_training_job(
        &self,
        request: Request<v1::StartTrainingJobRequest>,
    ) -> Reply<v1::StartTrainingJobResponse> {
        let id = convert::job_id(&request.get_ref().job_id).map_err(|error| status::status(error, None))?;
        let started = self.app.start(&Tenant::default(), id).await;
        let job = convert::job(started.map_err(|error| status::status(error, Some(id)))?);
        Ok(Response::new(v1::StartTrainingJobResponse { job: Some(job) }))
    }

    async fn cancel_training_job(
        &self,
        request: Request<v1::CancelTrainingJobRequest>,
    ) -> Reply<v1::CancelTrainingJobResponse> {
        let request = request.into_inner();
        let id = convert::job_id(&request.job_id).map_err(|error| status::status(error, None))?;
        let cancelled = self.app.cancel(&Tenant::default(), id, &request.reason).await;
        let job = convert::job(cancelled.map_err(|error| status::status(error, Some(id)))?);
        Ok(Response::new(v1::CancelTrainingJobResponse { job: Some(job) }))
    }

    async fn batch_cancel_training_jobs(
        &self,
        request: Request<v1::BatchCancelTrainingJobsRequest>,
    ) -> Reply<v1::BatchCancelTrainingJobsResponse> {
        let mut request = request.into_inner();
        let failed = |error| status::status(error, None);
        let reason = std::mem::take(&mut request.reason);
        let chosen = convert::chosen(request).map_err(failed)?;
        let cancelled = self
            .app
            .cancel_many(&Tenant::default(), &chosen, &reason)
            .await
            .map_err(failed)?;
        Ok(Response::new(convert::cancelled_many(cancelled)))
    }

    async fn retry_training_job(
        &self,
        request: Request<v1::RetryTrainingJobRequest>,
    ) -> Reply<v1::RetryTrainingJobResponse> {
        let request = request.into_inner();
        let id = convert::job_id(&request.job_id).map_err(|error| status::status(error, None))?;
        let request = RetryRequest {
            tenant: Tenant::default(),
            job: id,
            request_id: request.request_id,
        };
        let retried = self.app.retry(&request).await;
        let retried = retried.map_err(|error| status::status(error, Some(id)))?;
        Ok(Response::new(v1::RetryTrainingJobResponse {
            job: Some(convert::job(retried.job)),
            created: retried.created,
        }))
    }

    async fn delete_training_job(
        &self,
        request: Request<v1::DeleteTrainingJobRequest>,
    ) -> Reply<v1::DeleteTrainingJobResponse> {
        let request = request.into_inner();
        let id = convert::job_id(&request.job_id).map_err(|error| status::status(error, None))?;
        self.app
            .delete(&Tenant::default(), id, request.delete_artifacts)
            .await
            .map_err(|error| status::status(error, Some(id)))?;
        Ok(Response::new(v1::DeleteTrainingJobResponse {}))
    }

    async fn get_queue_stats(
        &self,
        _request: Request<v1::GetQueueStatsRequest>,
    ) -> Reply<v1::GetQueueStatsResponse> {
        let queues = self.app.queues().await;
        let queues = queues.map_err(|error| status::status(error, None))?;
        Ok(Response::new(convert::queues(queues, &self.presence.pools())))
    }

    type GetArtifactStream = download::Parts;

    async fn get_artifact(&self, request: Request<v1::GetArtifactRequest>) -> Reply<Self::GetArtifactStream> {
        let permit = self.downloads.acquire(principal::principal(&request));
        let permit = permit.map_err(status::too_many_downloads)?;
        let request = request.into_inner();
        let job = convert::job_id(&request.job_id).map_err(|error| status::status(error, None))?;
        let found = self.app.download(&Tenant::default(), job, &request.file).await;
        let found = found.map_err(|error| status::status(error, Some(job)))?;
        let feed = Feed {
            permit,
            shutdown: self.shutdown.clone(),
            closing: self.closing.clone(),
            stall: self.stall,
        };
        Ok(Response::new(download::parts(found, feed, self.lifetime)))
    }

    async fn get_model_type(
        &self,
        request: Request<v1::GetModelTypeRequest>,
    ) -> Reply<v1::GetModelTypeResponse> {
        let model = self.app.model(&request.get_ref().model_type);
        let model = model.map_err(|error| status::status(error, None))?;
        Ok(Response::new(v1::GetModelTypeResponse {
            model_type: Some(messages::convert::model_type(model)),
        }))
    }

    async fn list_model_types(
        &self,
        _request: Request<v1::ListModelTypesRequest>,
    ) -> Reply<v1::ListModelTypesResponse> {
        let model_types = self
            .app
            .catalog
            .models
            .iter()
            .map(messages::convert::model_type)
            .collect();
        Ok(Response::new(v1::ListModelTypesResponse { model_types }))
    }

    async fn list_node_types(
        &self,
        _request: Request<v1::ListNodeTypesRequest>,
    ) -> Reply<v1::ListNodeTypesResponse> {
        let node_types = self
            .app
            .catalog
            .nodes
            .iter()
            .map(messages::convert::node_type)
            .collect();
        Ok(Response::new(v1::ListNodeTypesResponse { node_types }))
    }
}
