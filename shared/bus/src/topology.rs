//! The streams and consumers of the protocol. They are made again whenever they are missing, and what the server
//! made is compared with what was asked for, because older servers drop what they do not know.

use std::{fmt, time::Duration};

use async_nats::jetstream::{
    consumer::{AckPolicy, pull},
    context::CreateStreamErrorKind,
    stream,
};
use domain::id::Token;
use messages::route;
use serde::Serialize;
use serde_json::Value;
use tokio::time::timeout;

use crate::{Bus, Error, Result};

const LIMIT: Duration = Duration::from_secs(5);

/// The settings that are compared, by their names on the wire; all others are the server's business.
const STREAM_FIELDS: [&str; 11] = [
    "subjects",
    "retention",
    "storage",
    "num_replicas",
    "max_age",
    "max_bytes",
    "max_msg_size",
    "max_msgs",
    "discard",
    "duplicate_window",
    "allow_direct",
];
const CONSUMER_FIELDS: [&str; 6] = [
    "durable_name",
    "ack_policy",
    "ack_wait",
    "max_deliver",
    "filter_subject",
    "backoff",
];

/// What an installation chooses about its streams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topology {
    /// Copies of every stream: 1, or 3 where three servers form a cluster.
    pub replicas: usize,
    /// How long a message may stay unacknowledged before it comes again.
    pub ack_wait: Duration,
    /// The resource classes, each a pool of trainers of its own.
    pub classes: Vec<Token>,
}

/// A setting that the server holds differently from what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The stream, or stream and consumer.
    pub object: String,
    /// The setting.
    pub field: &'static str,
    /// What was asked for.
    pub wanted: String,
    /// What the server holds.
    pub found: String,
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} is {} instead of {}",
            self.object, self.field, self.found, self.wanted
        )
    }
}

impl Bus {
    /// Makes or updates every stream and consumer. Messages in them stay.
    ///
    /// # Errors
    /// [`Error::Disconnected`], [`Error::TimedOut`], [`Error::Nats`] when the server refuses, for example to change
    /// what cannot be changed.
    pub async fn ensure(&self, topology: &Topology) -> Result<Vec<Drift>> {
        self.usable()?;
        let mut drifts = self.ensure_stream(jobs_stream(topology.replicas)).await?;
        drifts.extend(self.ensure_stream(events_stream(topology.replicas)).await?);
        for class in &topology.classes {
            drifts.extend(
                self.ensure_consumer(route::JOBS_STREAM, trainers(class, topology.ack_wait))
                    .await?,
            );
        }
        drifts.extend(
            self.ensure_consumer(route::EVENTS_STREAM, applier(topology.ack_wait))
                .await?,
        );
        Ok(drifts)
    }

    async fn ensure_stream(&self, wanted: stream::Config) -> Result<Vec<Drift>> {
        let made = async {
            match self.jetstream.update_stream(&wanted).await {
                Err(error) if error.kind() == CreateStreamErrorKind::NotFound => Ok(self
                    .jetstream
                    .create_stream(&wanted)
                    .await?
                    .cached_info()
                    .config
                    .clone()),
                updated => updated.map(|info| info.config),
            }
        };
        let found = timed("make a stream", made).await?;
        Ok(drifts(&wanted.name, &STREAM_FIELDS, &wanted, &found))
    }

    async fn ensure_consumer(&self, stream: &str, wanted: pull::Config) -> Result<Vec<Drift>> {
        let made = self.jetstream.create_consumer_on_stream(wanted.clone(), stream);
        let found = timed("make a consumer", made).await?;
        let object = format!("{stream}/{}", wanted.durable_name.as_deref().unwrap_or_default());
        Ok(drifts(
            &object,
            &CONSUMER_FIELDS,
            &consumer_wire(&wanted),
            &found.cached_info().config,
        ))
    }
}

fn jobs_stream(replicas: usize) -> stream::Config {
    stream::Config {
        name: route::JOBS_STREAM.to_owned(),
        subjects: vec![route::JOBS_SUBJECTS.to_owned()],
        retention: stream::RetentionPolicy::WorkQueue,
        storage: stream::StorageType::File,
        num_replicas: replicas,
        max_age: Duration::from_secs(24 * 3600),
        max_message_size: 4 * 1024,
        discard: stream::DiscardPolicy::New,
        duplicate_window: Duration::from_secs(120),
        allow_direct: true,
        ..stream::Config {
            max_bytes: -1,
            max_messages: -1,
            ..Default::default()
        }
    }
}

fn events_stream(replicas: usize) -> stream::Config {
    stream::Config {
        name: route::EVENTS_STREAM.to_owned(),
        subjects: vec![route::EVENTS_SUBJECTS.to_owned()],
        retention: stream::RetentionPolicy::Limits,
        storage: stream::StorageType::File,
        num_replicas: replicas,
        max_age: Duration::from_secs(7 * 24 * 3600),
        max_bytes: 1 << 30,
        max_message_size: 64 * 1024,
        duplicate_window: Duration::from_secs(120),
        ..stream::Config {
            max_messages: -1,
            ..Default::default()
        }
    }
}

fn trainers(class: &Token, ack_wait: Duration) -> pull::Config {
    pull::Config {
        filter_subject: route::job(class),
        ..consumer(&route::trainers(class), ack_wait)
    }
}

fn applier(ack_wait: Duration) -> pull::Config {
    consumer(route::APPLIER, ack_wait)
}

/// No backoff: it would override the acknowledgement wait. No limit of deliveries: it would strand messages.
fn consumer(name: &str, ack_wait: Duration) -> pull::Config {
    pull::Config {
        durable_name: Some(name.to_owned()),
        ack_policy: AckPolicy::Explicit,
        ack_wait,
        max_deliver: -1,
        ..Default::default()
    }
}

fn consumer_wire(config: &pull::Config) -> async_nats::jetstream::consumer::Config {
    use async_nats::jetstream::consumer::IntoConsumerConfig;
    config.clone().into_consumer_config()
}

fn drifts(
    object: &str,
    fields: &[&'static str],
    wanted: &impl Serialize,
    found: &impl Serialize,
) -> Vec<Drift> {
    let (wanted, found) = (wire(wanted), wire(found));
    let differs = |field: &&'static str| {
        let (wanted, found) = (&wanted[*field], &found[*field]);
        (wanted != found).then(|| Drift {
            object: object.to_owned(),
            field,
            wanted: wanted.to_string(),
            found: found.to_string(),
        })
    };
    fields.iter().filter_map(differs).collect()
}

/// What is compared is what goes over the wire, where a setting left out is null.
fn wire(config: &impl Serialize) -> Value {
    serde_json::to_value(config).unwrap_or_default()
}

async fn timed<T, E>(action: &'static str, made: impl Future<Output = Result<T, E>>) -> Result<T>
where
    E: std::error::Error + Send + Sync + 'static,
{
    match timeout(LIMIT, made).await {
        Ok(result) => result.map_err(|error| Error::nats(action, error)),
        Err(_) => Err(Error::TimedOut { action, limit: LIMIT }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_is_named_by_field() {
        let wanted = jobs_stream(3);
        let found = stream::Config {
            num_replicas: 1,
            allow_direct: false,
            ..wanted.clone()
        };
        let drifts = drifts("TRAIN_JOBS", &STREAM_FIELDS, &wanted, &found);
        let fields: Vec<_> = drifts.iter().map(|drift| drift.field).collect();
        assert_eq!(fields, ["num_replicas", "allow_direct"]);
        assert_eq!(
            drifts[0].to_string(),
            "TRAIN_JOBS: num_replicas is 1 instead of 3"
        );
    }
}
