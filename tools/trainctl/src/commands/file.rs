//! Tables that are read, and files that appear whole or not at all.

use std::{
    fs::{self, File, Permissions},
    io::{self, BufWriter, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use anyhow::{Context, Result, bail};
use domain::spec::{CsvOptions, DataFormat};
use messages::{
    convert::{dataset_from_pb, format_from_pb, format_to_pb},
    v1,
};
use ml::io::Source;
use tempfile::NamedTempFile;

use super::plan::wrong;
use crate::cli::{OutputFormat, Written};

/// A table on this machine, its format and how it is written, as the options have it. What they leave open of a CSV file
/// is as `like` has it.
pub(super) fn described_table(
    path: &Path,
    written: &Written,
    like: &CsvOptions,
) -> Result<(Source, DataFormat, CsvOptions)> {
    let name = path.display().to_string();
    let format = format_from_pb(format(written), &name).with_context(|| {
        format!(
            "the ending of {name} tells no format; known are .csv, .ndjson, .parquet, .arrow and .xlsx, or name one \
             with --format"
        )
    })?;
    let described = v1::DatasetSource {
        dataset_source_id: "table".into(),
        uri: name.clone(),
        format: format_to_pb(format).into(),
        csv: Some(csv_options_like(written, like)),
        ..Default::default()
    };
    // As the server checks what is registered.
    let described = dataset_from_pb(described, "options").map_err(|invalid| wrong(&invalid.0))?;
    let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
    Ok((Source::new(name, file), described.format, described.csv))
}

/// The format that a file is to be written in: the one that is given, else the one that its name's ending tells.
pub(super) fn output_format(path: &Path, given: Option<OutputFormat>) -> Result<OutputFormat> {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    let by_ending = match ending.to_str() {
        Some("csv") => Some(OutputFormat::Csv),
        Some("ndjson" | "jsonl") => Some(OutputFormat::Ndjson),
        Some("parquet") => Some(OutputFormat::Parquet),
        _ => None,
    };
    given.or(by_ending).with_context(|| {
        format!(
            "the ending of {} tells no format to write; known are .csv, .ndjson and .parquet, or name one with \
             --output-format",
            path.display()
        )
    })
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

/// The same, with what they leave open as `like` has it.
fn csv_options_like(written: &Written, like: &CsvOptions) -> v1::CsvOptions {
    let mut csv = csv_options(written).unwrap_or_default();
    if csv.delimiter.is_empty() {
        csv.delimiter = char::from(like.delimiter).to_string();
    }
    if csv.quote.is_empty() {
        csv.quote = char::from(like.quote).to_string();
    }
    if csv.null_values.is_empty() {
        csv.null_values.clone_from(&like.null_values);
    }
    csv.has_header.get_or_insert(like.has_header);
    csv
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
    let whole = || {
        let partial = partial(path)?;
        let mut writer = BufWriter::new(partial.as_file().try_clone()?);
        write(&mut writer)?;
        writer.flush()?;
        drop(writer);
        partial.persist(path)?;
        Ok(())
    };
    let written: Result<()> = whole();
    written.map_err(|error| {
        // What is wrong with the table that is read says so itself.
        if error.chain().any(|cause| cause.is::<ml::Error>()) {
            error
        } else {
            error.context(format!("cannot write {}", path.display()))
        }
    })
}

/// # Errors
/// When what is to be written is what is read.
pub(super) fn require_apart(input: &Path, output: &Path) -> Result<()> {
    let files = (fs::canonicalize(input), fs::canonicalize(output));
    if matches!(files, (Ok(input), Ok(output)) if input == output) {
        bail!(
            "{} is the table that is read; name another file with --output",
            output.display()
        );
    }
    Ok(())
}

/// A new file beside this one, which becomes it once it is whole; else it goes.
pub(super) fn partial(path: &Path) -> io::Result<NamedTempFile> {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        Some(_) | None => Path::new("."),
    };
    fs::metadata(directory)?;
    let mut prefix = path.file_name().unwrap_or_default().to_owned();
    prefix.push(".");
    tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(".partial")
        // What else is written here is, too, for whom the mask allows.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(directory)
        // Its own text names a file that nobody asked for.
        .map_err(|error| error.kind().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_is_not_there_is_told_by_the_name_that_was_given() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("nowhere").join("out.csv");
        let error = write_whole(&path, |_| Ok(())).unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            format!(
                "cannot write {}: No such file or directory (os error 2)",
                path.display()
            )
        );
    }
}
