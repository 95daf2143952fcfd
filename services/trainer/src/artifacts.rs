//! Writes the files of an attempt under its own path. They count only once the job-service's row points at them,
//! so a path that nobody points at is rubbish.

use std::path::Path;

use domain::job::{Failure, FailureKind};
use messages::v1;
use ml::artifact::{Content, Sink};
use storage::{ArtifactPlace, ArtifactWriter, FileEntry};

/// The file that names all others; it is written last and its hash stands for them all.
const MANIFEST: &str = "manifest.json";

/// The files of an attempt on their way.
struct Files(ArtifactWriter);

impl Sink for Files {
    fn write(&mut self, name: &str, content: &mut Content<'_>) -> Result<(), ml::Error> {
        let written = self.0.write_by(name, content);
        written.map(|_| ()).map_err(|error| unwritable(&error))
    }
}

/// Writes files, all or none, and says where they lie.
///
/// # Errors
/// A failure of kind `STORAGE_UNAVAILABLE` that names what could not be written, and what `files` says.
pub(crate) fn write(
    root: &str,
    path: &str,
    files: impl FnOnce(&mut dyn Sink) -> Result<(), ml::Error>,
) -> Result<v1::Artifact, ml::Error> {
    let begun = || {
        ArtifactPlace::new(Path::new(root))?
            .read_marker()?
            .writer(&path.parse()?)
    };
    let mut writer = Files(begun().map_err(|error| unwritable(&error))?);
    files(&mut writer)?;
    let (uri, files) = writer.0.finish().map_err(|error| unwritable(&error))?;
    let manifest = files.iter().find(|file| file.name == MANIFEST);
    let sha256 = manifest.map(|file| file.sha256.clone()).unwrap_or_default();
    let bytes = files.iter().map(|file| file.bytes).sum::<u64>();
    Ok(v1::Artifact {
        uri: uri.to_string(),
        sha256,
        bytes: count(bytes),
        files: files.into_iter().map(message).collect(),
    })
}

fn message(file: FileEntry) -> v1::ArtifactFile {
    v1::ArtifactFile {
        name: file.name,
        bytes: count(file.bytes),
        sha256: file.sha256,
    }
}

fn count(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn unwritable(error: &storage::Error) -> ml::Error {
    let code = match error {
        storage::Error::DiskFull { .. } => "DISK_FULL",
        storage::Error::PermissionDenied { .. } | storage::Error::ObjectDenied { .. } => "PERMISSION_DENIED",
        storage::Error::MissingRoot { .. }
        | storage::Error::MissingMarker { .. }
        | storage::Error::NoSuchBucket { .. } => "ARTIFACT_ROOT_MISSING",
        _ => "WRITE_FAILED",
    };
    let cause = std::error::Error::source(error)
        .map(|cause| format!(": {cause}"))
        .unwrap_or_default();
    ml::Error::Failed(Failure::new(
        FailureKind::StorageUnavailable,
        code,
        format!("the model cannot be written: {error}{cause}"),
    ))
}

#[cfg(test)]
mod tests {
    use storage::Uri;

    use super::*;

    #[test]
    fn an_artifact_names_its_files_and_the_hash_of_its_manifest() {
        let dir = tempfile::tempdir().unwrap();
        let root = ArtifactPlace::new(dir.path())
            .unwrap()
            .create_or_read_marker()
            .unwrap();
        let files = |sink: &mut dyn Sink| {
            sink.write("rows.bin", &mut |out| out.write_all(&[1, 2]))?;
            sink.write(MANIFEST, &mut |out| out.write_all(b"{}"))
        };
        let refused = |root: &str, path: &str| {
            let error = write(root, path, files).unwrap_err();
            error.failure().unwrap().clone()
        };
        let (root_text, path) = (root.place().to_string(), "models/p/j/v1/1-l");
        let artifact = write(&root_text, path, files).unwrap();
        assert_eq!((artifact.bytes, artifact.sha256), (4, storage::sha256_hex(b"{}")));
        let Uri::File(directory) = artifact.uri.parse().unwrap() else {
            unreachable!()
        };
        assert_eq!(std::fs::read(directory.join("rows.bin")).unwrap(), [1, 2]);
        let failure = refused(&root_text, path);
        assert_eq!(
            (failure.kind, failure.code.as_str()),
            (FailureKind::StorageUnavailable, "WRITE_FAILED")
        );
        let failure = refused("/nonexistent/root", path);
        assert_eq!(failure.code, "ARTIFACT_ROOT_MISSING");
    }
}
