//! Trains models as a trainer's child does and writes their artifacts, without a server, for comparison with other
//! programs. Reads trainings as JSON from the file named by its one argument: a list of `{"spec": …, "output": …}`, with
//! what is trained, whose dataset is a CSV file given by its path, and the directory to make; with `"onnx_bytes": …`
//! trees lie in `model.onnx.data` where they would take more bytes of `model.onnx`. Prints a line for each: `ok`, or what
//! failed.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use domain::spec::TrainSpec;
use ml::{
    Silent,
    artifact::{Content, Sink},
    io::Source,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// A training.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Job {
    spec: TrainSpec,
    output: PathBuf,
    onnx_bytes: Option<u64>,
}

/// A directory that files go to.
struct Directory<'p>(&'p Path);

impl Sink for Directory<'_> {
    fn write(&mut self, name: &str, content: &mut Content<'_>) -> Result<(), ml::Error> {
        let written = File::create(self.0.join(name)).and_then(|mut file| content(&mut file));
        written.map_err(|error| ml::Error::storage("WRITE_FAILED", format!("{name}: {error}")))
    }
}

fn main() -> Result<()> {
    let [_, path] = <[String; 2]>::try_from(std::env::args().collect::<Vec<_>>())
        .map_err(|_| anyhow::anyhow!("usage: artifact JOBS.json"))?;
    let jobs: Vec<Job> = serde_json::from_str(&fs::read_to_string(&path).context(path)?)?;
    for job in &jobs {
        match run(job) {
            Ok(()) => println!("ok"),
            Err(error) => println!("{error:#}"),
        }
    }
    Ok(())
}

fn run(job: &Job) -> Result<()> {
    let path = &job.spec.dataset.uri;
    let content = fs::read(path).with_context(|| path.clone())?;
    let sha256: String = Sha256::digest(&content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let source = Source::new(path.as_str(), File::open(path)?);
    let mut trained = ml::train(&job.spec, source, &sha256, 1, &Silent)?;
    if let Some(bytes) = job.onnx_bytes {
        trained = trained.with_trees_in_onnx_up_to(bytes);
    }
    fs::create_dir_all(&job.output)?;
    Ok(trained.write(&mut Directory(&job.output))?)
}
