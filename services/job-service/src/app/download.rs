//! A file of a job's model, opened for somebody who cannot read the artifact root.

use std::fs::File;

use domain::{
    id::JobId,
    job::{State, machine::Fence},
};
use messages::v1;

use super::{App, JobRow, Tenant, artifact};
use crate::error::{Error, Result};

/// An open file, and what its bytes must come to.
#[derive(Debug)]
pub struct Download {
    /// Its name, size and hash, as the model's manifest has them.
    pub entry: v1::ArtifactFile,
    /// At its beginning.
    pub file: File,
}

impl App {
    /// Opens the file `name` of a job's model.
    ///
    /// # Errors
    ///
    /// `JobNotFound`; `NoModel` for a job that has not succeeded; `ArtifactFileNotFound`; `ArtifactRoot` when what was
    /// written is not there or not whole; `Unavailable`.
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
        let mut entry = entry(&artifact, name).ok_or_else(|| Error::ArtifactFileNotFound(name.to_owned()))?;
        let file = self.open(&row, fence, name).await?;
        let found = file.metadata().map_err(|error| self.unreadable(error))?.len();
        let found = i64::try_from(found).unwrap_or(i64::MAX);
        if name == artifact::MANIFEST {
            entry.bytes = found;
        } else if entry.bytes != found {
            let message = format!("{name} has {found} bytes instead of {}", entry.bytes);
            return Err(self.unreadable(std::io::Error::other(message)));
        }
        Ok(Download { entry, file })
    }

    async fn open(&self, row: &JobRow, fence: Fence, name: &str) -> Result<File> {
        let path = artifact::path_of(row, fence).map_err(Error::ArtifactRoot)?;
        let (root, name) = (self.settings.artifact_root.clone(), name.to_owned());
        let opened = tokio::task::spawn_blocking(move || root.open(&path, &name)).await;
        opened.map_err(Error::Task)?.map_err(Error::ArtifactRoot)
    }

    fn unreadable(&self, source: std::io::Error) -> Error {
        Error::ArtifactRoot(storage::Error::Io {
            action: "read",
            path: self.settings.artifact_root.path().to_owned(),
            source,
        })
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
