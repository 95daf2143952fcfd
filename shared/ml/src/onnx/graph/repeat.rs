//! Loops.

use std::mem;

use super::{Graph, Value};
use crate::onnx::{
    attribute,
    proto::{DataType, GraphProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto},
};

impl Graph {
    /// What the states have become after so many rounds, a whole number `[]`. The body gets the round's number `[]`, from
    /// 0, and the states, and gives the states of the next round; it may use any value made before the loop. States may
    /// change their shapes from round to round.
    pub(crate) fn repeat<const N: usize>(
        &mut self,
        rounds: &Value,
        states: [&Value; N],
        body: impl FnOnce(&mut Self, &Value, [Value; N]) -> [Value; N],
    ) -> [Value; N] {
        let always = |graph: &mut Self, round: &Value, condition: Value, states| {
            (condition, body(graph, round, states))
        };
        self.rounds(Some(rounds), None, states, always)
    }

    /// As [`Graph::repeat`], for as long as a condition `[]` holds: the body gives that of the next round, too.
    pub(crate) fn repeat_while<const N: usize>(
        &mut self,
        condition: &Value,
        states: [&Value; N],
        body: impl FnOnce(&mut Self, &Value, [Value; N]) -> (Value, [Value; N]),
    ) -> [Value; N] {
        let next = |graph: &mut Self, round: &Value, _, states| body(graph, round, states);
        self.rounds(None, Some(condition), states, next)
    }

    fn rounds<const N: usize>(
        &mut self,
        most: Option<&Value>,
        condition: Option<&Value>,
        states: [&Value; N],
        body: impl FnOnce(&mut Self, &Value, Value, [Value; N]) -> (Value, [Value; N]),
    ) -> [Value; N] {
        let nothing = Value("".into());
        let mut inputs = vec![most.unwrap_or(&nothing), condition.unwrap_or(&nothing)];
        inputs.extend(states);
        let (round, holds) = (self.fresh(), self.fresh());
        let entering: [Value; N] = std::array::from_fn(|_| self.fresh());
        let around = mem::take(&mut self.nodes);
        let (next, leaving) = body(self, &round, holds.clone(), entering.clone());
        // What a loop puts out has to be made in it.
        let leaving: Vec<Value> = [next]
            .iter()
            .chain(&leaving)
            .map(|value| self.op("Identity", [value]))
            .collect();
        let body = GraphProto {
            node: mem::replace(&mut self.nodes, around),
            name: round.name().to_owned(),
            input: [scalar(&round, DataType::Int64), scalar(&holds, DataType::Bool)]
                .into_iter()
                .chain(entering.iter().map(named))
                .collect(),
            output: leaving.iter().map(named).collect(),
            ..GraphProto::default()
        };
        self.op_several("Loop", &inputs, vec![attribute::graph("body", body)])
    }
}

/// A value of a graph within a graph, whose type is told by what it is made of.
pub(super) fn named(value: &Value) -> ValueInfoProto {
    ValueInfoProto {
        name: value.name().to_owned(),
        ..ValueInfoProto::default()
    }
}

fn scalar(value: &Value, data_type: DataType) -> ValueInfoProto {
    let tensor = TensorTypeProto {
        elem_type: data_type as i32,
        shape: Some(TensorShapeProto::default()),
    };
    ValueInfoProto {
        r#type: Some(TypeProto {
            tensor_type: Some(tensor),
        }),
        ..named(value)
    }
}
