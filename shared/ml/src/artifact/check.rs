//! Sizes and hashes of an artifact's files, checked before anything in them is believed.

use std::{
    fs::{self, File},
    io::{ErrorKind, Read},
    path::Path,
};

use domain::id::Name;
use sha2::{Digest, Sha256};

use super::{FileEntry, MANIFEST_FILE, PIECE, bad};
use crate::{Error, error::Result};

/// The SHA-256 of some bytes in lower-case hexadecimal.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(super) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is to be told of a file.
pub(super) fn entry(name: &str, content: &[u8]) -> FileEntry {
    FileEntry {
        name: name.to_owned(),
        bytes: content.len() as u64,
        sha256: sha256_hex(content),
    }
}

/// The content of a file of at most `limit` bytes.
pub(super) fn read(dir: &Path, name: &str, limit: u64) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    open(dir, name)?
        .take(limit.saturating_add(1))
        .read_to_end(&mut content)
        .map_err(|error| unreadable(name, &error))?;
    if content.len() as u64 > limit {
        return Err(bad(name, format!("it has more than {limit} bytes")));
    }
    Ok(content)
}

/// The content of a file that is what the manifest says.
pub(super) fn read_checked(dir: &Path, entry: &FileEntry) -> Result<Vec<u8>> {
    check_name(entry)?;
    let content = read(dir, &entry.name, entry.bytes)?;
    compare(entry, &self::entry(&entry.name, &content))?;
    Ok(content)
}

/// Checks that a file is what the manifest says, piece by piece, and keeps nothing of it.
pub(super) fn verify(dir: &Path, entry: &FileEntry) -> Result<()> {
    check_name(entry)?;
    let mut file = open(dir, &entry.name)?.take(entry.bytes.saturating_add(1));
    let (mut hash, mut bytes, mut piece) = (Sha256::new(), 0, vec![0; PIECE]);
    loop {
        match file.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => {
                hash.update(&piece[..count]);
                bytes += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(&entry.name, &error)),
        }
    }
    let found = FileEntry {
        name: entry.name.clone(),
        bytes,
        sha256: hex(&hash.finalize()),
    };
    compare(entry, &found)
}

/// Checks that a file, if there is one, has the size that the manifest says.
pub(super) fn verify_size(dir: &Path, entry: &FileEntry) -> Result<()> {
    check_name(entry)?;
    match fs::metadata(dir.join(&entry.name)) {
        Ok(found) => compare_sizes(entry, found.len()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(unreadable(&entry.name, &error)),
    }
}

fn open(dir: &Path, name: &str) -> Result<File> {
    File::open(dir.join(name)).map_err(|error| unreadable(name, &error))
}

fn unreadable(name: &str, error: &std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => bad(name, "there is no such file"),
        _ => Error::storage("READ_FAILED", format!("{name}: {error}")),
    }
}

fn check_name(entry: &FileEntry) -> Result<()> {
    let reason = || format!("{:?} is no plain file name", entry.name);
    let name = entry.name.parse::<Name>();
    name.map(|_| ()).map_err(|_| bad(MANIFEST_FILE, reason()))
}

fn compare_sizes(wanted: &FileEntry, found: u64) -> Result<()> {
    if found > wanted.bytes {
        return Err(bad(
            &wanted.name,
            format!("it has more than {} bytes", wanted.bytes),
        ));
    }
    if found != wanted.bytes {
        let reason = format!("it has {found} bytes, not the {} of the manifest", wanted.bytes);
        return Err(bad(&wanted.name, reason));
    }
    Ok(())
}

fn compare(wanted: &FileEntry, found: &FileEntry) -> Result<()> {
    compare_sizes(wanted, found.bytes)?;
    if found.sha256 != wanted.sha256 {
        let reason = "its content is not what the manifest's sha256 promises";
        return Err(bad(&wanted.name, reason));
    }
    Ok(())
}
