//! Files that are there whole or not at all, whenever the machine stops.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// The extension of a file that is not whole yet.
pub(crate) const DRAFT: &str = "draft";

/// Writes a file, which takes the place of an earlier one, so that it outlives the machine's end.
///
/// # Errors
/// What the operating system said; an earlier file is then untouched.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension(DRAFT);
    let written = || -> io::Result<()> {
        let mut file = File::create(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    if let Err(error) = written() {
        // It would only fill a full disk further.
        let _ = fs::remove_file(&draft);
        return Err(error);
    }
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}
