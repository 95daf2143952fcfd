//! Bytes at rest: where data may be read and where models are written. One crate holds every check on
//! a path, so that neither a job's URI nor an id inside a path can reach outside the configured directories.
//!
//! It opens and writes bytes and knows no format. Everything here blocks; callers on an async runtime
//! use a blocking thread.

mod artifact_file;
mod artifact_path;
mod artifact_place;
mod artifact_root;
mod artifact_writer;
mod beneath;
mod directory;
mod error;
mod files;
mod names;
mod objects;
mod roots;
mod uri;

pub use artifact_file::ArtifactFile;
pub use artifact_path::ArtifactPath;
pub use artifact_place::{ArtifactPlace, MARKER};
pub use artifact_root::ArtifactRoot;
pub use artifact_writer::ArtifactWriter;
pub use error::{Error, Result};
pub use files::{FileEntry, sha256_hex, sha256_of, verify};
pub use names::check_name;
pub use objects::{STORE_PATIENCE, fetch};
pub use roots::{Roots, roots_of_list};
pub use uri::{ObjectUri, Uri};
