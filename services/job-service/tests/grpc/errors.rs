//! The error table of docs/API.md: each row over a real connection, with its code, its reason and its details.

use messages::v1;
use testkit::NatsServer;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::support::{Service, submission};

/// What a refused call says to programs: code, reason and the metadata beside it.
pub(crate) fn told<T: std::fmt::Debug>(refused: Result<T, Status>) -> (Code, String, Vec<(String, String)>) {
    let status = refused.expect_err("the call is refused");
    let info = status.get_error_details().error_info().cloned();
    let info = info.unwrap_or_else(|| panic!("no reason: {status:?}"));
    assert_eq!(info.domain, "trainyard");
    let mut metadata: Vec<_> = info.metadata.into_iter().collect();
    metadata.sort();
    (status.code(), info.reason, metadata)
}

fn plain(code: Code, reason: &str) -> (Code, String, Vec<(String, String)>) {
    (code, reason.to_owned(), Vec::new())
}

const UNKNOWN: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let job = plain(Code::NotFound, "JOB_NOT_FOUND");
    let get = v1::GetTrainingJobRequest {
        job_id: UNKNOWN.into(),
        ..Default::default()
    };
    assert_eq!(told(service.jobs.get_training_job(get).await), job);
    let retry = v1::RetryTrainingJobRequest {
        job_id: UNKNOWN.into(),
        ..Default::default()
    };
    assert_eq!(told(service.jobs.retry_training_job(retry).await), job);
    let model = v1::GetModelTypeRequest {
        model_type: "oracle".into(),
    };
    assert_eq!(
        told(service.jobs.get_model_type(model).await),
        plain(Code::NotFound, "MODEL_TYPE_NOT_FOUND")
    );
    let source = plain(Code::NotFound, "DATASET_SOURCE_NOT_FOUND");
    let get = v1::GetDatasetSourceRequest {
        dataset_source_id: "none".into(),
    };
    assert_eq!(told(service.datasets.get_dataset_source(get).await), source);
    let delete = v1::DeleteDatasetSourceRequest {
        dataset_source_id: "none".into(),
    };
    assert_eq!(told(service.datasets.delete_dataset_source(delete).await), source);
}

#[tokio::test]
async fn what_was_made_otherwise_exists_already() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let mut request = submission();
    request.request_id = "r1".into();
    let job = service.submit(request.clone()).await.unwrap().jobs.remove(0);
    let reused = plain(Code::AlreadyExists, "REQUEST_ID_REUSED");
    request.pipeline_id = "other".into();
    assert_eq!(told(service.submit(request).await), reused);
    service.cancel(&job.job_id).await;
    let retry = v1::RetryTrainingJobRequest {
        job_id: job.job_id,
        request_id: "r1".into(),
    };
    assert_eq!(
        told(service.jobs.retry_training_job(retry).await),
        reused,
        "an id belongs to one RPC"
    );
    let mut source = service.register("table").await;
    source.uri = source.uri.replace("table", "other");
    let create = v1::CreateDatasetSourceRequest {
        dataset_source: Some(source),
    };
    assert_eq!(
        told(service.datasets.create_dataset_source(create).await),
        plain(Code::AlreadyExists, "DATASET_SOURCE_EXISTS")
    );
}

#[tokio::test]
async fn a_job_that_has_not_ended_names_its_state() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let job_id = service.submit_one().await.job_id;
    let retry = v1::RetryTrainingJobRequest {
        job_id: job_id.clone(),
        ..Default::default()
    };
    let (code, reason, metadata) = told(service.jobs.retry_training_job(retry).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::FailedPrecondition, "JOB_NOT_TERMINAL")
    );
    let expected = [("job_id", job_id.as_str()), ("state", "QUEUED")];
    assert_eq!(metadata, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
}

#[tokio::test]
async fn a_full_queue_takes_no_more_for_now() {
    let nats = NatsServer::start().await;
    let mut service = Service::start_with(&nats.url(), |config| config.limits.queued_jobs = 1).await;
    let mut request = submission();
    request.request_id = "r1".into();
    let first = service.submit(request.clone()).await.unwrap();
    let refused = service.submit(submission()).await.unwrap_err();
    assert!(refused.get_error_details().retry_info().is_some());
    assert_eq!(
        told::<()>(Err(refused)),
        plain(Code::ResourceExhausted, "QUEUE_FULL")
    );
    let again = service.submit(request).await.unwrap();
    assert_eq!(again.jobs, first.jobs, "what was made before is never refused");
}
