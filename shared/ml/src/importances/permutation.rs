//! Permutation importance: how much worse a model is on rows in which one feature's values are shuffled among the rows
//! (Breiman, "Random Forests", Machine Learning 2001, section 10; Fisher, Rudin and Dominici, "All models are wrong, but
//! many are useful", 2019).
//!
//! For a score s of the rows as they are and the scores sᵣ of R shuffles of a feature: the importance is the mean of
//! s − sᵣ, and its spread their standard deviation √(Σ (s − sᵣ − mean)² / R), as `permutation_importance` of
//! scikit-learn has them with its default scores, accuracy and R². It is bounded in cost: some rows, few shuffles, and
//! none where a model is slow or features are many.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Observer,
    error::Result,
    frame::Split,
    metrics,
    model::{FittedModel, Prediction},
    pipeline::TruthView,
    random,
};

/// The most rows that are looked at.
const MOST_ROWS: usize = 1_000;
/// How few of more rows say too little.
const LEAST_ROWS: usize = 100;
/// The most features.
const MOST_FEATURES: usize = 200;
/// How often each feature is shuffled.
const REPEATS: usize = 5;
/// How many nanoseconds of a core it may take all in all, as [`FittedModel::row_cost`] counts them.
const MOST_COST: usize = 500_000_000;
/// What a row costs beside the model's work: copying, and its place in rayon's queue.
const ROW: usize = 20;

/// How much worse a model is where a feature says nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Permutation {
    /// The split whose rows were looked at.
    pub split: String,
    /// How many of its rows, drawn at random where it has more.
    pub rows: usize,
    /// How often each feature was shuffled.
    pub repeats: usize,
    /// The score: `accuracy` or `r2`.
    pub metric: String,
    /// The score of these rows as they are.
    pub score: f64,
    /// By how much it falls, in the mean, where a feature is shuffled.
    pub mean: Vec<f64>,
    /// The standard deviation of that over the shuffles.
    pub std: Vec<f64>,
}

/// The rows to look at.
pub(crate) struct Asked<'a> {
    pub(crate) split: Split,
    /// Rows × features.
    pub(crate) x: ArrayView2<'a, f64>,
    pub(crate) truth: TruthView<'a>,
}

/// What is true of the rows that are looked at.
enum Truth {
    Classes(Vec<u32>),
    Values(Vec<f64>),
}

impl Asked<'_> {
    /// Measures every feature, or says why not.
    ///
    /// # Errors
    /// Cancellation.
    pub(crate) fn measure(
        &self,
        fitted: &dyn FittedModel,
        observer: &dyn Observer,
    ) -> Result<std::result::Result<Permutation, String>> {
        let rows = match self.affordable(fitted) {
            Ok(rows) => rows,
            Err(reason) => return Ok(Err(reason)),
        };
        let seed = |part: &str| random::stream(42, &["importances", part]);
        let drawn = seed("rows").sample(self.x.nrows(), rows);
        let truth = self.truth(&drawn);
        let mut x = self.x.select(Axis(0), &drawn);
        let Some(score) = score(&fitted.predict(x.view()), &truth) else {
            return Ok(Err(format!(
                "the {} of {rows} {} rows is not defined",
                truth.metric(),
                self.split.as_str()
            )));
        };
        let (mut mean, mut std) = (Vec::new(), Vec::new());
        for feature in 0..x.ncols() {
            let mut random = seed(&format!("feature {feature}"));
            let falls = falls(fitted, &mut x, feature, &truth, score, &mut random, observer)?;
            let middle = falls.iter().sum::<f64>() / REPEATS as f64;
            let squares: f64 = falls.iter().map(|fall| (fall - middle).powi(2)).sum();
            mean.push(middle);
            std.push((squares / REPEATS as f64).sqrt());
        }
        let finite = mean.iter().chain(&std).all(|value| value.is_finite());
        Ok(if finite {
            Ok(Permutation {
                split: self.split.as_str().to_owned(),
                rows,
                repeats: REPEATS,
                metric: truth.metric().to_owned(),
                score,
                mean,
                std,
            })
        } else {
            Err("predictions with a shuffled feature are not finite".to_owned())
        })
    }

    /// How many rows can be looked at, or why none.
    fn affordable(&self, fitted: &dyn FittedModel) -> std::result::Result<usize, String> {
        let (all, features) = self.x.dim();
        if features > MOST_FEATURES {
            return Err(format!(
                "the model has {features} features; up to {MOST_FEATURES} are shuffled one after the other"
            ));
        }
        let classes = match self.truth {
            TruthView::Classes { labels, .. } => labels.len(),
            TruthView::Values(_) => 1,
        };
        let row = ROW + fitted.row_cost() + features * classes;
        let affordable = MOST_COST / (row * REPEATS * features).max(1);
        let rows = all.min(MOST_ROWS).min(affordable);
        if rows < all.min(LEAST_ROWS) {
            return Err(format!(
                "predictions of this model take too long to be repeated {} times for each of {LEAST_ROWS} rows",
                REPEATS * features
            ));
        }
        Ok(rows)
    }

    fn truth(&self, rows: &[usize]) -> Truth {
        match self.truth {
            TruthView::Classes { codes, .. } => Truth::Classes(rows.iter().map(|row| codes[*row]).collect()),
            TruthView::Values(values) => Truth::Values(rows.iter().map(|row| values[*row]).collect()),
        }
    }
}

impl Truth {
    fn metric(&self) -> &'static str {
        match self {
            Self::Classes(_) => "accuracy",
            Self::Values(_) => "r2",
        }
    }
}

/// By how much the score falls with each shuffle of a feature. `x` is left as it was.
fn falls(
    fitted: &dyn FittedModel,
    x: &mut Array2<f64>,
    feature: usize,
    truth: &Truth,
    whole: f64,
    random: &mut random::Stream,
    observer: &dyn Observer,
) -> Result<Vec<f64>> {
    let before = x.column(feature).to_vec();
    let mut values = before.clone();
    let mut falls = Vec::with_capacity(REPEATS);
    for _ in 0..REPEATS {
        if observer.cancelled() {
            return Err(Error::Cancelled);
        }
        random.shuffle(&mut values);
        put(x, feature, &values);
        falls.push(whole - score(&fitted.predict(x.view()), truth).unwrap_or(f64::NAN));
    }
    put(x, feature, &before);
    Ok(falls)
}

fn put(x: &mut Array2<f64>, feature: usize, values: &[f64]) {
    x.column_mut(feature).assign(&ArrayView1::from(values));
}

/// The share of rows whose class is named rightly, or R²; none where that is not defined.
fn score(prediction: &Prediction, truth: &Truth) -> Option<f64> {
    match (prediction, truth) {
        (Prediction::Probabilities(columns) | Prediction::Scores(columns), Truth::Classes(codes)) => {
            let right = columns.rows().into_iter().zip(codes);
            let right = right.filter(|(row, code)| metrics::most_probable(row.view()) == **code as usize);
            Some(right.count() as f64 / codes.len() as f64)
        }
        (Prediction::Values(predicted), Truth::Values(values)) => {
            metrics::regression(values, predicted, None).get("r2").copied()
        }
        (Prediction::Probabilities(_) | Prediction::Scores(_) | Prediction::Values(_), _) => None,
    }
}
