//! What a stream still holds. A message is announced again only when it is proven gone, because announcing on
//! age alone floods the queue.

use std::time::Duration;

use async_nats::jetstream::{
    context::{GetStreamError, GetStreamErrorKind},
    stream::RawMessageErrorKind,
};
use tokio::time::timeout;

use crate::{Bus, Error, Result};

const LIMIT: Duration = Duration::from_secs(5);
const LOOK: &str = "look at a stream";

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

    /// Whether a stream holds, as its leader knows it, the message that was published under `id` as number `seq`. A
    /// server that lost its latest writes gives their numbers to others, so the number alone proves nothing.
    ///
    /// # Errors
    /// As [`incarnation`](Self::incarnation); an error proves nothing.
    pub async fn holds(&self, stream: &str, seq: u64, id: &str) -> Result<bool> {
        self.usable()?;
        let what = || format!("stream {stream}");
        let asked = async {
            let found = self.jetstream.get_stream_no_info(stream).await;
            let stream = found.map_err(|error| Error::nats(LOOK, error))?;
            match stream.get_raw_message(seq).await {
                Ok(message) => Ok(message
                    .headers
                    .get(async_nats::header::NATS_MESSAGE_ID)
                    .is_some_and(|found| found.as_str() == id)),
                Err(error) => match error.kind() {
                    RawMessageErrorKind::NoMessageFound => Ok(false),
                    RawMessageErrorKind::JetStream(cause) if cause.code() == 404 => Err(self.missing(what())),
                    _ => Err(Error::nats("get a message", error)),
                },
            }
        };
        match timeout(LIMIT, asked).await {
            Ok(held) => held,
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
            Ok(Err(error)) if is_missing(&error) => Err(self.missing(format!("stream {name}"))),
            Ok(Err(error)) => Err(Error::nats(LOOK, error)),
            Err(_) => Err(Error::TimedOut {
                action: LOOK,
                limit: LIMIT,
            }),
        }
    }
}

/// Whether the server said that there is no such stream.
pub(crate) fn is_missing(error: &GetStreamError) -> bool {
    match error.kind() {
        GetStreamErrorKind::JetStream(cause) => cause.code() == 404,
        _ => false,
    }
}
