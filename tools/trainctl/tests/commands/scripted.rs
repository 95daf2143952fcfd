//! A server that does what a test tells it, over a real connection: refuses, breaks streams off, ends jobs badly.
//! A real job-service does none of this on demand.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use api::v1::job_service_server::{JobService, JobServiceServer};
use messages::v1::{
    self, CancelTrainingJobRequest, CancelTrainingJobResponse, GetTrainingJobRequest, GetTrainingJobResponse,
    JobEvent, JobPhase, JobState, ListJobEventsRequest, ListJobEventsResponse, ListModelTypesRequest,
    ListModelTypesResponse, ListNodeTypesRequest, ListNodeTypesResponse, ListTrainingJobsRequest,
    ListTrainingJobsResponse, ProgressUpdate, StartTrainingJobRequest, StartTrainingJobResponse, StateChange,
    SubmitTrainingJobRequest, SubmitTrainingJobResponse, TrainingJob, WatchJobRequest, WatchJobResponse,
    get_artifact_response::Part, job_event::Payload,
};
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle};
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::{Code, Request, Response, Status, transport::Server};
use tonic_types::{ErrorDetails, StatusExt};

/// The job there is.
pub(crate) const JOB: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
/// A job that was there before.
pub(crate) const GONE: &str = "01890a5d-ac96-774b-bcce-b302099a8058";

/// What a stream does after its events.
pub(crate) enum Then {
    /// Ends.
    End,
    /// Breaks off.
    Break,
    /// Stays open, silent.
    Hang,
}

/// What the server is told to do, and what it was asked.
pub(crate) struct Script {
    /// What to answer to submissions and deletions before one is accepted.
    pub(crate) refusals: VecDeque<Status>,
    /// The events of each stream in turn.
    pub(crate) streams: VecDeque<(Vec<JobEvent>, Then)>,
    /// How the job stands.
    pub(crate) job: TrainingJob,
    /// The ids of the requests that came.
    pub(crate) request_ids: Vec<String>,
    /// What becomes of the jobs to cancel, answer by answer.
    pub(crate) cancelled: VecDeque<v1::BatchCancelTrainingJobsResponse>,
    /// The requests to cancel that came.
    pub(crate) cancellations: Vec<v1::BatchCancelTrainingJobsRequest>,
    /// Whether there is always one more job to list.
    pub(crate) endless: bool,
    /// The requests to list jobs that came.
    pub(crate) lists: Vec<ListTrainingJobsRequest>,
    /// What each download sends in turn, and with what it breaks off.
    pub(crate) downloads: VecDeque<(&'static [u8], Option<Status>)>,
    /// The events that streams were to start after.
    pub(crate) resumed_after: Vec<Option<i64>>,
    /// Told whenever a stream is opened.
    pub(crate) opened: Option<mpsc::UnboundedSender<()>>,
}

/// A running server.
pub(crate) struct Scripted {
    /// Where it listens.
    pub(crate) url: String,
    /// What it does and what it was asked.
    pub(crate) script: Arc<Mutex<Script>>,
    task: JoinHandle<()>,
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts a server with one job that stands in this state.
pub(crate) async fn start(state: JobState) -> Scripted {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let script = Arc::new(Mutex::new(Script {
        refusals: VecDeque::new(),
        streams: VecDeque::new(),
        job: job(state),
        request_ids: Vec::new(),
        cancelled: VecDeque::new(),
        cancellations: Vec::new(),
        endless: true,
        lists: Vec::new(),
        downloads: VecDeque::new(),
        resumed_after: Vec::new(),
        opened: None,
    }));
    let service = JobServiceServer::new(Service(script.clone()));
    let serving = Server::builder()
        .add_service(service)
        .serve_with_incoming(TcpListenerStream::new(listener));
    let task = tokio::runtime::Handle::current().spawn(async move { serving.await.unwrap() });
    Scripted { url, script, task }
}

fn job(state: JobState) -> TrainingJob {
    TrainingJob {
        job_id: JOB.into(),
        model_type: "ridge_regression".into(),
        version: 4,
        state: state.into(),
        ..Default::default()
    }
}

/// An event that says that the job entered a state.
pub(crate) fn entered(event_no: i64, state: JobState) -> JobEvent {
    let change = StateChange {
        to: state.into(),
        ..Default::default()
    };
    event(event_no, Payload::State(change))
}

/// An event that says that the job came further.
pub(crate) fn progress(event_no: i64) -> JobEvent {
    let update = ProgressUpdate {
        phase: JobPhase::Fitting.into(),
        progress: None,
    };
    event(event_no, Payload::Progress(update))
}

fn event(event_no: i64, payload: Payload) -> JobEvent {
    JobEvent {
        event_no,
        payload: Some(payload),
        ..Default::default()
    }
}

/// The answer of a server that will be back at once.
pub(crate) fn back_at_once() -> Status {
    let details = ErrorDetails::with_retry_info(Some(Duration::from_millis(1)));
    Status::with_error_details(Code::Unavailable, "restarting", details)
}

struct Service(Arc<Mutex<Script>>);

#[tonic::async_trait]
impl JobService for Service {
    async fn submit_training_job(
        &self,
        request: Request<SubmitTrainingJobRequest>,
    ) -> Result<Response<SubmitTrainingJobResponse>, Status> {
        let mut script = self.0.lock().unwrap();
        script.request_ids.push(request.into_inner().request_id);
        if let Some(refusal) = script.refusals.pop_front() {
            return Err(refusal);
        }
        Ok(Response::new(SubmitTrainingJobResponse {
            jobs: vec![script.job.clone()],
            created: true,
            plan: None,
            warnings: vec!["in-sample".into()],
        }))
    }

    async fn get_training_job(
        &self,
        request: Request<GetTrainingJobRequest>,
    ) -> Result<Response<GetTrainingJobResponse>, Status> {
        // The end of an id is none.
        if request.get_ref().job_id == GONE || request.get_ref().job_id.len() == 8 {
            return Err(Status::not_found("no such job"));
        }
        let job = Some(self.0.lock().unwrap().job.clone());
        Ok(Response::new(GetTrainingJobResponse { job }))
    }

    type WatchJobStream = ReceiverStream<Result<WatchJobResponse, Status>>;

    async fn watch_job(
        &self,
        request: Request<WatchJobRequest>,
    ) -> Result<Response<Self::WatchJobStream>, Status> {
        let mut script = self.0.lock().unwrap();
        script.resumed_after.push(request.into_inner().after_event_no);
        let (events, then) = script
            .streams
            .pop_front()
            .ok_or_else(|| Status::not_found("no stream left"))?;
        let (sender, receiver) = mpsc::channel(1000);
        for event in events {
            sender
                .try_send(Ok(WatchJobResponse { event: Some(event) }))
                .unwrap();
        }
        match then {
            Then::End => {}
            Then::Break => sender.try_send(Err(Status::unknown("connection lost"))).unwrap(),
            Then::Hang => std::mem::forget(sender),
        }
        if let Some(opened) = &script.opened {
            let _ = opened.send(());
        }
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn list_training_jobs(
        &self,
        request: Request<ListTrainingJobsRequest>,
    ) -> Result<Response<ListTrainingJobsResponse>, Status> {
        let mut script = self.0.lock().unwrap();
        script.lists.push(request.into_inner());
        Ok(Response::new(ListTrainingJobsResponse {
            jobs: vec![script.job.clone()],
            next_page_token: if script.endless {
                "next".into()
            } else {
                String::new()
            },
            total_size: None,
        }))
    }

    async fn list_job_events(
        &self,
        request: Request<ListJobEventsRequest>,
    ) -> Result<Response<ListJobEventsResponse>, Status> {
        let event_no = request.into_inner().after_event_no + 1;
        Ok(Response::new(ListJobEventsResponse {
            events: vec![progress(event_no)],
            next_after_event_no: if event_no < 3 { event_no } else { 0 },
        }))
    }

    async fn start_training_job(
        &self,
        _: Request<StartTrainingJobRequest>,
    ) -> Result<Response<StartTrainingJobResponse>, Status> {
        let job = Some(self.0.lock().unwrap().job.clone());
        Ok(Response::new(StartTrainingJobResponse { job }))
    }

    async fn cancel_training_job(
        &self,
        _: Request<CancelTrainingJobRequest>,
    ) -> Result<Response<CancelTrainingJobResponse>, Status> {
        let job = Some(self.0.lock().unwrap().job.clone());
        Ok(Response::new(CancelTrainingJobResponse { job }))
    }

    async fn list_model_types(
        &self,
        _: Request<ListModelTypesRequest>,
    ) -> Result<Response<ListModelTypesResponse>, Status> {
        let model = v1::ModelType {
            key: "ridge_regression".into(),
            ..Default::default()
        };
        Ok(Response::new(ListModelTypesResponse {
            model_types: vec![model],
        }))
    }

    async fn list_node_types(
        &self,
        _: Request<ListNodeTypesRequest>,
    ) -> Result<Response<ListNodeTypesResponse>, Status> {
        let node = v1::NodeType {
            key: "drop_columns".into(),
            ..Default::default()
        };
        Ok(Response::new(ListNodeTypesResponse {
            node_types: vec![node],
        }))
    }

    async fn batch_cancel_training_jobs(
        &self,
        request: Request<v1::BatchCancelTrainingJobsRequest>,
    ) -> Result<Response<v1::BatchCancelTrainingJobsResponse>, Status> {
        let mut script = self.0.lock().unwrap();
        script.cancellations.push(request.into_inner());
        Ok(Response::new(script.cancelled.pop_front().unwrap_or_default()))
    }

    async fn retry_training_job(
        &self,
        _: Request<v1::RetryTrainingJobRequest>,
    ) -> Result<Response<v1::RetryTrainingJobResponse>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn delete_training_job(
        &self,
        request: Request<v1::DeleteTrainingJobRequest>,
    ) -> Result<Response<v1::DeleteTrainingJobResponse>, Status> {
        if let Some(refusal) = self.0.lock().unwrap().refusals.pop_front() {
            return Err(refusal);
        }
        match request.into_inner().job_id.as_str() {
            GONE => Err(Status::not_found("no such job")),
            "running" => Err(Status::failed_precondition("job running has not ended")),
            _ => Ok(Response::new(v1::DeleteTrainingJobResponse {})),
        }
    }

    async fn get_queue_stats(
        &self,
        _: Request<v1::GetQueueStatsRequest>,
    ) -> Result<Response<v1::GetQueueStatsResponse>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn get_model_type(
        &self,
        _: Request<v1::GetModelTypeRequest>,
    ) -> Result<Response<v1::GetModelTypeResponse>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    type GetArtifactStream = tokio_stream::Iter<std::vec::IntoIter<Result<v1::GetArtifactResponse, Status>>>;

    async fn get_artifact(
        &self,
        _: Request<v1::GetArtifactRequest>,
    ) -> Result<Response<Self::GetArtifactStream>, Status> {
        let download = self.0.lock().unwrap().downloads.pop_front();
        let (content, broken) = download.ok_or_else(|| Status::not_found("no download left"))?;
        let part = |part| v1::GetArtifactResponse { part: Some(part) };
        let header = part(Part::Header(v1::ArtifactFile::default()));
        let chunks = content.chunks(2).map(|chunk| part(Part::Chunk(chunk.to_vec())));
        let parts: Vec<_> = std::iter::once(header)
            .chain(chunks)
            .map(Ok)
            .chain(broken.map(Err))
            .collect();
        Ok(Response::new(tokio_stream::iter(parts)))
    }
}
