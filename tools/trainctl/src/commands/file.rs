//! Tables that are read, and files that appear whole or not at all.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use domain::spec::DataFormat;
use messages::{convert::format_from_pb, v1};
use ml::io::Source;

/// A table on this machine, and its format by the file's ending.
pub(super) fn table(path: &Path) -> Result<(Source, DataFormat)> {
    let name = path.display().to_string();
    let format = format_from_pb(v1::DataFormat::Unspecified, &name);
    let format = format.with_context(|| {
        format!("the ending of {name} tells no format; known are .csv, .ndjson, .parquet, .arrow and .xlsx")
    })?;
    let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
    Ok((Source::new(name, file), format))
}

/// Writes a file in one go: whoever sees it sees all of it.
pub(super) fn write_whole(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let write = || {
        let mut writer = BufWriter::new(File::create(&partial)?);
        write(&mut writer)?;
        writer.flush()?;
        drop(writer);
        Ok(fs::rename(&partial, path)?)
    };
    let written: Result<()> = write();
    if written.is_err() {
        // What is left of it is of no use; that it cannot be removed is not the news.
        let _ = fs::remove_file(&partial);
    }
    written.with_context(|| format!("cannot write {}", path.display()))
}
