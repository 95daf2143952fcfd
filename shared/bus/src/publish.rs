//! Publishing to a stream. The answer says the server has it; a missing answer says nothing.

use std::time::Duration;

use async_nats::{
    HeaderMap,
    jetstream::context::{PublishError, PublishErrorKind},
};
use prost::Message;
use tokio::time::timeout;

use crate::{Bus, Error, Result};

/// How long the server may take to store a message.
pub(crate) const LIMIT: Duration = Duration::from_secs(5);

/// The server's word that it has stored a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PubAck {
    /// Its number in the stream.
    pub seq: u64,
    /// Whether it was there already, under the same id.
    pub duplicate: bool,
}

impl Bus {
    /// Publishes to a stream under a message id, which is stored once however often it is sent within the
    /// stream's duplicate window.
    ///
    /// # Errors
    /// [`Error::Missing`] when no stream takes the subject, [`Error::TimedOut`] (it may be stored all the same),
    /// [`Error::TooLarge`], [`Error::Disconnected`], ….
    pub async fn publish(&self, subject: String, id: &str, message: &impl Message) -> Result<PubAck> {
        self.usable()?;
        let payload = message.encode_to_vec();
        let bytes = payload.len();
        let mut headers = HeaderMap::new();
        headers.insert(async_nats::header::NATS_MESSAGE_ID, id);
        let named = |error: PublishError| match error.kind() {
            PublishErrorKind::TimedOut => Error::TimedOut {
                action: "publish",
                limit: LIMIT,
            },
            PublishErrorKind::StreamNotFound => self.missing(format!("a stream for {subject}")),
            PublishErrorKind::MaxPayloadExceeded => Error::TooLarge {
                subject: subject.clone(),
                bytes,
            },
            _ => Error::nats("publish", error),
        };
        let published = async {
            let sent = self
                .jetstream
                .publish_with_headers(subject.clone(), headers, payload.into())
                .await;
            let ack = sent.map_err(named)?.await.map_err(named)?;
            Ok(PubAck {
                seq: ack.sequence,
                duplicate: ack.duplicate,
            })
        };
        // The client's own limit does not cover the wait for room in its command queue, nor a lost connection.
        tokio::select! {
            done = timeout(LIMIT + Duration::from_secs(1), published) => {
                done.unwrap_or(Err(Error::TimedOut { action: "publish", limit: LIMIT }))
            }
            () = self.lost() => Err(Error::Disconnected),
        }
    }
}
