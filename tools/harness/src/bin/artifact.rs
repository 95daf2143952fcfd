//! Trains models as a trainer's child does and writes their artifacts, without a server, for comparison with other
//! programs. Reads trainings as JSON from the file named by its one argument: a list of `{"spec": …, "output": …}`, with
//! what is trained, whose dataset is a CSV file given by its path, and the directory to make. Prints a line for each:
//! `ok`, or what failed.

use std::{
    fs::{self, File},
    path::PathBuf,
};

use anyhow::{Context, Result};
use domain::spec::TrainSpec;
use ml::{Silent, io::Source};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// A training.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Job {
    spec: TrainSpec,
    output: PathBuf,
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
    let trained = ml::train(&job.spec, source, &sha256, 1, &Silent)?;
    fs::create_dir_all(&job.output)?;
    for (name, content) in trained.files()? {
        fs::write(job.output.join(name), content)?;
    }
    Ok(())
}
