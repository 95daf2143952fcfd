//! One training from a table and a spec to the bytes of an artifact. It is what a trainer's child runs, told in
//! phases, and the same spec and table give the same bytes whatever the number of threads.

mod log;

use std::{collections::BTreeMap, ops::Range};

use domain::{catalog::ModelSpec, job::Phase, spec::TrainSpec, value::Object};
use ndarray::s;
use rayon::{ThreadPool, ThreadPoolBuilder};

use self::log::Log;
pub(crate) use self::log::Told;

use crate::{
    Error, Observer,
    artifact::{self, Bundle, EvaluationFile, RowCounts, Sink},
    error::Result,
    evaluation::Evaluation,
    frame::Split,
    importances::{Asked, Importances, importances},
    io::{self, Source},
    model::{ErasedModel, FitContext, FittedModel, Memory},
    models,
    observer::{Overheard, Step},
    onnx::trees::MOST_BYTES,
    parameters,
    pipeline::{
        Candidate, CrossValidation, FittedPipeline, Heard, Judged, Metrics, ModelState, Preparation,
        Prepared, Room, cross_validate, fit, needed,
    },
};

/// A fitted model, its metrics, and the files of its artifact.
pub struct Trained {
    pipeline: FittedPipeline,
    metrics: BTreeMap<String, Metrics>,
    bundle: Bundle,
    most_bytes_of_trees: u64,
}

impl Trained {
    /// The metrics by split and name; those of cross-validation are `cv_mean` and `cv_std`.
    pub fn metrics(&self) -> &BTreeMap<String, Metrics> {
        &self.metrics
    }

    /// What the folds said, if there were some.
    pub fn cross_validation(&self) -> Option<&CrossValidation> {
        self.bundle.evaluation.cross_validation.as_ref()
    }

    /// All that is known of how good the model is.
    pub fn evaluation(&self) -> &EvaluationFile {
        &self.bundle.evaluation
    }

    /// The fitted pipeline.
    pub fn pipeline(&self) -> &FittedPipeline {
        &self.pipeline
    }

    /// Lets trees lie in `model.onnx.data` as tables where they would take more than so many bytes of `model.onnx`,
    /// and not only beyond 128 MiB.
    #[must_use]
    pub fn with_trees_in_onnx_up_to(self, bytes: u64) -> Self {
        Self {
            most_bytes_of_trees: bytes,
            ..self
        }
    }

    /// Writes the artifact's files, one after the other and piece by piece: the manifest, which tells the sizes and
    /// hashes of the others, is the last.
    ///
    /// # Errors
    /// When something cannot be encoded, and what `sink` says.
    pub fn write(&self, sink: &mut dyn Sink) -> Result<()> {
        let Self {
            pipeline, metrics, ..
        } = self;
        self.bundle
            .write(pipeline, metrics, self.most_bytes_of_trees, sink)
    }

    /// The artifact's files by name, in the order of [`Trained::write`].
    ///
    /// # Errors
    /// When something cannot be encoded.
    pub fn files(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let mut files = Vec::new();
        self.write(&mut files)?;
        Ok(files)
    }
}

/// Trains what `spec` asks for on the table in `source`, whose content has this SHA-256, on so many threads.
///
/// # Errors
/// [`Error::Failed`] with what the user can put right, [`Error::Cancelled`] if the observer says so.
pub fn train(
    spec: &TrainSpec,
    source: Source,
    dataset_sha256: &str,
    threads: usize,
    observer: &dyn Observer,
) -> Result<Trained> {
    let threads = threads.max(1);
    let pool = pool_of(threads)?;
    let model = model_of(spec)?;
    let model_spec = model.spec();
    let hyperparameters = resolved(spec, &model_spec)?;

    let mut preparation = Preparation::new(&spec.graph, &spec.node_id, &model_spec, source.memory_budget)?;

    let log = Log::default();
    let observer: &dyn Observer = &Overheard::new(&log, observer);
    enter(Phase::LoadingData, observer)?;
    let budget = source.memory_budget;
    let mut frame = pool.install(|| io::read(source, spec.dataset.format, &spec.dataset.csv, observer))?;
    preparation.take_sides(&mut frame)?;
    let schema = io::schema_of(&frame);
    let source_rows = frame.height();

    let heard = Heard::default();
    let observer: &dyn Observer = &Overheard::new(&heard, observer);
    enter(Phase::Preparing, observer)?;
    let (steps, prepared, stem) = pool.install(|| preparation.run(frame, observer))?;

    enter(Phase::Fitting, observer)?;
    let (cross_validation, untold) = match (preparation.cross_validation(), &stem) {
        (Some(asked), Some(stem)) => {
            let candidate = Candidate {
                preparation: &preparation,
                model,
                hyperparameters: &hyperparameters,
            };
            let fit = needed(model, &hyperparameters, &prepared, threads)?;
            let room = Room::new(threads, budget, matrix_bytes(&prepared), fit);
            let (judged, untold) = cross_validate(&candidate, &asked, stem, room, observer)?;
            (Some(judged), untold)
        }
        (_, _) => (None, Vec::new()),
    };
    drop(stem);
    let ctx = FitContext {
        observer,
        threads,
        fold: None,
        memory: budget.map(|budget| beside(&prepared, budget)),
    };
    let fitted = pool
        .install(|| fit(model, &hyperparameters, &prepared, &ctx))
        .map_err(|error| error.at(&spec.node_id))?;
    heard.tell_others(&untold, observer);

    enter(Phase::Evaluating, observer)?;
    let (splits, importances) = pool.install(|| judged(&prepared, &*fitted, observer))?;
    let (target, classes) = (preparation.target(), prepared.classes.as_ref());
    let evaluation = EvaluationFile::new(target, classes, splits, cross_validation, importances);

    enter(Phase::Saving, observer)?;
    let bundle = Bundle {
        dataset: spec.dataset.clone(),
        dataset_sha256: dataset_sha256.to_owned(),
        graph_sha256: artifact::graph_sha256(&spec.graph)?,
        node_id: spec.node_id.clone(),
        counts: RowCounts::new(source_rows, &prepared.rows, &prepared.ranges),
        rows: prepared.rows,
        evaluation,
        graph: spec.graph.clone(),
        told: log.told(),
    };
    let model = ModelState {
        key: model_spec.key.clone(),
        hyperparameters,
        handles_missing: model_spec.handles_missing,
        fitted,
    };
    let pipeline = FittedPipeline {
        schema,
        target: preparation.target().to_owned(),
        steps,
        features: prepared.features,
        classes: prepared.classes,
        model,
    };
    Ok(Trained {
        pipeline,
        metrics: bundle.evaluation.metrics(),
        bundle,
        most_bytes_of_trees: MOST_BYTES,
    })
}

/// How good a model is on each split, and what its features count.
fn judged(
    prepared: &Prepared,
    fitted: &dyn FittedModel,
    observer: &dyn Observer,
) -> Result<(BTreeMap<String, Evaluation>, Option<Importances>)> {
    let splits = measure(prepared, fitted, observer)?;
    Ok((splits, count_features(prepared, fitted, observer)?))
}

fn resolved(spec: &TrainSpec, model: &ModelSpec) -> Result<Object> {
    parameters::resolve(&model.parameters, &spec.hyperparameters, "hyperparameters")
        .map_err(|message| Error::spec("INVALID_HYPERPARAMETERS", message).at(&spec.node_id))
}

fn pool_of(threads: usize) -> Result<ThreadPool> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|error| Error::unsupported("THREADS", error.to_string()))
}

fn matrix_bytes(prepared: &Prepared) -> u64 {
    (prepared.x.len() * size_of::<f64>()) as u64
}

/// What a fit has beside the matrix.
fn beside(prepared: &Prepared, budget: u64) -> Memory {
    Memory {
        budget,
        taken: matrix_bytes(prepared),
    }
}

fn model_of(spec: &TrainSpec) -> Result<&'static dyn ErasedModel> {
    models::get(&spec.model_type).ok_or_else(|| {
        Error::spec(
            "UNKNOWN_MODEL",
            format!("there is no model {:?}", spec.model_type),
        )
        .at(&spec.node_id)
    })
}

fn enter(phase: Phase, observer: &dyn Observer) -> Result<()> {
    if observer.cancelled() {
        return Err(Error::Cancelled);
    }
    observer.phase(phase);
    Ok(())
}

/// The evaluation of every split that has rows.
fn measure(
    prepared: &Prepared,
    fitted: &dyn FittedModel,
    observer: &dyn Observer,
) -> Result<BTreeMap<String, Evaluation>> {
    let splits: Vec<&(Split, Range<usize>)> = prepared
        .ranges
        .iter()
        .filter(|(_, range)| !range.is_empty())
        .collect();
    let mut all = BTreeMap::new();
    for (at, (split, range)) in splits.iter().enumerate() {
        if observer.cancelled() {
            return Err(Error::Cancelled);
        }
        let prediction = fitted.predict(prepared.x.slice(s![range.start..range.end, ..]));
        let truth = prepared.truth.slice(range.clone());
        let warn = |message: &str| observer.warning(None, &format!("{}: {message}", split.as_str()));
        let judged = Judged::new(&prediction, truth, prepared.classes.as_ref(), &warn)?;
        let evaluation = judged.evaluation();
        for (name, value) in &evaluation.metrics {
            observer.metric(split.as_str(), name, *value);
        }
        all.insert(split.as_str().to_owned(), evaluation);
        observer.step(Step {
            completed: at as u64 + 1,
            total: splits.len() as u64,
            unit: "splits",
        });
    }
    Ok(all)
}

/// How much each feature counts, by the rows that were kept from the fit where there are some.
fn count_features(
    prepared: &Prepared,
    fitted: &dyn FittedModel,
    observer: &dyn Observer,
) -> Result<Option<Importances>> {
    let judges = prepared.ranges.iter().rev().find(|(_, range)| !range.is_empty());
    let Some((split, range)) = judges else {
        return Ok(None);
    };
    let asked = Asked {
        split: *split,
        x: prepared.x.slice(s![range.start..range.end, ..]),
        truth: prepared.truth.slice(range.clone()),
    };
    let classes = prepared.classes.as_ref();
    importances(&prepared.features, fitted, classes, &asked, observer).map(Some)
}

#[cfg(test)]
mod tests;
