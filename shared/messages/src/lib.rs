//! Everything that crosses a wire: the protobuf types, their conversion from and to domain types, graphs as canvases
//! draw them, and the routes on NATS.
//!
//! It knows neither tonic nor a NATS client, so that a trainer can speak of jobs without carrying a gRPC stack.

pub mod canvas;
pub mod convert;
pub mod route;

/// The gRPC contract, package `trainyard.v1`.
#[allow(missing_docs, clippy::doc_markdown, clippy::large_enum_variant, rustdoc::all)]
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/trainyard.v1.rs"));
}

/// What crosses NATS, package `trainyard.bus.v1`.
pub mod bus {
    /// Version 1.
    #[allow(missing_docs, clippy::doc_markdown, clippy::large_enum_variant, rustdoc::all)]
    pub mod v1 {
        include!(concat!(env!("OUT_DIR"), "/trainyard.bus.v1.rs"));
    }
}

/// The compiled description of every message and service, for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
