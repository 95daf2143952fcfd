//! Opens the table of a job. The roots are checked here once more, in the process that reads, whatever was checked
//! at registration.

use std::io::{Seek, SeekFrom};

use domain::{
    job::{Failure, FailureKind},
    spec::DatasetRef,
};
use ml::io::Source;
use storage::{Roots, Uri, sha256_of};

/// Opens a table under one of the roots. Also gives the SHA-256 of its content, which belongs into the model's
/// manifest, and which must be the registered one if there is one.
///
/// # Errors
/// A failure that names what is wrong with the URI, the file or its content.
pub(crate) fn open(dataset: &DatasetRef, roots: &Roots) -> Result<(Source, String), Failure> {
    let uri: Uri = dataset.uri.parse().map_err(|error| unreadable(dataset, error))?;
    let mut file = roots.open(&uri).map_err(|error| unreadable(dataset, error))?;
    let hashed = sha256_of(&mut file).and_then(|hashed| file.seek(SeekFrom::Start(0)).map(|_| hashed));
    let (_, found) = hashed.map_err(|error| {
        let message = format!("{} cannot be read: {error}", dataset.uri);
        Failure::new(FailureKind::StorageUnavailable, "READ_FAILED", message)
    })?;
    if let Some(expected) = dataset.sha256.as_ref().filter(|expected| **expected != found) {
        let message = format!(
            "{} has SHA-256 {found}, but {expected} was registered",
            dataset.uri
        );
        return Err(Failure::new(FailureKind::InvalidData, "SHA256_MISMATCH", message));
    }
    Ok((Source::new(uri.name().unwrap_or(&dataset.uri), file), found))
}

fn unreadable(dataset: &DatasetRef, error: storage::Error) -> Failure {
    use storage::Error;
    let (kind, code) = match &error {
        Error::InvalidUri { .. } => (FailureKind::InvalidSpec, "URI_INVALID"),
        Error::UnsupportedScheme { .. } => (FailureKind::Unsupported, "URI_SCHEME_UNSUPPORTED"),
        Error::OutsideRoots { .. } | Error::OutsidePrefixes { .. } => {
            (FailureKind::InvalidSpec, "URI_NOT_ALLOWED")
        }
        Error::NotFound { .. } | Error::NoSuchObject { .. } | Error::NoSuchBucket { .. } => {
            (FailureKind::InvalidData, "FILE_NOT_FOUND")
        }
        Error::NotAFile { .. } => (FailureKind::InvalidData, "NOT_A_FILE"),
        Error::PermissionDenied { .. } | Error::ObjectDenied { .. } => {
            (FailureKind::InvalidData, "PERMISSION_DENIED")
        }
        _ => (FailureKind::StorageUnavailable, "OPEN_FAILED"),
    };
    let cause = std::error::Error::source(&error)
        .map(|cause| format!(": {cause}"))
        .unwrap_or_default();
    Failure::new(
        kind,
        code,
        format!("{} cannot be opened: {error}{cause}", dataset.uri),
    )
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Read, path::Path};

    use domain::spec::{CsvOptions, DataFormat};

    use super::*;

    fn dataset(path: &Path, sha256: Option<&str>) -> DatasetRef {
        DatasetRef {
            id: "d".into(),
            uri: Uri::from_path(path).unwrap().to_string(),
            format: DataFormat::Csv,
            csv: CsvOptions::default(),
            sha256: sha256.map(str::to_owned),
        }
    }

    #[test]
    fn a_table_is_opened_at_its_beginning_after_its_hash_was_compared() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.csv");
        fs::write(&path, "abc").unwrap();
        let roots = Roots::new([dir.path()]).unwrap();
        let mut text = String::new();
        let (mut source, _) = open(&dataset(&path, Some(&storage::sha256_hex(b"abc"))), &roots).unwrap();
        source.file.read_to_string(&mut text).unwrap();
        assert_eq!((source.name.as_str(), text.as_str()), ("x.csv", "abc"));
        let failure = open(&dataset(&path, Some(&storage::sha256_hex(b"x"))), &roots).unwrap_err();
        assert_eq!(
            (failure.kind, failure.code.as_str()),
            (FailureKind::InvalidData, "SHA256_MISMATCH")
        );
    }

    #[test]
    fn what_cannot_be_opened_is_a_failure_of_the_right_kind() {
        let dir = tempfile::tempdir().unwrap();
        let roots = Roots::new([dir.path()]).unwrap();
        let code = |uri: &str| {
            let dataset = DatasetRef {
                uri: uri.into(),
                ..dataset(Path::new("/x"), None)
            };
            let failure = open(&dataset, &roots).unwrap_err();
            (failure.kind, failure.code)
        };
        let missing = Uri::from_path(&dir.path().join("none.csv")).unwrap().to_string();
        assert_eq!(
            code(&missing),
            (FailureKind::InvalidData, "FILE_NOT_FOUND".into())
        );
        assert_eq!(
            code("file:///etc/passwd"),
            (FailureKind::InvalidSpec, "URI_NOT_ALLOWED".into())
        );
        assert_eq!(
            code("file:///a/../etc"),
            (FailureKind::InvalidSpec, "URI_INVALID".into())
        );
        assert_eq!(
            code("s3://b/k"),
            (FailureKind::InvalidSpec, "URI_NOT_ALLOWED".into())
        );
        assert_eq!(
            code("ftp://b/k"),
            (FailureKind::Unsupported, "URI_SCHEME_UNSUPPORTED".into())
        );
    }
}
