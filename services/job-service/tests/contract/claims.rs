//! T3, T4, T7, T8, T10: leases, and what they protect.

use std::time::Duration;

use domain::job::{Phase, State, machine::BeatAnswer};
use job_service::app::{Beat, ClaimOutcome, Hint, Recorded, Released};
use messages::{bus::v1::TerminalReport, v1};

use crate::stage::{Stage, fence, progress, stopped, trainer};

pub(crate) async fn a_claim_grants_the_spec_and_opens_an_attempt(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let fence = fence(1);
    let outcome = stage.app.claim(&stage.claim_of(id, fence)).await.unwrap();
    let ClaimOutcome::Granted(grant) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!((grant.pipeline_id.as_str(), grant.version), ("pipeline-1", 1));
    assert_eq!(grant.lease_ttl.unwrap().seconds, 600);
    assert_eq!(grant.run_timeout.unwrap().seconds, 6 * 3600);
    let details = stage.app.details(&stage.tenant, id).await.unwrap();
    assert_eq!(grant.spec.unwrap(), details.spec);
    let row = details.row;
    assert_eq!((row.job.state, row.job.phase), (State::Running, Phase::Starting));
    assert_eq!(row.started_at, Some(row.updated_at));
    let attempt = &details.attempts[0];
    assert_eq!(
        (attempt.attempt, attempt.lease, attempt.trainer.as_str()),
        (1, fence.lease, "trainer-1")
    );
    assert_eq!((attempt.finished_at, attempt.outcome.as_str()), (None, ""));
}

pub(crate) async fn a_lost_claim_reply_is_granted_again_to_the_same_lease_only(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let mine = stage.claim(id).await;
    let before = stage.job(id).await;
    let again = stage.app.claim(&stage.claim_of(id, mine)).await.unwrap();
    assert!(matches!(again, ClaimOutcome::Granted(_)));
    let after = stage.job(id).await;
    assert_eq!(
        (before.event_no, after.event_no),
        (2, 2),
        "no second attempt began"
    );
    let other = stage.app.claim(&stage.claim_of(id, fence(1))).await.unwrap();
    assert!(matches!(other, ClaimOutcome::Denied(_)), "another lease");
    let mut thief = stage.claim_of(id, mine);
    thief.trainer = "trainer-2".parse().unwrap();
    let thief = stage.app.claim(&thief).await.unwrap();
    assert!(
        matches!(thief, ClaimOutcome::Denied(_)),
        "another trainer with the same lease"
    );
    let unknown = stage.claim_of("01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap(), mine);
    assert!(matches!(
        stage.app.claim(&unknown).await.unwrap(),
        ClaimOutcome::Denied(_)
    ));
}

pub(crate) async fn a_trainer_with_another_artifact_root_is_denied(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let mut claim = stage.claim_of(id, fence(1));
    claim.artifact_root_id = "elsewhere".into();
    let outcome = stage.app.claim(&claim).await.unwrap();
    assert!(matches!(&outcome, ClaimOutcome::Denied(reason) if reason.contains("\"elsewhere\"")));
    assert_eq!(stage.job(id).await.job.state, State::Queued);
}

pub(crate) async fn a_beat_tells_the_trainer_where_it_stands(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let beat = |fence| {
        let stage = &stage;
        async move { stage.beat(trainer(), id, fence).await }
    };
    assert_eq!(beat(fence(1)).await, BeatAnswer::Fenced);
    let mine = stage.claim(id).await;
    let claimed = stage.job(id).await;
    assert_eq!(beat(mine).await, BeatAnswer::Ok);
    let beaten = stage.job(id).await;
    assert!(beaten.job.lease.unwrap().expires_at >= claimed.job.lease.unwrap().expires_at);
    assert_eq!(
        beaten.event_no, claimed.event_no,
        "a beat is no news for watchers"
    );
    assert_eq!(beat(fence(1)).await, BeatAnswer::Fenced);
    let impostor = stage.beat("trainer-2".parse().unwrap(), id, mine).await;
    assert_eq!(impostor, BeatAnswer::Fenced);
    stage.app.cancel(&stage.tenant, id, "enough").await.unwrap();
    assert_eq!(beat(mine).await, BeatAnswer::CancelRequested);
    stage.tell(id, mine, 1, stopped()).await;
    assert_eq!(beat(mine).await, BeatAnswer::Done);
}

pub(crate) async fn beats_judged_together_are_answered_each_as_alone(stage: Stage) {
    let jobs = stage.submit(&["tree"; 12]).await;
    let mut beats = Vec::new();
    let mut expected = Vec::new();
    for (at, job) in jobs.iter().enumerate() {
        let held = stage.claim(job.id).await;
        let mine = Beat {
            trainer: trainer(),
            job: job.id,
            fence: held,
        };
        let other = "trainer-2".parse().unwrap();
        let (beat, answer) = match at % 4 {
            0 => (mine, BeatAnswer::Ok),
            1 => (
                Beat {
                    trainer: other,
                    ..mine
                },
                BeatAnswer::Fenced,
            ),
            2 => (
                Beat {
                    fence: fence(1),
                    ..mine
                },
                BeatAnswer::Fenced,
            ),
            _ => {
                stage.app.cancel(&stage.tenant, job.id, "enough").await.unwrap();
                (mine, BeatAnswer::CancelRequested)
            }
        };
        // Not in the order of the jobs, and some of them twice.
        beats.insert(0, beat.clone());
        expected.insert(0, answer);
        if at % 3 == 0 {
            beats.push(beat);
            expected.push(answer);
        }
    }
    let before = stage.job(jobs[0].id).await.job.lease.unwrap().expires_at;
    let answers = stage.app.beats(&beats).await;
    let answers: Vec<BeatAnswer> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers, expected);
    assert!(stage.job(jobs[0].id).await.job.lease.unwrap().expires_at > before);
}

pub(crate) async fn an_expired_lease_requeues_with_the_next_attempt(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let other = stage.submit(&["tree"]).await[0].id;
    let hasty = stage.replica(Duration::ZERO).await;
    let mine = fence(1);
    hasty.claim(&stage.claim_of(id, mine)).await.unwrap();
    stage.claim(other).await;
    assert_eq!(
        stage.app.expire_leases(10).await.unwrap(),
        1,
        "the other lease lives"
    );
    assert_eq!(stage.app.expire_leases(10).await.unwrap(), 0);
    let row = stage.job(id).await;
    assert_eq!((row.job.state, row.job.attempt), (State::Queued, 2));
    assert_eq!((row.job.failures, &row.job.lease), (1, &None));
    let details = stage.app.details(&stage.tenant, id).await.unwrap();
    assert_eq!(details.attempts[0].outcome, "lease_expired");
    // The zombie is fenced from here on.
    assert_eq!(stage.tell(id, mine, 1, progress(0.5)).await, Recorded::Stale);
    assert_eq!(stage.beat(trainer(), id, mine).await, BeatAnswer::Fenced);
    let old = stage.app.claim(&stage.claim_of(id, mine)).await.unwrap();
    assert!(matches!(old, ClaimOutcome::Denied(_)));
    stage.claim(id).await;
    assert_eq!(stage.job(id).await.job.state, State::Running);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_back_keeps_no_other_lease_from_expiring() {
    for stage in [Stage::sqlite_in_a_file().await, Stage::postgres().await] {
        let hasty = stage.replica(Duration::ZERO).await;
        let ids = [
            stage.submit(&["tree"]).await[0].id,
            stage.submit(&["tree"]).await[0].id,
        ];
        for id in ids {
            hasty.claim(&stage.claim_of(id, fence(1))).await.unwrap();
        }
        stage
            .sql("UPDATE training_jobs SET phase = 'unheard of' WHERE version = 1")
            .await;
        assert_eq!(stage.app.expire_leases(10).await.unwrap(), 1);
        assert_eq!(stage.job(ids[1]).await.job.state, State::Queued);
    }
}

pub(crate) async fn a_trainer_that_holds_another_lease_cannot_speak(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let mine = stage.claim(id).await;
    let body = stage.finished(id, mine).await;
    assert_eq!(
        stage.tell(id, fence(1), 1, body.clone()).await,
        Recorded::Stale,
        "another lease"
    );
    let impostor = crate::stage::event(id, mine, 1, body);
    let told = stage
        .app
        .record(&"trainer-2".parse().unwrap(), impostor)
        .await
        .unwrap();
    assert_eq!(told, Recorded::Stale, "another trainer");
    assert_eq!(stage.job(id).await.job.state, State::Running);
}

pub(crate) async fn a_cancelled_job_is_never_granted(mut stage: Stage) {
    let jobs = stage.submit(&["tree", "line"]).await;
    let queued = stage
        .app
        .cancel(&stage.tenant, jobs[0].id, "no need")
        .await
        .unwrap();
    assert_eq!(
        (queued.job.state, queued.cancel_reason.as_str()),
        (State::Cancelled, "no need")
    );
    assert!(queued.finished_at.is_some() && queued.cancel_requested_at.is_some());
    let claim = stage
        .app
        .claim(&stage.claim_of(jobs[0].id, fence(1)))
        .await
        .unwrap();
    assert!(matches!(claim, ClaimOutcome::Denied(_)));
    let again = stage
        .app
        .cancel(&stage.tenant, jobs[0].id, "again")
        .await
        .unwrap();
    assert_eq!(again, queued, "a finished job stays as it is");

    let mine = stage.claim(jobs[1].id).await;
    let running = stage.app.cancel(&stage.tenant, jobs[1].id, "").await.unwrap();
    assert_eq!(running.job.state, State::Cancelling);
    let mut hinted = false;
    while let Ok(hint) = stage.hints.try_recv() {
        hinted |= hint
            == Hint::Cancel {
                trainer: trainer(),
                job: jobs[1].id,
                fence: mine,
            };
    }
    assert!(hinted, "the trainer is told at once");
    // A success that comes too late ends as a cancellation, without a model.
    let body = stage.finished(jobs[1].id, mine).await;
    stage.tell(jobs[1].id, mine, 1, body).await;
    let row = stage.job(jobs[1].id).await;
    assert_eq!((row.job.state, row.result), (State::Cancelled, None));
    let states = stage.history(jobs[1].id).await.1;
    use v1::JobState::{Cancelled, Cancelling, Queued, Running};
    assert_eq!(states, [Queued, Running, Cancelling, Cancelled]);
    let long = stage
        .app
        .cancel(&stage.tenant, jobs[1].id, &"x".repeat(501))
        .await;
    assert!(long.is_err());
}

pub(crate) async fn a_released_job_is_queued_again_at_once_and_nothing_is_counted(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let mine = stage.claim(id).await;
    let report = TerminalReport {
        signal: Some(15),
        peak_rss_bytes: 4096,
        log_tail: "last \0 words".into(),
        ..Default::default()
    };
    let release = |who: &str, fence| {
        let (app, who, report) = (stage.app.clone(), who.parse().unwrap(), report.clone());
        async move { app.release(&who, id, fence, Some(report)).await.unwrap() }
    };
    assert_eq!(release("trainer-2", mine).await, Released::Stale, "an impostor");
    assert_eq!(release("trainer-1", fence(1)).await, Released::Stale);
    assert_eq!(stage.job(id).await.job.state, State::Running);
    assert_eq!(release("trainer-1", mine).await, Released::Taken);
    assert_eq!(release("trainer-1", mine).await, Released::Stale, "asked again");
    let row = stage.job(id).await;
    assert_eq!((row.job.state, row.job.phase), (State::Queued, Phase::Waiting));
    assert_eq!((row.job.attempt, row.job.failures), (2, 0));
    let announced = stage
        .app
        .lease_outbox("a", Duration::from_secs(60), 10)
        .await
        .unwrap();
    assert!(
        announced.iter().any(|row| row.msg_id == format!("{id}:2:1")),
        "due now"
    );
    let mine = stage.claim(id).await;
    stage.app.cancel(&stage.tenant, id, "enough").await.unwrap();
    assert_eq!(release("trainer-1", mine).await, Released::Taken);
    let details = stage.app.details(&stage.tenant, id).await.unwrap();
    assert_eq!(details.row.job.state, State::Cancelled);
    let outcomes: Vec<_> = details
        .attempts
        .iter()
        .map(|attempt| attempt.outcome.as_str())
        .collect();
    assert_eq!(outcomes, ["released", "stopped"]);
    for attempt in &details.attempts {
        assert_eq!((attempt.exit_code, attempt.signal), (None, Some(15)));
        assert_eq!(attempt.peak_rss_bytes, 4096);
        assert_eq!(attempt.log_tail, "last \u{fffd} words");
    }
}
