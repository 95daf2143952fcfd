//! A graph of ONNX operators in the making. Values are named as they are made, in order, so that the same calls give the
//! same bytes.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use super::{
    attribute::{doubles, int, raw},
    outside::{Content, Outside},
    proto::{AttributeProto, DataLocation, DataType, NodeProto, TensorProto},
    trees::MOST_BYTES,
};

mod branch;
mod lists;
mod repeat;

/// The domain of the operators for trees and categories.
const ML: &str = "ai.onnx.ml";

/// Constants up to this many bytes are kept once however often they are asked for.
const SHARED: usize = 1024;

/// The name of a tensor in a graph.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Value(Rc<str>);

impl Value {
    /// The name.
    pub(super) fn name(&self) -> &str {
        &self.0
    }
}

/// What tensors hold, as far as anybody has to say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    /// Doubles.
    Double,
    /// Floats.
    Float,
    /// Whole numbers of 64 bits.
    Long,
    /// Truths.
    Truth,
    /// Texts.
    Text,
}

impl Element {
    fn data_type(self) -> DataType {
        match self {
            Self::Double => DataType::Double,
            Self::Text => DataType::String,
            Self::Float => DataType::Float,
            Self::Long => DataType::Int64,
            Self::Truth => DataType::Bool,
        }
    }
}

/// Operators and constants.
#[derive(Debug)]
pub struct Graph {
    nodes: Vec<NodeProto>,
    constants: Vec<TensorProto>,
    /// What constants outside the file hold.
    outside: Outside,
    most_bytes_of_trees: u64,
    /// Small constants, by what they hold.
    known: HashMap<(Vec<i64>, i32, Vec<u8>), Value>,
    taken: HashSet<String>,
    made: usize,
}

/// What of a graph is written.
pub(super) struct Finished {
    /// In an order in which they can be computed.
    pub(super) nodes: Vec<NodeProto>,
    pub(super) constants: Vec<TensorProto>,
    pub(super) outside: Outside,
}

impl Default for Graph {
    fn default() -> Self {
        Self::new(MOST_BYTES)
    }
}

impl Graph {
    /// An empty graph, whose trees lie outside the file where they take more than so many bytes.
    pub(super) fn new(most_bytes_of_trees: u64) -> Self {
        Self {
            nodes: Vec::new(),
            constants: Vec::new(),
            outside: Outside::default(),
            most_bytes_of_trees,
            known: HashMap::new(),
            taken: HashSet::new(),
            made: 0,
        }
    }

    /// The most bytes that trees may take in the file.
    pub(super) fn most_bytes_of_trees(&self) -> u64 {
        self.most_bytes_of_trees
    }

    /// A value with a name from outside, such as an input's; made longer where it is taken.
    pub(super) fn named(&mut self, name: &str) -> Value {
        let mut name = name.to_owned();
        while !self.taken.insert(name.clone()) {
            name.push('_');
        }
        Value(name.into())
    }

    fn fresh(&mut self) -> Value {
        loop {
            let name = format!("v{}", self.made);
            self.made += 1;
            if self.taken.insert(name.clone()) {
                return Value(name.into());
            }
        }
    }

    /// An operator's result.
    pub(crate) fn op<const N: usize>(&mut self, op: &str, inputs: [&Value; N]) -> Value {
        self.node("", op, &inputs, Vec::new())
    }

    /// The result of an operator with attributes.
    pub(crate) fn op_with(&mut self, op: &str, inputs: &[&Value], attributes: Vec<AttributeProto>) -> Value {
        self.node("", op, inputs, attributes)
    }

    /// The result of an operator for trees or categories.
    pub(super) fn ml_op(&mut self, op: &str, input: &Value, attributes: Vec<AttributeProto>) -> Value {
        self.node(ML, op, &[input], attributes)
    }

    /// The first results of an operator that has several, as many as are asked for.
    pub(crate) fn op_several<const N: usize>(
        &mut self,
        op: &str,
        inputs: &[&Value],
        attributes: Vec<AttributeProto>,
    ) -> [Value; N] {
        let outputs = std::array::from_fn(|_| self.fresh());
        self.push("", op, inputs, &outputs, attributes);
        outputs
    }

    fn node(&mut self, domain: &str, op: &str, inputs: &[&Value], attributes: Vec<AttributeProto>) -> Value {
        let output = self.fresh();
        self.push(domain, op, inputs, std::slice::from_ref(&output), attributes);
        output
    }

    fn push(
        &mut self,
        domain: &str,
        op: &str,
        inputs: &[&Value],
        outputs: &[Value],
        attributes: Vec<AttributeProto>,
    ) {
        self.nodes.push(NodeProto {
            input: inputs.iter().map(|input| input.name().to_owned()).collect(),
            output: outputs.iter().map(|output| output.name().to_owned()).collect(),
            op_type: op.to_owned(),
            attribute: attributes,
            domain: domain.to_owned(),
        });
    }

    /// The numbers of each row in ascending order; `[N, columns]` as before.
    pub(crate) fn ascending(&mut self, rows: &Value, columns: usize) -> Value {
        let columns = self.longs(&[1], [columns as i64]);
        let attributes = vec![int("axis", 1), int("largest", 0), int("sorted", 1)];
        let [sorted, _places] = self.op_several("TopK", &[rows, &columns], attributes);
        sorted
    }

    /// The same value under a name from outside.
    pub(super) fn output(&mut self, name: &str, value: &Value) -> Value {
        let output = self.named(name);
        self.push(
            "",
            "Identity",
            &[value],
            std::slice::from_ref(&output),
            Vec::new(),
        );
        output
    }

    fn constant(&mut self, dims: &[usize], tensor: TensorProto) -> Value {
        let dims: Vec<i64> = dims.iter().map(|length| *length as i64).collect();
        let content = tensor.raw_data.clone().filter(|bytes| bytes.len() <= SHARED);
        let key = content.map(|content| (dims.clone(), tensor.data_type, content));
        if let Some(value) = key.as_ref().and_then(|key| self.known.get(key)) {
            return value.clone();
        }
        let value = self.fresh();
        self.constants.push(TensorProto {
            dims,
            name: value.name().to_owned(),
            ..tensor
        });
        if let Some(key) = key {
            self.known.insert(key, value.clone());
        }
        value
    }

    /// A constant of doubles.
    pub(crate) fn doubles(&mut self, dims: &[usize], numbers: impl IntoIterator<Item = f64>) -> Value {
        self.constant(dims, doubles(numbers))
    }

    /// A constant of whole numbers.
    pub(crate) fn longs(&mut self, dims: &[usize], numbers: impl IntoIterator<Item = i64>) -> Value {
        let bytes = numbers.into_iter().flat_map(i64::to_le_bytes).collect();
        self.constant(dims, raw(DataType::Int64, bytes))
    }

    /// A constant of whole numbers of 32 bits.
    pub(super) fn integers(&mut self, dims: &[usize], numbers: impl IntoIterator<Item = i32>) -> Value {
        let bytes = numbers.into_iter().flat_map(i32::to_le_bytes).collect();
        self.constant(dims, raw(DataType::Int32, bytes))
    }

    /// A constant outside the file, of numbers of `bytes` each.
    pub(super) fn outside(
        &mut self,
        dims: &[usize],
        data_type: DataType,
        bytes: usize,
        content: Content,
    ) -> Value {
        let numbers: usize = dims.iter().product();
        let tensor = TensorProto {
            data_type: data_type as i32,
            external_data: self.outside.add((numbers * bytes) as u64, content),
            data_location: DataLocation::External as i32,
            ..TensorProto::default()
        };
        self.constant(dims, tensor)
    }

    /// A constant of texts.
    pub(crate) fn texts<T: AsRef<str>>(
        &mut self,
        dims: &[usize],
        texts: impl IntoIterator<Item = T>,
    ) -> Value {
        let bytes = |text: T| text.as_ref().as_bytes().to_vec();
        let tensor = TensorProto {
            data_type: DataType::String as i32,
            string_data: texts.into_iter().map(bytes).collect(),
            ..TensorProto::default()
        };
        self.constant(dims, tensor)
    }

    /// A number that goes with every row, `[1, 1]`.
    pub(crate) fn number(&mut self, number: f64) -> Value {
        self.doubles(&[1, 1], [number])
    }

    /// `condition ? yes : no`, of each row.
    pub(crate) fn choose(&mut self, condition: &Value, yes: &Value, no: &Value) -> Value {
        self.op("Where", [condition, yes, no])
    }

    /// Numbers, missing where they are infinite.
    pub(crate) fn finite(&mut self, value: &Value) -> Value {
        let infinite = self.op("IsInf", [value]);
        let nothing = self.number(f64::NAN);
        self.choose(&infinite, &nothing, value)
    }

    /// Values of another type.
    pub(crate) fn cast(&mut self, value: &Value, to: Element) -> Value {
        self.op_with("Cast", &[value], vec![int("to", to.data_type() as i64)])
    }

    /// Columns side by side, `[N, columns]`.
    pub(crate) fn beside(&mut self, columns: &[Value]) -> Value {
        let columns: Vec<&Value> = columns.iter().collect();
        self.op_with("Concat", &columns, vec![int("axis", 1)])
    }

    /// A row's values put together by an operator, such as `ReduceSum`: `[N, columns]` becomes `[N, 1]`.
    pub(crate) fn reduce(&mut self, op: &str, rows: &Value) -> Value {
        let axis = self.longs(&[1], [1]);
        self.op(op, [rows, &axis])
    }

    /// `[N, 1]` becomes `[N]`.
    pub(crate) fn flat(&mut self, column: &Value) -> Value {
        let axis = self.longs(&[1], [1]);
        self.op("Squeeze", [column, &axis])
    }

    /// What a table, of the same length in its first direction as there are codes, holds for each code.
    pub(crate) fn gather(&mut self, table: &Value, codes: &Value) -> Value {
        self.op("Gather", [table, codes])
    }

    /// `x · w + b` for `w` of inputs × outputs, given output after output.
    pub(crate) fn linear(&mut self, x: &Value, weights: &[&[f64]], intercepts: &[f64]) -> Value {
        let (outputs, inputs) = (weights.len(), weights.first().map_or(0, |list| list.len()));
        let by_input = (0..inputs).flat_map(|input| weights.iter().map(move |list| list[input]));
        let weights = self.doubles(&[inputs, outputs], by_input);
        let intercepts = self.doubles(&[1, outputs], intercepts.iter().copied());
        let product = self.op("MatMul", [x, &weights]);
        self.op("Add", [&product, &intercepts])
    }

    /// All nodes and constants.
    #[cfg(test)]
    pub(super) fn everything(self) -> (Vec<NodeProto>, Vec<TensorProto>) {
        (self.nodes, self.constants)
    }

    /// The nodes and constants that the outputs depend on, in the order they were made.
    pub(super) fn finish(self, outputs: &[Value]) -> Finished {
        let mut needed: HashSet<String> = outputs.iter().map(|value| value.name().to_owned()).collect();
        let mut nodes = self.nodes;
        let mut kept: Vec<bool> = nodes
            .iter()
            .rev()
            .map(|node| {
                let keep = node.output.iter().any(|output| needed.contains(output));
                if keep {
                    need(node, &mut needed);
                }
                keep
            })
            .collect();
        nodes.retain(|_| kept.pop().unwrap_or(true));
        let mut constants = self.constants;
        constants.retain(|constant| needed.contains(&constant.name));
        Finished {
            nodes,
            constants,
            outside: self.outside,
        }
    }
}

/// Notes what an operator is given, and what the graphs in its attributes take from around them.
fn need(node: &NodeProto, needed: &mut HashSet<String>) {
    needed.extend(node.input.iter().cloned());
    for body in node.attribute.iter().filter_map(|attribute| attribute.g.as_ref()) {
        body.node.iter().for_each(|inner| need(inner, needed));
    }
}
