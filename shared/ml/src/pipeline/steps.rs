//! The nodes of a graph run in order: fitted on training rows and applied to all when a model is trained, applied
//! as they were fitted when it predicts.

use std::{collections::BTreeMap, time::Instant};

use arrow::{array::BooleanArray, compute::is_not_null};
use domain::{
    catalog::{NodeRole, NodeSpec},
    graph::{Graph, Node},
    value::Object,
};

use crate::{
    Error, Observer,
    error::Result,
    frame::{Frame, merge},
    node::{Context, ErasedNode, FittedNode},
    nodes,
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

struct Planned<'a> {
    node: &'a Node,
    erased: &'static dyn ErasedNode,
    spec: NodeSpec,
    inputs: Vec<usize>,
}

impl Steps {
    /// Runs the ancestors of the training node and itself, and gives the frame that the model is fitted on.
    ///
    /// # Errors
    /// What a node says, with its id; `LEARNS_BEFORE_SPLIT`; cancellation.
    pub(crate) fn fit(
        graph: &Graph,
        training: &str,
        target: &str,
        source: Frame,
        observer: &dyn Observer,
    ) -> Result<(Self, Frame)> {
        let planned = plan(graph, training)?;
        let split = planned.iter().any(|step| step.spec.role == NodeRole::Splitter);
        let total = planned.len();
        let mut flow = Flow::new(source, planned.iter().map(|step| step.inputs.as_slice()));
        let mut steps = Vec::with_capacity(total);
        for (
            at,
            Planned {
                node,
                erased,
                spec,
                inputs,
            },
        ) in planned.into_iter().enumerate()
        {
            if observer.cancelled() {
                return Err(Error::Cancelled);
            }
            let started = Instant::now();
            let frame = flow.enter(&inputs).map_err(|error| error.at(&node.id))?;
            let (rows_in, columns_in) = (frame.height(), frame.width());
            let ctx = Context {
                node_id: &node.id,
                target,
                predicting: false,
                observer,
            };
            let one = RunOne {
                node,
                erased,
                spec: &spec,
                split,
            };
            let (fitted, out) = one.run(frame, &ctx).map_err(|error| error.at(&node.id))?;
            observer.node(&NodeRun {
                node_id: node.id.clone(),
                kind: spec.key.clone(),
                rows_in,
                rows_out: out.height(),
                columns_in,
                columns_out: out.width(),
                duration: started.elapsed(),
            });
            observer.step(observer::Step {
                completed: at as u64 + 1,
                total: total as u64,
                unit: "nodes",
            });
            flow.leave(out);
            let config = node.config.clone();
            steps.push(Step {
                node_id: node.id.clone(),
                key: spec.key,
                config,
                inputs,
                fitted,
            });
        }
        let frame = flow.last();
        Ok((Self(steps), frame))
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
                predicting: true,
                observer,
            };
            let frame = flow
                .enter(&step.inputs)
                .map_err(|error| error.at(&step.node_id))?;
            let mut out = step
                .fitted
                .apply(frame, &ctx)
                .map_err(|error| error.at(&step.node_id))?;
            out.sign(&step.node_id);
            flow.leave(out);
        }
        Ok(flow.last())
    }
}

struct RunOne<'a> {
    node: &'a Node,
    erased: &'static dyn ErasedNode,
    spec: &'a NodeSpec,
    /// Whether the graph has a splitter.
    split: bool,
}

impl RunOne<'_> {
    fn run(&self, frame: Frame, ctx: &Context<'_>) -> Result<(Box<dyn FittedNode>, Frame)> {
        let learns = self.spec.learns_with(&self.node.config);
        if learns && self.split && frame.splits().is_none() {
            let message = "this node learns from rows that are not split yet; put it after the splitter";
            return Err(Error::spec("LEARNS_BEFORE_SPLIT", message));
        }
        if frame.height() == 0 || (learns && frame.training().height() == 0) {
            return Err(Error::data("NO_ROWS_LEFT", "no rows are left to learn from"));
        }
        let (fitted, mut out) = self.erased.fit_apply(&self.node.config, frame, ctx)?;
        if self.spec.role == NodeRole::Source {
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
        ctx.warn(&format!(
            "{gone} rows without a value of the target {:?} are left out",
            ctx.target
        ));
        frame.filter(&keep, "the target is missing")?;
    }
    if frame.height() == 0 {
        return Err(Error::data("NO_ROWS_LEFT", "no row has a value of the target"));
    }
    Ok(())
}

/// The nodes that run, with their places instead of their ids.
fn plan<'a>(graph: &'a Graph, training: &'a str) -> Result<Vec<Planned<'a>>> {
    let Some(order) = graph.execution_order(training) else {
        let message = format!("there is no training node {training:?}, or a cycle leads to it");
        return Err(Error::spec("INVALID_GRAPH", message));
    };
    let places: BTreeMap<&str, usize> = order
        .iter()
        .enumerate()
        .map(|(at, node)| (node.id.as_str(), at))
        .collect();
    let mut planned = Vec::with_capacity(order.len());
    for node in order {
        let unknown = || {
            Error::spec(
                "UNKNOWN_NODE_TYPE",
                format!("there is no node type {:?}", node.kind),
            )
        };
        let (erased, spec) = nodes::get(&node.kind).ok_or_else(|| unknown().at(&node.id))?;
        let mut inputs: Vec<usize> = Vec::new();
        for source in graph.inputs(&node.id) {
            // Ancestors only: every input of a node that runs ran before it.
            let place = places
                .get(source)
                .copied()
                .filter(|place| !inputs.contains(place));
            inputs.extend(place);
        }
        if inputs.is_empty() != (spec.role == NodeRole::Source) {
            let message = "a graph begins at its dataset node, and nowhere else";
            return Err(Error::spec("INVALID_GRAPH", message).at(&node.id));
        }
        planned.push(Planned {
            node,
            erased,
            spec,
            inputs,
        });
    }
    Ok(planned)
}

/// Frames on their way from node to node; each is let go after its last use.
struct Flow {
    source: Option<Frame>,
    outputs: Vec<Option<Frame>>,
    uses: Vec<usize>,
}

impl Flow {
    fn new<'a>(source: Frame, inputs: impl Iterator<Item = &'a [usize]>) -> Self {
        let inputs: Vec<&[usize]> = inputs.collect();
        let mut uses = vec![0; inputs.len()];
        for &place in inputs.iter().copied().flatten() {
            uses[place] += 1;
        }
        Self {
            source: Some(source),
            outputs: Vec::with_capacity(inputs.len()),
            uses,
        }
    }

    fn enter(&mut self, inputs: &[usize]) -> Result<Frame> {
        if inputs.is_empty() {
            return Ok(self.source.take().unwrap_or_default());
        }
        let mut frames = Vec::with_capacity(inputs.len());
        for &place in inputs {
            self.uses[place] -= 1;
            let output = &mut self.outputs[place];
            frames.extend(if self.uses[place] == 0 {
                output.take()
            } else {
                output.clone()
            });
        }
        merge(frames)
    }

    fn leave(&mut self, frame: Frame) {
        self.outputs.push(Some(frame));
    }

    fn last(&mut self) -> Frame {
        self.outputs.pop().flatten().unwrap_or_default()
    }
}
