//! A fitted pipeline written as an ONNX file, node after node.
//!
//! A frame without rows goes through the nodes beside the graph. The nodes that changed a column, which every frame keeps,
//! tell one version of it from another: so the versions' values are found by name and history, and where branches meet,
//! the frame decides which version goes on.

use std::collections::HashMap;

use super::{
    Exception, Graph, Onnx, Table, Unmapped, Value, answer::Output, file, graph::Element, table::either,
};
use crate::{
    Silent,
    frame::{Column, ColumnKind, Frame},
    node::Context,
    pipeline::{FittedPipeline, Flow, Step},
};

/// A column's name and the nodes that changed it.
type Version = (String, Vec<String>);

fn version(column: &Column) -> Version {
    let nodes = column.changed_by().map(str::to_owned).collect();
    (column.name.to_string(), nodes)
}

/// A pipeline on its way into a graph.
struct Export<'p> {
    pipeline: &'p FittedPipeline,
    graph: Graph,
    values: HashMap<Version, Value>,
    /// By step, the rows that no prediction is made for.
    refused: Vec<Option<Value>>,
    /// The inputs by name.
    inputs: Vec<(Value, ColumnKind)>,
    exceptions: Vec<Exception>,
}

impl FittedPipeline {
    /// The pipeline in ONNX; equal pipelines give equal bytes. Trees lie in a second file where they would take more
    /// than so many bytes in the first.
    ///
    /// # Errors
    /// Every node, and the model, that cannot be said in ONNX.
    pub(crate) fn onnx(&self, most_bytes_of_trees: u64) -> Result<Onnx, Vec<Exception>> {
        let mut export = Export {
            pipeline: self,
            graph: Graph::new(most_bytes_of_trees),
            values: HashMap::new(),
            refused: Vec::new(),
            inputs: Vec::new(),
            exceptions: Vec::new(),
        };
        let frame = export.steps()?;
        let outputs = export.outputs(&frame);
        match outputs {
            Ok(outputs) if export.exceptions.is_empty() => {
                Ok(file::write(self, export.graph, &export.inputs, &outputs))
            }
            Ok(_) => Err(export.exceptions),
            Err(reason) => {
                export.exceptions.push(Exception {
                    node_id: None,
                    key: self.model.key.clone(),
                    reason: reason.to_string(),
                });
                Err(export.exceptions)
            }
        }
    }
}

impl Export<'_> {
    /// Says what all nodes do, and gives the columns that leave the last. Nodes that cannot be said are noted.
    fn steps(&mut self) -> Result<Frame, Vec<Exception>> {
        let pipeline = self.pipeline;
        let steps = &pipeline.steps.0;
        let unreadable = |node_id: Option<&Step>, error: crate::Error| {
            vec![Exception {
                node_id: node_id.map(|step| step.node_id.clone()),
                key: node_id.map_or_else(|| pipeline.model.key.clone(), |step| step.key.clone()),
                reason: error.to_string(),
            }]
        };
        let source = pipeline
            .completed(&Frame::default())
            .map_err(|error| unreadable(steps.first(), error))?;
        self.source(&source);
        let mut flow = Flow::new(source, steps.iter().map(|step| step.inputs.as_slice()));
        for step in steps {
            let ctx = Context {
                node_id: &step.node_id,
                target: &pipeline.target,
                problem_type: None,
                positive_class: None,
                memory_budget: None,
                predicting: true,
                fold: None,
                observer: &Silent,
            };
            let leaving = flow.enter(&step.inputs).and_then(|frame| {
                let mut leaving = step.fitted.apply(frame.clone(), &ctx)?;
                leaving.sign(&step.node_id);
                Ok((frame, leaving))
            });
            let (entering, leaving) = leaving.map_err(|error| unreadable(Some(step), error))?;
            if let Err(reason) = self.step(step, entering, &leaving, &ctx) {
                self.exceptions.push(Exception {
                    node_id: Some(step.node_id.clone()),
                    key: step.key.clone(),
                    reason: reason.to_string(),
                });
                self.pretend(&leaving);
            }
            flow.leave(leaving);
        }
        Ok(flow.last())
    }

    /// The inputs, and columns without any value for what predictions do not depend on.
    fn source(&mut self, source: &Frame) {
        // Inputs first, so that nothing has taken their names.
        for input in self.pipeline.inputs() {
            let value = self.graph.named(&input.name);
            self.inputs.push((value, input.kind));
        }
        let inputs: HashMap<String, Value> = self
            .inputs
            .iter()
            .map(|(value, _)| (value.name().to_owned(), value.clone()))
            .collect();
        for column in source.columns() {
            let value = match inputs.get(&*column.name) {
                Some(value) => value.clone(),
                None => self.nothing(column.kind()),
            };
            self.values.insert(version(column), value);
        }
    }

    fn nothing(&mut self, kind: ColumnKind) -> Value {
        if kind == ColumnKind::Text {
            self.graph.texts(&[1, 1], [""])
        } else {
            self.graph.number(f64::NAN)
        }
    }

    /// Says what a node does.
    fn step(
        &mut self,
        step: &Step,
        entering: Frame,
        leaving: &Frame,
        ctx: &Context<'_>,
    ) -> Result<(), Unmapped> {
        let mut refused = None;
        for input in &step.inputs {
            if let Some(more) = self.refused[*input].clone() {
                refused = Some(either(&mut self.graph, refused, &more));
            }
        }
        let found = |column: &Column| {
            Some((
                column.name.to_string(),
                self.values.get(&version(column))?.clone(),
            ))
        };
        let values: HashMap<String, Value> = entering.columns().iter().filter_map(found).collect();
        let source = self.inputs.first();
        let source = source.map(|(value, kind)| (value.clone(), *kind == ColumnKind::Text));
        let mut table = Table::new(&mut self.graph, entering, values.clone(), source, ctx);
        let said = step.fitted.onnx(&mut table);
        let (made, more) = table.made();
        if let Some(more) = more {
            refused = Some(either(&mut self.graph, refused, &more));
        }
        self.refused.push(refused);
        said?;
        for column in leaving.columns() {
            let version = version(column);
            if self.values.contains_key(&version) {
                continue;
            }
            let name = &*column.name;
            let value = made.get(name).or_else(|| values.get(name)).cloned();
            let value =
                value.ok_or_else(|| Unmapped::because(format!("it does not say what {name:?} is")))?;
            self.values.insert(version, value);
        }
        Ok(())
    }

    /// Lets what a node cannot say be anything, so that those behind it can still be asked.
    fn pretend(&mut self, leaving: &Frame) {
        for column in leaving.columns() {
            let version = version(column);
            if !self.values.contains_key(&version) {
                let value = self.nothing(column.kind());
                self.values.insert(version, value);
            }
        }
    }

    /// Says what the model does with the features.
    fn outputs(&mut self, frame: &Frame) -> Result<Vec<Output>, Unmapped> {
        let pipeline = self.pipeline;
        let mut features = Vec::with_capacity(pipeline.features.len());
        for name in &pipeline.features {
            let value = frame
                .column(name)
                .and_then(|column| self.values.get(&version(column)));
            let value = value.ok_or_else(|| Unmapped::because(format!("there is no column {name:?}")))?;
            features.push(value.clone());
        }
        let graph = &mut self.graph;
        let x = graph.beside(&features);
        let mut refused = graph.op("IsInf", [&x]);
        if !pipeline.model.handles_missing {
            let missing = graph.op("IsNaN", [&x]);
            refused = graph.op("Or", [&refused, &missing]);
        }
        let refused = graph.cast(&refused, Element::Double);
        let refused = graph.reduce("ReduceMax", &refused);
        let zero = graph.number(0.0);
        let refused = graph.op("Greater", [&refused, &zero]);
        let dropped = self.refused.last().cloned().flatten();
        let refused = either(graph, dropped, &refused);
        let answer = pipeline.model.fitted.onnx(&x, graph)?;
        let labels = pipeline
            .classes
            .as_ref()
            .map_or(&[][..], |classes| &classes.labels);
        Ok(answer.outputs(graph, labels, &refused))
    }
}
