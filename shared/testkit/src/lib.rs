//! Real servers and processes for tests: a nats-server, a PostgreSQL server, an S3 server, our own binaries, a network
//! that fails.
//!
//! Tests of a protocol that is all about death and return prove nothing on mocks. Everything here runs on a free
//! port in a directory of its own and is gone when the test is, even when the test process was killed. It never
//! uses a server that it finds running. As these are tests, what cannot be had is a panic with one line on how to get it.

mod nats;
mod port;
mod postgres;
mod process;
mod proxy;
mod s3;
mod tool;
mod wait;
mod watchdog;

pub mod binaries;
pub mod processes;

pub use nats::NatsServer;
pub use port::free_port;
pub use postgres::Postgres;
pub use process::Process;
pub use proxy::Proxy;
pub use s3::{Keys, S3Server};
pub use wait::eventually;
