//! What the models' tests share: a table whose numbers other libraries can compute too, and observers.

use std::{
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use domain::value::{Object, Value};
use ndarray::{Array2, ArrayView2, ShapeBuilder};

use crate::{
    model::{FitContext, FitError, FittedModel, Prediction, Target, TrainingSet},
    models,
    observer::{Observer, Silent, Step},
};

/// A table with targets of both kinds.
pub(crate) struct Table {
    pub(crate) x: Array2<f64>,
    pub(crate) values: Vec<f64>,
    pub(crate) codes: Vec<u32>,
    pub(crate) labels: Vec<String>,
    pub(crate) names: Vec<String>,
    lifted: OnceLock<Array2<f64>>,
}

impl Table {
    pub(crate) fn new(x: Array2<f64>, values: Vec<f64>, codes: Vec<u32>) -> Self {
        let labels = (0..=codes.iter().max().copied().unwrap_or(0))
            .map(|class| class.to_string())
            .collect();
        let names = (0..x.ncols()).map(|j| format!("f{j}")).collect();
        Self {
            x,
            values,
            codes,
            labels,
            names,
            lifted: OnceLock::new(),
        }
    }

    /// The features, each above zero, for models of counts.
    fn lifted(&self) -> ArrayView2<'_, f64> {
        let lift = || {
            let mut x = self.x.clone();
            for mut column in x.columns_mut() {
                let least = column
                    .iter()
                    .copied()
                    .filter(|cell| cell.is_finite())
                    .fold(0.0, f64::min);
                column.mapv_inplace(|cell| cell - least);
            }
            x
        };
        self.lifted.get_or_init(lift).view()
    }

    pub(crate) fn classes(&self) -> TrainingSet<'_> {
        let target = Target::Classes {
            codes: &self.codes,
            labels: &self.labels,
        };
        TrainingSet {
            x: self.x.view(),
            target,
            weights: None,
            feature_names: &self.names,
        }
    }

    pub(crate) fn numbers(&self) -> TrainingSet<'_> {
        TrainingSet {
            target: Target::Values(&self.values),
            ..self.classes()
        }
    }

    /// The target the model wants, and features it takes.
    pub(crate) fn for_model(&self, key: &str) -> TrainingSet<'_> {
        if key == "multinomial_nb" {
            return TrainingSet {
                x: self.lifted(),
                ..self.classes()
            };
        }
        match models::get(key).unwrap().spec().problem_type {
            domain::catalog::ProblemType::Classification => self.classes(),
            domain::catalog::ProblemType::Regression => self.numbers(),
        }
    }
}

/// Sines whose amplitudes grow tenfold per feature, a number that depends on the first two and something more,
/// and `classes` classes of that number: cut at 0, or at ±1.5.
pub(crate) fn waves(rows: usize, features: usize, classes: usize) -> Table {
    let sine =
        |i: usize, j: usize| (1.3 * i as f64 * (j as f64 + 1.0) + j as f64).sin() * 10f64.powi(j as i32);
    let x = Array2::from_shape_fn((rows, features).f(), |(i, j)| sine(i, j));
    let values: Vec<f64> = (0..rows)
        .map(|i| sine(i, 0) * 2.0 - sine(i, 1) * 0.3 + (i as f64).cos() * 3.0)
        .collect();
    let cuts: &[f64] = if classes == 2 { &[0.0] } else { &[-1.5, 1.5] };
    let codes = values
        .iter()
        .map(|value| cuts.iter().filter(|cut| value > cut).count() as u32)
        .collect();
    Table::new(x, values, codes)
}

/// 60 rows of [`waves`] in three features, which are on one scale.
pub(crate) fn level(classes: usize) -> Table {
    let table = waves(60, 3, classes);
    let mut x = table.x;
    for (j, mut column) in x.columns_mut().into_iter().enumerate() {
        column.mapv_inplace(|value| value / 10_f64.powi(j as i32));
    }
    Table::new(x, table.values, table.codes)
}

/// Weights 1, 2, 3, 1, 2, 3, …
pub(crate) fn uneven(rows: usize) -> Vec<f64> {
    (0..rows).map(|i| 1.0 + (i % 3) as f64).collect()
}

pub(crate) fn object(fields: &[(&str, Value)]) -> Object {
    fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

/// Fits with `threads` and follows nothing.
pub(crate) fn fit_on(
    key: &str,
    params: &[(&str, Value)],
    set: &TrainingSet,
    threads: usize,
) -> Result<Box<dyn FittedModel>, FitError> {
    models::get(key).unwrap().fit(
        &object(params),
        set,
        &FitContext {
            observer: &Silent,
            threads,
            fold: None,
            memory: None,
        },
    )
}

pub(crate) fn fit(key: &str, params: &[(&str, Value)], set: &TrainingSet) -> Box<dyn FittedModel> {
    fit_on(key, params, set, 2).unwrap_or_else(|error| panic!("{key}: {error:?}"))
}

/// The failure's code and message.
pub(crate) fn failure(key: &str, params: &[(&str, Value)], set: &TrainingSet) -> (String, String) {
    match fit_on(key, params, set, 2) {
        Err(FitError::Failed(failure)) => (failure.code, failure.message),
        Err(FitError::Cancelled) => panic!("{key} was cancelled"),
        Ok(_) => panic!("{key} was fitted"),
    }
}

/// All the numbers of a prediction, row by row.
pub(crate) fn predicted(model: &dyn FittedModel, x: ArrayView2<f64>) -> Vec<f64> {
    match model.predict(x) {
        Prediction::Values(values) => values,
        Prediction::Probabilities(rows) | Prediction::Scores(rows) => rows.into_iter().collect(),
    }
}

#[track_caller]
pub(crate) fn assert_near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= tolerance,
            "number {i} is {found}, not {expected}"
        );
    }
}

/// Notes steps and warnings, and asks to stop once it was asked `patience` times.
#[derive(Debug)]
pub(crate) struct Witness {
    patience: usize,
    asked: AtomicUsize,
    stopped: OnceLock<Instant>,
    /// When it was asked last, and the longest it was not.
    silence: Mutex<(Option<Instant>, Duration)>,
    pub(crate) steps: Mutex<Vec<Step>>,
    pub(crate) warnings: Mutex<Vec<String>>,
}

impl Witness {
    pub(crate) fn patient_for(patience: usize) -> Self {
        Self {
            patience,
            asked: AtomicUsize::new(0),
            stopped: OnceLock::new(),
            silence: Mutex::default(),
            steps: Mutex::default(),
            warnings: Mutex::default(),
        }
    }

    /// A fit on one thread that it watches.
    pub(crate) fn context(&self) -> FitContext<'_> {
        FitContext {
            observer: self,
            threads: 1,
            fold: None,
            memory: None,
        }
    }

    /// How long ago it first asked to stop.
    pub(crate) fn since_stopped(&self) -> Option<Duration> {
        self.stopped.get().map(Instant::elapsed)
    }

    /// The longest it was not asked whether to stop, until now.
    pub(crate) fn longest_silence(&self) -> Duration {
        self.hear();
        self.silence.lock().unwrap().1
    }

    fn hear(&self) {
        let mut silence = self.silence.lock().unwrap();
        let now = Instant::now();
        let since = silence.0.replace(now).map_or(Duration::ZERO, |last| now - last);
        silence.1 = silence.1.max(since);
    }

    pub(crate) fn times_asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Observer for Witness {
    fn step(&self, step: Step) {
        self.steps.lock().unwrap().push(step);
    }

    fn warning(&self, _: Option<&str>, message: &str) {
        self.warnings.lock().unwrap().push(message.to_owned());
    }

    fn cancelled(&self) -> bool {
        self.hear();
        let enough = self.asked.fetch_add(1, Ordering::Relaxed) >= self.patience;
        if enough {
            self.stopped.get_or_init(Instant::now);
        }
        enough
    }
}

/// What a stop may take: what is promised where the library is optimised, and four times that in a debug build, whose
/// kernels check every sum and whose tests run beside others.
pub(crate) const AT_ONCE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 400 } else { 100 });
