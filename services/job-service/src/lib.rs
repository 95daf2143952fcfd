//! The job-service: takes training jobs over gRPC and sees them through. This file wires the parts together and
//! decides nothing.

pub mod app;
mod applier;
pub mod config;
pub mod error;
mod grpc;
mod health;
mod hints;
mod janitor;
mod news;
mod presence;
mod relay;
mod responder;
mod start;
pub mod store;
mod sweeper;
mod topology;
mod trouble;
mod vital;

use std::sync::Arc;

use bus::{Bus, Options, Topology};
use service_kit::Shutdown;
use tokio::{
    net::TcpListener,
    sync::{Notify, mpsc},
};
use tokio_util::sync::CancellationToken;
use tonic_health::{ServingStatus, server::HealthReporter};

pub use start::Error;

use app::{App, Hint};
use config::Config;
use news::News;
use presence::Presence;
use start::Started;
use vital::Vital;

/// What this service is called on NATS, where its inboxes begin with it.
const IDENTITY: &str = "job-service";

/// Serves on `listener` until the end begins, and then until everything has ended or the grace is over.
///
/// # Errors
/// What is missing at the start, or what was left behind at the end.
pub async fn serve(config: Config, listener: TcpListener, shutdown: Shutdown) -> Result<(), Error> {
    let Started { app, hints, lock } = start::start(&config, &shutdown).await?;
    let identity = IDENTITY
        .parse()
        .map_err(|error| config::Invalid::new("identity", &error))?;
    let options = Options {
        url: config.nats.url.clone(),
        identity,
        name: IDENTITY.to_owned(),
    };
    let bus = Bus::connect(&options).await?;
    let news = News::default();
    let vital = Vital::new(&shutdown);
    let presence = Presence::default();
    let listen = presence::listen(bus.clone(), presence.clone(), shutdown.clone());
    vital.spawn("the listener for trainers", listen);
    spawn_background(&config, &app, &bus, &vital, hints, &news)?;
    let closing = CancellationToken::new();
    let health = spawn_health(&config, &app, &vital, &closing).await;
    let address = listener.local_addr();
    let serving = grpc::Serving::new(
        &config,
        Arc::clone(&app),
        news,
        presence,
        shutdown.clone(),
        closing,
    );
    let ending = shutdown.clone();
    let server = shutdown.spawn(async move {
        let ended = serving.run(health, listener).await;
        ending.trigger();
        ended
    });
    if let Ok(address) = address {
        tracing::info!(listen.address = %address, "serving");
    }
    shutdown.triggered().await;
    let drained = shutdown.drain().await;
    app.store.close().await;
    drop(lock);
    match vital.died() {
        Some(name) => Err(Error::Died(name)),
        None if !drained => Err(Error::NotDrained),
        None => match server.await {
            Ok(ended) => ended.map_err(Error::Serve),
            Err(_) => Err(Error::Died("the gRPC server")),
        },
    }
}

/// Brings the database's tables up to date, and does nothing else.
///
/// # Errors
/// As [`serve`], for the database.
pub async fn migrate(config: &Config) -> Result<(), Error> {
    let (store, _lock) = start::open_store(config).await?;
    store.close().await;
    Ok(())
}

/// Everything that runs without being asked.
fn spawn_background(
    config: &Config,
    app: &Arc<App>,
    bus: &Bus,
    vital: &Vital,
    hints: mpsc::Receiver<Hint>,
    news: &News,
) -> Result<(), Error> {
    let shutdown = vital.shutdown().clone();
    let wake = Arc::new(Notify::new());
    let send = hints::send(
        hints,
        bus.clone(),
        news.clone(),
        Arc::clone(&wake),
        shutdown.clone(),
    );
    vital.spawn("the sender of hints", send);
    let receive = hints::receive(bus.clone(), news.clone(), shutdown.clone());
    vital.spawn("the receiver of hints", receive);
    let topology = Topology {
        replicas: config.nats.replicas,
        ack_wait: config.nats.ack_wait,
        classes: config.classes()?,
    };
    let every = config.nats.topology_interval;
    vital.spawn(
        "the topology",
        topology::run(bus.clone(), topology, every, shutdown.clone()),
    );
    let relay = relay::Relay {
        app: Arc::clone(app),
        bus: bus.clone(),
        wake,
        settings: config.background,
        shutdown: shutdown.clone(),
    };
    vital.spawn("the relay", relay.run());
    let applier = applier::Applier {
        app: Arc::clone(app),
        bus: bus.clone(),
        shutdown: shutdown.clone(),
    };
    vital.spawn("the applier", applier.run());
    let responder = responder::Responder {
        app: Arc::clone(app),
        bus: bus.clone(),
        shutdown: shutdown.clone(),
    };
    vital.spawn("the responder to claims", responder.clone().claims());
    vital.spawn("the responder to beats", responder.clone().beats());
    vital.spawn("the responder to releases", responder.releases());
    let sweeper = sweeper::Sweeper {
        app: Arc::clone(app),
        bus: bus.clone(),
        settings: config.background,
        lease: config.lease,
        shutdown,
    };
    let janitor = janitor::run(
        Arc::clone(app),
        config.retention.interval,
        vital.shutdown().clone(),
    );
    vital.spawn("the janitor", janitor);
    vital.spawn("the sweeper of deadlines", sweeper.clone().deadlines());
    vital.spawn("the sweeper of announcements", sweeper.clone().announcements());
    vital.spawn("the sweeper of leases", sweeper.leases());
    Ok(())
}

/// Tells whether this replica can serve; `closing` begins once it has told that it no longer does.
async fn spawn_health(
    config: &Config,
    app: &Arc<App>,
    vital: &Vital,
    closing: &CancellationToken,
) -> HealthReporter {
    let reporter = HealthReporter::new();
    // The tables were just brought up to date: the database answers.
    health::report(&reporter, ServingStatus::Serving).await;
    let every = config.database.probe_interval;
    let health = health::Health {
        reporter: reporter.clone(),
        app: Arc::clone(app),
        shutdown: vital.shutdown().clone(),
        closing: closing.clone(),
    };
    let health = health.run(every);
    vital.spawn("the health probe", health);
    reporter
}
