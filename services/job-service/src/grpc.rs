//! The gRPC side: two services, health and reflection on one port. It decodes, calls a use case and encodes;
//! what is right or wrong is decided behind it.

mod calls;
mod convert;
mod datasets;
mod download;
mod feed;
mod jobs;
mod permits;
mod principal;
mod status;
mod watch;

use std::{sync::Arc, time::Duration};

use api::v1::{dataset_service_server::DatasetServiceServer, job_service_server::JobServiceServer};
use service_kit::Shutdown;
use tokio::{net::TcpListener, time::sleep};
use tokio_util::sync::CancellationToken;
use tonic::{
    codec::CompressionEncoding::{Gzip, Zstd},
    service::LayerExt,
    transport::{Server, server::TcpIncoming},
};
use tonic_health::server::{HealthReporter, HealthService};
use tonic_reflection::server::Builder as Reflection;

use self::{calls::Calls, permits::Permits, watch::Watches};
use crate::{
    app::App,
    config::{self, Config},
    health,
    news::News,
    presence::Presence,
};

/// The largest message, either way.
const MAX_MESSAGE_BYTES: usize = 1 << 20;
/// A client that is gone without a word is noticed in twice this.
const KEEPALIVE: Duration = Duration::from_secs(20);
/// How long clients may take to read the last of what they are sent; a part of the grace.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Both services over the same use cases.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    app: Arc<App>,
    presence: Presence,
    watches: Watches,
    downloads: Permits,
    /// How long a client may leave unread what it is sent.
    stall: Duration,
    /// How long a file may be sent, give or take a tenth.
    lifetime: Duration,
    shutdown: Shutdown,
    closing: CancellationToken,
}

/// What is served, and until when.
#[derive(Debug)]
pub(crate) struct Serving {
    api: Api,
    calls: Calls,
    limits: config::Limits,
    closing: CancellationToken,
}

impl Serving {
    /// Puts the parts together. Nothing new is taken on after `closing`.
    pub(crate) fn new(
        config: &Config,
        app: Arc<App>,
        news: News,
        presence: Presence,
        shutdown: Shutdown,
        closing: CancellationToken,
    ) -> Self {
        let watches = Watches::new(
            Arc::clone(&app),
            news,
            config.watch,
            shutdown.clone(),
            closing.clone(),
        );
        Self {
            api: Api {
                app,
                presence,
                watches,
                downloads: Permits::new(
                    config.limits.max_downloads,
                    config.limits.max_downloads_per_principal,
                ),
                stall: config.watch.stall,
                lifetime: config.watch.lifetime,
                shutdown,
                closing: closing.clone(),
            },
            calls: Calls::new(config.limits, closing.clone()),
            limits: config.limits,
            closing,
        }
    }

    /// Serves until the end, and then until every call has ended and every client could know it.
    ///
    /// # Errors
    /// What the transport says, or what reflection says about our own descriptors.
    pub(crate) async fn run(
        self,
        health: HealthReporter,
        listener: TcpListener,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let jobs = JobServiceServer::new(self.api.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .accept_compressed(Gzip)
            .accept_compressed(Zstd)
            .send_compressed(Gzip)
            .send_compressed(Zstd);
        let datasets = DatasetServiceServer::new(self.api)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .accept_compressed(Gzip)
            .accept_compressed(Zstd)
            .send_compressed(Gzip)
            .send_compressed(Zstd);
        let reporter = health.clone();
        let health =
            tonic_health::pb::health_server::HealthServer::new(HealthService::from_health_reporter(health));
        let serving = Server::builder()
            .http2_keepalive_interval(Some(KEEPALIVE))
            .http2_keepalive_timeout(Some(KEEPALIVE))
            .max_concurrent_streams(self.limits.max_streams_per_connection)
            .max_connection_age(self.limits.max_connection_age)
            .add_service(self.calls.named_layer(jobs))
            .add_service(self.calls.named_layer(datasets))
            .add_service(health)
            .add_service(reflection().build_v1()?)
            .add_service(reflection().build_v1alpha()?)
            .serve_with_incoming_shutdown(
                TcpIncoming::from(listener).with_nodelay(Some(true)),
                self.closing.cancelled(),
            );
        tokio::select! {
            served = serving => served?,
            () = last_words(&self.closing, &self.calls, reporter) => {
                tracing::warn!("some clients have not read that their streams ended");
            }
        }
        Ok(())
    }
}

/// Waits until a client that reads has read all that was for it: a connection whose client does not would never end.
async fn last_words(closing: &CancellationToken, calls: &Calls, reporter: HealthReporter) {
    closing.cancelled().await;
    calls.finished().await;
    health::end(reporter).await;
    sleep(LAST_WORDS).await;
}

fn reflection() -> Reflection<'static> {
    Reflection::configure()
        .register_encoded_file_descriptor_set(messages::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}
