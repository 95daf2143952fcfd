//! Finished jobs submitted again.

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    id::JobId,
    job::{Phase, State},
};
use job_service::{
    app::{JobRow, RetryRequest, Tenant},
    error::Error,
};
use messages::v1;
use tokio::{sync::Barrier, task::JoinSet};
use uuid::Uuid;

use crate::stage::{Stage, choice, object, request};

fn of(row: &JobRow, request_id: &str) -> RetryRequest {
    RetryRequest {
        tenant: row.tenant.clone(),
        job: row.id,
        request_id: request_id.to_owned(),
    }
}

pub(crate) async fn a_retry_is_the_next_version_of_what_was_stored(stage: Stage) {
    let mut asked = request(&[]);
    asked.models = vec![choice("tree", object([("depth", 3.into())]))];
    asked.labels = BTreeMap::from([("team".into(), "blue".into())]);
    asked.metadata = object([("ticket", "A-1".into())]);
    asked.policy = Some(v1::JobPolicy {
        threads: 3,
        ..Default::default()
    });
    let first = stage.app.submit(asked).await.unwrap().jobs.remove(0);
    stage.app.cancel(&stage.tenant, first.id, "enough").await.unwrap();
    // The registration is gone, and the copy in the job is what counts.
    stage.app.delete_dataset(&stage.tenant, "churn").await.unwrap();
    let retried = stage.app.retry(&of(&first, "")).await.unwrap();
    let row = retried.job;
    assert!(retried.created && row.id != first.id);
    assert_eq!((row.version, row.event_no), (2, 1));
    assert_eq!((row.job.state, row.job.phase), (State::Queued, Phase::Waiting));
    assert_eq!((&row.labels, &row.metadata), (&first.labels, &first.metadata));
    assert_eq!(row.job.policy, first.job.policy);
    assert_eq!(
        (&row.pipeline_id, &row.created_by),
        (&first.pipeline_id, &first.created_by)
    );
    assert_eq!(row, stage.job(row.id).await, "what is returned is what is stored");
    let spec = |id| stage.app.details(&stage.tenant, id);
    assert_eq!(
        spec(row.id).await.unwrap().spec,
        spec(first.id).await.unwrap().spec
    );
    assert_eq!(stage.history(row.id).await, (vec![1], vec![v1::JobState::Queued]));
    stage.claim(row.id).await;
    assert_eq!(
        stage.job(first.id).await.job.state,
        State::Cancelled,
        "the first stays as it ended"
    );
}

pub(crate) async fn the_same_retry_returns_the_same_job(stage: Stage) {
    let rows = stage.submit(&["tree", "line"]).await;
    for row in &rows {
        stage.app.cancel(&stage.tenant, row.id, "").await.unwrap();
    }
    let first = stage.app.retry(&of(&rows[0], "r1")).await.unwrap();
    let second = stage.app.retry(&of(&rows[0], "r1")).await.unwrap();
    assert!(first.created && !second.created);
    assert_eq!(first.job, second.job);
    let refused = stage.app.retry(&of(&rows[1], "r1")).await;
    assert!(matches!(refused, Err(Error::RequestIdReused(id)) if id == "r1"));
    let mut asked = request(&["tree"]);
    asked.request_id = "r1".into();
    let refused = stage.app.submit(asked.clone()).await;
    assert!(
        matches!(refused, Err(Error::RequestIdReused(_))),
        "an id belongs to one call of one RPC"
    );
    asked.request_id = "r2".into();
    stage.app.submit(asked).await.unwrap();
    let refused = stage.app.retry(&of(&rows[0], "r2")).await;
    assert!(matches!(refused, Err(Error::RequestIdReused(_))));
    let long = stage.app.retry(&of(&rows[0], &"r".repeat(129))).await;
    assert!(matches!(long, Err(Error::Invalid(v)) if v[0].field == "request_id"));
}

pub(crate) async fn only_jobs_that_have_ended_are_retried(stage: Stage) {
    let row = stage.submit(&["tree"]).await.remove(0);
    let refused = stage.app.retry(&of(&row, "")).await;
    assert!(matches!(refused, Err(Error::NotTerminal { job, state: State::Queued }) if job == row.id));
    stage.claim(row.id).await;
    let refused = stage.app.retry(&of(&row, "")).await;
    assert!(matches!(
        refused,
        Err(Error::NotTerminal {
            state: State::Running,
            ..
        })
    ));
    let mut unknown = of(&row, "");
    unknown.job = JobId(Uuid::now_v7());
    assert!(matches!(
        stage.app.retry(&unknown).await,
        Err(Error::JobNotFound(_))
    ));
    let mut theirs = of(&row, "");
    theirs.tenant = Tenant::new(&"other".parse().unwrap());
    assert!(matches!(
        stage.app.retry(&theirs).await,
        Err(Error::JobNotFound(_))
    ));
    assert_eq!(stage.submit(&["tree"]).await[0].version, 2, "no version was lost");
}

pub(crate) async fn concurrent_retries_with_one_id_make_one_job(stage: Stage) {
    let row = stage.submit(&["tree"]).await.remove(0);
    stage.app.cancel(&stage.tenant, row.id, "").await.unwrap();
    let barrier = Arc::new(Barrier::new(8));
    let mut clients = JoinSet::new();
    for _ in 0..8 {
        let (app, barrier, asked) = (stage.app.clone(), barrier.clone(), of(&row, "once"));
        clients.spawn(async move {
            barrier.wait().await;
            app.retry(&asked).await.unwrap()
        });
    }
    let answers = clients.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.created).count(), 1);
    assert!(answers.iter().all(|answer| answer.job.id == answers[0].job.id));
    assert_eq!(stage.submit(&["tree"]).await[0].version, 3);
}
