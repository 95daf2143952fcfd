//! Many at once: what must come out whoever is faster.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domain::job::State;
use job_service::app::{ClaimOutcome, Recorded};
use tokio::{sync::Barrier, task::JoinSet};

use crate::stage::{Stage, event, fence, log, request, trainer};

const CLIENTS: usize = 32;
const ROUNDS: usize = 20;

pub(crate) async fn concurrent_submitters_of_one_key_get_every_version_once(stage: Stage) {
    let replica = Arc::new(stage.replica(Duration::from_secs(600)).await);
    let barrier = Arc::new(Barrier::new(CLIENTS));
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let app = if client % 2 == 0 {
            stage.app.clone()
        } else {
            replica.clone()
        };
        let barrier = barrier.clone();
        clients.spawn(async move {
            barrier.wait().await;
            let mut versions = Vec::new();
            for _ in 0..3 {
                let jobs = app.submit(request(&["tree", "tree"])).await.unwrap().jobs;
                assert!(jobs[0].version < jobs[1].version);
                versions.extend(jobs.iter().map(|row| row.version));
            }
            versions
        });
    }
    let mut versions: Vec<i64> = clients.join_all().await.concat();
    versions.sort_unstable();
    assert_eq!(versions, (1..=6 * CLIENTS as i64).collect::<Vec<_>>());
}

pub(crate) async fn concurrent_requests_with_one_id_make_one_batch(stage: Stage) {
    let barrier = Arc::new(Barrier::new(CLIENTS));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (app, barrier) = (stage.app.clone(), barrier.clone());
        clients.spawn(async move {
            let mut asked = request(&["tree", "line"]);
            asked.request_id = "once".into();
            barrier.wait().await;
            let submitted = app.submit(asked).await.unwrap();
            let ids: Vec<_> = submitted.jobs.iter().map(|row| row.id).collect();
            (submitted.created, ids)
        });
    }
    let answers = clients.join_all().await;
    assert_eq!(answers.iter().filter(|(created, _)| *created).count(), 1);
    assert_eq!(
        answers.iter().map(|(_, ids)| ids).collect::<BTreeSet<_>>().len(),
        1
    );
    assert_eq!(
        stage.submit(&["tree"]).await[0].version,
        2,
        "no version was lost on the way"
    );
}

pub(crate) async fn batches_that_share_keys_do_not_deadlock(stage: Stage) {
    let mut clients = JoinSet::new();
    for client in 0..16 {
        let app = stage.app.clone();
        clients.spawn(async move {
            let models = match client % 3 {
                0 => ["tree", "line", "forest"],
                1 => ["forest", "tree", "line"],
                _ => ["line", "forest", "tree"],
            };
            for _ in 0..4 {
                app.submit(request(&models)).await.unwrap();
            }
        });
    }
    clients.join_all().await;
    for row in stage.submit(&["tree", "line", "forest"]).await {
        assert_eq!(row.version, 65);
    }
}

pub(crate) async fn a_cancel_racing_a_success_ends_the_job_once(stage: Stage) {
    let replica = Arc::new(stage.replica(Duration::from_secs(600)).await);
    let mut ends = BTreeSet::new();
    for round in 0..=ROUNDS {
        let id = stage.submit(&["tree"]).await[0].id;
        let mine = stage.claim(id).await;
        let body = stage.finished(id, mine).await;
        let barrier = Barrier::new(2);
        let cancel = async {
            barrier.wait().await;
            // The success has files to check first: the cancel must not win every time.
            for _ in 0..round * 20 {
                tokio::task::yield_now().await;
            }
            replica.cancel(&stage.tenant, id, "race").await.unwrap()
        };
        let succeed = async {
            barrier.wait().await;
            stage.tell(id, mine, 1, body.clone()).await
        };
        let told = if round < ROUNDS {
            tokio::join!(cancel, succeed).1
        } else {
            // Whoever won so far, in the last round the success is there first.
            let told = stage.tell(id, mine, 1, body.clone()).await;
            replica.cancel(&stage.tenant, id, "late").await.unwrap();
            told
        };
        assert!(matches!(told, Recorded::Committed(_)), "{told:?}");
        let row = stage.job(id).await;
        let (numbers, states) = stage.history(id).await;
        assert_eq!(numbers, (1..=row.event_no).collect::<Vec<_>>());
        let terminal = states
            .iter()
            .filter(|state| messages::convert::state_from_pb(**state).is_some_and(State::is_terminal));
        assert_eq!(terminal.count(), 1, "{states:?}");
        assert_eq!(
            row.result.is_some(),
            row.job.state == State::Succeeded,
            "a model only with a success"
        );
        ends.insert(row.job.state);
    }
    assert_eq!(ends, BTreeSet::from([State::Succeeded, State::Cancelled]));
}

pub(crate) async fn concurrent_claims_grant_one_lease(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let mut trainers = JoinSet::new();
    for _ in 0..16 {
        let app = stage.app.clone();
        let claim = stage.claim_of(id, fence(1));
        trainers.spawn(async move { app.claim(&claim).await.unwrap() });
    }
    let outcomes = trainers.join_all().await;
    let granted = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, ClaimOutcome::Granted(_)));
    assert_eq!(granted.count(), 1);
    assert_eq!(stage.history(id).await.0, [1, 2]);
}

pub(crate) async fn concurrent_events_are_numbered_without_gaps(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let mine = stage.claim(id).await;
    let mut applier = JoinSet::new();
    // Every event twice, as a redelivery would have it, on two replicas.
    let replica = Arc::new(stage.replica(Duration::from_secs(600)).await);
    for seq in 1..=20 {
        for app in [stage.app.clone(), replica.clone()] {
            let event = event(id, mine, seq, log("line"));
            applier.spawn(async move { app.record(&trainer(), event).await.unwrap() });
        }
    }
    let told = applier.join_all().await;
    let committed: BTreeSet<i64> = told
        .iter()
        .filter_map(|told| match told {
            Recorded::Committed(event_no) => Some(*event_no),
            Recorded::Stale | Recorded::Malformed(_) => None,
        })
        .collect();
    assert_eq!(committed, (3..=22).collect());
    assert_eq!(told.iter().filter(|told| **told == Recorded::Stale).count(), 20);
    assert_eq!(stage.history(id).await.0, (1..=22).collect::<Vec<i64>>());
}
