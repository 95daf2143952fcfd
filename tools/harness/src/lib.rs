//! The whole of Trainyard as tests and measurements use it: real binaries on real servers, and clients that speak
//! to them.
//!
//! What is checked here cannot be checked in one room: that a job survives the death of anything that carries it.

pub mod chaos;
pub mod client;
pub mod drill;
pub mod failover;
pub mod lists;
pub mod npy;
pub mod reference;
pub mod stack;
pub mod table;

pub use client::Client;
pub use failover::Failover;
pub use stack::{Database, Stack};
pub use testkit::processes;
