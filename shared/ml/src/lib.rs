//! The learning library: tables, the nodes that prepare them, the models that are fitted on them, the metrics
//! that judge them and the artifacts that keep them.
//!
//! It knows nothing of jobs, networks or databases, so that a trainer's child process and a person's command
//! line run the very same code.

pub mod artifact;
pub mod attempt;
mod counted;
pub mod error;
pub mod evaluation;
pub mod frame;
pub mod importances;
mod in_order;
mod instructions;
pub mod io;
mod memory;
pub mod metrics;
pub mod model;
pub mod models;
pub mod node;
pub mod nodes;
pub mod observer;
pub mod onnx;
mod parameters;
pub mod pipeline;
pub mod random;
mod report;
pub mod split;
#[cfg(test)]
mod testing;
pub mod transform;

pub use attempt::{Trained, train};
pub use error::Error;
pub use observer::{Observer, Silent};
pub use transform::transform;
