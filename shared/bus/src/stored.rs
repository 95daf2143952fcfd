//! What a stream still holds. A message is announced again only when it is proven gone, because announcing on
//! age alone floods the queue.

use std::time::Duration;

use async_nats::jetstream::{context::GetStreamErrorKind, stream::RawMessageErrorKind};
use tokio::time::timeout;

use crate::{Bus, Error, Result};

const LIMIT: Duration = Duration::from_secs(5);

impl Bus {
    /// A text that changes when a stream was made anew, whereby every number in it got a new meaning.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Disconnected`], [`Error::TimedOut`], ….
    pub async fn incarnation(&self, stream: &str) -> Result<String> {
        self.usable()?;
        let stream = self.stream(stream).await?;
        Ok(stream.cached_info().created.unix_timestamp_nanos().to_string())
    }

    /// Whether a stream is still the one of `incarnation` and still holds the message that was published under `id`
    /// as number `seq`, as its leader knows it. A server that lost its latest writes gives their numbers to others,
    /// so the number alone proves nothing.
    ///
    /// # Errors
    /// As [`incarnation`](Self::incarnation); an error proves nothing.
    pub async fn holds(&self, stream: &str, incarnation: &str, seq: u64, id: &str) -> Result<bool> {
        self.usable()?;
        let stream = self.stream(stream).await?;
        if stream.cached_info().created.unix_timestamp_nanos().to_string() != incarnation {
            return Ok(false);
        }
        match timeout(LIMIT, stream.get_raw_message(seq)).await {
            Ok(Ok(message)) => Ok(message
                .headers
                .get(async_nats::header::NATS_MESSAGE_ID)
                .is_some_and(|found| found.as_str() == id)),
            Ok(Err(error)) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(false),
            Ok(Err(error)) => Err(Error::nats("get a message", error)),
            Err(_) => Err(Error::TimedOut {
                action: "get a message",
                limit: LIMIT,
            }),
        }
    }

    /// How many messages a stream holds.
    ///
    /// # Errors
    /// As [`incarnation`](Self::incarnation).
    pub async fn depth(&self, stream: &str) -> Result<u64> {
        self.usable()?;
        Ok(self.stream(stream).await?.cached_info().state.messages)
    }

    async fn stream(&self, name: &str) -> Result<async_nats::jetstream::stream::Stream> {
        match timeout(LIMIT, self.jetstream.get_stream(name)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => match error.kind() {
                GetStreamErrorKind::JetStream(cause) if cause.code() == 404 => Err(Error::Missing {
                    what: format!("stream {name}"),
                }),
                _ => Err(Error::nats("look at a stream", error)),
            },
            Err(_) => Err(Error::TimedOut {
                action: "look at a stream",
                limit: LIMIT,
            }),
        }
    }
}
