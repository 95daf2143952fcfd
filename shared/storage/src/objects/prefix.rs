//! An artifact root in an object store: all objects under a prefix, one of which is the marker.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use object_store::{Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutOptions, path::Path};
use uuid::Uuid;

use super::{
    ObjectReader, Options,
    answer::explained,
    bucket::{Bucket, path, wait},
    options::Patience,
};
use crate::{ArtifactPath, Error, FileEntry, MARKER, ObjectUri, Result, check_name};

/// A prefix of a bucket, and how to reach it.
#[derive(Debug, Clone)]
pub(crate) struct Prefix {
    uri: ObjectUri,
    options: Options,
    bucket: Bucket,
}

impl Prefix {
    /// The prefix that a URI names. Nothing is asked of the store yet.
    ///
    /// # Errors
    /// [`Error::UnsupportedScheme`], [`Error::StoreSettings`].
    pub(crate) fn new(uri: ObjectUri, options: Options) -> Result<Self> {
        options.span(Patience::Configured)?;
        let bucket = Bucket::connect(&uri, &options, Patience::Short)?;
        Ok(Self { uri, options, bucket })
    }

    /// Where it is.
    pub(crate) fn uri(&self) -> &ObjectUri {
        &self.uri
    }

    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    /// The id in the marker, making the marker when it is missing.
    ///
    /// # Errors
    /// As [`read_marker`](Self::read_marker).
    pub(crate) fn create_or_read_marker(&self) -> Result<Uuid> {
        match self.read_marker() {
            Err(Error::MissingMarker { .. }) => {}
            known => return known,
        }
        let uri = self.uri.join(MARKER);
        let path = path(&uri)?;
        let id = Uuid::new_v4().to_string();
        wait(async {
            // Refused where another process has just made one.
            let create = PutOptions::from(PutMode::Create);
            match self.bucket.objects.put_opts(&path, id.into(), create).await {
                Ok(_) | Err(StoreError::AlreadyExists { .. }) => Ok(()),
                Err(error) => Err(explained(&uri, error)),
            }
        })?;
        self.read_marker()
    }

    /// The id in the marker.
    ///
    /// # Errors
    /// [`Error::MissingMarker`], [`Error::BrokenMarker`], [`Error::NoSuchBucket`], [`Error::ObjectDenied`],
    /// [`Error::Store`].
    pub(crate) fn read_marker(&self) -> Result<Uuid> {
        let uri = self.uri.join(MARKER);
        let path = path(&uri)?;
        let read = wait(async {
            let bytes = match self.bucket.objects.get(&path).await {
                Ok(found) => found.bytes().await,
                Err(error) => Err(error),
            };
            bytes.map_err(|error| explained(&uri, error))
        });
        let bytes = read.map_err(|error| match error {
            Error::NoSuchObject { .. } => Error::MissingMarker {
                path: self.uri.to_string().into(),
            },
            other => other,
        })?;
        let text = String::from_utf8_lossy(&bytes);
        text.trim().parse().map_err(|_| Error::BrokenMarker {
            path: uri.to_string().into(),
        })
    }

    /// Opens one of an attempt's files.
    ///
    /// # Errors
    /// [`Error::NoSuchObject`], [`Error::ObjectDenied`], [`Error::Store`].
    pub(crate) fn open(&self, attempt: &ArtifactPath, name: &str) -> Result<ObjectReader> {
        let uri = self.uri.join(&attempt.to_string()).join(name);
        let path = path(&uri)?;
        ObjectReader::open(&self.bucket, uri, &path)
    }

    /// Checks that every file of an attempt is there with its size, by one list of them.
    ///
    /// # Errors
    /// [`Error::InvalidName`], [`Error::NoSuchObject`], [`Error::WrongSize`], [`Error::ObjectDenied`],
    /// [`Error::Store`].
    pub(crate) fn check_sizes(&self, attempt: &ArtifactPath, entries: &[FileEntry]) -> Result<()> {
        let folder = attempt.to_string();
        let sizes = self.sizes_in(&self.bucket, &folder)?;
        entries.iter().try_for_each(|entry| {
            check_name("file name", &entry.name)?;
            let uri = || self.uri.join(&folder).join(&entry.name).to_string();
            match sizes.get(&entry.name) {
                Some(found) if *found == entry.bytes => Ok(()),
                Some(found) => Err(Error::WrongSize {
                    path: uri().into(),
                    expected: entry.bytes,
                    found: *found,
                }),
                None => Err(Error::NoSuchObject { uri: uri() }),
            }
        })
    }

    /// The sizes of the objects directly in a folder, by name.
    pub(super) fn sizes_in(&self, bucket: &Bucket, folder: &str) -> Result<BTreeMap<String, u64>> {
        let uri = self.uri.join(folder);
        let path = path(&uri)?;
        wait(async {
            let found = bucket.objects.list_with_delimiter(Some(&path)).await;
            let found = found.map_err(|error| explained(&uri, error))?.objects;
            let name = |path: &Path| path.filename().unwrap_or_default().to_owned();
            Ok(found
                .iter()
                .map(|object| (name(&object.location), object.size))
                .collect())
        })
    }

    /// Removes all objects in and under a folder but for those under another in it, and gives up every upload there
    /// that was begun and not ended.
    ///
    /// # Errors
    /// [`Error::NoSuchBucket`], [`Error::ObjectDenied`], [`Error::Store`].
    pub(crate) fn remove(&self, folder: &str, kept: Option<&str>) -> Result<()> {
        let uri = self.uri.join(folder);
        let folder = path(&uri)?;
        let kept = kept.map(|kept| path(&self.uri.join(kept))).transpose()?;
        wait(async {
            let found = self.bucket.objects.list(Some(&folder));
            let found = found.map_ok(|object| object.location);
            let goes = move |path: &Path| !kept.as_ref().is_some_and(|kept| path.prefix_matches(kept));
            let gone = found.try_filter(move |path| std::future::ready(goes(path)));
            let mut removed = self.bucket.objects.delete_stream(Box::pin(gone));
            loop {
                match removed.try_next().await {
                    Ok(Some(_)) | Err(StoreError::NotFound { .. }) => {}
                    Ok(None) => break,
                    Err(error) => return Err(explained(&uri, error)),
                }
            }
            #[cfg(feature = "s3")]
            if let Some(unfinished) = &self.bucket.unfinished {
                let aborted = unfinished.abort(&folder).await;
                aborted.map_err(|error| explained(&uri, error))?;
            }
            Ok(())
        })
    }
}
