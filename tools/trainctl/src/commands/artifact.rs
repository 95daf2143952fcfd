//! `artifact get` and `artifact verify`: a model's files, fetched from the server and held against their hashes.

use std::{
    fs,
    io::{self, Seek},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use messages::v1::{self, GetArtifactRequest, JobView, get_artifact_response::Part};
use ml::artifact::{MANIFEST_FILE, ONNX_DATA_FILE, ONNX_FILE};
use serde_json::json;
use storage::FileEntry;
use tokio::{fs::File, io::AsyncWriteExt};
use tonic::Status;

use super::{file, jobs, model_dir::ModelDir};
use crate::{
    cli::{ArtifactCommand, GetArtifact},
    client::{Backoff, CallError, Client, may_pass, retry_delay},
    output::{Output, note},
    show::words,
};

/// Does what is asked with a model's files.
pub(super) async fn run(server: &str, command: ArtifactCommand, output: &mut Output) -> Result<()> {
    match command {
        ArtifactCommand::Get(options) => get(&Client::connect(server).await?, options, output).await,
        ArtifactCommand::Verify { directory } => verify(&directory, output).await,
    }
}

/// A job's model.
pub(super) fn model(job: &v1::TrainingJob) -> Result<&v1::Artifact> {
    let state = || {
        format!(
            "job {} is {} and has no model",
            job.job_id,
            words::state(job.state())
        )
    };
    job.artifact.as_ref().with_context(state)
}

/// Fetches a job's model. A file that is there already, as the server has it, is not fetched again.
async fn get(client: &Client, options: GetArtifact, output: &mut Output) -> Result<()> {
    let job = jobs::named(client, &options.job, JobView::Basic).await?;
    let files = chosen(&model(&job)?.files, &options.files)?;
    let directory = options.output.unwrap_or_else(|| PathBuf::from(&job.job_id));
    let missing = missing(&directory, &files)?;
    fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
    for entry in missing {
        let path = directory.join(&entry.name);
        fetch(client, &job.job_id, &entry, &path).await?;
        note(&format!(
            "{} {}",
            path.display(),
            words::bytes(entry.bytes.cast_signed())
        ));
    }
    if output.json {
        return output.json(&json!({ "job_id": job.job_id, "directory": directory, "files": names(&files) }));
    }
    output.line(&directory.display().to_string())
}

/// The files that a directory has not yet.
///
/// # Errors
/// If it has another file of such a name: nothing is to be put beside what belongs to something else.
fn missing(directory: &Path, files: &[&v1::ArtifactFile]) -> Result<Vec<FileEntry>> {
    let mut missing = Vec::new();
    for entry in files.iter().map(|file| entry(file)) {
        storage::check_name("file name", &entry.name)?;
        let path = directory.join(&entry.name);
        if storage::verify(directory, std::slice::from_ref(&entry)).is_ok() {
            note(&format!("{} is there already", path.display()));
        } else if path.symlink_metadata().is_ok() {
            bail!(
                "{} is there and is another file: name another directory with --output",
                path.display()
            );
        } else {
            missing.push(entry);
        }
    }
    Ok(missing)
}

/// The files asked for, all of them where none is named. `model.onnx` comes with the tables that it has beside it, if any.
pub(super) fn chosen<'a>(
    files: &'a [v1::ArtifactFile],
    names: &[String],
) -> Result<Vec<&'a v1::ArtifactFile>> {
    if names.is_empty() {
        return Ok(files.iter().collect());
    }
    let find = |name: &String| {
        files.iter().find(|file| file.name == *name).with_context(|| {
            let all: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
            format!("the model has no file {name:?}; it has {}", all.join(", "))
        })
    };
    let mut chosen: Vec<_> = names.iter().map(find).collect::<Result<_>>()?;
    if names.iter().any(|name| name == ONNX_FILE) && !names.iter().any(|name| name == ONNX_DATA_FILE) {
        chosen.extend(files.iter().find(|file| file.name == ONNX_DATA_FILE));
    }
    Ok(chosen)
}

fn names(files: &[&v1::ArtifactFile]) -> Vec<String> {
    files.iter().map(|file| file.name.clone()).collect()
}

pub(super) fn entry(file: &v1::ArtifactFile) -> FileEntry {
    FileEntry {
        name: file.name.clone(),
        bytes: file.bytes.unsigned_abs(),
        sha256: file.sha256.clone(),
    }
}

/// Fetches a file under another name, and gives it that of `path` when every byte is as promised. A download that breaks
/// off begins again; one that came further than all before it is no reason to give up soon.
pub(super) async fn fetch(client: &Client, job_id: &str, entry: &FileEntry, path: &Path) -> Result<()> {
    let failed = || format!("cannot write {}", path.display());
    let mut backoff = Backoff::for_calls();
    let mut furthest = 0;
    let mut partial = loop {
        let partial = file::partial(path).with_context(failed)?;
        let mut content = File::from_std(partial.as_file().try_clone().with_context(failed)?);
        let mut came = 0;
        let status = match download(client, job_id, &entry.name, &mut content, &mut came).await {
            Ok(()) => break partial,
            Err(Broken::Here(error)) => return Err(error).with_context(failed),
            Err(Broken::There(status)) => status,
        };
        if came > furthest {
            furthest = came;
            backoff = Backoff::for_calls();
        }
        if !may_pass(&status) || !backoff.wait(retry_delay(&status), status.message()).await {
            return Err(CallError::new(&format!("fetch {}", entry.name), status).into());
        }
    };
    let came = partial.rewind().and_then(|()| storage::sha256_of(&mut partial));
    let (bytes, sha256) = came.with_context(failed)?;
    if (bytes, &sha256) != (entry.bytes, &entry.sha256) {
        bail!(
            "{} did not come as the job's record has it: {bytes} bytes with SHA-256 {sha256} instead of {} with {}",
            entry.name,
            entry.bytes,
            entry.sha256
        );
    }
    partial.persist_noclobber(path).with_context(failed)?;
    Ok(())
}

/// On which side a download broke.
enum Broken {
    /// On this machine.
    Here(io::Error),
    /// With what the server, or the way to it, ended in.
    There(Status),
}

/// Writes what the server sends of a file, and counts the bytes that came.
async fn download(
    client: &Client,
    job_id: &str,
    name: &str,
    content: &mut File,
    came: &mut u64,
) -> Result<(), Broken> {
    let request = GetArtifactRequest {
        job_id: job_id.to_owned(),
        file: name.to_owned(),
    };
    let parts = client.jobs().get_artifact(request).await;
    let mut parts = parts.map_err(Broken::There)?.into_inner();
    while let Some(response) = parts.message().await.map_err(Broken::There)? {
        if let Some(Part::Chunk(bytes)) = response.part {
            content.write_all(&bytes).await.map_err(Broken::Here)?;
            *came += bytes.len() as u64;
        }
    }
    // Syncing alone keeps to itself what went wrong with the last write.
    content.flush().await.map_err(Broken::Here)?;
    content.sync_all().await.map_err(Broken::Here)
}

/// Checks that a model's files are what its manifest says, and that the model can be loaded. The manifest itself is held
/// against nothing here: what its SHA-256 must be is in the record of the job alone.
async fn verify(given: &str, output: &mut Output) -> Result<()> {
    let failed = || format!("{given} is not sound");
    let directory = ModelDir::open(given, |_| true).await?;
    // It checks every file's size and hash.
    let artifact = ml::artifact::load(directory.path()).with_context(failed)?;
    let files = artifact.manifest.files;
    let manifest = fs::File::open(directory.path().join(MANIFEST_FILE)).and_then(storage::sha256_of);
    let (_, sha256) = manifest.with_context(failed)?;
    if output.json {
        let names: Vec<&String> = files.iter().map(|file| &file.name).collect();
        return output.json(&json!({
            "directory": given,
            "sound": true,
            "files": names,
            "manifest": { "checked": false, "sha256": sha256 },
        }));
    }
    output.line(&format!(
        "{given} is sound: the {} files that {MANIFEST_FILE} lists have its sizes and SHA-256, and the model loads",
        files.len()
    ))?;
    output.line(&format!(
        "{MANIFEST_FILE} itself was not checked: its SHA-256 is {sha256}, and must be the artifact's in trainctl --json get JOB"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_comes_with_the_tables_beside_it() {
        let file = |name: &str| v1::ArtifactFile {
            name: name.to_owned(),
            ..Default::default()
        };
        let files = [ONNX_FILE, ONNX_DATA_FILE, MANIFEST_FILE].map(file);
        let of = |files: &[v1::ArtifactFile], wanted: &[&str]| {
            let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
            chosen(files, &wanted).map(|files| names(&files))
        };
        assert_eq!(of(&files, &[ONNX_FILE]).unwrap(), [ONNX_FILE, ONNX_DATA_FILE]);
        assert_eq!(
            of(&files, &[ONNX_DATA_FILE, ONNX_FILE]).unwrap(),
            [ONNX_DATA_FILE, ONNX_FILE]
        );
        assert_eq!(of(&files[..1], &[ONNX_FILE]).unwrap(), [ONNX_FILE]);
        assert_eq!(of(&files, &[MANIFEST_FILE]).unwrap(), [MANIFEST_FILE]);
        let error = of(&files[..1], &[MANIFEST_FILE]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the model has no file \"manifest.json\"; it has model.onnx"
        );
    }
}
