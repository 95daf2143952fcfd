//! Whether the files a trainer reports are there, checked before its success counts. What is found missing costs
//! the attempt; what cannot be looked at for now costs time.

use std::{collections::BTreeSet, io::Read};

use domain::{
    id::JobId,
    job::{
        Failure, FailureKind, State,
        machine::{self, Fence},
    },
};
use messages::v1;
use serde::Deserialize;
use storage::{ArtifactPath, ArtifactRoot, FileEntry, Uri, sha256_hex};

use super::{App, JobRow};
use crate::{
    error::{Error, Result},
    store::retention::Finished,
};

pub(super) const MANIFEST: &str = "manifest.json";
/// No manifest comes near this; what does is not read into memory.
const LARGEST_MANIFEST: u64 = 64 << 20;

/// What is read of a manifest: the other files.
#[derive(Deserialize)]
struct Manifest {
    files: Vec<ManifestFile>,
}

#[derive(Deserialize)]
struct ManifestFile {
    name: String,
    bytes: u64,
    sha256: String,
}

impl App {
    /// Looks whether an artifact is where the holder of `fence` must have put it, and complete; if not, what is wrong.
    pub(super) async fn check_artifact(
        &self,
        row: &JobRow,
        fence: Fence,
        artifact: Option<&v1::Artifact>,
    ) -> Result<Option<Failure>> {
        let Some(artifact) = artifact else {
            return Ok(Some(broken("the report names no artifact")));
        };
        let path = match path_of(row, fence) {
            Ok(path) => path,
            Err(error) => return Ok(Some(broken(&error.to_string()))),
        };
        let check = Check {
            root: self.settings.artifact_root.clone(),
            path,
            artifact: artifact.clone(),
        };
        let checked = tokio::task::spawn_blocking(move || check.run()).await;
        match checked.map_err(Error::Task)? {
            Ok(()) => Ok(None),
            Err(Wrong::Artifact(reason)) => Ok(Some(broken(&reason))),
            Err(Wrong::Storage(error)) => Err(Error::ArtifactRoot(error)),
        }
    }

    /// Removes the files of an attempt that reported a model which will never be the job's: something else has ended
    /// the attempt first, and its trainer takes the end for its own success.
    pub(super) async fn drop_unless_taken(&self, row: &JobRow, fence: Fence) {
        let wanted = match row.job.state {
            State::Failed | State::Cancelled => false,
            State::Created | State::Queued | State::Running | State::Cancelling | State::Succeeded => {
                machine::holds(&row.job, fence)
            }
        };
        if wanted {
            return;
        }
        let (root, path) = (self.settings.artifact_root.clone(), path_of(row, fence));
        let removed = tokio::task::spawn_blocking(move || root.remove(&path?)).await;
        if let Ok(Err(error)) = removed {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(job.id = %row.id, error, "cannot remove the files of an attempt");
        }
    }

    /// Removes the files of a finished job; with `keep_model` all but those of its model.
    pub(super) async fn remove_files(&self, job: &Finished, keep_model: bool) -> Result<()> {
        let kept = job.accepted.filter(|_| keep_model);
        let kept = kept.map(|fence| path(&job.pipeline_id, job.id, job.version, fence));
        let kept = kept.transpose().map_err(Error::ArtifactRoot)?;
        let root = self.settings.artifact_root.clone();
        let (pipeline, id) = (job.pipeline_id.clone(), job.id.to_string());
        let removed = tokio::task::spawn_blocking(move || {
            root.check_present()?;
            root.remove_job(&pipeline, &id, kept.as_ref())
        });
        removed.await.map_err(Error::Task)?.map_err(Error::ArtifactRoot)
    }
}

/// Where the holder of `fence` puts its files.
pub(super) fn path_of(row: &JobRow, fence: Fence) -> storage::Result<ArtifactPath> {
    path(&row.pipeline_id, row.id, row.version, fence)
}

fn path(pipeline_id: &str, job: JobId, version: i64, fence: Fence) -> storage::Result<ArtifactPath> {
    let (job, lease) = (job.to_string(), fence.lease.to_string());
    ArtifactPath::new(pipeline_id, &job, version, fence.attempt, &lease)
}

fn broken(reason: &str) -> Failure {
    Failure::new(FailureKind::StorageUnavailable, "ARTIFACT_INCOMPLETE", reason)
}

enum Wrong {
    Artifact(String),
    Storage(storage::Error),
}

impl From<storage::Error> for Wrong {
    fn from(error: storage::Error) -> Self {
        match error {
            storage::Error::InvalidUri { .. }
            | storage::Error::UnsupportedScheme { .. }
            | storage::Error::OutsideRoots { .. }
            | storage::Error::InvalidName { .. }
            | storage::Error::InvalidArtifactPath { .. }
            | storage::Error::NotFound { .. }
            | storage::Error::NoSuchObject { .. }
            | storage::Error::NotAFile { .. }
            | storage::Error::AlreadyExists { .. }
            | storage::Error::WrongSize { .. }
            | storage::Error::WrongHash { .. } => Self::Artifact(error.to_string()),
            // The enum is non-exhaustive: whatever else there is says nothing about the artifact.
            _ => Self::Storage(error),
        }
    }
}

/// What a store said comes out of a reader in an error of its kind.
impl From<std::io::Error> for Wrong {
    fn from(error: std::io::Error) -> Self {
        match error.downcast::<storage::Error>() {
            Ok(error) => error.into(),
            Err(error) => Self::Artifact(format!("{MANIFEST} cannot be read: {error}")),
        }
    }
}

struct Check {
    root: ArtifactRoot,
    path: ArtifactPath,
    artifact: v1::Artifact,
}

impl Check {
    fn run(&self) -> Result<(), Wrong> {
        self.root.check_present().map_err(Wrong::Storage)?;
        let (expected, reported) = (self.root.uri(&self.path), self.artifact.uri.parse::<Uri>()?);
        if reported != expected {
            let reason = format!("the artifact is reported at {reported} instead of {expected}");
            return Err(Wrong::Artifact(reason));
        }
        let manifest = self.manifest()?;
        self.root.check_sizes(&self.path, &entries(&manifest))?;
        self.agrees(&manifest)
    }

    fn manifest(&self) -> Result<Manifest, Wrong> {
        let file = self.root.open(&self.path, MANIFEST)?;
        if file.size() > LARGEST_MANIFEST {
            return Err(Wrong::Artifact(format!("{MANIFEST} has {} bytes", file.size())));
        }
        let mut text = Vec::new();
        file.take(LARGEST_MANIFEST).read_to_end(&mut text)?;
        let (found, expected) = (sha256_hex(&text), &self.artifact.sha256);
        if found != *expected {
            let reason = format!("{MANIFEST} has SHA-256 {found} instead of {expected}");
            return Err(Wrong::Artifact(reason));
        }
        serde_json::from_slice(&text).map_err(|error| Wrong::Artifact(format!("{MANIFEST}: {error}")))
    }

    /// What is reported of the files, and will be told to clients, is what the manifest says of them: a file that one of
    /// the two leaves out could not be downloaded, or not be checked.
    fn agrees(&self, manifest: &Manifest) -> Result<(), Wrong> {
        let files = self.artifact.files.iter().filter(|file| file.name != MANIFEST);
        let reported = files.map(|file| (&file.name, i128::from(file.bytes), &file.sha256));
        let files = manifest.files.iter();
        let listed = files.map(|file| (&file.name, i128::from(file.bytes), &file.sha256));
        let (reported, listed): (BTreeSet<_>, BTreeSet<_>) = (reported.collect(), listed.collect());
        match reported.symmetric_difference(&listed).next() {
            None => Ok(()),
            Some((name, ..)) => Err(Wrong::Artifact(format!(
                "{name:?} is not reported as {MANIFEST} lists it"
            ))),
        }
    }
}

fn entries(manifest: &Manifest) -> Vec<FileEntry> {
    let entry = |file: &ManifestFile| FileEntry {
        name: file.name.clone(),
        bytes: file.bytes,
        sha256: file.sha256.clone(),
    };
    manifest.files.iter().map(entry).collect()
}
