//! The drills, small: the same code as `harness --bin drill` runs at full length.

use std::time::Duration;

use harness::{
    Database,
    drill::{self, Away, Engine, Outage, Rolling},
};

/// An outage of twice the length of a lease.
fn twice_a_lease(away: Away) -> Outage {
    Outage {
        away,
        length: Duration::from_secs(6),
        // Long enough for beats of a machine that has other tests to run, too.
        lease_ttl: Duration::from_secs(3),
        fits: 8,
        trees: 1800,
    }
}

#[tokio::test]
async fn jobs_queued_when_nats_loses_its_data_all_run_once() {
    drill::wipe(Database::Sqlite, 60).await.expect("a good end");
}

#[tokio::test]
async fn fits_outlast_nats_in_their_first_attempt() {
    drill::outage(twice_a_lease(Away::Nats))
        .await
        .expect("a good end");
}

#[tokio::test]
async fn fits_outlast_the_database_in_their_first_attempt() {
    drill::outage(twice_a_lease(Away::Database))
        .await
        .expect("a good end");
}

#[tokio::test]
async fn a_rolling_restart_fails_no_submission_and_no_watcher() {
    let plan = Rolling {
        per_second: 20,
        watchers: 20,
        rounds: 1,
    };
    drill::rolling(plan).await.expect("a good end");
}

#[tokio::test]
async fn cancelled_fits_are_gone_within_a_second() {
    drill::cancel(Database::Sqlite, Engine::Native, 8, 2)
        .await
        .expect("a good end");
}

#[tokio::test]
async fn fits_that_cannot_be_asked_to_stop_are_gone_soon_after_their_grace() {
    drill::cancel(Database::Sqlite, Engine::Linfa, 4, 2)
        .await
        .expect("a good end");
}
