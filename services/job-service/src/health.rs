//! Whether this replica can serve, as `grpc.health.v1` tells it. That depends on the database alone: without
//! NATS jobs wait, but every call is answered. At the end it is the first to say so.

use std::{sync::Arc, time::Duration};

use api::v1::{dataset_service_server::SERVICE_NAME as DATASETS, job_service_server::SERVICE_NAME as JOBS};
use service_kit::Shutdown;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::app::App;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The names health is asked for by; the empty one is the whole process.
const NAMES: [&str; 3] = ["", JOBS, DATASETS];

/// What tells the reporter.
pub(crate) struct Health {
    pub(crate) reporter: HealthReporter,
    pub(crate) app: Arc<App>,
    pub(crate) shutdown: Shutdown,
    /// Cancelled when everybody who asks is told that this replica no longer serves.
    pub(crate) closing: CancellationToken,
}

impl Health {
    /// Tells whether the database answers, until the end.
    pub(crate) async fn run(self, interval: Duration) {
        // However this ends: nobody must wait for it in vain.
        let closing = self.closing.drop_guard();
        tokio::select! {
            () = probe(&self.reporter, &self.app, interval) => {}
            () = self.shutdown.triggered() => {}
        }
        report(&self.reporter, ServingStatus::NotServing).await;
        drop(closing);
    }
}

/// Ends the streams of those who watch the health, which would otherwise hold the end up.
pub(crate) async fn end(mut reporter: HealthReporter) {
    for name in NAMES {
        reporter.clear_service_status(name).await;
    }
}

async fn probe(reporter: &HealthReporter, app: &App, interval: Duration) {
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
            report(reporter, status).await;
            if serving {
                tracing::info!("the database answers");
            } else {
                tracing::error!("the database does not answer");
            }
        }
        sleep(interval).await;
    }
}

/// Sets what every name answers.
pub(crate) async fn report(reporter: &HealthReporter, status: ServingStatus) {
    for name in NAMES {
        reporter.set_service_status(name, status).await;
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::OnceLock,
        task::{Context, Wake, Waker},
    };

    use futures::FutureExt;
    use tonic::Request;
    use tonic_health::{
        pb::{
            HealthCheckRequest, health_check_response::ServingStatus as Answer, health_server::Health as _,
        },
        server::HealthService,
    };

    use super::*;
    use crate::{
        config::{Config, Flags},
        start,
    };

    /// Asks at the very moment it is woken.
    struct Asker {
        service: HealthService,
        told: OnceLock<Answer>,
    }

    impl Asker {
        fn ask(&self) -> Answer {
            let request = Request::new(HealthCheckRequest {
                service: JOBS.to_owned(),
            });
            let answer = self.service.check(request).now_or_never();
            answer.unwrap().unwrap().into_inner().status()
        }
    }

    impl Wake for Asker {
        fn wake(self: Arc<Self>) {
            self.told.get_or_init(|| self.ask());
        }
    }

    #[tokio::test]
    async fn whoever_asks_is_told_before_the_end_begins() {
        let dir = tempfile::tempdir().unwrap();
        let flags = Flags {
            data_dir: Some(dir.path().join("service")),
            artifact_root: Some(dir.path().join("artifacts")),
            ..Flags::default()
        };
        let shutdown = Shutdown::new(Duration::from_secs(10));
        let config = Config::load(&flags).unwrap();
        let started = start::start(&config, &shutdown).await.unwrap();
        let (reporter, closing) = (HealthReporter::new(), CancellationToken::new());
        report(&reporter, ServingStatus::Serving).await;
        let asker = Arc::new(Asker {
            service: HealthService::from_health_reporter(reporter.clone()),
            told: OnceLock::new(),
        });
        let mut begins = pin!(closing.cancelled());
        let waker = Waker::from(Arc::clone(&asker));
        assert!(
            begins
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        let health = Health {
            reporter,
            app: started.app,
            shutdown,
            closing: closing.clone(),
        };
        let shutdown = health.shutdown.clone();
        let running = shutdown.spawn(health.run(Duration::from_millis(1)));
        assert_eq!(asker.ask(), Answer::Serving);
        shutdown.trigger();
        running.await.unwrap();
        assert_eq!(asker.told.get(), Some(&Answer::NotServing));
    }
}
