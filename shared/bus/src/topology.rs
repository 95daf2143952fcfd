//! The streams and consumers of the protocol. They are made again whenever they are missing, and what the server
//! made is compared with what was asked for, because older servers drop what they do not know.

use std::{fmt, time::Duration};

use async_nats::jetstream::{
    consumer::{AckPolicy, Consumer, pull},
    context::CreateStreamErrorKind,
    stream::{self, ConsumerErrorKind},
};
use domain::id::Token;
use messages::route;
use serde::Serialize;
use serde_json::Value;
use tokio::time::timeout;

use crate::{Bus, Error, Result, stored::is_missing};

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
    /// Makes every stream and consumer that is missing, and sets back what was changed in the others; returns what
    /// cannot be set back. Messages stay. What is as it should be is only looked at: an update is work for the whole
    /// cluster, and one that races a deletion has left servers with a stream that is there and takes nothing.
    ///
    /// # Errors
    /// [`Error::Disconnected`], [`Error::TimedOut`], [`Error::Nats`].
    pub async fn ensure(&self, topology: &Topology) -> Result<Vec<Drift>> {
        self.usable()?;
        let mut drifts = self.ensure_stream(jobs_stream(topology.replicas)).await?;
        drifts.extend(self.ensure_stream(events_stream(topology.replicas)).await?);
        for class in &topology.classes {
            let wanted = trainers(class, topology.ack_wait);
            drifts.extend(self.ensure_consumer(route::JOBS_STREAM, wanted).await?);
        }
        let wanted = applier(topology.ack_wait);
        drifts.extend(self.ensure_consumer(route::EVENTS_STREAM, wanted).await?);
        Ok(drifts)
    }

    async fn ensure_stream(&self, wanted: stream::Config) -> Result<Vec<Drift>> {
        let compare = |found: &stream::Config| drifts(&wanted.name, &STREAM_FIELDS, &wanted, found);
        let drifts = match timed("look at a stream", self.jetstream.get_stream(&wanted.name)).await? {
            Ok(found) => compare(&found.cached_info().config),
            Err(error) if is_missing(&error) => {
                let made = timed("make a stream", self.jetstream.create_stream(&wanted)).await?;
                let made = made.map_err(|error| Error::nats("make a stream", error))?;
                return Ok(compare(&made.cached_info().config));
            }
            Err(error) => return Err(Error::nats("look at a stream", error)),
        };
        if drifts.is_empty() {
            return Ok(drifts);
        }
        match timed("set a stream back", self.jetstream.update_stream(&wanted)).await? {
            Ok(updated) => Ok(remaining(&drifts, compare(&updated.config))),
            // Some settings are for the life of a stream.
            Err(error) => match error.kind() {
                CreateStreamErrorKind::JetStream(_) => Ok(drifts),
                _ => Err(Error::nats("set a stream back", error)),
            },
        }
    }

    async fn ensure_consumer(&self, stream: &str, wanted: pull::Config) -> Result<Vec<Drift>> {
        let name = wanted.durable_name.clone().unwrap_or_default();
        let object = format!("{stream}/{name}");
        let compare = |found: &Consumer<pull::Config>| {
            let found = &found.cached_info().config;
            drifts(&object, &CONSUMER_FIELDS, &consumer_wire(&wanted), found)
        };
        let found = self.jetstream.get_consumer_from_stream(&name, stream);
        let drifts = match timed("look at a consumer", found).await? {
            Ok(found) => Some(compare(&found)),
            Err(error) if crate::pull::is_missing(&error) => None,
            Err(error) => return Err(Error::nats("look at a consumer", error)),
        };
        if drifts.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let drifts = drifts.unwrap_or_default();
        let made = self.jetstream.create_consumer_on_stream(wanted.clone(), stream);
        match timed("make a consumer", made).await? {
            Ok(made) => Ok(remaining(&drifts, compare(&made))),
            Err(error) => match error.kind() {
                ConsumerErrorKind::JetStream(_) if !drifts.is_empty() => Ok(drifts),
                _ => Err(Error::nats("make a consumer", error)),
            },
        }
    }
}

/// What still drifts after it was set back; tells what does not any more.
fn remaining(before: &[Drift], after: Vec<Drift>) -> Vec<Drift> {
    for drift in before.iter().filter(|drift| !after.contains(drift)) {
        tracing::warn!(%drift, "a setting of the NATS server was changed and is set back");
    }
    after
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

async fn timed<T>(action: &'static str, done: impl Future<Output = T>) -> Result<T> {
    timeout(LIMIT, done)
        .await
        .map_err(|_| Error::TimedOut { action, limit: LIMIT })
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
