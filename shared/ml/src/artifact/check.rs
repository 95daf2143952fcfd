//! Sizes and hashes of an artifact's files, checked before anything in them is believed.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use domain::id::Name;
use sha2::{Digest, Sha256};

use super::{FileEntry, bad};
use crate::{Error, error::Result};

/// The SHA-256 of some bytes in lower-case hexadecimal.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
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
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => bad(name, "there is no such file"),
        _ => Error::storage("READ_FAILED", format!("{name}: {error}")),
    };
    let mut content = Vec::new();
    let file = File::open(dir.join(name)).map_err(failed)?;
    file.take(limit.saturating_add(1))
        .read_to_end(&mut content)
        .map_err(failed)?;
    if content.len() as u64 > limit {
        return Err(bad(name, format!("it has more than {limit} bytes")));
    }
    Ok(content)
}

/// The content of a file that is what the manifest says.
pub(super) fn read_checked(dir: &Path, entry: &FileEntry) -> Result<Vec<u8>> {
    if entry.name.parse::<Name>().is_err() {
        return Err(bad(
            "manifest.json",
            format!("{:?} is no plain file name", entry.name),
        ));
    }
    let content = read(dir, &entry.name, entry.bytes)?;
    if content.len() as u64 != entry.bytes {
        let (found, wanted) = (content.len(), entry.bytes);
        return Err(bad(
            &entry.name,
            format!("it has {found} bytes, not the {wanted} of the manifest"),
        ));
    }
    if sha256_hex(&content) != entry.sha256 {
        return Err(bad(
            &entry.name,
            "its content is not what the manifest's sha256 promises",
        ));
    }
    Ok(content)
}
