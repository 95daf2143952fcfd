//! Branches.

use std::mem;

use super::{Graph, Value, repeat::named};
use crate::onnx::{attribute, proto::GraphProto};

impl Graph {
    /// What one of two graphs makes, as a condition `[]` says; only that one is computed. Each must make all that it gives,
    /// and may use any value made before.
    pub(crate) fn branch<const N: usize>(
        &mut self,
        condition: &Value,
        yes: impl FnOnce(&mut Self) -> [Value; N],
        no: impl FnOnce(&mut Self) -> [Value; N],
    ) -> [Value; N] {
        let (yes, no) = (self.inner(yes), self.inner(no));
        let branches = vec![
            attribute::graph("then_branch", yes),
            attribute::graph("else_branch", no),
        ];
        self.op_several("If", &[condition], branches)
    }

    fn inner<const N: usize>(&mut self, make: impl FnOnce(&mut Self) -> [Value; N]) -> GraphProto {
        let around = mem::take(&mut self.nodes);
        let made = make(self);
        GraphProto {
            node: mem::replace(&mut self.nodes, around),
            name: made
                .first()
                .map_or_else(String::new, |value| value.name().to_owned()),
            output: made.iter().map(named).collect(),
            ..GraphProto::default()
        }
    }
}
