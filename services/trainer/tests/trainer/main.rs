//! The trainer against a real nats-server and real child processes; a small responder stands in for job-service.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on panics, in its helpers too"
)]

mod attempts;
mod children;
mod job_service;
mod processes;
mod trainers;
mod training;
