//! Whether this replica can serve, as `grpc.health.v1` tells it. That depends on the database alone: without
//! NATS jobs wait, but every call is answered.

use std::{sync::Arc, time::Duration};

use api::v1::{dataset_service_server::SERVICE_NAME as DATASETS, job_service_server::SERVICE_NAME as JOBS};
use service_kit::Shutdown;
use tokio::time::timeout;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::app::App;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The names health is asked for by; the empty one is the whole process.
const NAMES: [&str; 3] = ["", JOBS, DATASETS];

/// Tells the reporter whether the database answers, until the end.
pub(crate) async fn run(mut reporter: HealthReporter, app: Arc<App>, interval: Duration, shutdown: Shutdown) {
    let mut known = None;
    loop {
        // A database that hangs is as good as none.
        let serving = matches!(timeout(PATIENCE, app.store.probe()).await, Ok(Ok(())));
        if known.replace(serving) != Some(serving) {
            let status = if serving {
                ServingStatus::Serving
            } else {
                ServingStatus::NotServing
            };
            report(&reporter, status).await;
            if serving {
                tracing::info!("the database answers");
            } else {
                tracing::error!("the database does not answer");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(interval) => {}
            () = shutdown.triggered() => break,
        }
    }
    report(&reporter, ServingStatus::NotServing).await;
    // Ends the streams of those who watch the health, which would otherwise hold the server up.
    for name in NAMES {
        reporter.clear_service_status(name).await;
    }
}

/// Sets what every name answers.
pub(crate) async fn report(reporter: &HealthReporter, status: ServingStatus) {
    for name in NAMES {
        reporter.set_service_status(name, status).await;
    }
}
