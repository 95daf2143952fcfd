//! What can go wrong with stored bytes. Causes a caller treats differently have their own variant.

use std::{io, path::Path, path::PathBuf};

use rustix::io::Errno;

/// The result of a storage operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why bytes could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not a URI this crate understands.
    #[error("invalid URI {uri:?}: {reason}")]
    InvalidUri {
        /// The text.
        uri: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The URI names a store this version cannot reach.
    #[error(
        "unsupported URI scheme in {uri:?}: file, s3, gs and az are known, as far as this program was built with them"
    )]
    UnsupportedScheme {
        /// The text.
        uri: String,
    },
    /// The object lies under none of the allowed prefixes.
    #[error("{uri} is outside the allowed directories and prefixes")]
    OutsidePrefixes {
        /// The object.
        uri: String,
    },
    /// What is set in the environment allows no connection to a store.
    #[error("the object store cannot be used as it is set up: {reason}")]
    StoreSettings {
        /// What is wrong.
        reason: String,
    },
    /// There is no such bucket, which nothing here makes.
    #[error("the bucket of {uri} does not exist")]
    NoSuchBucket {
        /// What was looked for in it.
        uri: String,
    },
    /// There is no such object, or it cannot be seen.
    #[error("{uri} not found")]
    NoSuchObject {
        /// The object.
        uri: String,
    },
    /// The store refused.
    #[error("the store refused access to {uri}{reason}")]
    ObjectDenied {
        /// The object.
        uri: String,
        /// A colon and the store's word for why, such as `AccessDenied`; empty where it said none.
        reason: String,
    },
    /// The store could not be reached or did not do what was asked.
    #[error("the object store failed at {uri}")]
    Store {
        /// The object.
        uri: String,
        /// What went wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The path lies under none of the allowed directories, or a link leads out of them.
    #[error("{path:?} is outside the allowed directories")]
    OutsideRoots {
        /// The path.
        path: PathBuf,
    },
    /// A name that must not become part of a path.
    #[error("invalid {what} {value:?}: expected 1 to 128 of [A-Za-z0-9._-], starting with a letter or digit")]
    InvalidName {
        /// What the name was for.
        what: &'static str,
        /// The name.
        value: String,
    },
    /// A path that does not have the form of an attempt's path.
    #[error("invalid artifact path {path:?}: expected models/<pipeline>/<job>/v<version>/<attempt>-<lease>")]
    InvalidArtifactPath {
        /// The path.
        path: String,
    },
    /// An allowed directory was given in a form that cannot be one.
    #[error("invalid root {path:?}: {reason}")]
    InvalidRoot {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A configured directory does not exist or cannot be entered.
    #[error("root directory {path:?} is missing")]
    MissingRoot {
        /// The directory.
        path: PathBuf,
    },
    /// The artifact root has no marker: no job-service has used it yet.
    #[error("no {} in {path:?}: it is not an artifact root yet", crate::MARKER)]
    MissingMarker {
        /// The directory.
        path: PathBuf,
    },
    /// The artifact root's marker holds something else than an id.
    #[error("the marker {path:?} does not hold an id")]
    BrokenMarker {
        /// The marker.
        path: PathBuf,
    },
    /// There is no such file.
    #[error("{path:?} not found")]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// There is something else than a regular file.
    #[error("{path:?} is not a regular file")]
    NotAFile {
        /// What was found.
        path: PathBuf,
    },
    /// There is something already, and it is not overwritten.
    #[error("{path:?} exists already")]
    AlreadyExists {
        /// What exists.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("permission denied for {path:?}")]
    PermissionDenied {
        /// What was refused.
        path: PathBuf,
    },
    /// There is no space left, or no more than a quota allows.
    #[error("no space left for {path:?}")]
    DiskFull {
        /// What was being written.
        path: PathBuf,
    },
    /// A file has another size than its entry says.
    #[error("{path:?} has {found} bytes instead of {expected}")]
    WrongSize {
        /// The file.
        path: PathBuf,
        /// The size its entry names.
        expected: u64,
        /// The size it has.
        found: u64,
    },
    /// A file has other content than its entry says.
    #[error("{path:?} has SHA-256 {found} instead of {expected}")]
    WrongHash {
        /// The file.
        path: PathBuf,
        /// The hash its entry names.
        expected: String,
        /// The hash it has.
        found: String,
    },
    /// Beneath-root opens need `openat2`.
    #[error("this kernel has no openat2 system call (Linux 5.6 or later is needed), or a sandbox forbids it")]
    NoOpenat2,
    /// Anything else the operating system said.
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
}

impl Error {
    /// Names what the operating system said while `action` was tried on `path`.
    pub(crate) fn io(action: &'static str, path: &Path, source: impl Into<io::Error>) -> Self {
        let (source, path) = (source.into(), path.to_path_buf());
        match Errno::from_io_error(&source) {
            Some(Errno::NOENT | Errno::NOTDIR) => Self::NotFound { path },
            Some(Errno::ACCESS | Errno::PERM | Errno::ROFS) => Self::PermissionDenied { path },
            Some(Errno::NOSPC | Errno::DQUOT | Errno::FBIG) => Self::DiskFull { path },
            Some(Errno::EXIST | Errno::NOTEMPTY) => Self::AlreadyExists { path },
            Some(Errno::NOSYS) => Self::NoOpenat2,
            _ => Self::Io { action, path, source },
        }
    }
}
