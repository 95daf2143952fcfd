//! The gRPC side: two services, health and reflection on one port. It decodes, calls a use case and encodes;
//! what is right or wrong is decided behind it.

mod convert;
mod datasets;
mod jobs;
mod status;
mod watch;

use std::{sync::Arc, time::Duration};

use api::v1::{dataset_service_server::DatasetServiceServer, job_service_server::JobServiceServer};
use service_kit::Shutdown;
use tokio::net::TcpListener;
use tonic::{
    codec::CompressionEncoding::{Gzip, Zstd},
    transport::{Server, server::TcpIncoming},
};
use tonic_health::server::{HealthReporter, HealthService};
use tonic_reflection::server::Builder as Reflection;

use crate::{app::App, config, news::News, presence::Presence};

/// The largest message, either way.
const MAX_MESSAGE_BYTES: usize = 1 << 20;
/// A client that is gone without a word is noticed in twice this.
const KEEPALIVE: Duration = Duration::from_secs(20);

/// Both services over the same use cases.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    pub(crate) app: Arc<App>,
    pub(crate) news: News,
    pub(crate) presence: Presence,
    pub(crate) watch: config::Watch,
    pub(crate) shutdown: Shutdown,
}

/// Serves until the end, and then until every call has ended.
///
/// # Errors
/// What the transport says, or what reflection says about our own descriptors.
pub(crate) async fn serve(
    api: Api,
    health: HealthReporter,
    listener: TcpListener,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let shutdown = api.shutdown.clone();
    let jobs = JobServiceServer::new(api.clone())
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .accept_compressed(Gzip)
        .accept_compressed(Zstd)
        .send_compressed(Gzip)
        .send_compressed(Zstd);
    let datasets = DatasetServiceServer::new(api)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .accept_compressed(Gzip)
        .accept_compressed(Zstd)
        .send_compressed(Gzip)
        .send_compressed(Zstd);
    let health =
        tonic_health::pb::health_server::HealthServer::new(HealthService::from_health_reporter(health));
    Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE))
        .add_service(jobs)
        .add_service(datasets)
        .add_service(health)
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?)
        .serve_with_incoming_shutdown(
            TcpIncoming::from(listener).with_nodelay(Some(true)),
            shutdown.triggered(),
        )
        .await?;
    Ok(())
}

fn reflection() -> Reflection<'static> {
    Reflection::configure()
        .register_encoded_file_descriptor_set(messages::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}
