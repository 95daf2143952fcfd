//! Copies of objects. A table is copied to a file without a name first: every format can then be read as from a disk,
//! more than once if need be, and a connection that breaks does not break the reading.

use std::{
    fs::File,
    io::{Seek, Write},
    path::Path as DiskPath,
};

use futures::TryStreamExt;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt, path::Path};

use super::{
    Options,
    answer::explained,
    bucket::{Bucket, path, wait},
    options::Patience,
};
use crate::{Error, ObjectUri, Result, check_name};

/// Bytes of one piece. Each is a request of its own, for which the store has all of the patience: what is large may take
/// as long as it takes.
const PIECE: u64 = 16 << 20;

/// A copy of an object, in a file that goes with its handle.
///
/// # Errors
/// [`Error::UnsupportedScheme`] where the program was built without the store; [`Error::NoSuchObject`],
/// [`Error::NoSuchBucket`], [`Error::ObjectDenied`], [`Error::Store`], [`Error::StoreSettings`], [`Error::DiskFull`], ….
pub(crate) fn copy(object: &ObjectUri, options: &Options) -> Result<File> {
    copy_in_pieces(object, options, PIECE)
}

/// The same by a request for each so many bytes.
pub(super) fn copy_in_pieces(object: &ObjectUri, options: &Options, piece: u64) -> Result<File> {
    let bucket = Bucket::connect(object, options, Patience::Configured)?;
    let path = path(object)?;
    let scratch = std::env::temp_dir();
    let on_disk = |action, error| Error::io(action, &scratch, error);
    let mut file = tempfile::tempfile().map_err(|error| on_disk("create a file in", error))?;
    let there = Written {
        file: &mut file,
        shown: &scratch,
    };
    wait(there.fetch(&bucket, object, &path, piece))?;
    file.rewind()
        .map_err(|error| on_disk("rewind a file in", error))?;
    Ok(file)
}

/// Copies the objects directly under a prefix whose names are wanted into a directory, each under the last part of its key.
///
/// # Errors
/// [`Error::NoSuchObject`] when there are none, [`Error::AlreadyExists`] when a file is there, and as for reading a
/// table.
pub fn fetch(prefix: &ObjectUri, directory: &DiskPath, is_wanted: impl Fn(&str) -> bool) -> Result<()> {
    let bucket = Bucket::connect(prefix, &Options::of_process(), Patience::Configured)?;
    let folder = path(prefix)?;
    wait(async {
        let found = bucket.objects.list_with_delimiter(Some(&folder)).await;
        let found = found.map_err(|error| explained(prefix, error))?.objects;
        if found.is_empty() {
            return Err(Error::NoSuchObject {
                uri: prefix.to_string(),
            });
        }
        for object in found {
            let name = object.location.filename().unwrap_or_default();
            if !is_wanted(name) {
                continue;
            }
            check_name("file name", name)?;
            let there = directory.join(name);
            let file = File::create_new(&there);
            let mut file = file.map_err(|error| Error::io("create", &there, error))?;
            let there = Written {
                file: &mut file,
                shown: &there,
            };
            there
                .fetch(&bucket, &prefix.join(name), &object.location, PIECE)
                .await?;
        }
        Ok(())
    })
}

/// A file that a copy is written to.
struct Written<'a> {
    file: &'a mut File,
    /// Where it lies.
    shown: &'a DiskPath,
}

impl Written<'_> {
    /// Writes the content of an object, by a request for each so many bytes. All of it is of one writing: where another
    /// takes its place, this ends in an error.
    async fn fetch(self, bucket: &Bucket, object: &ObjectUri, path: &Path, piece: u64) -> Result<()> {
        let told = |error| explained(object, error);
        // For all of it: a range of an empty object cannot be had, and a head is refused without a word.
        let mut found = bucket.objects.get(path).await.map_err(told)?;
        let (size, e_tag, mut at) = (found.meta.size, found.meta.e_tag.clone(), 0);
        loop {
            let end = size.min(at + piece);
            let mut stream = found.into_stream();
            while at < end {
                let Some(bytes) = stream.try_next().await.map_err(told)? else {
                    return Err(Error::Store {
                        uri: object.to_string(),
                        source: format!("it ended after {at} of {size} bytes").into(),
                    });
                };
                let written = self.file.write_all(&bytes);
                written.map_err(|error| Error::io("write to", self.shown, error))?;
                at += bytes.len() as u64;
            }
            if at >= size {
                return Ok(());
            }
            let next = GetOptions::new()
                .with_range(Some(at..size.min(at + piece)))
                .with_if_match(e_tag.clone());
            found = bucket.objects.get_opts(path, next).await.map_err(told)?;
        }
    }
}
