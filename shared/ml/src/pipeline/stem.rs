//! What the folds of a cross-validation have in common: the frames before rows are dealt out, kept from the run on
//! all rows, and the nodes behind, which each fold fits anew.

use arrow::array::UInt32Array;

use super::{
    flow::Flow,
    planned::{Planned, behind},
    steps::{Fitting, RunOne},
};
use crate::{
    Observer,
    error::Result,
    frame::{Frame, Split},
    split::Fold,
};

/// Where folds start.
pub(crate) struct Stem<'a> {
    fitting: Fitting<'a>,
    planned: Vec<Planned<'a>>,
    /// The place of the node whose rows are dealt out.
    anchor: usize,
    behind: Vec<bool>,
    /// What left the nodes that do not lie behind it.
    frames: Vec<Frame>,
}

impl<'a> Stem<'a> {
    pub(super) fn new(fitting: Fitting<'a>, planned: &[Planned<'_>], anchor: usize) -> Self {
        Self {
            fitting,
            planned: Vec::new(),
            anchor,
            behind: behind(planned, anchor),
            frames: vec![Frame::default(); planned.len()],
        }
    }

    /// Keeps what left the node at this place, if folds need it.
    pub(super) fn keep(&mut self, place: usize, frame: &Frame) {
        if !self.behind[place] {
            self.frames[place] = frame.clone();
        }
    }

    pub(super) fn with(self, planned: Vec<Planned<'a>>) -> Self {
        Self { planned, ..self }
    }

    /// The frame whose rows are dealt out.
    pub(crate) fn frame(&self) -> &Frame {
        &self.frames[self.anchor]
    }

    /// The places in [`Stem::frame`] of the rows that train.
    pub(crate) fn training(&self) -> Vec<u32> {
        let all = 0..self.frame().height() as u32;
        match self.frame().splits() {
            None => all.collect(),
            Some(splits) => all
                .zip(splits)
                .filter(|(_, split)| **split == Split::Train)
                .map(|(at, _)| at)
                .collect(),
        }
    }

    /// The frame that a model is fitted on and judged by in a fold, of this number, of the rows at these places: its
    /// rows that are held out are test rows.
    ///
    /// # Errors
    /// What a node says, with its id; cancellation.
    pub(crate) fn run(
        &self,
        training: &[u32],
        (number, fold): (usize, &Fold),
        observer: &dyn Observer,
    ) -> Result<Frame> {
        let mut used: Vec<(usize, Split)> = fold
            .training
            .iter()
            .map(|&at| (at, Split::Train))
            .chain(fold.held_out.iter().map(|&at| (at, Split::Test)))
            .collect();
        used.sort_unstable();
        let places: UInt32Array = used.iter().map(|(at, _)| Some(training[*at])).collect();
        let mut dealt = self.frame().take(&places)?;
        dealt.assign(used.into_iter().map(|(_, split)| split).collect())?;
        let inputs = self.planned.iter().map(|step| step.inputs.as_slice());
        let mut flow = Flow::new(Frame::default(), inputs);
        let run = RunOne::new(&self.planned, self.fitting, Some(number), observer);
        for (at, step) in self.planned.iter().enumerate() {
            let out = if at == self.anchor {
                dealt.clone()
            } else if self.behind[at] {
                run.step(step, &mut flow)?.1
            } else {
                self.frames[at].clone()
            };
            flow.leave(out);
        }
        Ok(flow.last())
    }
}

#[cfg(test)]
mod tests;
