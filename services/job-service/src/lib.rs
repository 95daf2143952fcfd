//! The job-service: takes training jobs over gRPC and sees them through.

pub mod app;
pub mod error;
pub mod store;
