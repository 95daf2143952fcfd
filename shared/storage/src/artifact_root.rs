//! The place that models are written under, shared by all processes, and what can be done with the files there. It is
//! the same on a disk and in an object store.

use std::path::Path;

use uuid::Uuid;

use crate::{
    ArtifactFile, ArtifactPath, ArtifactPlace, ArtifactWriter, Error, FileEntry, MARKER, Result, Uri,
    artifact_place::Place, names::check_name,
};

/// A place that is known to be an artifact root.
#[derive(Debug, Clone)]
pub struct ArtifactRoot {
    place: ArtifactPlace,
    id: Uuid,
}

impl ArtifactRoot {
    pub(crate) fn new(place: ArtifactPlace, id: Uuid) -> Self {
        Self { place, id }
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &ArtifactPlace {
        &self.place
    }

    /// The id in the marker.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Looks whether it is still there: one that is not mounted must not look like files that are missing.
    ///
    /// # Errors
    /// As [`ArtifactPlace::read_marker`]; [`Error::BrokenMarker`] when another is there in its place.
    pub fn check_present(&self) -> Result<()> {
        if self.place.read_marker()?.id == self.id {
            return Ok(());
        }
        Err(Error::BrokenMarker {
            path: Path::new(&self.place.to_string()).join(MARKER),
        })
    }

    /// Where an attempt's files are.
    #[must_use]
    pub fn uri(&self, path: &ArtifactPath) -> Uri {
        match &self.place.0 {
            Place::Directory(directory) => Uri::File(directory.of(path)),
            Place::Prefix(prefix) => Uri::Object(prefix.uri().join(&path.to_string())),
        }
    }

    /// Begins to write an attempt's files.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when they have been written; [`Error::MissingRoot`], [`Error::PermissionDenied`],
    /// [`Error::DiskFull`], …; [`Error::NoSuchBucket`], [`Error::ObjectDenied`], [`Error::Store`].
    pub fn writer(&self, path: &ArtifactPath) -> Result<ArtifactWriter> {
        ArtifactWriter::begin(self, path)
    }

    /// Opens one of an attempt's files for reading.
    ///
    /// # Errors
    /// [`Error::InvalidName`]; [`Error::NotFound`], [`Error::NotAFile`], [`Error::OutsideRoots`] when a link was put in
    /// the way, …; [`Error::NoSuchObject`], [`Error::ObjectDenied`], [`Error::Store`].
    pub fn open(&self, path: &ArtifactPath, name: &str) -> Result<ArtifactFile> {
        check_name("file", name)?;
        match &self.place.0 {
            Place::Directory(directory) => directory.open(path, name).map(ArtifactFile::from),
            Place::Prefix(prefix) => prefix.open(path, name).map(ArtifactFile::from),
        }
    }

    /// Checks that every file of an attempt is there with its size.
    ///
    /// # Errors
    /// [`Error::InvalidName`], [`Error::WrongSize`]; [`Error::NotFound`], [`Error::NotAFile`]; [`Error::NoSuchObject`],
    /// [`Error::ObjectDenied`], [`Error::Store`].
    pub fn check_sizes(&self, path: &ArtifactPath, files: &[FileEntry]) -> Result<()> {
        match &self.place.0 {
            Place::Directory(directory) => directory.check_sizes(path, files),
            Place::Prefix(prefix) => prefix.check_sizes(path, files),
        }
    }

    /// Removes an attempt's files, finished or not; nothing to remove is fine.
    ///
    /// # Errors
    /// [`Error::MissingRoot`], [`Error::PermissionDenied`], [`Error::OutsideRoots`] when a link was put in the way, …;
    /// [`Error::NoSuchBucket`], [`Error::ObjectDenied`], [`Error::Store`].
    pub fn remove(&self, path: &ArtifactPath) -> Result<()> {
        match &self.place.0 {
            Place::Directory(directory) => directory.remove(path),
            Place::Prefix(prefix) => prefix.remove(&path.to_string(), None),
        }
    }

    /// Removes the files of all of a job's attempts, finished or not, but for those at `kept`; nothing to remove is
    /// fine. An attempt that is still being written loses what it has.
    ///
    /// # Errors
    /// [`Error::InvalidName`], and as [`remove`](Self::remove).
    pub fn remove_job(&self, pipeline_id: &str, job_id: &str, kept: Option<&ArtifactPath>) -> Result<()> {
        let job = ArtifactPath::of_job(pipeline_id, job_id)?;
        match &self.place.0 {
            Place::Directory(directory) => directory.remove_job(&job, kept),
            Place::Prefix(prefix) => prefix.remove(&job, kept.map(ToString::to_string).as_deref()),
        }
    }
}

#[cfg(test)]
mod tests;
