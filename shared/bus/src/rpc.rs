//! Asking and answering over plain subjects. Nothing is stored: who gets no answer asks again.

use std::{marker::PhantomData, time::Duration};

use async_nats::{Client, Message as NatsMessage, Subscriber, client::RequestErrorKind};
use futures::{FutureExt, StreamExt};
use prost::Message;
use tokio::time::timeout;

use crate::{Bus, Error, Result};

impl Bus {
    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// [`Error::NoResponders`], [`Error::TimedOut`] (it may have been done all the same), [`Error::Undecodable`],
    /// [`Error::TooLarge`], [`Error::Disconnected`], ….
    pub async fn request<R: Message + Default>(
        &self,
        subject: String,
        request: &impl Message,
        limit: Duration,
    ) -> Result<R> {
        self.usable()?;
        let payload = request.encode_to_vec();
        let bytes = payload.len();
        let asked = timeout(limit, self.client.request(subject.clone(), payload.into()));
        let answer = tokio::select! {
            answer = asked => answer.map_err(|_| Error::TimedOut { action: "request", limit })?,
            () = self.lost() => return Err(Error::Disconnected),
        };
        let answer = answer.map_err(|error| match error.kind() {
            RequestErrorKind::TimedOut => Error::TimedOut {
                action: "request",
                limit,
            },
            RequestErrorKind::NoResponders => Error::NoResponders {
                subject: subject.clone(),
            },
            RequestErrorKind::MaxPayloadExceeded => Error::TooLarge {
                subject: subject.clone(),
                bytes,
            },
            _ => Error::nats("request", error),
        })?;
        R::decode(answer.payload).map_err(|source| Error::Undecodable { subject, source })
    }

    /// Takes requests; each goes to one member of the group. The subscription outlives reconnects.
    ///
    /// # Errors
    /// [`Error::Nats`] when the subject cannot be subscribed to.
    pub async fn serve<M: Message + Default>(&self, subjects: String, group: &str) -> Result<Requests<M>> {
        let subscribed = self.client.queue_subscribe(subjects, group.to_owned()).await;
        let subscriber = subscribed.map_err(|error| Error::nats("subscribe", error))?;
        Ok(Requests {
            client: self.client.clone(),
            subscriber,
            message: PhantomData,
        })
    }
}

/// Requests as they come in.
#[derive(Debug)]
pub struct Requests<M> {
    client: Client,
    subscriber: Subscriber,
    message: PhantomData<fn() -> M>,
}

impl<M: Message + Default> Requests<M> {
    /// The next request that can be decoded and answered; none once the connection is closed for good.
    pub async fn next(&mut self) -> Option<Request<M>> {
        loop {
            let NatsMessage {
                subject,
                reply,
                payload,
                ..
            } = self.subscriber.next().await?;
            match (M::decode(payload), reply) {
                (Ok(body), Some(reply)) => {
                    let answer_to = reply.to_string();
                    return Some(Request {
                        subject: subject.to_string(),
                        body,
                        answer_to,
                        client: self.client.clone(),
                    });
                }
                (Ok(_), None) => tracing::warn!(%subject, "dropped a request that wants no answer"),
                (Err(error), _) => {
                    tracing::warn!(%subject, %error, "dropped a request that cannot be decoded")
                }
            }
        }
    }
}

impl<M: Message + Default> Requests<M> {
    /// The next request, and up to `most` in all of those that have come by then.
    pub async fn next_few(&mut self, most: usize) -> Option<Vec<Request<M>>> {
        let mut requests = vec![self.next().await?];
        while requests.len() < most
            && let Some(Some(request)) = self.next().now_or_never()
        {
            requests.push(request);
        }
        Some(requests)
    }
}

/// A request that wants an answer.
#[derive(Debug)]
pub struct Request<M> {
    /// The subject, which tells who asks.
    pub subject: String,
    /// What is asked.
    pub body: M,
    answer_to: String,
    client: Client,
}

impl<M> Request<M> {
    /// Answers. An answer that gets lost makes the other side ask again.
    ///
    /// # Errors
    /// [`Error::Nats`], [`Error::TimedOut`] when the connection takes nothing any more.
    pub async fn answer(self, answer: &impl Message) -> Result<()> {
        let limit = Duration::from_secs(5);
        match timeout(
            limit,
            self.client.publish(self.answer_to, answer.encode_to_vec().into()),
        )
        .await
        {
            Ok(sent) => sent.map_err(|error| Error::nats("answer", error)),
            Err(_) => Err(Error::TimedOut {
                action: "answer",
                limit,
            }),
        }
    }
}
