//! From a raw table to what a model is fitted on: the nodes run, the matrix is built once with the rows of each
//! split together, and the target is checked and coded.

use std::ops::Range;

use arrow::array::Array;
use domain::{
    catalog::{ModelSpec, ProblemType},
    graph::{Graph, Node},
    value::Value,
};
use ndarray::Array2;

use super::{Classes, Steps, Truth, labels, matrix, missing, sides::Sides, stem::Stem, steps::Fitting};
use crate::{
    Error, Observer,
    error::Result,
    frame::{ColumnKind, Frame, Split, is_source_row, numbers},
    node::typed_config,
    nodes::{self, train_model},
};

/// A table that is ready for a model.
pub(crate) struct Prepared {
    pub(crate) features: Vec<String>,
    pub(crate) classes: Option<Classes>,
    /// Every row's features: training rows first, then validation, then test, each in source order.
    pub(crate) x: Array2<f64>,
    /// Every row's target, in the same order.
    pub(crate) truth: Truth,
    /// How much each training row counts.
    pub(crate) weights: Option<Vec<f64>>,
    /// Where each split's rows lie in `x`.
    pub(crate) ranges: Vec<(Split, Range<usize>)>,
    /// Every source row that is used, by its number there, and its split; by row number.
    pub(crate) rows: Vec<(u64, Split)>,
}

impl Prepared {
    /// Where the training rows lie.
    pub(crate) fn training(&self) -> Range<usize> {
        self.ranges.first().map_or(0..0, |(_, range)| range.clone())
    }
}

/// From a raw table to what a model needs, as a graph says.
pub(crate) struct Preparation<'a> {
    graph: &'a Graph,
    training: &'a str,
    target: String,
    config: train_model::Config,
    model: &'a ModelSpec,
    /// The positive class, as it is written.
    positive_class: Option<String>,
    memory_budget: Option<u64>,
    sides: Sides,
}

impl<'a> Preparation<'a> {
    /// What the graph says, before there is a table. Training may take so many bytes of memory.
    ///
    /// # Errors
    /// What is wrong with the training node.
    pub(crate) fn new(
        graph: &'a Graph,
        training: &'a str,
        model: &'a ModelSpec,
        memory_budget: Option<u64>,
    ) -> Result<Self> {
        let target = target_of(graph, training)?;
        let config = training_config(graph, training)?;
        let disagrees = |problem: &ProblemType| *problem != model.problem_type;
        if let Some(problem) = config.problem_type.filter(disagrees) {
            let (key, predicts) = (&model.key, model.problem_type.as_str());
            let message = format!(
                "problem_type is {}, but {key} is for {predicts}",
                problem.as_str()
            );
            return Err(Error::spec("PROBLEM_TYPE_MISMATCH", message).at(training));
        }
        let order = config.cross_validation().and_then(|cv| cv.order_column);
        if order.is_some_and(|order| order == target) {
            let message = format!(
                "cv_order_column is the target {target:?}; name a column that says when a row came about"
            );
            return Err(Error::spec("TARGET_IN_COLUMNS", message).at(training));
        }
        Ok(Self {
            graph,
            training,
            target,
            positive_class: labels::class_text(&config.positive_class),
            config,
            model,
            memory_budget,
            sides: Sides::default(),
        })
    }

    /// The training node.
    pub(crate) fn training_node(&self) -> &str {
        self.training
    }

    /// The target's column.
    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// The cross-validation that the training node asks for, if any.
    pub(crate) fn cross_validation(&self) -> Option<train_model::CrossValidation> {
        self.config.cross_validation()
    }

    /// What is predicted.
    pub(crate) fn problem_type(&self) -> ProblemType {
        self.model.problem_type
    }

    /// What is known of the rows beside their features.
    pub(crate) fn sides(&self) -> &Sides {
        &self.sides
    }

    /// Takes from a raw table what the training node needs beside the features: sample weights, which are no feature
    /// and leave the table, and the order of folds in time.
    ///
    /// # Errors
    /// `COLUMN_NOT_FOUND`, `WEIGHTS_NOT_NUMERIC`, `ORDER_NOT_IN_TIME`.
    pub(crate) fn take_sides(&mut self, frame: &mut Frame) -> Result<()> {
        let order = self.config.cross_validation().and_then(|cv| cv.order_column);
        let weights = self.config.sample_weight_column.clone();
        let weights = weights.filter(|name| !name.trim().is_empty());
        self.sides = Sides::take(frame, weights.as_deref(), order.as_deref())
            .map_err(|error| error.at(self.training))?;
        Ok(())
    }

    /// Runs the nodes up to and including the training node and builds what the model needs, and what folds start
    /// from if there are to be some.
    ///
    /// # Errors
    /// What a node says, or why the result cannot be learned from.
    pub(crate) fn run(
        &self,
        source: Frame,
        observer: &dyn Observer,
    ) -> Result<(Steps, Prepared, Option<Stem<'_>>)> {
        let folds = self.cross_validation();
        let fitting = Fitting {
            graph: self.graph,
            training: self.training,
            target: &self.target,
            problem_type: Some(self.model.problem_type),
            positive_class: self.positive_class.as_deref(),
            memory_budget: self.memory_budget,
            with_validation: folds.as_ref().is_some_and(|folds| folds.refit_with_validation),
        };
        let (steps, frame, stem) = Steps::fit(fitting, source, folds.is_some(), observer)?;
        if frame.splits().is_none() {
            observer.warning(
                None,
                "there is no splitter: every row trains, and the metrics are in-sample",
            );
        }
        let prepared = self.finish(&frame, observer)?;
        for (split, range) in &prepared.ranges {
            if range.is_empty()
                && splits_asked(&steps, *split)
                && !(fitting.with_validation && *split == Split::Validation)
            {
                observer.warning(
                    None,
                    &format!(
                        "no {} rows are left, so there are no metrics of them",
                        split.as_str()
                    ),
                );
            }
        }
        Ok((steps, prepared, stem))
    }

    /// Builds what the model needs from the prepared frame.
    ///
    /// # Errors
    /// Why it cannot be learned from.
    pub(crate) fn finish(&self, frame: &Frame, observer: &dyn Observer) -> Result<Prepared> {
        self.build(frame, observer)
            .map_err(|error| error.at(self.training))
    }

    fn build(&self, frame: &Frame, observer: &dyn Observer) -> Result<Prepared> {
        let target = self.target.as_str();
        let splits = frame
            .splits()
            .map_or_else(|| vec![Split::Train; frame.height()], <[Split]>::to_vec);
        let (order, ranges) = by_split(&splits);
        let training = order.get(ranges[0].1.clone()).unwrap_or_default();
        if training.is_empty() {
            return Err(Error::data("NO_ROWS_LEFT", "no training rows are left"));
        }
        let classes = match self.model.problem_type {
            ProblemType::Regression => None,
            ProblemType::Classification => {
                let positive = &self.config.positive_class;
                Some(classes(frame, target, training, positive, observer)?)
            }
        };
        let truth = truth(frame, target, classes.as_ref(), &order)?;
        let features = matrix::features(frame, target)?;
        let x = matrix::gather(frame, &features, &order)?;
        matrix::refuse_infinite(x.view(), &features)?;
        if !self.model.handles_missing {
            missing::refuse(x.view(), ranges[0].1.clone(), &features, frame, self.graph)?;
        }
        let weights = self
            .sides
            .weights(training.iter().map(|&at| frame.rows()[at as usize]))?;
        let rows = frame.rows().iter().copied().zip(splits);
        let rows = rows.filter(|(row, _)| is_source_row(*row)).collect();
        Ok(Prepared {
            features,
            classes,
            x,
            truth,
            weights,
            ranges,
            rows,
        })
    }
}

/// Whether the splitter was asked for rows of this split. A test split always is.
fn splits_asked(steps: &Steps, split: Split) -> bool {
    let splitter = steps.0.iter().find(|step| step.key == "train_test_split");
    splitter.is_some_and(|step| match split {
        Split::Train | Split::Test => true,
        Split::Validation => !matches!(
            step.config.get("validation_size"),
            None | Some(Value::Number(0.0))
        ),
    })
}

/// The places of all rows, split by split, and where each split lies among them.
fn by_split(splits: &[Split]) -> (Vec<u32>, Vec<(Split, Range<usize>)>) {
    let mut order = Vec::with_capacity(splits.len());
    let mut ranges = Vec::with_capacity(Split::ALL.len());
    for wanted in Split::ALL {
        let start = order.len();
        order.extend(
            (0_u32..)
                .zip(splits)
                .filter(|(_, split)| **split == wanted)
                .map(|(at, _)| at),
        );
        ranges.push((wanted, start..order.len()));
    }
    (order, ranges)
}

fn classes(
    frame: &Frame,
    target: &str,
    training: &[u32],
    positive: &Value,
    observer: &dyn Observer,
) -> Result<labels::Classes> {
    let column = frame.require(target)?;
    let places = arrow::array::UInt32Array::from(training.to_vec());
    let data = arrow::compute::take(&column.data, &places, None)
        .map_err(|error| Error::unsupported("TABLE_OPERATION", error.to_string()))?;
    let classes = Classes::learn(target, column.kind(), &data, positive)?;
    if classes.count() * 2 > training.len() {
        let (count, rows) = (classes.count(), training.len());
        observer.warning(
            None,
            &format!("{count} classes in {rows} training rows: is {target:?} rather a number?"),
        );
    }
    Ok(classes)
}

/// Each row's target, in order.
pub(super) fn truth(frame: &Frame, target: &str, classes: Option<&Classes>, order: &[u32]) -> Result<Truth> {
    let column = frame.require(target)?;
    let place = |at: &u32| *at as usize;
    if column.data.null_count() > 0 && order.iter().any(|at| column.data.is_null(place(at))) {
        return Err(Error::data(
            "TARGET_MISSING",
            format!("the target {target:?} is missing in some rows"),
        ));
    }
    if let Some(classes) = classes {
        let (codes, labels) = classes.codes(&column.data);
        let codes = order.iter().map(|at| codes[place(at)]).collect();
        return Ok(Truth::Classes { codes, labels });
    }
    let values =
        numbers(&column.data).filter(|_| matches!(column.kind(), ColumnKind::Integer | ColumnKind::Float));
    let Some(values) = values else {
        let message = format!(
            "the target {target:?} is {}; a regression needs numbers",
            column.kind().as_str()
        );
        return Err(Error::spec("TARGET_NOT_NUMERIC", message));
    };
    if values.iter().flatten().any(f64::is_infinite) {
        return Err(Error::data(
            "INFINITE_VALUES",
            format!("infinite values are in the target {target:?}"),
        ));
    }
    Ok(Truth::Values(
        order.iter().map(|at| values.value(place(at))).collect(),
    ))
}

/// The target, from whichever node names it.
fn target_of(graph: &Graph, training: &str) -> Result<String> {
    let order = graph.execution_order(training).unwrap_or_default();
    named_target(order)?.map(String::from).ok_or_else(|| {
        let message = "no node names the target; set target_column of the training node";
        Error::spec("TARGET_NOT_NAMED", message).at(training)
    })
}

/// The target that these nodes name, if any does.
pub(crate) fn named_target<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Result<Option<&'a str>> {
    let mut named = nodes.into_iter().filter_map(|node| {
        let text = node.config.get("target_column")?.as_str()?;
        (!text.is_empty()).then_some((node, text))
    });
    let Some((_, target)) = named.next() else {
        return Ok(None);
    };
    if let Some((node, other)) = named.find(|(_, other)| *other != target) {
        let message = format!("the target is {target:?} elsewhere, {other:?} here");
        return Err(Error::spec("TARGET_MISMATCH", message).at(&node.id));
    }
    Ok(Some(target))
}

fn training_config(graph: &Graph, training: &str) -> Result<train_model::Config> {
    let node = graph.node(training);
    let spec = node.and_then(|node| nodes::get(&node.kind)).map(|(_, spec)| spec);
    match (node, spec) {
        (Some(node), Some(spec)) if spec.key == "train_model" => {
            typed_config(&spec, &node.config).map_err(|error| error.at(training))
        }
        _ => Err(Error::spec(
            "INVALID_GRAPH",
            format!("{training:?} is no training node of the graph"),
        )),
    }
}
