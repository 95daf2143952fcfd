//! What trainers and the service do together: claims, beats, events, and what happens when one of them is gone.

use std::time::Duration;

use domain::id::LeaseId;
use messages::{
    bus::v1::{BeatStatus, claim_reply::Outcome},
    route,
    v1::{FailureKind, JobState, job_event::Payload},
};
use testkit::{NatsServer, eventually};
use uuid::Uuid;

use crate::support::{SOON, Service, Trainer, submission};

async fn both(nats: &NatsServer) -> (Service, Trainer) {
    let service = Service::start(&nats.url()).await;
    let trainer = Trainer::connect(&nats.url(), &service.config.storage.artifact_root).await;
    (service, trainer)
}

#[tokio::test]
async fn a_job_is_claimed_trained_and_succeeds_with_its_model_on_disk() {
    let nats = NatsServer::start().await;
    let (mut service, mut trainer) = both(&nats).await;
    let job_id = service.submit_one().await.job_id;
    let mut held = trainer.take().await;
    assert_eq!(
        (held.job.to_string(), held.attempt, held.grant.version),
        (job_id.clone(), 1, 1)
    );
    assert_eq!(held.grant.spec.as_ref().unwrap().model_type, "ridge_regression");
    assert_eq!(service.get(&job_id).await.state(), JobState::Running);
    assert_eq!(trainer.beat(&held).await, BeatStatus::Ok);
    trainer.progress(&mut held, 0.5).await;
    trainer.succeed(&mut held).await;
    let job = service.reaches(&job_id, JobState::Succeeded).await;
    assert_eq!(job.metrics["test"].values["r2"], 0.5);
    assert_eq!(job.progress.unwrap().fraction, 1.0);
    let artifact = job.artifact.unwrap();
    let directory = artifact.uri.strip_prefix("file://").unwrap();
    assert!(std::fs::exists(format!("{directory}/manifest.json")).unwrap());
    assert_eq!(trainer.beat(&held).await, BeatStatus::Done);
    let attempts: Vec<_> = job
        .attempts
        .iter()
        .map(|attempt| attempt.outcome.as_str())
        .collect();
    assert_eq!(attempts, ["succeeded"]);
    let ends = service.history(&job_id).await.into_iter().filter(
        |event| matches!(&event.payload, Some(Payload::State(change)) if change.to() == JobState::Succeeded),
    );
    assert_eq!(ends.count(), 1);
}

#[tokio::test]
async fn a_success_without_its_files_is_no_success() {
    let nats = NatsServer::start().await;
    let (mut service, mut trainer) = both(&nats).await;
    let job_id = service.submit_one().await.job_id;
    let mut held = trainer.take().await;
    let artifact = trainer.write_artifact(&held);
    let directory = artifact.uri.strip_prefix("file://").unwrap().to_owned();
    std::fs::remove_file(format!("{directory}/pipeline.tyd")).unwrap();
    trainer.report_success(&mut held, artifact).await;
    let again = trainer.take().await;
    assert_eq!((again.job.to_string(), again.attempt), (job_id.clone(), 2));
    assert!(service.get(&job_id).await.artifact.is_none());
}

#[tokio::test]
async fn crashes_are_retried_until_the_attempts_are_used_up() {
    let nats = NatsServer::start().await;
    let (mut service, mut trainer) = both(&nats).await;
    let job_id = service.submit_one().await.job_id;
    for attempt in 1..=2 {
        let mut held = trainer.take().await;
        assert_eq!(held.attempt, attempt);
        trainer.fail(&mut held, FailureKind::Crashed).await;
    }
    let job = service.reaches(&job_id, JobState::Failed).await;
    assert_eq!(job.failure.unwrap().kind(), FailureKind::Crashed);
    assert_eq!(job.attempts.len(), 2);
}

#[tokio::test]
async fn bad_data_is_not_retried() {
    let nats = NatsServer::start().await;
    let (mut service, mut trainer) = both(&nats).await;
    let job_id = service.submit_one().await.job_id;
    let mut held = trainer.take().await;
    trainer.fail(&mut held, FailureKind::InvalidData).await;
    let job = service.reaches(&job_id, JobState::Failed).await;
    assert_eq!((job.attempt, job.failure.unwrap().code.as_str()), (1, "TEST"));
}

#[tokio::test]
async fn a_running_job_is_told_to_stop_and_ends_cancelled() {
    let nats = NatsServer::start().await;
    let (mut service, mut trainer) = both(&nats).await;
    let mut hints = trainer
        .bus
        .listen::<messages::bus::v1::CancelHint>(route::ctl(&trainer.id))
        .await
        .unwrap();
    let job_id = service.submit_one().await.job_id;
    let mut held = trainer.take().await;
    assert_eq!(service.cancel(&job_id).await.state(), JobState::Cancelling);
    let hint = tokio::time::timeout(SOON, hints.next()).await.unwrap().unwrap();
    assert_eq!(
        (hint.body.job_id.as_str(), hint.body.lease_id),
        (job_id.as_str(), held.lease.to_string())
    );
    assert_eq!(trainer.beat(&held).await, BeatStatus::CancelRequested);
    trainer.stop(&mut held).await;
    service.reaches(&job_id, JobState::Cancelled).await;
    assert_eq!(trainer.beat(&held).await, BeatStatus::Done);
}

#[tokio::test]
async fn a_cancellation_that_commits_first_wins_over_a_success() {
    let nats = NatsServer::start().await;
    let (mut service, mut trainer) = both(&nats).await;
    let job_id = service.submit_one().await.job_id;
    let mut held = trainer.take().await;
    service.cancel(&job_id).await;
    trainer.succeed(&mut held).await;
    let job = service.reaches(&job_id, JobState::Cancelled).await;
    assert!(job.artifact.is_none());
}

#[tokio::test]
async fn a_claim_is_answered_alike_when_asked_again_and_denied_to_others() {
    let nats = NatsServer::start().await;
    let (mut service, mut trainer) = both(&nats).await;
    service.submit_one().await;
    let ready = trainer.next().await;
    let root = std::fs::read_to_string(service.config.storage.artifact_root.join(storage::MARKER)).unwrap();
    let lease = LeaseId(Uuid::now_v7());
    let first = trainer.claim(&ready, lease, root.trim()).await;
    assert!(matches!(first, Outcome::Grant(_)), "{first:?}");
    assert_eq!(trainer.claim(&ready, lease, root.trim()).await, first);
    let other = trainer.claim(&ready, LeaseId(Uuid::now_v7()), root.trim()).await;
    assert!(matches!(other, Outcome::Denial(_)), "{other:?}");
}

#[tokio::test]
async fn a_trainer_that_sees_another_artifact_root_is_denied_with_that_reason() {
    let nats = NatsServer::start().await;
    let (mut service, mut trainer) = both(&nats).await;
    let job_id = service.submit_one().await.job_id;
    let ready = trainer.next().await;
    let answer = trainer
        .claim(&ready, LeaseId(Uuid::now_v7()), &Uuid::new_v4().to_string())
        .await;
    let Outcome::Denial(denial) = answer else {
        panic!("granted: {answer:?}");
    };
    assert!(denial.reason.contains("artifact root"), "{}", denial.reason);
    assert_eq!(service.get(&job_id).await.state(), JobState::Queued);
}

#[tokio::test]
async fn the_lease_of_a_silent_trainer_expires_and_the_next_attempt_fences_it() {
    let nats = NatsServer::start().await;
    let (mut service, mut trainer) = both(&nats).await;
    let job_id = service.submit_one().await.job_id;
    let mut silent = trainer.take().await;
    let mut next = trainer.take().await;
    assert_eq!((next.job.to_string(), next.attempt), (job_id.clone(), 2));
    assert_eq!(trainer.beat(&silent).await, BeatStatus::Fenced);
    trainer.succeed(&mut silent).await;
    trainer.succeed(&mut next).await;
    let job = service.reaches(&job_id, JobState::Succeeded).await;
    assert!(job.artifact.unwrap().uri.contains(&next.lease.to_string()));
    let outcomes: Vec<_> = job
        .attempts
        .iter()
        .map(|attempt| attempt.outcome.as_str())
        .collect();
    assert_eq!(outcomes, ["lease_expired", "succeeded"]);
}

#[tokio::test]
async fn beats_keep_a_lease_for_longer_than_it_lasts() {
    let nats = NatsServer::start().await;
    let (mut service, mut trainer) = both(&nats).await;
    let job_id = service.submit_one().await.job_id;
    let held = trainer.take().await;
    let mut beats = tokio::time::interval(Duration::from_millis(300));
    for _ in 0..15 {
        beats.tick().await;
        assert_eq!(trainer.beat(&held).await, BeatStatus::Ok);
    }
    assert_eq!(service.get(&job_id).await.attempt, 1);
}

#[tokio::test]
async fn what_makes_no_sense_is_put_aside_and_holds_nobody_up() {
    let nats = NatsServer::start().await;
    let (mut service, mut trainer) = both(&nats).await;
    let job_id = service.submit_one().await.job_id;
    let mut held = trainer.take().await;
    // As an event it names another job than its subject does.
    let subject = route::event(&trainer.id, held.job);
    let nonsense = messages::bus::v1::ClaimRequest {
        job_id: "\u{1}".into(),
        ..Default::default()
    };
    trainer.bus.publish(subject, "nonsense", &nonsense).await.unwrap();
    trainer.succeed(&mut held).await;
    service.reaches(&job_id, JobState::Succeeded).await;
}

#[tokio::test]
async fn a_message_the_queue_has_lost_is_announced_again() {
    let nats = NatsServer::start().await;
    let (mut service, mut trainer) = both(&nats).await;
    let context = async_nats::jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    let job_id = service.submit_one().await.job_id;
    eventually("the job's message in the queue", SOON, || async {
        let mut stream = context.get_stream(route::JOBS_STREAM).await.ok()?;
        (stream.info().await.ok()?.state.messages == 1).then_some(())
    })
    .await;
    context.delete_stream(route::JOBS_STREAM).await.unwrap();
    let held = trainer.take().await;
    assert_eq!(held.job.to_string(), job_id);
    assert_eq!(service.get(&job_id).await.attempt, 1);
}

#[tokio::test]
async fn a_released_job_is_queued_again_at_once_and_the_attempt_does_not_count() {
    let nats = NatsServer::start().await;
    let (mut service, mut trainer) = both(&nats).await;
    let job_id = service.submit_one().await.job_id;
    // More often than the job may fail.
    for attempt in 1..=3 {
        let held = trainer.take().await;
        assert_eq!(held.attempt, attempt);
        assert!(trainer.release(&held).await);
        assert_eq!(trainer.beat(&held).await, BeatStatus::Fenced);
        assert!(
            trainer.release(&held).await,
            "asked again, it is settled all the same"
        );
    }
    let mut held = trainer.take().await;
    trainer.succeed(&mut held).await;
    let job = service.reaches(&job_id, JobState::Succeeded).await;
    let outcomes: Vec<_> = job
        .attempts
        .iter()
        .map(|attempt| attempt.outcome.as_str())
        .collect();
    assert_eq!(outcomes, ["released", "released", "released", "succeeded"]);
}

#[tokio::test]
async fn jobs_past_their_time_are_ended_and_their_trainers_told() {
    let nats = NatsServer::start().await;
    let (mut service, mut trainer) = both(&nats).await;
    let span = |ms: i32| prost_types::Duration {
        seconds: 0,
        nanos: ms * 1_000_000,
    };
    let mut request = submission();
    request.policy.as_mut().unwrap().run_timeout = Some(span(100));
    let running = service.submit(request).await.unwrap().jobs.remove(0);
    let mut held = trainer.take().await;
    service.reaches(&running.job_id, JobState::Cancelling).await;
    assert_eq!(trainer.beat(&held).await, BeatStatus::CancelRequested);
    trainer.stop(&mut held).await;
    let job = service.reaches(&running.job_id, JobState::Failed).await;
    assert_eq!(job.failure.unwrap().code, "RUN_TIMEOUT");
    assert_eq!(trainer.beat(&held).await, BeatStatus::Done);

    let mut request = submission();
    request.policy.as_mut().unwrap().queue_timeout = Some(span(50));
    let waiting = service.submit(request).await.unwrap().jobs.remove(0);
    let job = service.reaches(&waiting.job_id, JobState::Failed).await;
    assert_eq!(job.failure.unwrap().code, "QUEUE_TIMEOUT");
}

#[tokio::test]
async fn queues_tell_their_length_and_their_trainers() {
    let nats = NatsServer::start().await;
    let (mut service, mut trainer) = both(&nats).await;
    service.submit_one().await;
    let waiting = service.submit_one().await.job_id;
    assert_eq!(service.get(&waiting).await.jobs_ahead, Some(1));
    trainer.take().await;
    assert_eq!(service.get(&waiting).await.jobs_ahead, Some(0));
    let said = messages::bus::v1::Presence {
        resource_class: "cpu".into(),
        slots: 3,
        running: 1,
    };
    let jobs = service.jobs.clone();
    let stats = eventually("a trainer that is counted", SOON, || async {
        let subject = route::presence(&trainer.id);
        trainer.bus.hint(subject, &said).await.unwrap();
        let stats = jobs
            .clone()
            .get_queue_stats(messages::v1::GetQueueStatsRequest {})
            .await;
        let stats = stats.unwrap().into_inner().queues;
        (stats[0].trainers > 0).then_some(stats)
    })
    .await;
    let [cpu] = &stats[..] else { panic!("{stats:?}") };
    assert_eq!(
        (
            cpu.resource_class.as_str(),
            cpu.queued,
            cpu.running,
            cpu.trainers,
            cpu.slots
        ),
        ("cpu", 1, 1, 1, 3)
    );
    assert!(cpu.oldest_queued_age.is_some());
}
