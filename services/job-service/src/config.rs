//! What an operator tells job-service: one struct per section of the configuration file. The defaults are the
//! embedded `config.default.toml`, which is also the documentation of every key.

mod flags;
mod retention;

use std::{path::PathBuf, time::Duration};

use domain::id::Token;
use serde::{Deserialize, Serialize};
use service_kit::LogFormat;

pub use flags::Flags;
pub use retention::Retention;

/// The defaults, as TOML with a comment on every key.
pub const DEFAULTS: &str = include_str!("config.default.toml");

/// The shortest wait of the relay.
pub(crate) const MIN_POLL: Duration = Duration::from_millis(5);

/// The whole configuration.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The process.
    pub server: Server,
    /// Where jobs are kept.
    pub database: Database,
    /// The way to the trainers.
    pub nats: Nats,
    /// Where things lie.
    pub storage: Storage,
    /// A trainer's right to an attempt.
    pub lease: Lease,
    /// The loops that nobody waits for.
    pub background: Background,
    /// `WatchJob`.
    pub watch: Watch,
    /// How long things are kept.
    pub retention: Retention,
    /// How much is served at a time.
    pub limits: Limits,
}

/// The process.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Where gRPC is served.
    pub listen: String,
    /// How long running calls may take to end.
    #[serde(with = "span")]
    pub shutdown_grace: Duration,
    /// Which log lines are written.
    pub log: String,
    /// How they look.
    pub log_format: LogFormat,
}

/// Where jobs are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// The database's URL; empty for the SQLite file in the data directory.
    pub url: String,
    /// How often it is asked whether it still answers.
    #[serde(with = "span")]
    pub probe_interval: Duration,
}

/// The way to the trainers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nats {
    /// The servers, separated by commas.
    pub url: String,
    /// Copies of every stream.
    pub replicas: usize,
    /// The resource classes that jobs may ask for.
    pub classes: Vec<String>,
    /// How long a message may stay unacknowledged before it comes again.
    #[serde(with = "span")]
    pub ack_wait: Duration,
    /// How often streams and consumers are made again where they are missing.
    #[serde(with = "span")]
    pub topology_interval: Duration,
}

/// Where things lie.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// The directory of this service alone.
    pub data_dir: PathBuf,
    /// The directory models are written under, or the URI of a prefix of an object store.
    pub artifact_root: PathBuf,
    /// The directories, and prefixes of object stores, data sources may lie in.
    pub data_roots: Vec<PathBuf>,
}

/// A trainer's right to an attempt.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lease {
    /// How long it lasts without a beat.
    #[serde(with = "span")]
    pub ttl: Duration,
    /// How often trainers beat.
    #[serde(with = "span")]
    pub beat_interval: Duration,
}

/// The loops that nobody waits for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Background {
    /// How often expired leases and lost messages are looked for.
    #[serde(with = "span")]
    pub sweep_interval: Duration,
    /// How often the outbox is looked at when nothing calls for it.
    #[serde(with = "span")]
    pub relay_poll: Duration,
    /// How long the rows that a relay has taken are its own.
    #[serde(with = "span")]
    pub relay_lease: Duration,
    /// How long a message may lie in the queue before it is first asked whether it still does.
    #[serde(with = "span")]
    pub recheck_after: Duration,
    /// Rows for one look.
    pub batch: u64,
}

/// `WatchJob`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// How often a watched job is looked at when nothing calls for it.
    #[serde(with = "span")]
    pub poll: Duration,
    /// How long a stream may be silent before it carries a bookmark.
    #[serde(with = "span")]
    pub bookmark: Duration,
    /// How long a client may leave events unread before its stream is ended.
    #[serde(with = "span")]
    pub stall: Duration,
    /// Events read at a time, and kept for a client that reads slowly.
    pub buffer: usize,
    /// How long a stream may last, give or take a tenth.
    #[serde(with = "span")]
    pub lifetime: Duration,
    /// Streams at a time.
    pub max_streams: usize,
    /// Streams at a time of one caller.
    pub max_streams_per_principal: usize,
}

/// How much is served at a time.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Jobs of a tenant that may wait at once, to be started or to be claimed.
    pub queued_jobs: u64,
    /// Calls that may be waiting for their answer at a time.
    pub max_calls: u32,
    /// How long a call may wait for its answer, whatever its client allows.
    #[serde(with = "span")]
    pub call_timeout: Duration,
    /// Files being sent at a time.
    pub max_downloads: usize,
    /// Files being sent at a time to one caller.
    pub max_downloads_per_principal: usize,
    /// Calls and streams at a time over one connection.
    pub max_streams_per_connection: u32,
    /// How long a connection is used for new calls.
    #[serde(with = "span")]
    pub max_connection_age: Duration,
}

/// What is wrong with a configuration that could be read.
#[derive(Debug, thiserror::Error)]
#[error("invalid configuration: {0}")]
pub struct Invalid(String);

impl Invalid {
    /// Names what is wrong with a key.
    pub(crate) fn new(key: &str, error: &dyn std::error::Error) -> Self {
        Self(format!("{key} {error}"))
    }
}

impl Config {
    /// Reads the configuration from all its places.
    ///
    /// # Errors
    /// [`service_kit::Error`] names the key and the place of what is wrong.
    pub fn load(flags: &Flags) -> service_kit::Result<Self> {
        service_kit::load(DEFAULTS, flags.config.as_deref(), flags.sections())
    }

    /// Checks what a type cannot: directories that must be named, spans that must fit each other.
    ///
    /// # Errors
    /// [`Invalid`] names the first key that is wrong.
    pub fn check(&self) -> Result<(), Invalid> {
        let rules = [
            (
                !self.storage.data_dir.as_os_str().is_empty(),
                "storage.data_dir (--data-dir) must be given",
            ),
            (
                !self.storage.artifact_root.as_os_str().is_empty(),
                "storage.artifact_root (--artifact-root) must be given",
            ),
            (
                self.lease.beat_interval * 2 <= self.lease.ttl,
                "lease.ttl must be at least twice lease.beat_interval",
            ),
            (
                !self.background.sweep_interval.is_zero()
                    && self.background.sweep_interval * 2 < self.lease.ttl,
                "background.sweep_interval must be above zero and below half of lease.ttl",
            ),
            (
                ["sqlite:", "postgres:", "postgresql:"]
                    .iter()
                    .any(|scheme| self.database_url().starts_with(scheme)),
                "database.url (--database) must begin with sqlite: or postgres:",
            ),
            (self.background.batch > 0, "background.batch must be above zero"),
            (
                !self.background.recheck_after.is_zero(),
                "background.recheck_after must be above zero",
            ),
            (self.watch.buffer > 0, "watch.buffer must be above zero"),
            (
                self.background.relay_poll >= MIN_POLL,
                "background.relay_poll must be at least 5ms",
            ),
            (
                !self.database.probe_interval.is_zero(),
                "database.probe_interval must be above zero",
            ),
            (!self.nats.ack_wait.is_zero(), "nats.ack_wait must be above zero"),
            (
                !self.background.relay_lease.is_zero(),
                "background.relay_lease must be above zero",
            ),
            (
                !self.nats.topology_interval.is_zero(),
                "nats.topology_interval must be above zero",
            ),
            (!self.watch.poll.is_zero(), "watch.poll must be above zero"),
            (
                !self.watch.bookmark.is_zero(),
                "watch.bookmark must be above zero",
            ),
            (!self.watch.stall.is_zero(), "watch.stall must be above zero"),
            (
                !self.retention.interval.is_zero(),
                "retention.interval must be above zero",
            ),
            (
                self.lease.ttl * 2 <= self.retention.leftovers,
                "retention.leftovers must be at least twice lease.ttl",
            ),
        ];
        let broken = rules.into_iter().chain(self.serving()).find(|(holds, _)| !holds);
        if let Some((_, message)) = broken {
            return Err(Invalid(message.to_owned()));
        }
        self.classes().map(|_| ())
    }

    /// The rules of what is served at a time: whether each holds, and what it is.
    fn serving(&self) -> [(bool, &'static str); 8] {
        [
            (
                !self.watch.lifetime.is_zero(),
                "watch.lifetime must be above zero",
            ),
            (self.watch.max_streams > 0, "watch.max_streams must be above zero"),
            (
                self.watch.max_streams_per_principal > 0,
                "watch.max_streams_per_principal must be above zero",
            ),
            (self.limits.max_calls > 0, "limits.max_calls must be above zero"),
            (
                self.limits.max_downloads > 0 && self.limits.max_downloads_per_principal > 0,
                "limits.max_downloads and limits.max_downloads_per_principal must be above zero",
            ),
            (
                !self.limits.call_timeout.is_zero(),
                "limits.call_timeout must be above zero",
            ),
            (
                self.limits.max_streams_per_connection > 0,
                "limits.max_streams_per_connection must be above zero",
            ),
            (
                !self.limits.max_connection_age.is_zero(),
                "limits.max_connection_age must be above zero",
            ),
        ]
    }

    /// The database to use.
    #[must_use]
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            format!("sqlite://{}", self.storage.data_dir.join("jobs.db").display())
        } else {
            self.database.url.clone()
        }
    }

    /// The resource classes.
    ///
    /// # Errors
    /// [`Invalid`] when one cannot be part of a subject, or there is none.
    pub fn classes(&self) -> Result<Vec<Token>, Invalid> {
        let wrong = |error| Invalid::new("nats.classes", &error);
        let parsed = self.nats.classes.iter().map(|class| class.parse::<Token>());
        let classes = parsed.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
        if classes.is_empty() {
            return Err(Invalid("nats.classes must name at least one class".into()));
        }
        Ok(classes)
    }

    /// The configuration as TOML, passwords hidden.
    ///
    /// # Errors
    /// [`serde_json::Error`] when a path is not UTF-8.
    pub fn dump(&self) -> Result<String, serde_json::Error> {
        let mut shown = self.clone();
        shown.database.url = service_kit::shown(&self.database_url());
        let urls = self.nats.url.split(',').map(|url| service_kit::shown(url.trim()));
        shown.nats.url = urls.collect::<Vec<_>>().join(",");
        // Two levels of scalars and lists of text: there, JSON's values are TOML's values.
        let mut text = String::new();
        if let serde_json::Value::Object(sections) = serde_json::to_value(shown)? {
            for (section, keys) in sections {
                text.push_str(&format!("[{section}]\n"));
                for (key, value) in keys.as_object().into_iter().flatten() {
                    text.push_str(&format!("{key} = {value}\n"));
                }
                text.push('\n');
            }
        }
        Ok(text)
    }
}

/// Spans of time as people write them.
mod span {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&humantime::format_duration(*span))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        humantime::parse_duration(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
