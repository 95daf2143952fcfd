//! The accepted model is the one that the holder of the last lease wrote, whole and byte for byte; nobody else's is
//! pointed at.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use messages::v1::{self, JobState};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::Violation;
use crate::chaos::facts::{Facts, Job};

const MANIFEST: &str = "manifest.json";
const RULE: &str = "models";

#[derive(Deserialize)]
struct Manifest {
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    name: String,
    bytes: u64,
    sha256: String,
}

pub(super) fn check(job: &Job, found: &mut Vec<Violation>) {
    let result = match (job.job.state() == JobState::Succeeded, &job.job.artifact) {
        (true, Some(artifact)) => accepted(&job.job, artifact),
        (true, None) => Err("it succeeded without a model".to_owned()),
        (false, Some(artifact)) => Err(format!("it did not succeed and points at {}", artifact.uri)),
        (false, None) => Ok(()),
    };
    if let Err(what) = result {
        found.push(Violation::new(RULE, &job.job.job_id, what));
    }
}

/// Two jobs never point at one model.
pub(super) fn check_apart(facts: &Facts, found: &mut Vec<Violation>) {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for (job_id, job) in &facts.jobs {
        let Some(artifact) = &job.job.artifact else {
            continue;
        };
        if let Some(other) = owners.insert(&artifact.uri, job_id) {
            found.push(Violation::new(
                RULE,
                job_id,
                format!("it shares {} with {other}", artifact.uri),
            ));
        }
    }
}

fn accepted(job: &v1::TrainingJob, artifact: &v1::Artifact) -> Result<(), String> {
    let holder = job.attempts.last().ok_or("it succeeded without an attempt")?;
    if holder.outcome != "succeeded" || holder.attempt != job.attempt {
        return Err(format!(
            "attempt {} of {} ended {:?}, the job succeeded",
            holder.attempt, job.attempt, holder.outcome
        ));
    }
    let place = format!("/v{}/{}-{}", job.version, holder.attempt, holder.lease_id);
    if !artifact.uri.ends_with(&place) {
        return Err(format!("{} is not the holder's, {place}", artifact.uri));
    }
    let directory = artifact.uri.strip_prefix("file://").ok_or("it is no directory")?;
    verified(Path::new(directory), &artifact.sha256)
}

fn verified(directory: &Path, sha256: &str) -> Result<(), String> {
    let read = |name: &str| {
        let path: PathBuf = directory.join(name);
        fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let text = read(MANIFEST)?;
    if hash(&text) != sha256 {
        return Err(format!(
            "its manifest hashes to {} instead of {sha256}",
            hash(&text)
        ));
    }
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|error| format!("its manifest: {error}"))?;
    for file in &manifest.files {
        let bytes = read(&file.name)?;
        if bytes.len() as u64 != file.bytes || hash(&bytes) != file.sha256 {
            return Err(format!("{} is not what its manifest names", file.name));
        }
    }
    Ok(())
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chaos::checks::testing::{rules, succeeded};

    /// A job whose model lies under `root`.
    fn with_model(root: &Path) -> Job {
        let directory = root.join("v1/2-two");
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("rows.bin"), b"rows").unwrap();
        let manifest = format!(
            r#"{{"files":[{{"name":"rows.bin","bytes":4,"sha256":"{}"}}]}}"#,
            hash(b"rows")
        );
        fs::write(directory.join(MANIFEST), &manifest).unwrap();
        let mut job = succeeded();
        job.job.artifact = Some(v1::Artifact {
            uri: format!("file://{}", directory.display()),
            sha256: hash(manifest.as_bytes()),
            ..Default::default()
        });
        job
    }

    fn is_broken(job: &Job) -> bool {
        rules(|found| check(job, found)) == [RULE]
    }

    #[test]
    fn the_holders_whole_model_breaks_no_rule() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!is_broken(&with_model(dir.path())));
    }

    #[test]
    fn a_file_that_differs_from_its_manifest_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let job = with_model(dir.path());
        fs::write(dir.path().join("v1/2-two/rows.bin"), b"rowS").unwrap();
        assert!(is_broken(&job));
        fs::remove_file(dir.path().join("v1/2-two/rows.bin")).unwrap();
        assert!(is_broken(&job));
    }

    #[test]
    fn the_model_of_another_attempt_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let mut job = with_model(dir.path());
        job.job.attempts[1].lease_id = "three".into();
        assert!(is_broken(&job));
    }

    #[test]
    fn a_model_of_two_jobs_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let job = with_model(dir.path());
        let jobs = [("one".to_owned(), job.clone()), ("two".to_owned(), job)];
        let facts = Facts { jobs: jobs.into() };
        assert_eq!(rules(|found| check_apart(&facts, found)), [RULE]);
    }
}
