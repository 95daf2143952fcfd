//! How many jobs wait, and how many may.

use std::{sync::Arc, time::Duration};

use job_service::{
    app::{Queue, RetryRequest, Tenant},
    error::Error,
};
use messages::v1;
use tokio::{sync::Barrier, task::JoinSet};

use crate::stage::{Stage, failed, request};

pub(crate) async fn queues_tell_who_waits_and_who_is_held(stage: Stage) {
    let none = stage.app.queues().await.unwrap();
    assert_eq!(none, [("cpu".to_owned(), Queue::default())].into());
    let rows = stage.submit(&["tree", "line", "forest", "tree"]).await;
    stage.claim(rows[0].id).await;
    stage.claim(rows[1].id).await;
    stage.app.cancel(&stage.tenant, rows[1].id, "").await.unwrap();
    let mut asked = request(&["tree"]);
    asked.run_training = false;
    stage.app.submit(asked).await.unwrap();
    let queue = stage.app.queues().await.unwrap().remove("cpu").unwrap();
    assert_eq!((queue.queued, queue.running), (2, 2));
    assert!(queue.oldest.unwrap() < Duration::from_secs(600));
    for row in &rows[2..] {
        stage.app.cancel(&stage.tenant, row.id, "").await.unwrap();
    }
    let queue = stage.app.queues().await.unwrap().remove("cpu").unwrap();
    assert_eq!((queue.queued, queue.oldest), (0, None));
}

pub(crate) async fn a_queued_job_knows_how_many_are_ahead(stage: Stage) {
    let rows = stage.submit(&["tree", "line", "forest"]).await;
    let ahead = async |at: usize| {
        let row = stage.job(rows[at].id).await;
        stage.app.ahead(&row).await.unwrap()
    };
    assert_eq!(
        [ahead(0).await, ahead(1).await, ahead(2).await],
        [Some(0), Some(1), Some(2)]
    );
    let mine = stage.claim(rows[0].id).await;
    assert_eq!([ahead(0).await, ahead(2).await], [None, Some(1)]);
    // Whoever is back in the queue is as old as it was.
    stage
        .tell(rows[0].id, mine, 1, failed(v1::FailureKind::Crashed))
        .await;
    assert_eq!([ahead(0).await, ahead(2).await], [Some(0), Some(2)]);
}

pub(crate) async fn no_more_jobs_wait_than_may(stage: Stage) {
    let app = Arc::new(stage.replica_with(|settings| settings.queued_jobs = 10).await);
    let barrier = Arc::new(Barrier::new(16));
    let mut clients = JoinSet::new();
    for client in 0..16 {
        let (app, barrier) = (app.clone(), barrier.clone());
        clients.spawn(async move {
            let mut asked = request(&["tree"]);
            asked.run_training = client % 2 == 0;
            barrier.wait().await;
            match app.submit(asked).await {
                Ok(submitted) => submitted.jobs.len(),
                Err(Error::QueueFull { limit: 10 }) => 0,
                Err(other) => panic!("{other}"),
            }
        });
    }
    let made: usize = clients.join_all().await.into_iter().sum();
    assert_eq!(made, 10, "as many as may, and not one more");
    let other = Tenant::new(&"other".parse().unwrap());
    app.create_dataset(&other, stage.source("churn", "churn.csv"))
        .await
        .unwrap();
    let mut theirs = request(&["tree"]);
    theirs.tenant = other;
    app.submit(theirs)
        .await
        .expect("another tenant's queue is its own");
}

pub(crate) async fn what_was_made_before_is_never_refused(stage: Stage) {
    let app = stage.replica_with(|settings| settings.queued_jobs = 2).await;
    let mut asked = request(&["tree", "line"]);
    asked.request_id = "r1".into();
    let first = app.submit(asked.clone()).await.unwrap();
    let refused = app.submit(request(&["tree"])).await;
    assert!(matches!(refused, Err(Error::QueueFull { limit: 2 })));
    let again = app.submit(asked).await.unwrap();
    assert!(!again.created && again.jobs == first.jobs);
    let ended = first.jobs[0].id;
    app.cancel(&stage.tenant, ended, "").await.unwrap();
    // There is room again, once it is counted again.
    let mut retry = RetryRequest {
        tenant: stage.tenant.clone(),
        job: ended,
        request_id: "r2".into(),
    };
    let retried = testkit::eventually("room for another job", Duration::from_secs(20), || async {
        app.retry(&retry).await.ok()
    })
    .await;
    assert_eq!(retried.job.version, 2, "a refused request takes no version");
    retry.request_id = "r3".into();
    assert!(matches!(app.retry(&retry).await, Err(Error::QueueFull { .. })));
}
