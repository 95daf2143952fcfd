//! The decisions of Trainyard as pure functions over plain data: what a job may do next, whether a graph can
//! work, which parameters a model accepts.
//!
//! Nothing here does input or output, so that every decision can be tested exhaustively and reused by every
//! process; the other crates carry these decisions to databases, wires and people.

pub mod catalog;
pub mod graph;
pub mod hint;
pub mod id;
pub mod job;
pub mod spec;
pub mod time;
pub mod value;
pub mod violation;
