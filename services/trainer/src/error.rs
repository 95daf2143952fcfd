//! Why a trainer cannot start or go on. What goes wrong within an attempt is no error of the trainer but a
//! `Failure` that is reported.

use std::{io, path::PathBuf};

/// The result of a trainer's operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a trainer cannot start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another trainer uses the data directory.
    #[error("another trainer is using {path:?}: every trainer needs a data directory of its own")]
    DataDirInUse {
        /// The data directory.
        path: PathBuf,
    },
    /// The data directory holds an id that cannot be one.
    #[error("{path:?} holds {text:?}, which is no trainer id: {source}")]
    BrokenId {
        /// The file.
        path: PathBuf,
        /// What it holds.
        text: String,
        /// What is wrong with it.
        #[source]
        source: domain::id::InvalidId,
    },
    /// Something on the disk cannot be used.
    #[error("cannot {action} {path:?}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The child process of an attempt cannot be started.
    #[error("cannot start the child process")]
    Spawn(#[source] io::Error),
    /// The other side of the socketpair is gone, or said something that is not a frame.
    #[error("cannot {action} a frame")]
    Frame {
        /// What was tried.
        action: &'static str,
        /// What the operating system or the decoder said.
        #[source]
        source: io::Error,
    },
    /// Reading or writing bytes went wrong.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// NATS cannot be used.
    #[error(transparent)]
    Bus(#[from] bus::Error),
    /// The process could not be set up.
    #[error(transparent)]
    Setup(#[from] service_kit::Error),
    /// The process did not end in time.
    #[error("tasks were still running after the grace period and were left behind")]
    NotDrained,
}
