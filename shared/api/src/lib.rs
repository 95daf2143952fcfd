//! The tonic stubs of the gRPC contract, and nothing else: clients under the feature `client`, servers under
//! `server`. They stand apart so that only gRPC programs carry tonic.

/// Package `trainyard.v1`.
#[allow(
    missing_docs,
    clippy::doc_markdown,
    clippy::too_many_lines,
    unreachable_pub,
    rustdoc::all
)]
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/trainyard.v1.rs"));
}
