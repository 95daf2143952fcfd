//! The columns of the source that predictions depend on, found out by following the others through the fitted nodes.
//!
//! A column is followed through every node on a table without rows. Most nodes treat each column on its own: what
//! comes of a column is then itself, if it stays, and whatever new column the node does not make without it. Where
//! a node computes something from it together with others ([`FittedNode::mixes`]), or a feature of the model is
//! among what came of it, predictions may depend on it. Otherwise they cannot, whatever its values are, and a table
//! to predict need not have it. In doubt a column is needed.

use std::collections::BTreeSet;

use arrow::array::new_null_array;

use super::{FittedPipeline, flow::Flow};
use crate::{
    Silent,
    error::Result,
    frame::Frame,
    io::ColumnSchema,
    node::{Context, FittedNode},
};

/// How many columns all trials together may look up among the others, in each node: it bounds the time that a wide
/// table takes.
const MOST_LOOKED_UP: usize = 50_000_000;

/// Names of columns.
pub(crate) type Names<'a> = BTreeSet<&'a str>;

impl FittedPipeline {
    /// The columns that a table to predict must have, in the order of the source, the target not among them.
    pub fn inputs(&self) -> Vec<ColumnSchema> {
        let features: Names<'_> = self.features.iter().map(String::as_str).collect();
        let sources = || self.schema.iter().filter(|column| column.name != self.target);
        let names = sources().map(|column| column.name.as_str());
        let candidates: Vec<&str> = names.filter(|name| !features.contains(name)).collect();
        let width = self.schema.len().max(1);
        let mut trials = (MOST_LOOKED_UP / (width * width)).max(1);
        let idle: Names<'_> = self.idle(&candidates, &mut trials).into_iter().collect();
        let mut needed: Vec<ColumnSchema> = sources().cloned().collect();
        if idle.len() < needed.len() {
            needed.retain(|column| !idle.contains(column.name.as_str()));
        }
        needed
    }

    /// A table of the source's columns, in which those that `frame` lacks have no value. Its rows are numbered as those of
    /// `frame`, which follow one another.
    ///
    /// # Errors
    /// None that a frame which was read by [`FittedPipeline::inputs`] gives rise to.
    pub(crate) fn completed(&self, frame: &Frame) -> Result<Frame> {
        let known = |column: &ColumnSchema| frame.column(&column.name).map(|known| known.data.clone());
        let height = frame.height();
        let columns = self.schema.iter().filter_map(|column| {
            let data = known(column).or_else(|| {
                let absent = column.name != self.target;
                absent.then(|| new_null_array(&column.kind.data_type(), height))
            });
            Some((column.name.clone(), data?))
        });
        let first = frame.rows().first().copied().unwrap_or_default();
        Frame::numbered_from(first, columns.collect())
    }

    /// Those among the candidates that no prediction depends on: all at once if none is needed, else by halves.
    fn idle<'a>(&self, candidates: &[&'a str], trials: &mut usize) -> Vec<&'a str> {
        if candidates.is_empty() || *trials == 0 {
            return Vec::new();
        }
        *trials -= 1;
        if self.come_to_nothing(candidates).unwrap_or(false) {
            return candidates.to_vec();
        }
        if candidates.len() == 1 {
            return Vec::new();
        }
        let (left, right) = candidates.split_at(candidates.len() / 2);
        let mut idle = self.idle(left, trials);
        idle.extend(self.idle(right, trials));
        idle
    }

    /// Whether no feature and no row depends on these columns.
    fn come_to_nothing(&self, names: &[&str]) -> Result<bool> {
        let source = self.completed(&Frame::default())?;
        let steps = &self.steps.0;
        let mut flow = Flow::new(source, steps.iter().map(|step| step.inputs.as_slice()));
        let mut followed: Vec<BTreeSet<String>> = Vec::with_capacity(steps.len());
        for step in steps {
            let ctx = Context {
                node_id: &step.node_id,
                target: &self.target,
                problem_type: None,
                positive_class: None,
                memory_budget: None,
                predicting: true,
                fold: None,
                observer: &Silent,
            };
            let frame = flow.enter(&step.inputs)?;
            let mut entering: Names<'_> = match step.inputs.as_slice() {
                [] => names.iter().copied().collect(),
                inputs => inputs
                    .iter()
                    .flat_map(|&place| followed[place].iter().map(String::as_str))
                    .collect(),
            };
            entering.retain(|name| frame.column(name).is_some());
            let Some((leaving, out)) = follow(&*step.fitted, frame, &entering, &ctx)? else {
                return Ok(false);
            };
            followed.push(leaving);
            flow.leave(out);
        }
        let last = followed.last();
        Ok(last.is_some_and(|last| self.features.iter().all(|feature| !last.contains(feature))))
    }
}

/// What comes of columns in a node, and the table as it leaves the node; nothing if something else may depend on them.
///
/// # Errors
/// When the node cannot be applied.
pub(crate) fn follow(
    fitted: &dyn FittedNode,
    frame: Frame,
    names: &Names<'_>,
    ctx: &Context<'_>,
) -> Result<Option<(BTreeSet<String>, Frame)>> {
    if names.iter().any(|name| fitted.mixes(name)) {
        return Ok(None);
    }
    let out = fitted.apply(frame.clone(), ctx)?;
    if names.is_empty() {
        return Ok(Some((BTreeSet::new(), out)));
    }
    let mut without = frame.clone();
    names.iter().for_each(|name| without.remove(name));
    let rest = fitted.apply(without, ctx);
    let comes_of_them = |name: &&str| match &rest {
        Ok(rest) => rest.column(name).is_none(),
        // The node insists on one of them, so a new column may come of it.
        Err(_) => names.contains(name) || frame.column(name).is_none(),
    };
    let leaving = out.columns().iter().map(|column| &*column.name);
    let leaving = leaving.filter(comes_of_them).map(String::from).collect();
    Ok(Some((leaving, out)))
}

#[cfg(test)]
mod tests;
