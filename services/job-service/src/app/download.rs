//! A file of a job's model, opened for somebody who cannot read the artifact root.

use std::io::Read;

use domain::{
    id::JobId,
    job::{State, machine::Fence},
};
use messages::v1;
use storage::{ArtifactPath, ArtifactRoot};

use super::{App, Tenant, artifact};
use crate::error::{Error, Result};

/// An open file, and what its bytes must come to.
pub struct Download {
    /// Its name, size and hash, as the model's manifest has them.
    pub entry: v1::ArtifactFile,
    /// At its beginning. To read it may take time.
    pub content: Box<dyn Read + Send>,
}

impl App {
    /// Opens the file `name` of a job's model.
    ///
    /// # Errors
    ///
    /// `JobNotFound`; `NoModel` for a job that has not succeeded; `ArtifactFileNotFound`; `ArtifactLost` when what was
    /// written is not there or not whole; `ArtifactRoot` when that cannot be looked at for now; `Unavailable`.
    pub async fn download(&self, tenant: &Tenant, id: JobId, name: &str) -> Result<Download> {
        let row = self.get(tenant, id).await?;
        let (fence, artifact) = match (&row.job.lease, row.result.as_ref()) {
            (Some(lease), Some(result)) if row.job.state == State::Succeeded => {
                let fence = Fence {
                    attempt: row.job.attempt,
                    lease: lease.id,
                };
                (fence, result.artifact.clone().unwrap_or_default())
            }
            _ => {
                let state = row.job.state;
                return Err(Error::NoModel { job: id, state });
            }
        };
        let entry = entry(&artifact, name).ok_or_else(|| Error::ArtifactFileNotFound(name.to_owned()))?;
        let path = artifact::path_of(&row, fence).map_err(Error::ArtifactRoot)?;
        let root = self.settings.artifact_root.clone();
        let opened = tokio::task::spawn_blocking(move || {
            open(&root, &path, entry).map_err(|error| lost_or_away(&root, error))
        });
        opened.await.map_err(Error::Task)?
    }
}

/// Opens what the model says it has, if it is there and as long as it says.
fn open(root: &ArtifactRoot, path: &ArtifactPath, mut entry: v1::ArtifactFile) -> storage::Result<Download> {
    let file = root.open(path, &entry.name)?;
    let (expected, found) = (entry.bytes.unsigned_abs(), file.size());
    if entry.name == artifact::MANIFEST {
        entry.bytes = i64::try_from(found).unwrap_or(i64::MAX);
    } else if expected != found {
        return Err(storage::Error::WrongSize {
            path: format!("{}/{}", root.uri(path), entry.name).into(),
            expected,
            found,
        });
    }
    let content = Box::new(file);
    Ok(Download { entry, content })
}

/// A file that is missing from a root which can be seen is lost; else nobody can tell.
fn lost_or_away(root: &ArtifactRoot, error: storage::Error) -> Error {
    let missing = matches!(
        error,
        storage::Error::NotFound { .. }
            | storage::Error::NoSuchObject { .. }
            | storage::Error::NotAFile { .. }
            | storage::Error::WrongSize { .. }
    );
    if missing && root.check_present().is_ok() {
        Error::ArtifactLost(error)
    } else {
        Error::ArtifactRoot(error)
    }
}

/// What the model says of its file `name`. The manifest tells of all others and is told of by the artifact itself.
fn entry(artifact: &v1::Artifact, name: &str) -> Option<v1::ArtifactFile> {
    if name == artifact::MANIFEST {
        return Some(v1::ArtifactFile {
            name: name.to_owned(),
            bytes: 0,
            sha256: artifact.sha256.clone(),
        });
    }
    artifact.files.iter().find(|file| file.name == name).cloned()
}
