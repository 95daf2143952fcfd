//! What can go wrong before a process has begun its work.

use std::path::PathBuf;

/// The result of setting up a process.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a process could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A configuration file was named but cannot be read.
    #[error("cannot read the configuration file {path:?}")]
    ConfigFile {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// A value is missing or wrong; the text names its key and where it came from.
    #[error("invalid configuration: {0}")]
    Config(Box<figment::Error>),
    /// The log filter cannot be parsed.
    #[error("invalid log filter {filter:?}: {reason}")]
    LogFilter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Something else has set up logging already.
    #[error("logging is set up already")]
    LoggingTwice,
    /// The process cannot listen for signals.
    #[error("cannot listen for signals")]
    Signals(#[source] std::io::Error),
}
