//! The nodes of a graph run in order: fitted on training rows and applied to all when a model is trained, applied
//! as they were fitted when it predicts.

use std::time::Instant;

use arrow::{array::BooleanArray, compute::is_not_null};
use domain::{
    catalog::{NodeRole, ProblemType},
    graph::Graph,
    value::Object,
};

use super::{
    flow::Flow,
    planned::{self, Planned, plan},
    stem::Stem,
};
use crate::{
    Error, Observer,
    error::Result,
    frame::{Frame, Split},
    node::{Context, FittedNode},
    observer::{self, NodeRun},
};

/// A fitted node and where its input comes from.
pub(crate) struct Step {
    pub(crate) node_id: String,
    pub(crate) key: String,
    pub(crate) config: Object,
    /// The steps whose frames enter it, by place; none for the source.
    pub(crate) inputs: Vec<usize>,
    pub(crate) fitted: Box<dyn FittedNode>,
}

/// The steps in the order they run; the last is the training node's.
pub(crate) struct Steps(pub(crate) Vec<Step>);

/// A graph, where it ends and what it predicts.
#[derive(Clone, Copy)]
pub(crate) struct Fitting<'a> {
    pub(crate) graph: &'a Graph,
    /// The node to end with: the training node where a model is trained.
    pub(crate) training: &'a str,
    /// The target's column; empty for none, where no model is trained.
    pub(crate) target: &'a str,
    /// Whether the target is a class or a number, if a training node says so.
    pub(crate) problem_type: Option<ProblemType>,
    /// The class of two that counts as positive, if a training node says so.
    pub(crate) positive_class: Option<&'a str>,
    /// How much memory training may take, in bytes; no limit if none.
    pub(crate) memory_budget: Option<u64>,
    /// Whether validation rows train too.
    pub(crate) with_validation: bool,
}

impl Steps {
    /// Runs the ancestors of the training node and itself, and gives the frame that the model is fitted on, and what
    /// folds start from if `keep` asks for it.
    ///
    /// # Errors
    /// What a node says, with its id; `LEARNS_BEFORE_SPLIT`; cancellation.
    pub(crate) fn fit<'a>(
        fitting: Fitting<'a>,
        source: Frame,
        keep: bool,
        observer: &dyn Observer,
    ) -> Result<(Self, Frame, Option<Stem<'a>>)> {
        let planned = plan(fitting.graph, fitting.training)?;
        let anchor = planned::anchor(&planned);
        let mut stem = keep.then(|| Stem::new(fitting, &planned, anchor));
        let total = planned.len();
        let mut flow = Flow::new(source, planned.iter().map(|step| step.inputs.as_slice()));
        let mut steps = Vec::with_capacity(total);
        let run = RunOne::new(&planned, fitting, None, observer);
        for (at, step) in planned.iter().enumerate() {
            let (fitted, mut out) = run.step(step, &mut flow)?;
            observer.step(observer::Step {
                completed: at as u64 + 1,
                total: total as u64,
                unit: "nodes",
            });
            if let Some(stem) = &mut stem {
                stem.keep(at, &out);
            }
            if fitting.with_validation && at == anchor {
                train_with_validation(&mut out)?;
            }
            flow.leave(out);
            steps.push(Step {
                node_id: step.node.id.clone(),
                key: step.spec.key.clone(),
                config: step.node.config.clone(),
                inputs: step.inputs.clone(),
                fitted,
            });
        }
        let frame = flow.last();
        let stem = stem.map(|stem| stem.with(planned));
        Ok((Self(steps), frame, stem))
    }

    /// Prepares rows as the training rows were prepared.
    ///
    /// # Errors
    /// What a node says, with its id; cancellation.
    pub(crate) fn apply(&self, source: Frame, target: &str, observer: &dyn Observer) -> Result<Frame> {
        let mut flow = Flow::new(source, self.0.iter().map(|step| step.inputs.as_slice()));
        for step in &self.0 {
            if observer.cancelled() {
                return Err(Error::Cancelled);
            }
            let ctx = Context {
                node_id: &step.node_id,
                target,
                problem_type: None,
                positive_class: None,
                memory_budget: None,
                predicting: true,
                fold: None,
                observer,
            };
            let out = flow
                .enter(&step.inputs)
                .and_then(|frame| step.fitted.apply(frame, &ctx));
            let mut out = out.map_err(|error| error.in_node(&step.node_id, &step.key))?;
            out.sign(&step.node_id);
            flow.leave(out);
        }
        Ok(flow.last())
    }
}

/// Runs one node after another.
pub(super) struct RunOne<'a> {
    fitting: Fitting<'a>,
    /// Whether the graph has a splitter.
    split: bool,
    /// The fold that nodes are fitted in, if in any.
    fold: Option<usize>,
    observer: &'a dyn Observer,
}

impl<'a> RunOne<'a> {
    pub(super) fn new(
        planned: &[Planned<'_>],
        fitting: Fitting<'a>,
        fold: Option<usize>,
        observer: &'a dyn Observer,
    ) -> Self {
        Self {
            fitting,
            split: planned.iter().any(|step| step.spec.role == NodeRole::Splitter),
            fold,
            observer,
        }
    }

    /// Fits a node on what enters it and applies it, and tells the observer.
    pub(super) fn step(&self, step: &Planned<'_>, flow: &mut Flow) -> Result<(Box<dyn FittedNode>, Frame)> {
        if self.observer.cancelled() {
            return Err(Error::Cancelled);
        }
        let started = Instant::now();
        let (id, key) = (&step.node.id, &step.spec.key);
        let here = |error: Error| error.in_node(id, key);
        let frame = flow.enter(&step.inputs).map_err(here)?;
        let (rows_in, columns_in) = (frame.height(), frame.width());
        let (fitted, out) = self.run(step, frame).map_err(here)?;
        self.observer.node(&NodeRun {
            node_id: id.clone(),
            kind: key.clone(),
            rows_in,
            rows_out: out.height(),
            columns_in,
            columns_out: out.width(),
            duration: started.elapsed(),
        });
        Ok((fitted, out))
    }

    fn run(&self, step: &Planned<'_>, frame: Frame) -> Result<(Box<dyn FittedNode>, Frame)> {
        let ctx = &Context {
            node_id: &step.node.id,
            target: self.fitting.target,
            problem_type: self.fitting.problem_type,
            positive_class: self.fitting.positive_class,
            memory_budget: self.fitting.memory_budget,
            predicting: false,
            fold: self.fold,
            observer: self.observer,
        };
        let learns = step.spec.learns_with(&step.node.config);
        if learns && self.split && frame.splits().is_none() {
            let message = "this node learns from rows that are not split yet; put it after the splitter";
            return Err(Error::spec("LEARNS_BEFORE_SPLIT", message));
        }
        if frame.height() == 0 || (learns && frame.training().height() == 0) {
            return Err(Error::data("NO_ROWS_LEFT", "no rows are left to learn from"));
        }
        let (fitted, mut out) = step.erased.fit_apply(&step.node.config, frame, ctx)?;
        if step.spec.role == NodeRole::Source && !self.fitting.target.is_empty() {
            drop_unlabelled(&mut out, ctx)?;
        }
        out.sign(ctx.node_id);
        Ok((fitted, out))
    }
}

/// Drops rows without a target: nothing can be learned or judged by them.
fn drop_unlabelled(frame: &mut Frame, ctx: &Context<'_>) -> Result<()> {
    let target = &frame.require(ctx.target)?.data;
    let keep: BooleanArray =
        is_not_null(target).map_err(|error| Error::unsupported("TABLE_OPERATION", error.to_string()))?;
    let gone = keep.false_count();
    if gone > 0 {
        let (rows, are) = if gone == 1 { ("row", "is") } else { ("rows", "are") };
        ctx.warn(&format!(
            "{gone} {rows} without a value of the target {:?} {are} left out",
            ctx.target
        ));
        frame.filter(&keep, "the target is missing")?;
    }
    if frame.height() == 0 {
        return Err(Error::data("NO_ROWS_LEFT", "no row has a value of the target"));
    }
    Ok(())
}

/// Lets validation rows train.
fn train_with_validation(frame: &mut Frame) -> Result<()> {
    let Some(splits) = frame.splits() else {
        return Ok(());
    };
    let joined = splits.iter().map(|split| match split {
        Split::Train | Split::Validation => Split::Train,
        Split::Test => Split::Test,
    });
    frame.assign(joined.collect())
}
