//! Fits one model on arrays of numbers, timed, for comparison with other libraries: `learners JOB.json` prints its
//! answer as JSON, and `learners --models` the models there are. It fits through the registry, as a trainer does.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use domain::{catalog::ProblemType, value::Object};
use harness::npy;
use ml::{
    Observer,
    model::{ErasedModel, FitContext, FitError, FittedModel, Prediction, Target, TrainingSet},
    models,
};
use ndarray::{Array2, s};
use serde::Deserialize;
use serde_json::json;

/// What is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Job {
    model: String,
    hyperparameters: Object,
    threads: usize,
    /// Arrays: the training rows' features, best column by column, and targets; classes are whole numbers from 0.
    train_x: PathBuf,
    train_y: PathBuf,
    /// The features to predict from.
    test_x: PathBuf,
    /// Where the predictions go.
    predictions: PathBuf,
    /// What is faster than this is repeated until so much time has passed.
    repeat_s: f64,
}

/// The most repetitions.
const REPETITIONS: usize = 100;
/// Predictions of a single row that are timed.
const SINGLE_ROWS: usize = 300;

fn main() -> Result<()> {
    let argument = std::env::args()
        .nth(1)
        .context("usage: learners JOB.json | --models")?;
    if argument == "--models" {
        let keys: Vec<String> = models::specs().into_iter().map(|spec| spec.key).collect();
        println!("{}", json!(keys));
        return Ok(());
    }
    let job: Job = serde_json::from_str(&fs::read_to_string(&argument).context(argument)?)?;
    run(&job)
}

fn run(job: &Job) -> Result<()> {
    let model = models::get(&job.model).context("no such model")?;
    let x = npy::read(&job.train_x)?;
    let y = npy::read(&job.train_y)?.into_raw_vec_and_offset().0;
    let test = npy::read(&job.test_x)?;
    let at_start = memory("VmRSS")?;
    let told = Told::default();
    let fits = timed(job.repeat_s, || fit(model, job, &x, &y, &told))?;
    let fitted = fits.last;
    let predictions = timed(job.repeat_s, || Ok(fitted.predict(test.view())))?;
    let peak = memory("VmHWM")?;
    npy::write(&job.predictions, rows(predictions.last)?.view())?;
    let answer = json!({
        "fit_s": fits.seconds,
        "predict_s": predictions.seconds,
        "rss_mib": peak,
        "data_mib": at_start,
        "row_us": single_row(&*fitted, &test),
        "warnings": told.take(),
    });
    println!("{answer}");
    Ok(())
}

/// A result and how long each repetition took.
struct Timed<T> {
    seconds: Vec<f64>,
    last: T,
}

fn timed<T>(repeat_s: f64, mut work: impl FnMut() -> Result<T>) -> Result<Timed<T>> {
    let started = Instant::now();
    let mut seconds = Vec::new();
    loop {
        let start = Instant::now();
        let last = work()?;
        seconds.push(start.elapsed().as_secs_f64());
        if started.elapsed() >= Duration::from_secs_f64(repeat_s) || seconds.len() == REPETITIONS {
            return Ok(Timed { seconds, last });
        }
    }
}

fn fit(
    model: &dyn ErasedModel,
    job: &Job,
    x: &Array2<f64>,
    y: &[f64],
    observer: &Told,
) -> Result<Box<dyn FittedModel>> {
    let codes: Vec<u32> = y.iter().map(|y| *y as u32).collect();
    let classes = codes.iter().max().map_or(0, |most| most + 1);
    let labels: Vec<String> = (0..classes).map(|class| class.to_string()).collect();
    let target = match model.spec().problem_type {
        ProblemType::Classification => Target::Classes {
            codes: &codes,
            labels: &labels,
        },
        ProblemType::Regression => Target::Values(y),
    };
    let names: Vec<String> = (0..x.ncols()).map(|j| format!("f{j}")).collect();
    let set = TrainingSet {
        x: x.view(),
        target,
        weights: None,
        feature_names: &names,
    };
    let ctx = FitContext {
        observer,
        threads: job.threads,
        fold: None,
        memory: None,
    };
    match model.fit(&job.hyperparameters, &set, &ctx) {
        Ok(fitted) => Ok(fitted),
        Err(FitError::Cancelled) => bail!("cancelled"),
        Err(FitError::Failed(failure)) => bail!("{}: {}", failure.code, failure.message),
    }
}

fn rows(prediction: Prediction) -> Result<Array2<f64>> {
    match prediction {
        Prediction::Probabilities(rows) | Prediction::Scores(rows) => Ok(rows),
        Prediction::Values(values) => Ok(Array2::from_shape_vec((values.len(), 1), values)?),
    }
}

/// The median time to predict one row, in microseconds.
fn single_row(fitted: &dyn FittedModel, test: &Array2<f64>) -> f64 {
    let mut micros: Vec<f64> = (0..SINGLE_ROWS)
        .map(|i| {
            let at = i % test.nrows();
            let start = Instant::now();
            std::hint::black_box(fitted.predict(test.slice(s![at..=at, ..])));
            1e6 * start.elapsed().as_secs_f64()
        })
        .collect();
    micros.sort_by(f64::total_cmp);
    micros[SINGLE_ROWS / 2]
}

/// A figure of this process's memory as the kernel tells it, in MiB.
fn memory(name: &str) -> Result<f64> {
    let status = fs::read_to_string(Path::new("/proc/self/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| {
        line.trim_matches(|c: char| !c.is_ascii_digit())
            .parse::<f64>()
            .ok()
    });
    Ok(kib.with_context(|| format!("the kernel tells no {name}"))? / 1024.0)
}

/// Keeps the warnings of the last fit.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Told {
    fn take(&self) -> Vec<String> {
        let mut told = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        told.dedup();
        told
    }
}

impl Observer for Told {
    fn warning(&self, _: Option<&str>, message: &str) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.push(message.to_owned());
    }
    fn cancelled(&self) -> bool {
        false
    }
}
