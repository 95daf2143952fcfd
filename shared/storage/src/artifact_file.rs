//! A file of an attempt, open for reading, whether it lies on a disk or in an object store.

use std::{
    fs::File,
    io::{self, Read},
};

use crate::objects::ObjectReader;

/// A file of an attempt, read from its beginning.
#[derive(Debug)]
pub struct ArtifactFile {
    size: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Disk(File),
    Object(Box<ObjectReader>),
}

impl ArtifactFile {
    /// Its size.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl From<(File, u64)> for ArtifactFile {
    fn from((file, size): (File, u64)) -> Self {
        Self {
            size,
            content: Content::Disk(file),
        }
    }
}

impl From<ObjectReader> for ArtifactFile {
    fn from(object: ObjectReader) -> Self {
        Self {
            size: object.size(),
            content: Content::Object(Box::new(object)),
        }
    }
}

impl Read for ArtifactFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.content {
            Content::Disk(file) => file.read(buffer),
            Content::Object(object) => object.read(buffer),
        }
    }
}
