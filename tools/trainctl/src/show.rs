//! How things look: tables and lines for people, progress live, JSON for programs. Nothing here talks to a server.

pub(crate) mod catalog;
pub(crate) mod compared;
pub(crate) mod event;
pub(crate) mod job;
pub(crate) mod json;
pub(crate) mod metrics;
pub(crate) mod predictions;
pub(crate) mod progress;
pub(crate) mod table;
pub(crate) mod words;
