//! T10, for many jobs at once.

use std::collections::BTreeMap;

use domain::{id::JobId, job::State};
use job_service::{
    app::{CancelOutcome, CancelResult, Chosen, Filter, Tenant},
    error::Error,
};
use uuid::Uuid;

use crate::stage::{Stage, request};

pub(crate) async fn each_job_of_a_batch_is_cancelled_for_itself(stage: Stage) {
    let rows = stage.submit(&["tree", "line", "forest"]).await;
    let [queued, running, ended] = [rows[0].id, rows[1].id, rows[2].id];
    stage.claim(running).await;
    stage.app.cancel(&stage.tenant, ended, "before").await.unwrap();
    let nobody = JobId(Uuid::now_v7());
    let named = Chosen::Jobs(vec![ended, nobody, running, queued]);
    let cancelled = stage.app.cancel_many(&stage.tenant, &named, "all of it").await;
    let cancelled = cancelled.unwrap();
    let told: Vec<_> = cancelled
        .outcomes
        .into_iter()
        .map(|outcome| (outcome.job, outcome.result.unwrap()))
        .collect();
    let expected = [
        (ended, CancelResult::Unchanged(State::Cancelled)),
        (nobody, CancelResult::NotFound),
        (running, CancelResult::Cancelled(State::Cancelling)),
        (queued, CancelResult::Cancelled(State::Cancelled)),
    ];
    assert_eq!((told, cancelled.more), (expected.to_vec(), false));
    assert_eq!(stage.job(queued).await.cancel_reason, "all of it");
    assert_eq!(stage.job(ended).await.cancel_reason, "before");
    let again = stage.app.cancel_many(&stage.tenant, &named, "").await.unwrap();
    let stopping = CancelResult::Unchanged(State::Cancelling);
    assert_eq!(*again.outcomes[2].result.as_ref().unwrap(), stopping, "told once");
    let other = Tenant::new(&"other".parse().unwrap());
    let theirs = stage.app.cancel_many(&other, &named, "").await.unwrap();
    let unknown = |o: &CancelOutcome| matches!(o.result, Ok(CancelResult::NotFound));
    assert!(theirs.outcomes.iter().all(unknown));
}

pub(crate) async fn all_that_match_are_cancelled_in_several_rounds(stage: Stage) {
    let mut asked = request(&["tree"; 100]);
    asked.labels = BTreeMap::from([("sweep".into(), "7".into())]);
    for _ in 0..6 {
        stage.app.submit(asked.clone()).await.unwrap();
    }
    let bystander = stage.submit(&["tree"]).await.remove(0);
    let filter = Filter {
        labels: asked.labels,
        ..Filter::default()
    };
    let mut rounds = Vec::new();
    loop {
        let chosen = Chosen::Matching(filter.clone());
        let round = stage.app.cancel_many(&stage.tenant, &chosen, "").await.unwrap();
        let done = |o: &CancelOutcome| matches!(o.result, Ok(CancelResult::Cancelled(State::Cancelled)));
        assert!(round.outcomes.iter().all(done));
        rounds.push(round.outcomes.len());
        if !round.more {
            break;
        }
    }
    assert_eq!(rounds, [500, 100]);
    assert_eq!(stage.job(bystander.id).await.job.state, State::Queued);
}

pub(crate) async fn what_is_being_stopped_is_not_found_again(stage: Stage) {
    let rows = stage.submit(&["tree", "line"]).await;
    stage.claim(rows[0].id).await;
    let all = Chosen::Matching(Filter::default());
    let first = stage.app.cancel_many(&stage.tenant, &all, "").await.unwrap();
    assert_eq!(first.outcomes.len(), 2);
    assert_eq!(stage.job(rows[0].id).await.job.state, State::Cancelling);
    let second = stage.app.cancel_many(&stage.tenant, &all, "").await.unwrap();
    assert!(second.outcomes.is_empty() && !second.more);
    let ended = Filter {
        states: vec![State::Cancelled, State::Cancelling],
        ..Filter::default()
    };
    let none = stage
        .app
        .cancel_many(&stage.tenant, &Chosen::Matching(ended), "")
        .await
        .unwrap();
    assert!(none.outcomes.is_empty());
}

pub(crate) async fn a_batch_out_of_bounds_is_refused(stage: Stage) {
    let row = stage.submit(&["tree"]).await.remove(0);
    let many = Chosen::Jobs(vec![row.id; 501]);
    let refused = stage.app.cancel_many(&stage.tenant, &many, "").await;
    assert!(matches!(refused, Err(Error::Invalid(v)) if v[0].field == "job_ids"));
    let one = Chosen::Jobs(vec![row.id]);
    let refused = stage.app.cancel_many(&stage.tenant, &one, &"x".repeat(501)).await;
    assert!(matches!(refused, Err(Error::Invalid(v)) if v[0].field == "reason"));
    assert_eq!(stage.job(row.id).await.job.state, State::Queued);
}

#[tokio::test]
async fn what_is_in_the_way_of_one_job_keeps_none_of_the_others() {
    for stage in [Stage::sqlite_in_a_file().await, Stage::postgres().await] {
        let jobs: Vec<JobId> = stage
            .submit(&["tree", "line", "forest"])
            .await
            .iter()
            .map(|row| row.id)
            .collect();
        let broken = "UPDATE training_jobs SET phase = 'unheard of' WHERE model_type = 'line'";
        stage.sql(broken).await;
        let named = Chosen::Jobs(jobs.clone());
        let cancelled = stage.app.cancel_many(&stage.tenant, &named, "").await.unwrap();
        let done = |o: &CancelOutcome| matches!(o.result, Ok(CancelResult::Cancelled(State::Cancelled)));
        let told: Vec<bool> = cancelled.outcomes.iter().map(done).collect();
        assert_eq!(told, [true, false, true]);
        assert!(matches!(cancelled.outcomes[1].result, Err(Error::Corrupt(_))));
        assert_eq!(stage.job(jobs[2]).await.job.state, State::Cancelled);
        // Where nothing is known of any job there is nothing to tell beside the error.
        let alone = Chosen::Jobs(vec![jobs[1]]);
        let failed = stage.app.cancel_many(&stage.tenant, &alone, "").await;
        assert!(matches!(failed, Err(Error::Corrupt(_))), "{failed:?}");
    }
}
