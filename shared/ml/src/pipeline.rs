//! The fitted pipeline: every node with what it learned, the features, the classes and the fitted model. From a
//! raw row to a prediction it needs nothing else.

mod cross_validation;
mod evaluate;
mod fit;
mod flow;
mod inputs;
mod labels;
mod matrix;
mod missing;
mod planned;
mod predict;
mod prepare;
mod sides;
mod stem;
mod steps;

use domain::{catalog::ProblemType, value::Object};

pub use cross_validation::{CrossValidation, FoldResult};
pub use evaluate::Metrics;
pub use labels::{Classes, Label};
pub use predict::{Outcome, Predictions, RowPrediction};

pub(crate) use cross_validation::{Candidate, Heard, Room, cross_validate};
pub(crate) use evaluate::{Judged, Truth, TruthView};
pub(crate) use fit::{fit, needed};
pub(crate) use flow::Flow;
#[cfg(test)]
pub(crate) use inputs::{Names, follow};
pub(crate) use labels::class_text;
pub(crate) use prepare::{Preparation, Prepared, named_target};
pub(crate) use sides::Sides;
pub(crate) use stem::Stem;
pub(crate) use steps::{Fitting, Step, Steps};

use crate::{io::ColumnSchema, model::FittedModel};

/// A model of a registry that was fitted, and with what.
pub struct ModelState {
    /// The model's key.
    pub key: String,
    /// Its hyperparameters, defaults included.
    pub hyperparameters: Object,
    /// Whether it handles missing values itself.
    pub handles_missing: bool,
    /// What the fit left.
    pub(crate) fitted: Box<dyn FittedModel>,
}

/// Everything that turns raw rows into predictions.
pub struct FittedPipeline {
    /// The columns of the source, the target among them.
    pub(crate) schema: Vec<ColumnSchema>,
    /// The target's column.
    pub(crate) target: String,
    /// The nodes, in the order they run.
    pub(crate) steps: Steps,
    /// The features, in the order of the model's columns.
    pub(crate) features: Vec<String>,
    /// The classes, for classification.
    pub(crate) classes: Option<Classes>,
    /// The model.
    pub(crate) model: ModelState,
}

impl FittedPipeline {
    /// The columns of the source, the target among them.
    pub fn schema(&self) -> &[ColumnSchema] {
        &self.schema
    }

    /// The target's column, which a table to predict need not have.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The features the model was fitted on, in order.
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// The classes, for classification.
    pub fn classes(&self) -> Option<&Classes> {
        self.classes.as_ref()
    }

    /// The model.
    pub fn model(&self) -> &ModelState {
        &self.model
    }

    /// What is predicted.
    pub fn problem_type(&self) -> ProblemType {
        if self.classes.is_some() {
            ProblemType::Classification
        } else {
            ProblemType::Regression
        }
    }
}

#[cfg(test)]
mod tests;
