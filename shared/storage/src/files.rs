//! Sizes and hashes of files. Everything that leaves a disk is compared with what was promised of it.

use std::{
    fs::File,
    io::{self, ErrorKind, Read, Write},
    path::Path,
};

use sha2::{Digest, Sha256};

use crate::{Error, Result, check_name};

/// What is known of one file of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Its name, one plain path component.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

/// The SHA-256 of some bytes in lower-case hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The size and the SHA-256 of everything a reader gives, read in pieces.
///
/// # Errors
/// What the reader said.
pub fn sha256_of(mut reader: impl Read) -> io::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 128 * 1024];
    let mut total = 0;
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok((total, hex(&hasher.finalize()))),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                total += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Hashes what is written on its way.
pub(crate) struct Hashed<'w> {
    out: &'w mut dyn Write,
    hasher: Sha256,
    bytes: u64,
}

impl<'w> Hashed<'w> {
    pub(crate) fn new(out: &'w mut dyn Write) -> Self {
        Self {
            out,
            hasher: Sha256::new(),
            bytes: 0,
        }
    }

    /// What is known of the file that was written.
    pub(crate) fn entry(self, name: &str) -> FileEntry {
        FileEntry {
            name: name.to_owned(),
            bytes: self.bytes,
            sha256: hex(&self.hasher.finalize()),
        }
    }
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Checks that every file is there with its size.
///
/// # Errors
/// [`Error::NotFound`], [`Error::NotAFile`], [`Error::WrongSize`], [`Error::InvalidName`].
pub(crate) fn check_sizes(dir: &Path, files: &[FileEntry]) -> Result<()> {
    files
        .iter()
        .try_for_each(|entry| open_sized(dir, entry).map(|_| ()))
}

/// Checks that every file is there with its size and its content.
///
/// # Errors
/// [`Error::NotFound`], [`Error::NotAFile`], [`Error::WrongSize`], [`Error::WrongHash`], [`Error::InvalidName`].
pub fn verify(dir: &Path, files: &[FileEntry]) -> Result<()> {
    files.iter().try_for_each(|entry| {
        let file = open_sized(dir, entry)?;
        let path = dir.join(&entry.name);
        let (_, found) = sha256_of(file).map_err(|error| Error::io("read", &path, error))?;
        if found == entry.sha256 {
            Ok(())
        } else {
            Err(Error::WrongHash {
                path,
                expected: entry.sha256.clone(),
                found,
            })
        }
    })
}

fn open_sized(dir: &Path, entry: &FileEntry) -> Result<File> {
    check_name("file name", &entry.name)?;
    let path = dir.join(&entry.name);
    let kind = std::fs::symlink_metadata(&path).map_err(|error| Error::io("inspect", &path, error))?;
    if !kind.is_file() {
        return Err(Error::NotAFile { path });
    }
    if kind.len() != entry.bytes {
        return Err(Error::WrongSize {
            path,
            expected: entry.bytes,
            found: kind.len(),
        });
    }
    File::open(&path).map_err(|error| Error::io("open", &path, error))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_difference_from_the_entries_is_found() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), "abc").unwrap();
        let entry = FileEntry {
            name: "a".into(),
            bytes: 3,
            sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".into(),
        };
        assert_eq!(sha256_hex(b"abc"), entry.sha256);
        assert!(verify(dir.path(), std::slice::from_ref(&entry)).is_ok());
        let check = |entry: FileEntry| verify(dir.path(), &[entry]).unwrap_err();
        assert!(matches!(
            check(FileEntry {
                bytes: 4,
                ..entry.clone()
            }),
            Error::WrongSize { found: 3, .. }
        ));
        assert!(matches!(
            check(FileEntry {
                sha256: sha256_hex(b"x"),
                ..entry.clone()
            }),
            Error::WrongHash { .. }
        ));
        assert!(matches!(
            check(FileEntry {
                name: "b".into(),
                ..entry.clone()
            }),
            Error::NotFound { .. }
        ));
        assert!(matches!(
            check(FileEntry {
                name: "../a".into(),
                ..entry
            }),
            Error::InvalidName { .. }
        ));
    }
}
