//! The process around the use cases: health, reflection, the lock, life without NATS, the end.

use std::time::Duration;

use messages::v1::JobState;
use sea_orm::ConnectionTrait;
use testkit::{NatsServer, free_port};
use tokio::net::TcpListener;
use tokio_stream::StreamExt;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_reflection::pb::{v1, v1alpha};
use tonic_types::StatusExt;

use crate::support::{SOON, Service, Trainer, object, submission};

#[tokio::test]
async fn health_and_reflection_answer() {
    let nats = NatsServer::start().await;
    let service = Service::start(&nats.url()).await;
    let mut health = HealthClient::new(service.channel.clone());
    for name in ["", "trainyard.v1.JobService", "trainyard.v1.DatasetService"] {
        let request = HealthCheckRequest {
            service: name.to_owned(),
        };
        let answer = health.check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{name:?}");
    }
    let request = v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(v1::server_reflection_request::MessageRequest::ListServices(
            String::new(),
        )),
    };
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(service.channel.clone());
    let answer = client
        .server_reflection_info(tokio_stream::once(request))
        .await
        .unwrap();
    let answer = answer
        .into_inner()
        .next()
        .await
        .unwrap()
        .unwrap()
        .message_response
        .unwrap();
    let v1::server_reflection_response::MessageResponse::ListServicesResponse(list) = answer else {
        panic!("not a list: {answer:?}");
    };
    let names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
    for name in [
        "trainyard.v1.JobService",
        "trainyard.v1.DatasetService",
        "grpc.health.v1.Health",
    ] {
        assert!(names.iter().any(|known| known == name), "{names:?}");
    }
    let symbol = "trainyard.v1.JobService".to_owned();
    let request = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(
            v1alpha::server_reflection_request::MessageRequest::FileContainingSymbol(symbol),
        ),
    };
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(service.channel.clone());
    let answer = client
        .server_reflection_info(tokio_stream::once(request))
        .await
        .unwrap();
    let answer = answer
        .into_inner()
        .next()
        .await
        .unwrap()
        .unwrap()
        .message_response
        .unwrap();
    assert!(matches!(
        answer,
        v1alpha::server_reflection_response::MessageResponse::FileDescriptorResponse(_)
    ));
}

#[tokio::test]
async fn without_nats_the_api_works_and_jobs_wait() {
    let nowhere = format!("nats://127.0.0.1:{}", free_port());
    let mut service = Service::start(&nowhere).await;
    let job = service.submit_one().await;
    let cancelled = service.submit_one().await;
    assert_eq!(
        service.cancel(&cancelled.job_id).await.state(),
        JobState::Cancelled
    );
    let mut stream = service.watch(&job.job_id, None).await;
    assert!(stream.message().await.unwrap().is_some());
    let request = HealthCheckRequest::default();
    let health = HealthClient::new(service.channel.clone())
        .check(request)
        .await
        .unwrap();
    assert_eq!(health.into_inner().status(), ServingStatus::Serving);
    drop(stream);
    service.shutdown.trigger();
    service.ended().await.unwrap();
}

#[tokio::test]
async fn a_job_submitted_while_nats_was_down_runs_when_it_is_back() {
    let mut nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    nats.kill();
    let job_id = service.submit_one().await.job_id;
    nats.restart().await;
    let mut trainer = Trainer::connect(&nats.url(), &service.config.storage.artifact_root).await;
    let mut held = trainer.take().await;
    assert_eq!(held.job.to_string(), job_id);
    trainer.succeed(&mut held).await;
    service.reaches(&job_id, JobState::Succeeded).await;
}

#[tokio::test]
async fn an_announcement_that_cannot_be_read_back_keeps_no_other_waiting() {
    let mut nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    nats.kill();
    service.submit_one().await;
    let database = sea_orm::Database::connect(service.config.database_url())
        .await
        .unwrap();
    database
        .execute_unprepared("UPDATE outbox SET payload = x'ff'")
        .await
        .unwrap();
    let job_id = service.submit_one().await.job_id;
    nats.restart().await;
    let mut trainer = Trainer::connect(&nats.url(), &service.config.storage.artifact_root).await;
    assert_eq!(trainer.next().await.job_id, job_id);
}

#[tokio::test]
async fn jobs_and_their_histories_survive_a_restart_of_the_service() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let mut trainer = Trainer::connect(&nats.url(), &service.config.storage.artifact_root).await;
    let job_id = service.submit_one().await.job_id;
    let mut held = trainer.take().await;
    let before = service.history(&job_id).await;
    let mut service = service.restart().await;
    assert_eq!(service.history(&job_id).await, before);
    trainer.succeed(&mut held).await;
    let job = service.reaches(&job_id, JobState::Succeeded).await;
    assert_eq!(job.attempt, 1);
}

#[tokio::test]
async fn a_second_service_on_the_same_sqlite_file_is_refused() {
    let nats = NatsServer::start().await;
    let service = Service::start(&nats.url()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let shutdown = service_kit::Shutdown::new(SOON);
    let refused = job_service::serve(service.config.clone(), listener, shutdown)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, job_service::Error::DataDirInUse { .. }),
        "{refused}"
    );
}

#[tokio::test]
async fn the_end_comes_in_time_whoever_is_watching() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let job = service.submit_one().await;
    let _unread = service.watch(&job.job_id, None).await;
    let mut health = HealthClient::new(service.channel.clone());
    let _health = health.watch(HealthCheckRequest::default()).await.unwrap();
    service.shutdown.trigger();
    tokio::time::timeout(Duration::from_secs(10), service.ended())
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused_and_compressed_ones_are_read() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let mut request = submission();
    request.metadata = Some(object(vec![(
        "notes",
        prost_types::value::Kind::StringValue("x".repeat(2 << 20)),
    )]));
    let refused = service.submit(request).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    let details = refused.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "REQUEST_TOO_LARGE");
    for encoding in [
        tonic::codec::CompressionEncoding::Gzip,
        tonic::codec::CompressionEncoding::Zstd,
    ] {
        service.jobs = service
            .jobs
            .clone()
            .send_compressed(encoding)
            .accept_compressed(encoding);
        assert_eq!(service.submit(submission()).await.unwrap().jobs.len(), 1);
    }
}
