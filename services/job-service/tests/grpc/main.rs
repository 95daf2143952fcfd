//! The whole service over gRPC: a real SQLite file, a real nats-server, a real client, and trainers that speak
//! the bus as real ones do.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

mod bad_input;
mod deletions;
mod downloads;
mod end;
mod errors;
mod jobs;
mod limits;
mod outages;
mod process;
mod server;
mod support;
mod trainer;
mod watch;
mod watchers;
