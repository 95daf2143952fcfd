//! The trainer against a real nats-server and real child processes; a small responder stands in for job-service.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on panics, in its helpers too"
)]

mod attempts;
mod children;
mod drain;
mod job_service;
mod outages;
mod presence;
mod processes;
mod spooling;
mod stuck;
mod trainers;
mod training;
