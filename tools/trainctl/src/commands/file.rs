//! Tables that are read, and files that appear whole or not at all.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use domain::spec::{CsvOptions, DataFormat};
use messages::{
    convert::{dataset_from_pb, format_from_pb, format_to_pb},
    v1,
};
use ml::io::Source;

use super::plan::wrong;
use crate::cli::Written;

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

/// A table on this machine, its format and how it is written, as the options have it.
pub(super) fn described_table(path: &Path, written: &Written) -> Result<(Source, DataFormat, CsvOptions)> {
    let name = path.display().to_string();
    let format = match format(written) {
        v1::DataFormat::Unspecified => table(path)?.1,
        given => format_from_pb(given, &name).context("the format is not known")?,
    };
    let described = v1::DatasetSource {
        dataset_source_id: "table".into(),
        uri: name.clone(),
        format: format_to_pb(format).into(),
        csv: csv_options(written),
        ..Default::default()
    };
    // As the server checks what is registered.
    let described = dataset_from_pb(described, "options").map_err(|invalid| wrong(&invalid.0))?;
    let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
    Ok((Source::new(name, file), described.format, described.csv))
}

/// The format that the options name.
pub(super) fn format(written: &Written) -> v1::DataFormat {
    written.format.map_or(v1::DataFormat::Unspecified, Into::into)
}

/// What the options say of a CSV file, if anything.
pub(super) fn csv_options(written: &Written) -> Option<v1::CsvOptions> {
    let csv = v1::CsvOptions {
        delimiter: written.delimiter.as_deref().map(character).unwrap_or_default(),
        has_header: written.no_header.then_some(false),
        quote: written.quote.clone().unwrap_or_default(),
        null_values: written.null_values.clone(),
    };
    (csv != v1::CsvOptions::default()).then_some(csv)
}

/// A tab is hard to type.
fn character(given: &str) -> String {
    match given {
        "\\t" | "tab" => "\t".to_owned(),
        _ => given.to_owned(),
    }
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
