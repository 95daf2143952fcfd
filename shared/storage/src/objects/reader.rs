//! An object, read piece by piece: a reader that takes its time keeps no connection waiting, and one that breaks is
//! made anew for the next piece.

use std::{
    io::{self, Read},
    ops::Range,
};

use bytes::{Buf, Bytes};
use object_store::{GetOptions, ObjectMeta, ObjectStore, path::Path};

use super::{
    answer::explained,
    bucket::{Bucket, wait},
};
use crate::{ObjectUri, Result};

/// Bytes of one piece.
const PIECE: u64 = 1 << 20;

/// An object, read from its beginning. All of it is of one writing: where another takes its place, reading ends in an
/// error.
#[derive(Debug)]
pub(crate) struct ObjectReader {
    bucket: Bucket,
    uri: ObjectUri,
    found: ObjectMeta,
    at: u64,
    piece: Bytes,
}

impl ObjectReader {
    /// Looks the object up.
    ///
    /// # Errors
    /// [`crate::Error::NoSuchObject`], [`crate::Error::ObjectDenied`], [`crate::Error::Store`].
    pub(super) fn open(bucket: &Bucket, uri: ObjectUri, path: &Path) -> Result<Self> {
        let options = GetOptions::new().with_head(true);
        let found = wait(async {
            let found = bucket.objects.get_opts(path, options).await;
            found
                .map(|found| found.meta)
                .map_err(|error| explained(&uri, error))
        })?;
        Ok(Self {
            bucket: bucket.clone(),
            uri,
            found,
            at: 0,
            piece: Bytes::new(),
        })
    }

    /// Its size.
    pub(crate) fn size(&self) -> u64 {
        self.found.size
    }

    fn get(&self, range: Range<u64>) -> Result<Bytes> {
        let options = GetOptions::new()
            .with_range(Some(range))
            .with_if_match(self.found.e_tag.clone());
        wait(async {
            let got = self.bucket.objects.get_opts(&self.found.location, options).await;
            let bytes = match got {
                Ok(got) => got.bytes().await,
                Err(error) => Err(error),
            };
            bytes.map_err(|error| explained(&self.uri, error))
        })
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.size().min(self.at + PIECE);
        if self.piece.is_empty() && self.at < end {
            self.piece = self.get(self.at..end).map_err(io::Error::other)?;
            self.at += self.piece.len() as u64;
        }
        let count = self.piece.len().min(buffer.len());
        self.piece.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}
