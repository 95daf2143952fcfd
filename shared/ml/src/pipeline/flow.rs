//! How frames get from node to node.

use crate::{
    error::Result,
    frame::{Frame, merge},
};

/// Frames on their way from node to node; each is let go after its last use.
pub(crate) struct Flow {
    source: Option<Frame>,
    outputs: Vec<Option<Frame>>,
    uses: Vec<usize>,
}

impl Flow {
    pub(crate) fn new<'a>(source: Frame, inputs: impl Iterator<Item = &'a [usize]>) -> Self {
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

    pub(crate) fn enter(&mut self, inputs: &[usize]) -> Result<Frame> {
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

    pub(crate) fn leave(&mut self, frame: Frame) {
        self.outputs.push(Some(frame));
    }

    pub(crate) fn last(&mut self) -> Frame {
        self.outputs.pop().flatten().unwrap_or_default()
    }
}
