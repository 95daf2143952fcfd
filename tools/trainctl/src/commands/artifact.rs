//! `artifact get` and `artifact verify`: a model's files, fetched from the server and held against their hashes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use messages::v1::{self, GetArtifactRequest, JobView, get_artifact_response::Part};
use serde_json::json;
use storage::FileEntry;
use tokio::{fs::File, io::AsyncWriteExt};
use tonic::Status;

use crate::{
    cli::{ArtifactCommand, GetArtifact},
    client::{Backoff, CallError, Client, may_pass, retry_delay},
    follow,
    output::{Output, note},
    show::words,
};

/// Does what is asked with a model's files.
pub(super) async fn run(server: &str, command: ArtifactCommand, output: &mut Output) -> Result<()> {
    match command {
        ArtifactCommand::Get(options) => get(&Client::connect(server).await?, options, output).await,
        ArtifactCommand::Verify { directory } => verify(&directory, output),
    }
}

/// Fetches a job's model. A file that is there already, as the server has it, is not fetched again.
async fn get(client: &Client, options: GetArtifact, output: &mut Output) -> Result<()> {
    let job = follow::job(client, &options.job, JobView::Basic).await?;
    let Some(artifact) = &job.artifact else {
        bail!(
            "job {} is {} and has no model",
            job.job_id,
            words::state(job.state())
        );
    };
    let files = chosen(&artifact.files, &options.files)?;
    let directory = options.output.unwrap_or_else(|| PathBuf::from(&job.job_id));
    fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
    for file in &files {
        let entry = entry(file);
        let there = directory.join(&entry.name);
        if storage::verify(&directory, std::slice::from_ref(&entry)).is_ok() {
            note(&format!("{} is there already", there.display()));
            continue;
        }
        if there.symlink_metadata().is_ok() {
            bail!(
                "{} is there and is another file: name another directory with --output",
                there.display()
            );
        }
        fetch(client, &job.job_id, &directory, &entry).await?;
        note(&format!("{} {}", there.display(), words::bytes(file.bytes)));
    }
    if output.json {
        return output.json(&json!({ "job_id": job.job_id, "directory": directory, "files": names(&files) }));
    }
    output.line(&directory.display().to_string())
}

/// The files asked for, all of them where none is named.
fn chosen<'a>(files: &'a [v1::ArtifactFile], names: &[String]) -> Result<Vec<&'a v1::ArtifactFile>> {
    if names.is_empty() {
        return Ok(files.iter().collect());
    }
    let find = |name: &String| {
        files.iter().find(|file| file.name == *name).with_context(|| {
            let all: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
            format!("the model has no file {name:?}; it has {}", all.join(", "))
        })
    };
    names.iter().map(find).collect()
}

fn names(files: &[&v1::ArtifactFile]) -> Vec<String> {
    files.iter().map(|file| file.name.clone()).collect()
}

fn entry(file: &v1::ArtifactFile) -> FileEntry {
    FileEntry {
        name: file.name.clone(),
        bytes: file.bytes.unsigned_abs(),
        sha256: file.sha256.clone(),
    }
}

/// Fetches a file under another name, and gives it its own when every byte is as promised. A download that breaks
/// off begins again.
async fn fetch(client: &Client, job_id: &str, directory: &Path, entry: &FileEntry) -> Result<()> {
    storage::check_name("file name", &entry.name)?;
    let partial = FileEntry {
        name: format!("{}.partial", entry.name),
        ..entry.clone()
    };
    let path = directory.join(&partial.name);
    let mut backoff = Backoff::for_calls();
    while let Err(status) = download(client, job_id, &entry.name, &path).await? {
        if !may_pass(&status) || !backoff.wait(retry_delay(&status), status.message()).await {
            // What came is of no use, and a next try begins anew.
            let _ = fs::remove_file(&path);
            return Err(CallError::new(&format!("fetch {}", entry.name), status).into());
        }
    }
    let checked = storage::verify(directory, std::slice::from_ref(&partial));
    if checked.is_err() {
        let _ = fs::remove_file(&path);
    }
    checked.with_context(|| format!("{} did not come as the job's record has it", entry.name))?;
    let whole = directory.join(&entry.name);
    fs::rename(&path, &whole).with_context(|| format!("cannot write {}", whole.display()))
}

/// Writes what the server sends of a file; the inner error is the server's, the outer one this machine's.
async fn download(client: &Client, job_id: &str, name: &str, path: &Path) -> Result<Result<(), Status>> {
    let failed = || format!("cannot write {}", path.display());
    let request = GetArtifactRequest {
        job_id: job_id.to_owned(),
        file: name.to_owned(),
    };
    let mut parts = match client.jobs().get_artifact(request).await {
        Ok(response) => response.into_inner(),
        Err(status) => return Ok(Err(status)),
    };
    let mut file = File::create(path).await.with_context(failed)?;
    loop {
        match parts.message().await {
            Ok(Some(response)) => {
                if let Some(Part::Chunk(bytes)) = response.part {
                    file.write_all(&bytes).await.with_context(failed)?;
                }
            }
            Ok(None) => break,
            Err(status) => return Ok(Err(status)),
        }
    }
    file.sync_all().await.with_context(failed)?;
    Ok(Ok(()))
}

/// Checks that a model's files are what its manifest says, and that the model can be loaded.
fn verify(directory: &Path, output: &mut Output) -> Result<()> {
    let failed = || format!("{} is not sound", directory.display());
    let artifact = ml::artifact::load(directory).with_context(failed)?;
    let files: Vec<FileEntry> = artifact
        .manifest
        .files
        .iter()
        .map(|file| FileEntry {
            name: file.name.clone(),
            bytes: file.bytes,
            sha256: file.sha256.clone(),
        })
        .collect();
    storage::verify(directory, &files).with_context(failed)?;
    if output.json {
        let names: Vec<&String> = files.iter().map(|file| &file.name).collect();
        return output.json(&json!({ "directory": directory, "sound": true, "files": names }));
    }
    output.line(&format!(
        "{} is sound: {} files are as its manifest says",
        directory.display(),
        files.len()
    ))
}
