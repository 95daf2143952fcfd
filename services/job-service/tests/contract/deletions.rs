//! What becomes of deleted jobs, and of files that nobody needs.

use std::{path::Path, sync::Arc, time::Duration};

use domain::{
    id::JobId,
    job::{
        State,
        machine::{BeatAnswer, Fence},
    },
};
use job_service::{
    app::{App, CancelResult, Chosen, Filter, Order, PageRequest, Recorded, RetryRequest, Tenant},
    error::Error,
};
use messages::v1;

use crate::stage::{Stage, failed, fence, request, trainer};

/// The same database, with nothing kept for the sake of trainers that may come back.
async fn impatient(stage: &Stage) -> App {
    stage
        .replica_with(|settings| settings.retention.leftovers = Duration::ZERO)
        .await
}

async fn delete(stage: &Stage, id: JobId, artifacts: bool) {
    stage.app.delete(&stage.tenant, id, artifacts).await.unwrap();
}

/// What the trainer hears that held the lease: as long as the job has a row, whether its success counted.
async fn heard(stage: &Stage, id: JobId, fence: Fence) -> BeatAnswer {
    stage.beat(trainer(), id, fence).await
}

fn half_written(beside: &Path) -> std::path::PathBuf {
    let partial = beside.with_file_name(format!(".7-{}.partial", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&partial).unwrap();
    std::fs::write(partial.join("pipeline.tyd"), b"half").unwrap();
    partial
}

pub(crate) async fn a_deleted_job_is_gone_for_everyone_and_its_version_with_it(stage: Stage) {
    let (id, _) = stage.succeeded().await;
    let app = &stage.app;
    let other = Tenant::new(&"other".parse().unwrap());
    assert!(matches!(
        app.delete(&other, id, true).await,
        Err(Error::JobNotFound(_))
    ));
    delete(&stage, id, false).await;
    let tenant = &stage.tenant;
    let retry = RetryRequest {
        tenant: tenant.clone(),
        job: id,
        request_id: String::new(),
    };
    let errors = [
        app.get(tenant, id).await.unwrap_err(),
        app.details(tenant, id).await.unwrap_err(),
        app.events(tenant, id, 0, 1).await.unwrap_err(),
        app.start(tenant, id).await.unwrap_err(),
        app.cancel(tenant, id, "").await.unwrap_err(),
        app.retry(&retry).await.unwrap_err(),
        app.delete(tenant, id, true).await.unwrap_err(),
    ];
    assert!(
        errors.iter().all(|error| matches!(error, Error::JobNotFound(_))),
        "{errors:?}"
    );
    let named = Chosen::Jobs(vec![id]);
    let batch = app.cancel_many(tenant, &named, "").await.unwrap();
    assert!(matches!(batch.outcomes[0].result, Ok(CancelResult::NotFound)));
    let (all, first) = (Filter::default(), PageRequest::default());
    assert!(
        app.list(tenant, &all, Order::Created, &first)
            .await
            .unwrap()
            .rows
            .is_empty()
    );
    assert_eq!(stage.submit(&["tree"]).await[0].version, 2);
    let tidied = impatient(&stage).await.tidy().await.unwrap();
    assert_eq!((tidied.purged, tidied.failed.is_none()), (1, true));
    assert_eq!(stage.submit(&["tree"]).await[0].version, 3);
}

pub(crate) async fn only_jobs_that_have_ended_are_deleted(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let refused = async |state| {
        let refused = stage.app.delete(&stage.tenant, id, true).await;
        assert!(
            matches!(refused, Err(Error::NotTerminal { job, state: found }) if job == id && found == state),
            "{refused:?}"
        );
    };
    refused(State::Queued).await;
    stage.claim(id).await;
    refused(State::Running).await;
    stage.app.cancel(&stage.tenant, id, "").await.unwrap();
    refused(State::Cancelling).await;
    assert_eq!(stage.history(id).await.0, [1, 2, 3], "nothing happened to it");
}

pub(crate) async fn the_model_stays_or_goes_as_asked(stage: Stage) {
    let (with, first) = stage.succeeded().await;
    let (without, second) = stage.succeeded().await;
    let (gone, kept) = (
        stage.directory(with, first).await,
        stage.directory(without, second).await,
    );
    let partial = half_written(&kept);
    delete(&stage, with, true).await;
    delete(&stage, without, false).await;
    assert!(!gone.parent().unwrap().exists(), "its space is there at once");
    assert!(!partial.exists(), "what is not the model goes in either case");
    assert!(kept.join("pipeline.tyd").exists());
    // Its trainer may not have heard yet that the success counted, and must not take its model for a failed one.
    assert_eq!(heard(&stage, without, second).await, BeatAnswer::Done);
    let tidied = stage.app.tidy().await.unwrap();
    assert_eq!(tidied.purged, 0);
    let tidied = impatient(&stage).await.tidy().await.unwrap();
    assert_eq!(tidied.purged, 2);
    assert_eq!(heard(&stage, without, second).await, BeatAnswer::Fenced);
    assert!(kept.join("manifest.json").exists());
}

pub(crate) async fn a_deletion_that_was_interrupted_is_finished_by_any_replica(stage: Stage) {
    let (id, mine) = stage.succeeded().await;
    let dir = stage.directory(id, mine).await;
    let (first, second) = (impatient(&stage).await, impatient(&stage).await);
    let root = stage.dir.path().join("artifacts");
    let elsewhere = stage.dir.path().join("unmounted");
    std::fs::rename(&root, &elsewhere).unwrap();
    delete(&stage, id, true).await;
    let missing = stage.app.get(&stage.tenant, id).await;
    assert!(
        matches!(missing, Err(Error::JobNotFound(_))),
        "deleted all the same"
    );
    let tidied = first.tidy().await.unwrap();
    assert!(
        matches!(tidied.failed, Some(Error::ArtifactRoot(_))),
        "a root that is away is not an empty one: {tidied:?}"
    );
    assert_eq!(tidied.purged, 0);
    std::fs::rename(&elsewhere, &root).unwrap();
    assert!(dir.exists());
    let (one, two) = tokio::join!(first.tidy(), second.tidy());
    for tidied in [one.unwrap(), two.unwrap()] {
        assert!(tidied.failed.is_none(), "{tidied:?}");
    }
    assert!(!dir.exists());
    assert_eq!(
        heard(&stage, id, mine).await,
        BeatAnswer::Fenced,
        "no row is left"
    );
}

pub(crate) async fn a_request_of_deleted_jobs_is_refused_until_it_is_forgotten(stage: Stage) {
    let mut asked = request(&["tree", "line"]);
    asked.request_id = "r1".into();
    let rows = stage.app.submit(asked.clone()).await.unwrap().jobs;
    for row in &rows {
        stage.app.cancel(&stage.tenant, row.id, "").await.unwrap();
    }
    let refused = async |asked| {
        let refused = stage.app.submit(asked).await;
        assert!(
            matches!(&refused, Err(Error::RequestDeleted(id)) if id == "r1"),
            "{refused:?}"
        );
    };
    let forgetful = stage
        .replica_with(|settings| {
            settings.retention.leftovers = Duration::ZERO;
            settings.retention.requests = Duration::ZERO;
        })
        .await;
    delete(&stage, rows[0].id, false).await;
    refused(asked.clone()).await;
    let tidied = forgetful.tidy().await.unwrap();
    assert_eq!(
        (tidied.purged, tidied.forgotten),
        (1, 0),
        "one of its jobs is kept"
    );
    delete(&stage, rows[1].id, false).await;
    let tidied = impatient(&stage).await.tidy().await.unwrap();
    assert_eq!((tidied.purged, tidied.forgotten), (1, 0), "kept for a day");
    refused(asked.clone()).await;
    assert_eq!(forgetful.tidy().await.unwrap().forgotten, 1);
    let made = stage.app.submit(asked).await.unwrap();
    assert_eq!((made.created, made.jobs[0].version), (true, 2));
}

pub(crate) async fn the_last_of_a_requests_jobs_is_noticed_by_whoever_removes_it(stage: Stage) {
    const JOBS: usize = 6;
    let mut asked = request(&["tree"; JOBS]);
    asked.request_id = "r1".into();
    for row in stage.app.submit(asked).await.unwrap().jobs {
        stage.app.cancel(&stage.tenant, row.id, "").await.unwrap();
        delete(&stage, row.id, false).await;
    }
    // Both remove jobs of the request at once; each sees the other's as still there until it has committed.
    let (first, second) = (impatient(&stage).await, impatient(&stage).await);
    let (one, two) = tokio::join!(first.tidy(), second.tidy());
    one.unwrap();
    two.unwrap();
    let forgetful = stage
        .replica_with(|settings| settings.retention.requests = Duration::ZERO)
        .await;
    assert_eq!(forgetful.tidy().await.unwrap().forgotten, 1);
}

pub(crate) async fn what_a_dead_trainer_has_left_is_removed_after_the_jobs_end(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let first = stage.claim(id).await;
    stage.finished(id, first).await;
    let left = stage.directory(id, first).await;
    let partial = half_written(&left);
    stage.tell(id, first, 1, failed(v1::FailureKind::Crashed)).await;
    let second = stage.claim(id).await;
    let impatient = impatient(&stage).await;
    assert_eq!(impatient.tidy().await.unwrap().swept, 0, "the job goes on");
    assert!(left.exists());
    let body = stage.finished(id, second).await;
    stage.tell(id, second, 1, body).await;
    assert_eq!(
        stage.app.tidy().await.unwrap().swept,
        0,
        "its trainers may come back"
    );
    assert!(left.exists() && partial.exists());
    assert_eq!(impatient.tidy().await.unwrap().swept, 1);
    assert!(!left.exists() && !partial.exists());
    assert!(stage.directory(id, second).await.join("pipeline.tyd").exists());
    assert_eq!(impatient.tidy().await.unwrap().swept, 0, "once is enough");
    // A job without a model keeps nothing.
    let id = stage.submit(&["tree"]).await[0].id;
    let mine = stage.claim(id).await;
    stage.finished(id, mine).await;
    let left = stage.directory(id, mine).await;
    stage
        .tell(id, mine, 1, failed(v1::FailureKind::InvalidData))
        .await;
    assert_eq!(impatient.tidy().await.unwrap().swept, 1);
    assert!(!left.parent().unwrap().parent().unwrap().exists());
}

pub(crate) async fn a_zombie_of_a_deleted_job_leaves_nothing_behind(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let zombie = stage.claim(id).await;
    let body = stage.finished(id, zombie).await;
    let left = stage.directory(id, zombie).await;
    // Another attempt ended the job while the first trainer was away.
    stage.tell(id, zombie, 1, failed(v1::FailureKind::Crashed)).await;
    let mine = stage.claim(id).await;
    stage
        .tell(id, mine, 1, failed(v1::FailureKind::InvalidData))
        .await;
    delete(&stage, id, true).await;
    assert!(!left.exists());
    // It comes back, writes, and reports.
    std::fs::create_dir_all(&left).unwrap();
    assert_eq!(stage.tell(id, zombie, 2, body).await, Recorded::Stale);
    assert!(!left.exists(), "a report names the files to remove");
    // Or it writes and dies: the last look before the rows go finds that.
    std::fs::create_dir_all(&left).unwrap();
    assert_eq!(heard(&stage, id, fence(1)).await, BeatAnswer::Fenced);
    let impatient = Arc::new(impatient(&stage).await);
    assert_eq!(impatient.tidy().await.unwrap().purged, 1);
    assert!(!left.exists());
    assert_eq!(
        stage
            .app
            .record(
                &trainer(),
                crate::stage::event(id, zombie, 3, failed(v1::FailureKind::Crashed))
            )
            .await
            .unwrap(),
        Recorded::Stale
    );
}
