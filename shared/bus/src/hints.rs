//! Hints: messages that save somebody a wait and may get lost. Nothing depends on them but latency.

use std::{marker::PhantomData, time::Duration};

use async_nats::Subscriber;
use futures::StreamExt;
use prost::Message;
use tokio::time::timeout;

use crate::{Bus, Error, Result};

const LIMIT: Duration = Duration::from_secs(1);

impl Bus {
    /// Sends a hint.
    ///
    /// # Errors
    /// [`Error::Disconnected`], [`Error::TimedOut`] when the connection takes nothing any more, [`Error::Nats`].
    pub async fn hint(&self, subject: String, hint: &impl Message) -> Result<()> {
        self.usable()?;
        match timeout(LIMIT, self.client.publish(subject, hint.encode_to_vec().into())).await {
            Ok(sent) => sent.map_err(|error| Error::nats("send a hint", error)),
            Err(_) => Err(Error::TimedOut {
                action: "send a hint",
                limit: LIMIT,
            }),
        }
    }

    /// Listens for hints. The subscription outlives reconnects; what is sent meanwhile is lost.
    ///
    /// # Errors
    /// [`Error::Nats`] when the subject cannot be subscribed to.
    pub async fn listen<M: Message + Default>(&self, subjects: String) -> Result<Hints<M>> {
        let subscribed = self.client.subscribe(subjects).await;
        let subscriber = subscribed.map_err(|error| Error::nats("subscribe", error))?;
        Ok(Hints {
            subscriber,
            message: PhantomData,
        })
    }
}

/// Hints as they come in.
#[derive(Debug)]
pub struct Hints<M> {
    subscriber: Subscriber,
    message: PhantomData<fn() -> M>,
}

/// One hint.
#[derive(Debug, Clone, PartialEq)]
pub struct Hint<M> {
    /// The subject it was sent to.
    pub subject: String,
    /// What it says.
    pub body: M,
}

impl<M: Message + Default> Hints<M> {
    /// The next hint that can be decoded; none once the connection is closed for good.
    pub async fn next(&mut self) -> Option<Hint<M>> {
        loop {
            let message = self.subscriber.next().await?;
            match M::decode(message.payload) {
                Ok(body) => {
                    return Some(Hint {
                        subject: message.subject.to_string(),
                        body,
                    });
                }
                Err(error) => {
                    tracing::warn!(subject = %message.subject, %error, "dropped a hint that cannot be decoded");
                }
            }
        }
    }
}
