//! Where models are written: a directory that all processes share, or a prefix of an object store. It need not have
//! been used before; what has a marker is an [`ArtifactRoot`].

use std::{fmt, path::Path};

use crate::{
    ArtifactRoot, Error, ObjectUri, Result, Uri,
    directory::Directory,
    objects::{Options, Prefix},
};

/// The name of the marker in an artifact root.
pub const MARKER: &str = ".trainyard-root";

/// A place for models.
#[derive(Debug, Clone)]
pub struct ArtifactPlace(pub(crate) Place);

#[derive(Debug, Clone)]
pub(crate) enum Place {
    Directory(Directory),
    Prefix(Prefix),
}

impl ArtifactPlace {
    /// The place that is named by an absolute directory or by a URI such as `file:///models` or `s3://bucket/models`.
    /// A store's address and its credentials are taken from the environment; it is not asked yet.
    ///
    /// # Errors
    /// [`Error::InvalidRoot`], [`Error::InvalidUri`], [`Error::UnsupportedScheme`] where the program was built without
    /// the store, [`Error::StoreSettings`].
    pub fn new(place: &Path) -> Result<Self> {
        Self::with_options(place, Options::of_process())
    }

    pub(crate) fn with_options(place: &Path, options: Options) -> Result<Self> {
        let text = place.to_string_lossy();
        if !text.contains("://") {
            return Ok(Self(Place::Directory(Directory::new(place)?)));
        }
        if text.starts_with("file://") {
            return match text.parse()? {
                Uri::File(path) => Ok(Self(Place::Directory(Directory::new(&path)?))),
                Uri::Object(_) => Err(Error::UnsupportedScheme {
                    uri: text.into_owned(),
                }),
            };
        }
        let prefix = Prefix::new(ObjectUri::parse(&text)?, options)?;
        Ok(Self(Place::Prefix(prefix)))
    }

    /// Opens the root, making it and its marker when they are missing; a bucket is not made. Of several processes that
    /// do so at once one makes the marker, and all read that one.
    ///
    /// # Errors
    /// [`Error::BrokenMarker`], [`Error::PermissionDenied`], [`Error::DiskFull`], …; [`Error::NoSuchBucket`],
    /// [`Error::ObjectDenied`], [`Error::Store`].
    pub fn create_or_read_marker(&self) -> Result<ArtifactRoot> {
        let id = match &self.0 {
            Place::Directory(directory) => directory.create_or_read_marker(),
            Place::Prefix(prefix) => prefix.create_or_read_marker(),
        }?;
        Ok(ArtifactRoot::new(self.clone(), id))
    }

    /// Opens a root that has its marker.
    ///
    /// # Errors
    /// [`Error::MissingRoot`], [`Error::MissingMarker`], [`Error::BrokenMarker`], …; [`Error::NoSuchBucket`],
    /// [`Error::ObjectDenied`], [`Error::Store`].
    pub fn read_marker(&self) -> Result<ArtifactRoot> {
        let id = match &self.0 {
            Place::Directory(directory) => directory.read_marker(),
            Place::Prefix(prefix) => prefix.read_marker(),
        }?;
        Ok(ArtifactRoot::new(self.clone(), id))
    }
}

/// As [`ArtifactPlace::new`] takes it.
impl fmt::Display for ArtifactPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Directory(directory) => write!(f, "{}", directory.path().display()),
            Place::Prefix(prefix) => write!(f, "{}", prefix.uri()),
        }
    }
}
