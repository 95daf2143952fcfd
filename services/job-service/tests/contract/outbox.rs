//! T2, T9: announcements.

use std::{collections::BTreeSet, time::Duration};

use domain::job::State;
use messages::bus::v1::JobReady;
use prost::Message;

use crate::stage::{Stage, failed};

const LEASE: Duration = Duration::from_secs(60);

pub(crate) async fn a_row_is_leased_by_one_relay_only(stage: Stage) {
    for _ in 0..10 {
        stage.submit(&["tree", "line"]).await;
    }
    let relay = |name: &'static str| {
        let app = stage.app.clone();
        async move {
            let mut mine = Vec::new();
            loop {
                let rows = app.lease_outbox(name, LEASE, 3).await.unwrap();
                if rows.is_empty() {
                    return mine;
                }
                mine.extend(rows);
            }
        }
    };
    let (a, b, c) = tokio::join!(relay("a"), relay("b"), relay("c"));
    let all: Vec<_> = [&a[..], &b, &c].concat();
    let ids: BTreeSet<&str> = all.iter().map(|row| row.msg_id.as_str()).collect();
    assert_eq!((all.len(), ids.len()), (20, 20));
    let row = &all[0];
    assert_eq!(row.subject, "train.v1.job.cpu");
    assert_eq!(row.msg_id, format!("{}:1:1", row.job));
    let message = JobReady::decode(&row.payload[..]).unwrap();
    assert_eq!(
        (message.job_id, message.attempt, message.dispatch_no),
        (row.job.to_string(), 1, 1)
    );
    assert!(
        stage.app.outbox_due_in().await.unwrap().unwrap() > LEASE / 2,
        "due when the leases end"
    );
    let (owner, thief) = if a.contains(row) { ("a", "b") } else { ("b", "a") };
    assert!(!stage.app.published(thief, row, 1, "s").await.unwrap());
    let owner = if c.contains(row) { "c" } else { owner };
    assert!(stage.app.published(owner, row, 1, "s").await.unwrap());
    assert!(!stage.app.published(owner, row, 1, "s").await.unwrap());
}

pub(crate) async fn a_row_given_back_is_tried_again(stage: Stage) {
    stage.submit(&["tree"]).await;
    let lease = |relay| stage.app.lease_outbox(relay, LEASE, 10);
    let row = lease("a").await.unwrap().remove(0);
    assert!(lease("b").await.unwrap().is_empty());
    stage.app.not_published("a", &row, Duration::ZERO).await.unwrap();
    let again = lease("b").await.unwrap().remove(0);
    assert_eq!((again.id, row.tries, again.tries), (row.id, 1, 2));
    // A relay that died: its lease is over, another takes the row.
    stage
        .app
        .not_published("b", &again, Duration::ZERO)
        .await
        .unwrap();
    stage.app.lease_outbox("dead", Duration::ZERO, 10).await.unwrap();
    let heir = lease("c").await.unwrap().remove(0);
    assert_eq!(heir.tries, 4);
    stage
        .app
        .not_published("c", &heir, Duration::from_secs(3600))
        .await
        .unwrap();
    assert!(lease("d").await.unwrap().is_empty());
    assert!(stage.app.outbox_due_in().await.unwrap().unwrap() > Duration::from_secs(3500));
}

pub(crate) async fn a_lost_announcement_is_made_again_under_a_fresh_id(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let candidates = || async { stage.app.undelivered(10).await.unwrap() };
    assert!(
        candidates().await.is_empty(),
        "not published yet: nothing to look for"
    );
    let row = stage.app.lease_outbox("a", LEASE, 10).await.unwrap().remove(0);
    stage.app.published("a", &row, 41, "stream-1").await.unwrap();
    let lost = candidates().await.remove(0);
    assert_eq!((lost.job, lost.seq, lost.checks), (id, 41, 0));
    stage.app.still_stored(vec![lost]).await.unwrap();
    let lost = candidates().await.remove(0);
    assert_eq!(lost.checks, 1);
    let again = || stage.app.announce_again(vec![lost.clone()]);
    assert_eq!(again().await.unwrap(), vec![lost.clone()]);
    assert_eq!(again().await.unwrap(), [], "only once for what was seen");
    assert!(candidates().await.is_empty());
    let row = stage.app.lease_outbox("a", LEASE, 10).await.unwrap().remove(0);
    assert_eq!(row.msg_id, format!("{id}:1:2"));
    let job = stage.job(id).await;
    assert_eq!(
        (job.dispatch_no, job.event_no, job.job.attempt),
        (2, 1, 1),
        "no news for watchers"
    );
    stage.app.published("a", &row, 42, "stream-1").await.unwrap();
    // The next attempt counts its announcements from one.
    let mine = stage.claim(id).await;
    assert!(candidates().await.is_empty(), "a running job needs none");
    stage
        .tell(id, mine, 1, failed(messages::v1::FailureKind::Crashed))
        .await;
    let row = stage.app.lease_outbox("a", LEASE, 10).await.unwrap().remove(0);
    assert_eq!(row.msg_id, format!("{id}:2:1"));
}

pub(crate) async fn a_queue_made_anew_has_lost_every_message_at_once(stage: Stage) {
    for _ in 0..10 {
        stage.submit(&["tree"]).await;
    }
    let rows = stage.app.lease_outbox("a", LEASE, 100).await.unwrap();
    for (row, seq) in rows.iter().zip(1..) {
        let incarnation = if seq <= 7 { "stream-1" } else { "stream-2" };
        stage.app.published("a", row, seq, incarnation).await.unwrap();
    }
    let running = rows[0].job;
    stage.claim(running).await;
    let app = &stage.app;
    let misplaced = async |incarnation: &'static str, limit| {
        let lost = app.misplaced(incarnation, limit).await.unwrap();
        let again = app.announce_again(lost.clone()).await.unwrap();
        assert_eq!(again.len(), lost.len());
        again.len()
    };
    assert_eq!(misplaced("stream-1", 2).await, 2, "another one is another one");
    assert_eq!(misplaced("stream-2", 4).await, 4);
    assert_eq!(
        misplaced("stream-2", 4).await,
        2,
        "a running job needs no message"
    );
    assert_eq!(misplaced("stream-2", 4).await, 0);
    let again = stage.app.lease_outbox("b", LEASE, 100).await.unwrap();
    assert!(again.iter().all(|row| row.dispatch_no == 2 && row.job != running));
    assert_eq!(again.len(), 8);
}

pub(crate) async fn replicas_announce_a_lost_attempt_once(stage: Stage) {
    let other = stage.replica(LEASE).await;
    let jobs = 20;
    for _ in 0..jobs {
        stage.submit(&["tree"]).await;
    }
    for row in stage.app.lease_outbox("a", LEASE, 100).await.unwrap() {
        stage.app.published("a", &row, 1, "stream-1").await.unwrap();
    }
    let lost = stage.app.misplaced("stream-2", 100).await.unwrap();
    let mut turned = lost.clone();
    turned.reverse();
    let (here, there) = tokio::join!(stage.app.announce_again(lost), other.announce_again(turned));
    assert_eq!(here.unwrap().len() + there.unwrap().len(), jobs);
    let again = stage.app.lease_outbox("b", LEASE, 100).await.unwrap();
    assert_eq!(again.len(), jobs);
}

pub(crate) async fn a_cancelled_job_is_not_announced(stage: Stage) {
    let jobs = stage.submit(&["tree", "line"]).await;
    stage.app.cancel(&stage.tenant, jobs[0].id, "").await.unwrap();
    let rows = stage.app.lease_outbox("a", LEASE, 10).await.unwrap();
    let announced: Vec<_> = rows.iter().map(|row| row.job).collect();
    assert_eq!(announced, [jobs[1].id]);
    // Cancelled while the relay publishes: the row is gone, and the relay is told so.
    let row = stage.app.cancel(&stage.tenant, jobs[1].id, "").await.unwrap();
    assert_eq!(row.job.state, State::Cancelled);
    assert!(!stage.app.published("a", &rows[0], 1, "s").await.unwrap());
    assert!(stage.app.undelivered(10).await.unwrap().is_empty());
}
