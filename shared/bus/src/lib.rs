//! The way to NATS: connection, streams, publishing, pulling, asking, hinting. It exists so that the pitfalls of
//! the client and the server are met in one place; what is sent where is decided by `messages::route`.
//!
//! NATS is a doorbell and a telephone, never a memory: every operation here may fail or be repeated, has its own
//! time limit, and fails at once while there is no connection.

mod connection;
mod error;
mod hints;
mod publish;
mod pull;
mod rpc;
mod stored;
mod topology;

#[cfg(test)]
mod tests;

pub use connection::{Bus, FLOOR, Link, Options};
pub use error::{Error, Result};
pub use hints::{Hint, Hints};
pub use publish::PubAck;
pub use pull::{Delivery, PullConsumer};
pub use rpc::{Request, Requests};
pub use topology::{Drift, Topology};
