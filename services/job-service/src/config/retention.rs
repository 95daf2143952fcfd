//! How long things are kept.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::span;
use crate::app;

/// How long things are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Finished jobs; none for ever.
    #[serde(with = "maybe")]
    pub jobs: Option<Duration>,
    /// Whether the models of jobs kept that long are deleted with them.
    pub artifacts: bool,
    /// The events of finished jobs, but for the last; none for as long as the job.
    #[serde(with = "maybe")]
    pub events: Option<Duration>,
    /// What attempts other than the accepted one have left on the disk.
    #[serde(with = "span")]
    pub leftovers: Duration,
    /// The ids of requests whose jobs are deleted.
    #[serde(with = "span")]
    pub requests: Duration,
    /// How often it is looked for what was kept long enough.
    #[serde(with = "span")]
    pub interval: Duration,
}

impl From<Retention> for app::Retention {
    fn from(given: Retention) -> Self {
        let Retention {
            jobs,
            artifacts,
            events,
            leftovers,
            requests,
            interval: _,
        } = given;
        Self {
            jobs,
            artifacts,
            events,
            leftovers,
            requests,
        }
    }
}

/// Spans of time of which there may be none: an empty text.
mod maybe {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(span: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        match span {
            Some(span) => super::span::serialize(span, to),
            None => to.serialize_str(""),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        let text = String::deserialize(from)?;
        if text.is_empty() {
            return Ok(None);
        }
        humantime::parse_duration(&text)
            .map(Some)
            .map_err(D::Error::custom)
    }
}
