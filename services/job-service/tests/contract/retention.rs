//! What is kept for how long.

use std::time::Duration;

use domain::job::State;
use job_service::{
    app::{App, Filter, Order, PageRequest, Settings},
    error::Error,
};
use messages::v1;

use crate::stage::{Stage, log, progress};

/// The same database, with nothing kept longer than it has to be.
async fn hasty(stage: &Stage, change: fn(&mut Settings)) -> App {
    stage.replica_with(change).await
}

pub(crate) async fn jobs_kept_long_enough_are_deleted(stage: Stage) {
    let (first, fence) = stage.succeeded().await;
    let model = stage.directory(first, fence).await;
    let running = stage.submit(&["line"]).await[0].id;
    stage.claim(running).await;
    assert_eq!(stage.app.tidy().await.unwrap().expired, 0, "by default for ever");
    let day = hasty(&stage, |s| s.retention.jobs = Some(Duration::from_secs(86_400))).await;
    assert_eq!(day.tidy().await.unwrap().expired, 0, "its day is not over");
    let keeping = hasty(&stage, |s| s.retention.jobs = Some(Duration::ZERO)).await;
    assert_eq!(keeping.tidy().await.unwrap().expired, 1);
    let missing = stage.app.get(&stage.tenant, first).await;
    assert!(matches!(missing, Err(Error::JobNotFound(_))));
    assert!(model.join("pipeline.tyd").exists(), "models are kept by default");
    let (second, fence) = stage.succeeded().await;
    let model = stage.directory(second, fence).await;
    let all = hasty(&stage, |s| {
        s.retention.jobs = Some(Duration::ZERO);
        s.retention.artifacts = true;
        s.retention.leftovers = Duration::ZERO;
    })
    .await;
    let tidied = all.tidy().await.unwrap();
    // The first waited for its trainer; now nothing is waited for.
    assert_eq!(tidied.expired, 1);
    assert!(!model.exists());
    all.tidy().await.unwrap();
    let (filter, page) = (Filter::default(), PageRequest::default());
    let left = stage
        .app
        .list(&stage.tenant, &filter, Order::Created, &page)
        .await
        .unwrap()
        .rows;
    assert_eq!(left.iter().map(|row| row.id).collect::<Vec<_>>(), [running]);
}

pub(crate) async fn histories_are_shortened_to_their_end(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let mine = stage.claim(id).await;
    for seq in 1..=5 {
        stage.tell(id, mine, seq, progress(0.1 * seq as f64)).await;
    }
    let short = hasty(&stage, |s| s.retention.events = Some(Duration::ZERO)).await;
    assert_eq!(short.tidy().await.unwrap().pruned, 0, "not while it runs");
    let body = stage.finished(id, mine).await;
    stage.tell(id, mine, 6, body).await;
    let before = stage.job(id).await;
    assert_eq!(before.event_no, 8);
    stage.app.tidy().await.unwrap();
    assert_eq!(
        stage.history(id).await.0.len(),
        8,
        "by default as long as the job"
    );
    assert_eq!(short.tidy().await.unwrap().pruned, 1);
    assert_eq!(short.tidy().await.unwrap().pruned, 0, "once");
    for after in 0..7 {
        let refused = stage.app.events(&stage.tenant, id, after, 100).await;
        assert!(
            matches!(refused, Err(Error::EventsCompacted { first: 8 })),
            "after {after}: {refused:?}"
        );
    }
    let last = stage.app.events(&stage.tenant, id, 7, 100).await.unwrap();
    let v1::job_event::Payload::State(change) = &last.events[0].payload else {
        panic!("{last:?}")
    };
    assert_eq!((last.events.len(), change.to()), (1, v1::JobState::Succeeded));
    let none = stage.app.events(&stage.tenant, id, 8, 100).await.unwrap();
    assert!(none.events.is_empty() && none.state == State::Succeeded);
    assert_eq!(stage.job(id).await, before, "the job itself is as it was");
    // Late and duplicate news of an ended job is dropped whatever its history holds.
    stage.tell(id, mine, 3, log("again")).await;
    assert_eq!(stage.job(id).await.event_no, 8);
}

pub(crate) async fn two_replicas_tidy_up_as_one(stage: Stage) {
    let all = |s: &mut Settings| {
        s.retention.jobs = Some(Duration::ZERO);
        s.retention.artifacts = true;
        s.retention.events = Some(Duration::ZERO);
        s.retention.leftovers = Duration::ZERO;
        s.retention.requests = Duration::ZERO;
    };
    let mut dirs = Vec::new();
    for _ in 0..5 {
        let (id, fence) = stage.succeeded().await;
        dirs.push(stage.directory(id, fence).await);
    }
    let (first, second) = (stage.replica_with(all).await, stage.replica_with(all).await);
    for _ in 0..2 {
        let (one, two) = tokio::join!(first.tidy(), second.tidy());
        for tidied in [one.unwrap(), two.unwrap()] {
            assert!(tidied.failed.is_none(), "{tidied:?}");
        }
    }
    assert!(dirs.iter().all(|dir| !dir.exists()));
    let (filter, page) = (Filter::default(), PageRequest::default());
    let left = stage
        .app
        .list(&stage.tenant, &filter, Order::Created, &page)
        .await
        .unwrap();
    assert!(left.rows.is_empty());
    assert_eq!(stage.submit(&["tree"]).await[0].version, 6);
}
