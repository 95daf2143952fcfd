//! Deleting, and what the janitor does by itself.

use std::time::Duration;

use messages::v1::{self, JobState};
use testkit::{NatsServer, eventually};
use tonic::{Code, Status};

use crate::{
    errors::told,
    support::{SOON, Service, Trainer, submission},
};

async fn delete(service: &mut Service, job_id: &str, artifacts: bool) -> Result<(), Status> {
    let request = v1::DeleteTrainingJobRequest {
        job_id: job_id.to_owned(),
        delete_artifacts: artifacts,
    };
    service.jobs.delete_training_job(request).await.map(|_| ())
}

/// A job with a model on disk, and the model's directory.
pub(crate) async fn succeeded(
    service: &mut Service,
    nats: &NatsServer,
) -> (v1::TrainingJob, std::path::PathBuf) {
    let mut trainer = Trainer::connect(&nats.url(), &service.config.storage.artifact_root).await;
    let job_id = service.submit_one().await.job_id;
    let mut held = trainer.take().await;
    for step in 1..=3 {
        trainer.progress(&mut held, f64::from(step) / 10.0).await;
    }
    trainer.succeed(&mut held).await;
    let job = service.reaches(&job_id, JobState::Succeeded).await;
    let uri: storage::Uri = job.artifact.as_ref().unwrap().uri.parse().unwrap();
    (job, uri.as_path().unwrap().to_path_buf())
}

#[tokio::test]
async fn a_finished_job_is_deleted_with_its_model_or_without() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let (kept, kept_dir) = succeeded(&mut service, &nats).await;
    let (gone, gone_dir) = succeeded(&mut service, &nats).await;
    delete(&mut service, &kept.job_id, false).await.unwrap();
    delete(&mut service, &gone.job_id, true).await.unwrap();
    assert!(kept_dir.join("manifest.json").exists() && !gone_dir.exists());
    let not_found = (Code::NotFound, "JOB_NOT_FOUND".to_owned(), Vec::new());
    assert_eq!(told(delete(&mut service, &gone.job_id, true).await), not_found);
    let watch = v1::WatchJobRequest {
        job_id: kept.job_id,
        ..Default::default()
    };
    assert_eq!(told(service.jobs.watch_job(watch).await.map(|_| ())), not_found);
    assert_eq!(service.submit_one().await.version, 3);
}

#[tokio::test]
async fn a_job_that_has_not_ended_is_not_deleted() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let job_id = service.submit_one().await.job_id;
    let (code, reason, metadata) = told(delete(&mut service, &job_id, true).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::FailedPrecondition, "JOB_NOT_TERMINAL")
    );
    assert!(metadata.contains(&("state".to_owned(), "QUEUED".to_owned())));
    assert_eq!(service.get(&job_id).await.state(), JobState::Queued);
}

#[tokio::test]
async fn a_request_whose_jobs_were_deleted_says_so() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let mut request = submission();
    request.request_id = "r1".into();
    let job_id = service
        .submit(request.clone())
        .await
        .unwrap()
        .jobs
        .remove(0)
        .job_id;
    service.cancel(&job_id).await;
    delete(&mut service, &job_id, false).await.unwrap();
    assert_eq!(
        told(service.submit(request).await),
        (Code::FailedPrecondition, "REQUEST_DELETED".to_owned(), Vec::new())
    );
}

#[tokio::test]
async fn a_history_that_was_shortened_names_where_it_begins() {
    let nats = NatsServer::start().await;
    let mut service = Service::start_with(&nats.url(), |config| {
        config.retention.events = Some(Duration::ZERO);
        config.retention.interval = Duration::from_millis(50);
    })
    .await;
    let (job, _) = succeeded(&mut service, &nats).await;
    let (job_id, last) = (job.job_id, job.event_no);
    let list = |after_event_no| v1::ListJobEventsRequest {
        job_id: job_id.clone(),
        after_event_no,
        ..Default::default()
    };
    let jobs = service.jobs.clone();
    let refused = eventually("a shortened history", SOON, || {
        let (mut jobs, request) = (jobs.clone(), list(0));
        async move { jobs.list_job_events(request).await.err() }
    })
    .await;
    assert!(
        refused
            .message()
            .contains(&format!("after_event_no {}", last - 1))
    );
    let compacted = (
        Code::OutOfRange,
        "EVENTS_COMPACTED".to_owned(),
        vec![("first_event_no".to_owned(), last.to_string())],
    );
    assert_eq!(told::<()>(Err(refused)), compacted);
    let watch = |after_event_no| v1::WatchJobRequest {
        job_id: job_id.clone(),
        after_event_no: Some(after_event_no),
        ..Default::default()
    };
    // Told at the call, or by the stream: a client sees the same status.
    let watched = async {
        let mut stream = service.jobs.clone().watch_job(watch(0)).await?.into_inner();
        stream.message().await
    };
    assert_eq!(told(watched.await), compacted);
    let rest = service.jobs.list_job_events(list(last - 1)).await.unwrap();
    assert_eq!(rest.into_inner().events[0].event_no, last);
    let mut stream = service
        .jobs
        .watch_job(watch(last - 1))
        .await
        .unwrap()
        .into_inner();
    let event = stream.message().await.unwrap().unwrap().event.unwrap();
    assert_eq!(event.event_no, last);
    assert!(stream.message().await.unwrap().is_none());
}

#[tokio::test]
async fn jobs_go_by_themselves_when_they_were_kept_long_enough() {
    let nats = NatsServer::start().await;
    let mut service = Service::start_with(&nats.url(), |config| {
        config.retention.jobs = Some(Duration::ZERO);
        config.retention.artifacts = true;
        config.retention.interval = Duration::from_millis(50);
    })
    .await;
    let job_id = service.submit_one().await.job_id;
    let queued = service.submit_one().await.job_id;
    service.cancel(&job_id).await;
    let jobs = service.jobs.clone();
    eventually("the end of a cancelled job", SOON, || {
        let mut jobs = jobs.clone();
        let request = v1::GetTrainingJobRequest {
            job_id: job_id.clone(),
            view: 0,
        };
        async move {
            let gone = jobs.get_training_job(request).await.err()?;
            (gone.code() == Code::NotFound).then_some(())
        }
    })
    .await;
    assert_eq!(service.get(&queued).await.state(), JobState::Queued);
}
