//! Pulling from a durable consumer, one message at a time. Whoever takes more than it can work on keeps it
//! from the others until the acknowledgement is overdue.

use std::time::Duration;

use async_nats::jetstream::{
    self, AckKind,
    consumer::{Consumer, pull},
    stream::{ConsumerError, ConsumerErrorKind},
};
use futures::StreamExt;
use prost::Message;
use tokio::time::timeout;

use crate::{Bus, Error, Result};

const LIMIT: Duration = Duration::from_secs(5);

/// A durable consumer that somebody else has made.
#[derive(Debug)]
pub struct PullConsumer {
    bus: Bus,
    stream: String,
    name: String,
    /// Looked up on first use and again after every error.
    found: Option<Consumer<pull::Config>>,
}

impl Bus {
    /// A durable consumer of a stream; nothing is sent yet.
    #[must_use]
    pub fn pull_consumer(&self, stream: &str, name: &str) -> PullConsumer {
        PullConsumer {
            bus: self.clone(),
            stream: stream.to_owned(),
            name: name.to_owned(),
            found: None,
        }
    }
}

impl PullConsumer {
    /// Waits for the next message, at most for `wait`. A message that arrives while the future is dropped
    /// comes again after the consumer's acknowledgement wait.
    ///
    /// # Errors
    /// [`Error::Missing`] while the stream or the consumer is not there, [`Error::Disconnected`], ….
    pub async fn next(&mut self, wait: Duration) -> Result<Option<Delivery>> {
        self.bus.usable()?;
        let bus = self.bus.clone();
        let result = tokio::select! {
            result = self.pull(wait) => result,
            () = bus.lost() => Err(Error::Disconnected),
        };
        if result.is_err() {
            self.found = None;
        }
        result
    }

    async fn pull(&mut self, wait: Duration) -> Result<Option<Delivery>> {
        let consumer = match self.found.take() {
            Some(consumer) => consumer,
            None => self.find().await?,
        };
        let consumer = self.found.insert(consumer);
        // A limit of our own: the client's counts from the expiry the server may never have seen.
        let pulled = timeout(wait + Duration::from_secs(2), async {
            let mut batch = consumer
                .batch()
                .max_messages(1)
                .expires(wait)
                .messages()
                .await
                .map_err(|error| Error::nats("pull", error))?;
            batch
                .next()
                .await
                .transpose()
                .map_err(|error| Error::nats("pull", error))
        });
        match pulled.await {
            Ok(message) => Ok(message?.map(Delivery)),
            Err(_) => Err(Error::TimedOut {
                action: "pull",
                limit: wait,
            }),
        }
    }

    async fn find(&self) -> Result<Consumer<pull::Config>> {
        let found = self
            .bus
            .jetstream
            .get_consumer_from_stream(&self.name, &self.stream);
        match timeout(LIMIT, found).await {
            Ok(Ok(consumer)) => Ok(consumer),
            Ok(Err(error)) if is_missing(&error) => {
                let what = format!("consumer {} of stream {}", self.name, self.stream);
                Err(self.bus.missing(what))
            }
            Ok(Err(error)) => Err(Error::nats("find the consumer", error)),
            Err(_) => Err(Error::TimedOut {
                action: "find the consumer",
                limit: LIMIT,
            }),
        }
    }
}

pub(crate) fn is_missing(error: &ConsumerError) -> bool {
    match error.kind() {
        ConsumerErrorKind::JetStream(error) => error.code() == 404,
        _ => false,
    }
}

/// A message that was pulled and must be answered before the consumer's acknowledgement wait is over.
#[derive(Debug)]
pub struct Delivery(jetstream::Message);

impl Delivery {
    /// Where it was published.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// What it holds, undecoded.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.0.payload
    }

    /// Its headers for people, a line each, sorted by name.
    #[must_use]
    pub fn headers(&self) -> String {
        let headers = self.0.headers.iter().flat_map(|headers| headers.iter());
        let values = headers.flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
        let mut lines: Vec<String> = values
            .map(|(name, value)| format!("{name}: {}", value.as_str()))
            .collect();
        lines.sort();
        lines.join("\n")
    }

    /// What it holds.
    ///
    /// # Errors
    /// [`Error::Undecodable`].
    pub fn decode<M: Message + Default>(&self) -> Result<M> {
        M::decode(self.payload()).map_err(|source| Error::Undecodable {
            subject: self.subject().to_owned(),
            source,
        })
    }

    /// Its number in the stream, and how many times it has been delivered, this time included.
    #[must_use]
    pub fn position(&self) -> (u64, i64) {
        self.0
            .info()
            .map_or((0, 1), |info| (info.stream_sequence, info.delivered))
    }

    /// Says that it is dealt with. Sent, not confirmed: an acknowledgement that gets lost brings it again.
    ///
    /// # Errors
    /// [`Error::TimedOut`], [`Error::Nats`].
    pub async fn ack(&self) -> Result<()> {
        self.answer(AckKind::Ack).await
    }

    /// Asks for it to be delivered again, after `delay`.
    ///
    /// # Errors
    /// As [`ack`](Self::ack).
    pub async fn nak(&self, delay: Duration) -> Result<()> {
        self.answer(AckKind::Nak(Some(delay))).await
    }

    /// Says that it is being worked on, which begins the acknowledgement wait anew.
    ///
    /// # Errors
    /// As [`ack`](Self::ack).
    pub async fn in_progress(&self) -> Result<()> {
        self.answer(AckKind::Progress).await
    }

    async fn answer(&self, kind: AckKind) -> Result<()> {
        match timeout(LIMIT, self.0.ack_with(kind)).await {
            Ok(sent) => sent.map_err(|error| Error::nats("acknowledge", error)),
            Err(_) => Err(Error::TimedOut {
                action: "acknowledge",
                limit: LIMIT,
            }),
        }
    }
}
