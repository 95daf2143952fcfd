//! The tables as sea-orm knows them, one file each. They mirror the newest migration and never leave `store`.

// The derives write `pub` items, whatever the visibility of what they derive from.
#![allow(unreachable_pub)]

pub(super) mod dataset_source;
pub(super) mod dead_letter;
pub(super) mod job_attempt;
pub(super) mod job_event;
pub(super) mod job_label;
pub(super) mod job_spec;
pub(super) mod outbox;
pub(super) mod probe;
pub(super) mod request;
pub(super) mod training_job;
pub(super) mod version_counter;
