//! `report`: the page about a model, from its directory or from the server.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use messages::v1::JobView;
use ml::artifact::REPORT_FILE;
use serde_json::json;

use super::{artifact, file, jobs};
use crate::{
    cli::Report,
    client::Client,
    output::{Output, note},
};

/// Tells where the page is, having brought it there.
pub(super) async fn report(server: &str, options: &Report, output: &mut Output) -> Result<()> {
    let directory = Path::new(&options.model);
    let path = if directory.is_dir() {
        of_directory(directory, options.output.as_deref())?
    } else {
        fetched(&Client::connect(server).await?, options).await?
    };
    if output.json {
        return output.json(&json!({ "report": path }));
    }
    output.line(&path.display().to_string())
}

/// The page in a model's directory, or a copy of it.
fn of_directory(directory: &Path, copy: Option<&Path>) -> Result<PathBuf> {
    let unsound = || format!("{} is not sound", directory.display());
    let manifest = ml::artifact::load(directory).with_context(unsound)?.manifest;
    if !manifest.files.iter().any(|file| file.name == REPORT_FILE) {
        let (directory, version) = (directory.display(), &manifest.trainyard_version);
        bail!("{directory} has no {REPORT_FILE}: Trainyard {version} wrote it, and wrote none");
    }
    let path = directory.join(REPORT_FILE);
    let Some(copy) = copy else {
        return Ok(path);
    };
    let page = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    file::write_whole(copy, |writer| Ok(writer.write_all(&page)?))?;
    Ok(copy.to_owned())
}

/// The page of a job's model, fetched unless it is there.
async fn fetched(client: &Client, options: &Report) -> Result<PathBuf> {
    let job = jobs::named(client, &options.model, JobView::Basic).await?;
    let files = artifact::chosen(&artifact::model(&job)?.files, &[REPORT_FILE.to_owned()])?;
    let path = options.output.clone();
    let path = path.unwrap_or_else(|| PathBuf::from(format!("{}-{REPORT_FILE}", job.job_id)));
    for entry in files.into_iter().map(artifact::entry) {
        if path.symlink_metadata().is_err() {
            artifact::fetch(client, &job.job_id, &entry, &path).await?;
            continue;
        }
        let there = File::open(&path).and_then(storage::sha256_of);
        if there.is_ok_and(|there| there == (entry.bytes, entry.sha256)) {
            note(&format!("{} is there already", path.display()));
        } else {
            bail!(
                "{} is there and is another file: name another with --output",
                path.display()
            );
        }
    }
    Ok(path)
}
