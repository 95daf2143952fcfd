//! What can go wrong on the way to NATS. Callers wait and try again on most of it, so the few cases that call
//! for something else have their own variant.

use std::time::Duration;

/// The result of a bus operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a message did not get where it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no connection for now; the client goes on trying.
    #[error("not connected to NATS")]
    Disconnected,
    /// The server is older than the protocol can bear.
    #[error(
        "nats-server {version} is too old: {}.{}.{} or later is needed, earlier ones drop settings silently and lose \
         or resurrect messages",
        crate::FLOOR.0, crate::FLOOR.1, crate::FLOOR.2
    )]
    ServerTooOld {
        /// What the server calls itself.
        version: String,
    },
    /// The URL or another option cannot be used.
    #[error("cannot connect to NATS at {url}")]
    Connect {
        /// The URL, without a password.
        url: String,
        /// What the client said.
        #[source]
        source: Source,
    },
    /// Nothing came back in time. It may have been done all the same.
    #[error("{action} took longer than {limit:?}")]
    TimedOut {
        /// What was tried.
        action: &'static str,
        /// How long.
        limit: Duration,
    },
    /// Nobody listens to requests on the subject.
    #[error("nobody answers on {subject}")]
    NoResponders {
        /// The subject.
        subject: String,
    },
    /// The stream or the consumer is not there (yet).
    #[error("{what} does not exist")]
    Missing {
        /// The stream or consumer.
        what: String,
    },
    /// A message is larger than the server takes.
    #[error("a message of {bytes} bytes for {subject} is too large")]
    TooLarge {
        /// The subject.
        subject: String,
        /// The size of its payload.
        bytes: usize,
    },
    /// A message is not what its subject promises.
    #[error("a message on {subject} cannot be decoded")]
    Undecodable {
        /// The subject.
        subject: String,
        /// What the decoder said.
        #[source]
        source: prost::DecodeError,
    },
    /// Anything else the client or the server said.
    #[error("{action} failed")]
    Nats {
        /// What was tried.
        action: &'static str,
        /// What was said.
        #[source]
        source: Source,
    },
}

impl Error {
    pub(crate) fn nats(action: &'static str, source: impl Into<Source>) -> Self {
        Self::Nats {
            action,
            source: source.into(),
        }
    }
}
