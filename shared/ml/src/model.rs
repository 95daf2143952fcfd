//! What a model is: a typed trait that a learner implements, and its erased twin that the registry and the
//! pipeline hold. The split keeps each learner's parameters and fitted state typed while callers know none of them.

mod error;
mod memory;

use std::io::{self, Write};

use domain::{catalog::ModelSpec, job::FailureKind, value::Object};
use ndarray::{Array2, ArrayView2};
use serde::{Serialize, de::DeserializeOwned};

pub use self::{
    error::FitError,
    memory::{Memory, Need, Shape},
};
use crate::{
    observer::Observer,
    onnx::{Answer, Graph, Unmapped, Value},
    parameters,
    random::{self, Stream},
};

/// What a model is fitted on: training rows only.
#[derive(Debug, Clone, Copy)]
pub struct TrainingSet<'a> {
    /// Rows × features, best in column-major order; NaN stands for a missing value.
    pub x: ArrayView2<'a, f64>,
    /// What is to be predicted, one per row.
    pub target: Target<'a>,
    /// How much each row counts, finite and not negative; all the same if absent.
    pub weights: Option<&'a [f64]>,
    /// The features' names, one per column, for messages.
    pub feature_names: &'a [String],
}

/// What is to be predicted.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// A class per row.
    Classes {
        /// Each row's class, an index into `labels`.
        codes: &'a [u32],
        /// The classes as people write them, in the order of the probabilities' columns.
        labels: &'a [String],
    },
    /// A finite number per row.
    Values(&'a [f64]),
}

impl<'a> TrainingSet<'a> {
    /// The classes' codes and labels.
    ///
    /// # Errors
    /// When the target is a number.
    pub(crate) fn classes(&self) -> Result<(&'a [u32], &'a [String]), FitError> {
        match self.target {
            Target::Classes { codes, labels } => Ok((codes, labels)),
            Target::Values(_) => Err(FitError::failed(
                FailureKind::InvalidSpec,
                "TARGET_NOT_CATEGORICAL",
                "a classifier needs classes, and the target is a number",
            )),
        }
    }

    /// The numbers to be predicted.
    ///
    /// # Errors
    /// When the target is a class.
    pub(crate) fn values(&self) -> Result<&'a [f64], FitError> {
        match self.target {
            Target::Values(values) => Ok(values),
            Target::Classes { .. } => Err(FitError::failed(
                FailureKind::InvalidSpec,
                "TARGET_NOT_NUMERIC",
                "a regressor needs numbers, and the target is a class",
            )),
        }
    }

    /// The same rows with these weights.
    pub(crate) fn weighted<'b>(&'b self, weights: Option<&'b [f64]>) -> TrainingSet<'b>
    where
        'a: 'b,
    {
        TrainingSet {
            x: self.x.reborrow(),
            target: self.target,
            weights,
            feature_names: self.feature_names,
        }
    }

    /// The rows that count for anything.
    pub(crate) fn counting_rows(&self) -> Vec<usize> {
        let counts = |row: &usize| self.weights.is_none_or(|weights| weights[*row] > 0.0);
        (0..self.x.nrows()).filter(counts).collect()
    }

    /// # Errors
    /// When no row counts for anything.
    pub(crate) fn require_rows(&self) -> Result<(), FitError> {
        let counts = self
            .weights
            .is_none_or(|weights| weights.iter().any(|weight| *weight > 0.0));
        if self.x.nrows() > 0 && counts {
            return Ok(());
        }
        Err(FitError::failed(
            FailureKind::InvalidData,
            "NO_ROWS",
            "no rows are left to train on",
        ))
    }
}

/// What surrounds a fit.
#[derive(Clone, Copy)]
pub struct FitContext<'a> {
    /// Told of progress, asked whether to stop.
    pub observer: &'a dyn Observer,
    /// Threads to use, at least one. The result does not depend on it.
    pub threads: usize,
    /// Which fold of a cross-validation is fitted, counted from 0, if any.
    pub fold: Option<usize>,
    /// The memory that may be taken; no limit if none.
    pub memory: Option<Memory>,
}

impl FitContext<'_> {
    /// The stream of random numbers that belongs to a seed, the fold and a purpose. A model draws anew in each fold,
    /// so that no chance is shared between the folds that a mean is taken over.
    pub(crate) fn stream(&self, seed: u64, purpose: &[&str]) -> Stream {
        match self.fold {
            None => random::stream(seed, purpose),
            Some(fold) => random::stream(seed, &[&["fold", &fold.to_string()], purpose].concat()),
        }
    }

    /// Runs `work` on a rayon pool of as many threads as are to be used.
    pub(crate) fn on_threads<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads.max(1))
            .build()
        {
            Ok(pool) => pool.install(work),
            // Where no threads can be had, the pool that is there already does the same work.
            Err(_) => work(),
        }
    }

    /// # Errors
    /// When the observer asks to stop.
    pub(crate) fn go_on(&self) -> Result<(), FitError> {
        if self.observer.cancelled() {
            Err(FitError::Cancelled)
        } else {
            Ok(())
        }
    }
}

/// What a model says about rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Prediction {
    /// Rows × classes; every row adds up to one.
    Probabilities(Array2<f64>),
    /// Rows × classes, of classifiers that know no probabilities: the class with the greatest score, the first of
    /// equals, is predicted.
    Scores(Array2<f64>),
    /// A number per row.
    Values(Vec<f64>),
}

/// The coefficients of a linear function of the features.
#[derive(Debug, Clone, PartialEq)]
pub struct Coefficients {
    /// The class whose score it is, an index into the labels; none for a number.
    pub class: Option<usize>,
    /// One per feature, in the features' order and on their raw scales.
    pub values: Vec<f64>,
    /// The score where all features are zero.
    pub intercept: f64,
}

/// Why saved bytes are no fitted model.
pub type LoadError = ciborium::de::Error<io::Error>;

/// A learner: its spec, its typed parameters and its fitted state.
pub trait Model: Copy + Send + Sync + 'static {
    /// The hyperparameters; refuses unknown ones.
    type Params: DeserializeOwned;
    /// What a fit leaves behind: all that predicting needs. Equal fits serialize to equal bytes.
    type Fitted: Serialize + DeserializeOwned + Send + Sync;

    /// Its key, problem type and parameters.
    fn spec(&self) -> ModelSpec;

    /// What a fit needs of memory: an estimate that real fits stay below.
    fn memory(&self, params: &Self::Params, shape: &Shape) -> Need;

    /// Fits it.
    ///
    /// # Errors
    /// When cancelled, and when rows or parameters do not allow a fit.
    fn fit(
        &self,
        params: &Self::Params,
        set: &TrainingSet,
        ctx: &FitContext,
    ) -> Result<Self::Fitted, FitError>;

    /// Whether the state is one of so many features and classes, none for a number. A state from a file may be
    /// anything; one that says yes never makes `predict` panic.
    fn suits(&self, fitted: &Self::Fitted, features: usize, classes: Option<usize>) -> bool;

    /// What it says about `x` (rows × the features it was fitted on), on the threads of the current rayon pool.
    fn predict(&self, fitted: &Self::Fitted, x: ArrayView2<f64>) -> Prediction;

    /// How much each feature counts in it, if it can say; the shares add up to one, or are all zero.
    fn importances(&self, _: &Self::Fitted) -> Option<Vec<f64>> {
        None
    }

    /// About how many nanoseconds the prediction of a row takes a core, beyond those of a weighted sum of the features
    /// for each class: a count of what is read, and no measurement, so that what depends on it is the same everywhere.
    fn row_cost(&self, _fitted: &Self::Fitted) -> usize {
        0
    }

    /// The coefficients, where the model is linear in the features.
    fn coefficients(&self, _fitted: &Self::Fitted) -> Option<Vec<Coefficients>> {
        None
    }

    /// Says in ONNX's operators what [`Model::predict`] does with `x` (rows × features, doubles).
    ///
    /// # Errors
    /// Why it cannot be said.
    fn onnx(&self, _fitted: &Self::Fitted, _x: &Value, _graph: &mut Graph) -> Result<Answer, Unmapped> {
        Err(Unmapped::because("it has no mapping to ONNX's operators"))
    }
}

/// A model whose types are not known to the caller.
pub trait ErasedModel: Send + Sync {
    /// Its key, problem type and parameters.
    fn spec(&self) -> ModelSpec;

    /// What a fit with these hyperparameters needs of memory.
    ///
    /// # Errors
    /// When a hyperparameter is refused.
    fn memory(&self, params: &Object, shape: &Shape) -> Result<Need, FitError>;

    /// Fits it with these hyperparameters; defaults stand in for those left out.
    ///
    /// # Errors
    /// When cancelled, when a hyperparameter is refused, when it needs more memory than there is, and when rows or
    /// parameters do not allow a fit.
    fn fit(
        &self,
        params: &Object,
        set: &TrainingSet,
        ctx: &FitContext,
    ) -> Result<Box<dyn FittedModel>, FitError>;

    /// The fitted model that [`FittedModel::save`] wrote.
    ///
    /// # Errors
    /// When the bytes are none.
    fn load(&self, saved: &[u8]) -> Result<Box<dyn FittedModel>, LoadError>;
}

/// A fitted model whose types are not known to the caller.
pub trait FittedModel: Send + Sync {
    /// Whether it was fitted on so many features, and on so many classes, none for a number.
    fn suits(&self, features: usize, classes: Option<usize>) -> bool;

    /// What it says about `x` (rows × the features it was fitted on), on the threads of the current rayon pool.
    fn predict(&self, x: ArrayView2<f64>) -> Prediction;

    /// How much each feature counts in it, if it can say; the shares add up to one, or are all zero.
    fn importances(&self) -> Option<Vec<f64>> {
        None
    }

    /// About how many nanoseconds the prediction of a row takes a core ([`Model::row_cost`]).
    fn row_cost(&self) -> usize;

    /// The coefficients, where the model is linear in the features: one list for a number and for two classes,
    /// else one for each class.
    fn coefficients(&self) -> Option<Vec<Coefficients>>;

    /// Says in ONNX's operators what it does with `x` (rows × features, doubles).
    ///
    /// # Errors
    /// Why it cannot be said.
    fn onnx(&self, x: &Value, graph: &mut Graph) -> Result<Answer, Unmapped>;

    /// Writes its state as CBOR; equal fits give equal bytes.
    ///
    /// # Errors
    /// What `out` says.
    fn write(&self, out: &mut dyn Write) -> io::Result<()>;

    /// Its state as CBOR.
    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(&mut bytes).expect("a vector takes any bytes");
        bytes
    }
}

struct Fit<M: Model> {
    model: M,
    fitted: M::Fitted,
}

impl<M: Model> FittedModel for Fit<M> {
    fn suits(&self, features: usize, classes: Option<usize>) -> bool {
        self.model.suits(&self.fitted, features, classes)
    }

    fn predict(&self, x: ArrayView2<f64>) -> Prediction {
        self.model.predict(&self.fitted, x)
    }

    fn importances(&self) -> Option<Vec<f64>> {
        self.model.importances(&self.fitted)
    }

    fn row_cost(&self) -> usize {
        self.model.row_cost(&self.fitted)
    }

    fn coefficients(&self) -> Option<Vec<Coefficients>> {
        self.model.coefficients(&self.fitted)
    }

    fn onnx(&self, x: &Value, graph: &mut Graph) -> Result<Answer, Unmapped> {
        self.model.onnx(&self.fitted, x, graph)
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        ciborium::into_writer(&self.fitted, out).map_err(|error| match error {
            ciborium::ser::Error::Io(error) => error,
            ciborium::ser::Error::Value(reason) => io::Error::other(reason),
        })
    }
}

/// `given` checked against the spec, with defaults filled in.
fn typed_params<M: Model>(spec: &ModelSpec, given: &Object) -> Result<M::Params, FitError> {
    parameters::read(&spec.parameters, given, "hyperparameters")
        .map_err(|message| FitError::failed(FailureKind::InvalidSpec, "INVALID_HYPERPARAMETERS", message))
}

impl<M: Model> ErasedModel for M {
    fn spec(&self) -> ModelSpec {
        Model::spec(self)
    }

    fn memory(&self, params: &Object, shape: &Shape) -> Result<Need, FitError> {
        let params = typed_params::<M>(&Model::spec(self), params)?;
        Ok(Model::memory(self, &params, shape))
    }

    fn fit(
        &self,
        params: &Object,
        set: &TrainingSet,
        ctx: &FitContext,
    ) -> Result<Box<dyn FittedModel>, FitError> {
        let spec = Model::spec(self);
        let params = typed_params::<M>(&spec, params)?;
        let need = Model::memory(self, &params, &Shape::of(set, ctx.threads));
        need.require(&spec.key, set, ctx)?;
        let fitted = Model::fit(self, &params, set, ctx)?;
        Ok(Box::new(Fit { model: *self, fitted }))
    }

    fn load(&self, saved: &[u8]) -> Result<Box<dyn FittedModel>, LoadError> {
        let mut rest = saved;
        let fitted = ciborium::from_reader(&mut rest)?;
        if !rest.is_empty() {
            let reason = format!("{} bytes come after the model", rest.len());
            return Err(LoadError::Semantic(None, reason));
        }
        Ok(Box::new(Fit { model: *self, fitted }))
    }
}
