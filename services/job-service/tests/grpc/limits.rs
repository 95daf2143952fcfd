//! How much is served at a time: what is too much is refused at once and says when to come back, and what is
//! running is neither hurt by it nor by the end.

use std::time::Duration;

use api::v1::job_service_client::JobServiceClient;
use futures::{StreamExt, stream::FuturesUnordered};
use messages::v1;
use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};
use testkit::{NatsServer, Postgres, eventually};
use tonic::{Code, Status, transport::Channel};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_types::StatusExt;

use crate::support::{SOON, Service, submission};

/// The reason, where there is one that tells when to come back.
fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    assert!(details.retry_info().is_some(), "{status}");
    details.error_info().unwrap().reason.clone()
}

#[tokio::test]
async fn a_stream_too_many_is_refused_until_another_one_is_gone() {
    let nats = NatsServer::start().await;
    let mut service = Service::start_with(&nats.url(), |config| {
        config.watch.max_streams_per_principal = 3;
    })
    .await;
    let job_id = service.submit_one().await.job_id;
    let request = v1::WatchJobRequest {
        job_id: job_id.clone(),
        ..Default::default()
    };
    let _stays = service.watch(&job_id, None).await;
    let leaves = service.watch(&job_id, None).await;
    // The third one's client dies with its connection.
    let mut elsewhere = JobServiceClient::new(service.connect().await);
    let mut lost = elsewhere.watch_job(request.clone()).await.unwrap().into_inner();
    // A stream counts long after its head was sent.
    assert!(lost.message().await.unwrap().is_some());
    let refused = service.jobs.watch_job(request.clone()).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::ResourceExhausted, "TOO_MANY_WATCHES")
    );
    drop(leaves);
    drop((lost, elsewhere));
    let jobs = service.jobs.clone();
    let mut opened = Vec::new();
    for _ in 0..2 {
        let stream = eventually("room for a stream", SOON, || async {
            Some(jobs.clone().watch_job(request.clone()).await.ok()?.into_inner())
        });
        opened.push(stream.await);
    }
    assert!(service.jobs.watch_job(request).await.is_err());
}

#[tokio::test]
async fn open_streams_take_no_room_from_calls() {
    let nats = NatsServer::start().await;
    let mut service = Service::start_with(&nats.url(), |config| config.limits.max_calls = 1).await;
    let job_id = service.submit_one().await.job_id;
    let mut streams = Vec::new();
    for _ in 0..300 {
        streams.push(service.watch(&job_id, None).await);
    }
    for stream in &mut streams {
        assert!(stream.message().await.unwrap().is_some());
    }
    service.submit(submission()).await.unwrap();
}

/// A service on PostgreSQL, none of whose calls about jobs is answered before the table is released.
async fn stuck(nats: &str) -> (Service, DatabaseTransaction) {
    let url = Postgres::shared().await.database();
    let service = Service::start_with(nats, |config| {
        config.database.url.clone_from(&url);
        config.limits.max_calls = 2;
    })
    .await;
    let held = sea_orm::Database::connect(url)
        .await
        .unwrap()
        .begin()
        .await
        .unwrap();
    held.execute_unprepared("LOCK TABLE training_jobs IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    (service, held)
}

async fn list(channel: Channel) -> Result<(), Status> {
    let mut jobs = JobServiceClient::new(channel);
    let listed = jobs.list_training_jobs(v1::ListTrainingJobsRequest::default());
    listed.await.map(|_| ())
}

async fn health(service: &Service) -> ServingStatus {
    let mut health = HealthClient::new(service.channel.clone());
    let answer = health.check(HealthCheckRequest::default()).await.unwrap();
    answer.into_inner().status()
}

#[tokio::test]
async fn overload_is_answered_at_once_and_the_running_calls_go_on() {
    let nats = NatsServer::start().await;
    let (service, held) = stuck(&nats.url()).await;
    let mut calls: FuturesUnordered<_> = (0..5).map(|_| list(service.channel.clone())).collect();
    for _ in 0..3 {
        let refused = calls.next().await.unwrap().unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::ResourceExhausted, "OVERLOADED")
        );
    }
    assert_eq!(health(&service).await, ServingStatus::Serving);
    held.rollback().await.unwrap();
    for _ in 0..2 {
        calls.next().await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_call_in_flight_at_the_end_is_answered_and_a_later_one_is_not() {
    let nats = NatsServer::start().await;
    let (service, held) = stuck(&nats.url()).await;
    let mut calls: FuturesUnordered<_> = (0..3).map(|_| list(service.channel.clone())).collect();
    // The other two must be in flight.
    calls.next().await.unwrap().unwrap_err();
    service.shutdown.trigger();
    let refused = list(service.channel.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    held.rollback().await.unwrap();
    for _ in 0..2 {
        calls.next().await.unwrap().unwrap();
    }
    service.ended().await.unwrap();
}

#[tokio::test]
async fn a_call_that_takes_too_long_ends_with_its_deadline() {
    let nats = NatsServer::start().await;
    let (service, held) = stuck(&nats.url()).await;
    // Not with our own client: it keeps the same time, and may be the first to give up.
    let connection = tokio::net::TcpStream::connect(service.address).await.unwrap();
    let (client, connection) = h2::client::handshake(connection).await.unwrap();
    let driven = async { connection.await.unwrap() };
    let asked = async move {
        let uri = format!(
            "http://{}/trainyard.v1.JobService/ListTrainingJobs",
            service.address
        );
        let request = http::Request::post(uri)
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .header("grpc-timeout", "300m")
            .body(())
            .unwrap();
        let (answer, mut body) = client
            .ready()
            .await
            .unwrap()
            .send_request(request, false)
            .unwrap();
        // An empty message, not compressed.
        body.send_data(vec![0; 5].into(), true).unwrap();
        let answer = answer.await.unwrap();
        Status::from_header_map(answer.headers()).unwrap()
    };
    let status = tokio::select! {
        status = asked => status,
        () = driven => unreachable!("the connection lives as long as its client"),
    };
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
    held.rollback().await.unwrap();
}

#[tokio::test]
async fn a_stream_that_has_lasted_its_time_tells_where_to_go_on() {
    let nats = NatsServer::start().await;
    let mut service = Service::start_with(&nats.url(), |config| {
        config.watch.lifetime = Duration::from_millis(100);
    })
    .await;
    let job = service.submit_one().await;
    let mut after = None;
    // A client that always goes on sees the job to its end.
    for round in 0..3 {
        if round == 2 {
            service.cancel(&job.job_id).await;
        }
        let (_, end) = crate::support::read_all(service.watch(&job.job_id, after).await).await;
        let Err(status) = end else {
            assert_eq!(round, 2);
            return;
        };
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::Unavailable, "STREAM_LIFETIME")
        );
        let details = status.get_error_details();
        let number = &details.error_info().unwrap().metadata["after_event_no"];
        after = Some(number.parse().unwrap());
    }
    panic!("the job has ended, and so should its stream");
}
