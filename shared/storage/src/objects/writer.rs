//! Writes the files of an attempt to an object store, one after the other.

use std::path::Path;

use super::{
    answer::explained,
    bucket::{Bucket, path},
    options::Patience,
    prefix::Prefix,
    upload::Upload,
};
use crate::{ArtifactPath, Error, Result, artifact_writer::Content};

/// The objects of an attempt while they are written. Dropped without [`finish`](Self::finish), it removes what it has
/// written.
#[derive(Debug)]
pub(crate) struct PrefixWriter {
    prefix: Prefix,
    /// More patient than the prefix's own: what a long fit has made is not given up at the first hitch.
    bucket: Bucket,
    /// Where, relative to the prefix.
    folder: String,
    finished: bool,
}

impl PrefixWriter {
    /// Begins to write.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when something has been written there, [`Error::NoSuchBucket`],
    /// [`Error::ObjectDenied`], [`Error::Store`], [`Error::StoreSettings`].
    pub(crate) fn begin(prefix: &Prefix, path: &ArtifactPath) -> Result<Self> {
        let bucket = Bucket::connect(prefix.uri(), prefix.options(), Patience::Configured)?;
        let folder = path.to_string();
        if !prefix.sizes_in(&bucket, &folder)?.is_empty() {
            let uri = prefix.uri().join(&folder).to_string();
            return Err(Error::AlreadyExists { path: uri.into() });
        }
        Ok(Self {
            prefix: prefix.clone(),
            bucket,
            folder,
            finished: false,
        })
    }

    /// Writes one file, of which the name is checked.
    ///
    /// # Errors
    /// [`Error::NoSuchBucket`], [`Error::ObjectDenied`], [`Error::Store`].
    pub(crate) fn write(&mut self, name: &str, content: Content<'_>) -> Result<()> {
        let uri = self.prefix.uri().join(&self.folder).join(name);
        let explain = |error| explained(&uri, error);
        let mut upload = Upload::new(&*self.bucket.objects, path(&uri)?, &explain);
        let written = content(&mut upload);
        upload.end(written.map_err(|error| Error::io("write", Path::new(&uri.to_string()), error)))
    }

    /// Ends the writing.
    pub(crate) fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for PrefixWriter {
    fn drop(&mut self) {
        if !self.finished {
            // Whoever owns the lease removes its path again after a failure, so nothing is lost here.
            let _ = self.prefix.remove(&self.folder, None);
        }
    }
}
