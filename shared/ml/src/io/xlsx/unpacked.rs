//! What a workbook unpacks to, found out before its parts are held in memory: it is a ZIP archive, and a small one
//! can hold very much.

use std::io::{self, BufReader, Read};

use super::INVALID;
use crate::{Error, error::Result, io::Source};

/// A workbook may unpack to this much whatever its size.
const FREE: u64 = 64 << 20;
/// Beyond that, it may unpack to so many times its size; the text of a worksheet is packed to a tenth or so.
const RATIO: u64 = 100;

/// The part with the texts that cells share, all of which are held while the cells are read.
const SHARED: &str = "sharedstrings.xml";

/// Unpacks every part to nowhere, and tells how many bytes of shared texts there are.
///
/// # Errors
/// `XLSX_INVALID`, `PACKED_TOO_WELL`.
pub(super) fn check(source: &Source) -> Result<u64> {
    let Source { name, file, .. } = source;
    let failed = |error: io::Error| Error::storage("READ_FAILED", format!("{name}: {error}"));
    let broken = |error: String| Error::data(INVALID, format!("{name}: {error}"));
    let size = file.metadata().map_err(failed)?.len();
    let mut left = FREE.max(size.saturating_mul(RATIO));
    let mut shared = 0;
    let mut archive =
        zip::ZipArchive::new(BufReader::new(file)).map_err(|error| broken(error.to_string()))?;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|error| broken(error.to_string()))?;
        let is_shared = part
            .name()
            .is_ok_and(|name| name.to_ascii_lowercase().ends_with(SHARED));
        let unpacked = io::copy(&mut part.take(left + 1), &mut io::sink());
        let unpacked = unpacked.map_err(|error| broken(error.to_string()))?;
        let Some(rest) = left.checked_sub(unpacked) else {
            let message = format!("{name} has {size} bytes and unpacks to more than {RATIO} times as many");
            return Err(Error::data("PACKED_TOO_WELL", message));
        };
        left = rest;
        if is_shared {
            shared += unpacked;
        }
    }
    Ok(shared)
}
