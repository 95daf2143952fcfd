//! The conversion between protobuf and domain types: total on the way out, checked on the way in.

mod catalog;
mod graph;
mod job;
mod policy;
mod spec;
mod value;

use domain::violation::Violation;

pub use catalog::{model_type, node_type, plan};
pub use graph::{graph_from_pb, graph_to_pb, json_object};
pub use job::{
    Metrics, duration_from_pb, duration_to_pb, failure_from_pb, failure_to_pb, metrics_from_pb,
    metrics_to_pb, phase_from_pb, phase_to_pb, state_from_pb, state_to_pb, time_from_pb, time_to_pb,
};
pub use policy::{policy_from_pb, policy_to_pb};
pub use spec::{dataset_from_pb, dataset_to_pb, format_from_pb, format_to_pb, spec_from_pb, spec_to_pb};
pub use value::{object_from_pb, object_to_pb, value_from_pb, value_to_pb};

/// Why a message is not what it should be: every violation found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid message: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Invalid(pub Vec<Violation>);
