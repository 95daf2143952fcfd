//! Objects in stores. Their interface is asynchronous and this crate's is not: every request runs on one thread of
//! their own, while the thread that asks waits.

mod answer;
mod bucket;
#[cfg(feature = "client")]
mod connector;
mod copy;
mod options;
mod prefix;
mod reader;
#[cfg(feature = "s3")]
mod unfinished;
mod upload;
mod writer;

pub(crate) use copy::copy;
pub use copy::fetch;
pub(crate) use options::Options;
pub use options::STORE_PATIENCE;
pub(crate) use prefix::Prefix;
pub(crate) use reader::ObjectReader;
pub(crate) use writer::PrefixWriter;

#[cfg(all(test, feature = "s3"))]
mod tests;
