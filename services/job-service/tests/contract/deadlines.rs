//! T11: what time alone does to a job.

use std::time::Duration;

use domain::{
    id::JobId,
    job::{FailureKind, Policy, State},
};
use job_service::app::{Hint, JobRow};
use testkit::eventually;

use crate::stage::{Stage, request, stopped, trainer};

const LEASE: Duration = Duration::from_secs(60);
const SOON: Duration = Duration::from_secs(20);
/// Less than any clock here can tell: over at once.
const NOTHING: Duration = Duration::from_nanos(1);

async fn submit(stage: &Stage, limit: impl FnOnce(&mut Policy)) -> JobId {
    let mut policy = stage.app.settings.policy.clone();
    limit(&mut policy);
    let mut request = request(&["tree"]);
    request.policy = Some(messages::convert::policy_to_pb(&policy));
    stage.app.submit(request).await.unwrap().jobs[0].id
}

/// Lets deadlines pass until the job is in `state`.
async fn passes(stage: &Stage, id: JobId, state: State) -> JobRow {
    eventually("a passed deadline", SOON, || async {
        stage.app.pass_deadlines(10).await.unwrap();
        let row = stage.job(id).await;
        (row.job.state == state).then_some(row)
    })
    .await
}

pub(crate) async fn a_job_nobody_claims_in_time_fails_and_is_not_announced(stage: Stage) {
    let patient = stage.submit(&["tree"]).await[0].id;
    let id = submit(&stage, |policy| policy.queue_timeout = NOTHING).await;
    assert_eq!(stage.app.pass_deadlines(10).await.unwrap(), 1);
    assert_eq!(stage.app.pass_deadlines(10).await.unwrap(), 0, "once");
    let row = stage.job(id).await;
    let failure = row.failure.unwrap();
    assert_eq!(
        (row.job.state, failure.kind),
        (State::Failed, FailureKind::TimedOut)
    );
    assert_eq!(failure.code, "QUEUE_TIMEOUT");
    assert!(row.finished_at.is_some());
    let announced = stage.app.lease_outbox("a", LEASE, 10).await.unwrap();
    assert_eq!(announced.iter().map(|row| row.job).collect::<Vec<_>>(), [patient]);
}

pub(crate) async fn a_run_past_its_time_is_stopped_and_fails_when_it_has(mut stage: Stage) {
    let id = submit(&stage, |policy| policy.run_timeout = NOTHING).await;
    assert_eq!(stage.app.pass_deadlines(10).await.unwrap(), 0, "it may wait");
    let mine = stage.claim(id).await;
    assert_eq!(stage.app.pass_deadlines(10).await.unwrap(), 1);
    let row = stage.job(id).await;
    assert_eq!(
        (row.job.state, row.cancel_requested_at),
        (State::Cancelling, None)
    );
    let mut hints = Vec::new();
    while let Ok(hint) = stage.hints.try_recv() {
        hints.push(hint);
    }
    let told = Hint::Cancel {
        trainer: trainer(),
        job: id,
        fence: mine,
    };
    assert!(hints.contains(&told), "the trainer is told at once");
    assert_eq!(stage.app.pass_deadlines(10).await.unwrap(), 0, "it has its grace");
    stage.tell(id, mine, 1, stopped()).await;
    let row = stage.job(id).await;
    assert_eq!((row.job.state, row.job.attempt), (State::Failed, 1));
    assert_eq!(row.failure.unwrap().code, "RUN_TIMEOUT");
}

pub(crate) async fn a_run_that_does_not_stop_fails_after_its_grace(stage: Stage) {
    let id = submit(&stage, |policy| {
        policy.cancel_grace = NOTHING;
        policy.total_timeout = Duration::from_millis(1);
    })
    .await;
    let claimed = stage.app.claim(&stage.claim_of(id, crate::stage::fence(1))).await;
    claimed.unwrap();
    let row = passes(&stage, id, State::Failed).await;
    assert_eq!(row.failure.unwrap().code, "TOTAL_TIMEOUT");
    let attempt = &stage.app.details(&stage.tenant, id).await.unwrap().attempts[0];
    assert_eq!(attempt.outcome, "not_stopped");
}

pub(crate) async fn deadlines_are_passed_however_many_there_are(stage: Stage) {
    let mut late = Vec::new();
    for _ in 0..5 {
        late.push(submit(&stage, |policy| policy.queue_timeout = NOTHING).await);
    }
    let mut moved = Vec::new();
    loop {
        match stage.app.pass_deadlines(2).await.unwrap() {
            0 => break,
            some => moved.push(some),
        }
    }
    assert_eq!(moved, [2, 2, 1]);
    for id in late {
        assert_eq!(stage.job(id).await.job.state, State::Failed);
    }
}

pub(crate) async fn replicas_pass_a_deadline_once(stage: Stage) {
    let other = stage.replica(LEASE).await;
    for _ in 0..10 {
        let id = submit(&stage, |policy| policy.queue_timeout = NOTHING).await;
        let (here, there) = tokio::join!(stage.app.pass_deadlines(10), other.pass_deadlines(10));
        assert_eq!(here.unwrap() + there.unwrap(), 1);
        assert_eq!(stage.history(id).await.0, [1, 2]);
    }
}
