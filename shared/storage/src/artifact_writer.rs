//! Writes the files of an attempt one after the other. On a disk they appear together; in an object store each appears
//! by itself, so that whoever reads must begin with the one that was written last and names the others.

use std::io::{self, Write};

use crate::{
    ArtifactPath, ArtifactRoot, Error, FileEntry, Result, Uri, artifact_place::Place, check_name,
    directory::DirectoryWriter, files::Hashed, objects::PrefixWriter,
};

/// What writes a file's content, once.
pub(crate) type Content<'c> = &'c mut dyn FnMut(&mut dyn Write) -> io::Result<()>;

/// An attempt's files while they are written. Dropped without [`finish`](Self::finish), it removes what it has written.
#[derive(Debug)]
pub struct ArtifactWriter {
    uri: Uri,
    files: Vec<FileEntry>,
    place: Writer,
}

#[derive(Debug)]
enum Writer {
    Directory(DirectoryWriter),
    Prefix(PrefixWriter),
}

impl ArtifactWriter {
    pub(crate) fn begin(root: &ArtifactRoot, path: &ArtifactPath) -> Result<Self> {
        let place = match &root.place().0 {
            Place::Directory(directory) => Writer::Directory(DirectoryWriter::begin(directory, path)?),
            Place::Prefix(prefix) => Writer::Prefix(PrefixWriter::begin(prefix, path)?),
        };
        Ok(Self {
            uri: root.uri(path),
            files: Vec::new(),
            place,
        })
    }

    /// Writes one file durably; a name can be written once. A store that does not answer is asked again for as long as
    /// `TRAINYARD_STORE_PATIENCE` says.
    ///
    /// # Errors
    /// [`Error::InvalidName`], [`Error::AlreadyExists`]; [`Error::DiskFull`], [`Error::PermissionDenied`], …;
    /// [`Error::NoSuchBucket`], [`Error::ObjectDenied`], [`Error::Store`].
    pub fn write(&mut self, name: &str, bytes: impl AsRef<[u8]>) -> Result<&FileEntry> {
        self.write_by(name, |out| out.write_all(bytes.as_ref()))
    }

    /// As [`write`](Self::write), of a file that is made while it is written, so that it never lies in memory.
    ///
    /// # Errors
    /// As there; [`Error::Io`] with what `content` says.
    pub fn write_by(
        &mut self,
        name: &str,
        mut content: impl FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<&FileEntry> {
        check_name("file name", name)?;
        if self.files.iter().any(|file| file.name == name) {
            return Err(Error::AlreadyExists { path: name.into() });
        }
        let mut entry = None;
        let mut hashed = |out: &mut dyn Write| {
            let mut out = Hashed::new(out);
            content(&mut out)?;
            entry = Some(out.entry(name));
            Ok(())
        };
        match &mut self.place {
            Writer::Directory(writer) => writer.write(name, &mut hashed),
            Writer::Prefix(writer) => writer.write(name, &mut hashed),
        }?;
        let entry = entry.ok_or_else(|| Error::NotFound { path: name.into() })?;
        Ok(self.files.push_mut(entry))
    }

    /// Ends the writing. Returns where the files are, and which in the order they were written.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::DiskFull`], ….
    pub fn finish(self) -> Result<(Uri, Vec<FileEntry>)> {
        match self.place {
            Writer::Directory(writer) => writer.finish()?,
            Writer::Prefix(writer) => writer.finish(),
        }
        Ok((self.uri, self.files))
    }
}
