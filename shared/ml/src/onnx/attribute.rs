//! Attributes of operators, and the constants in them.

use prost::encoding::encode_varint;

use super::proto::{AttributeProto, AttributeType, DataType, GraphProto, TensorProto};

/// A constant of numbers, little-endian, whose shape is still to be told.
pub(super) fn raw(data_type: DataType, bytes: Vec<u8>) -> TensorProto {
    TensorProto {
        data_type: data_type as i32,
        raw_data: Some(bytes),
        ..TensorProto::default()
    }
}

/// A constant of doubles, whose shape is still to be told.
pub(super) fn doubles(numbers: impl IntoIterator<Item = f64>) -> TensorProto {
    let bytes = numbers.into_iter().flat_map(f64::to_le_bytes).collect();
    raw(DataType::Double, bytes)
}

fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: kind as i32,
        ..AttributeProto::default()
    }
}

/// An attribute that is a whole number.
pub(crate) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        i: Some(value),
        ..attribute(name, AttributeType::Int)
    }
}

/// A list of whole numbers in the form that it has in a file.
#[derive(Debug, Default)]
pub(super) struct Packed(Vec<u8>);

impl Packed {
    pub(super) fn push(&mut self, value: usize) {
        encode_varint(value as u64, &mut self.0);
    }
}

impl FromIterator<usize> for Packed {
    fn from_iter<I: IntoIterator<Item = usize>>(values: I) -> Self {
        let mut packed = Self::default();
        values.into_iter().for_each(|value| packed.push(value));
        packed
    }
}

/// An attribute that is a list of whole numbers.
pub(super) fn ints(name: &str, values: Packed) -> AttributeProto {
    AttributeProto {
        ints: values.0,
        ..attribute(name, AttributeType::Ints)
    }
}

/// An attribute that is a text.
pub(crate) fn text(name: &str, value: &str) -> AttributeProto {
    bytes(name, value.as_bytes())
}

/// As [`text`], of bytes that need not be whole letters.
pub(super) fn bytes(name: &str, value: &[u8]) -> AttributeProto {
    AttributeProto {
        s: Some(value.to_vec()),
        ..attribute(name, AttributeType::String)
    }
}

/// An attribute that is a graph.
pub(super) fn graph(name: &str, graph: GraphProto) -> AttributeProto {
    AttributeProto {
        g: Some(graph),
        ..attribute(name, AttributeType::Graph)
    }
}

/// An attribute that is a list of texts.
pub(super) fn strings<'a>(name: &str, values: impl IntoIterator<Item = &'a str>) -> AttributeProto {
    AttributeProto {
        strings: values.into_iter().map(|text| text.as_bytes().to_vec()).collect(),
        ..attribute(name, AttributeType::Strings)
    }
}

/// An attribute that is a list of doubles.
pub(super) fn double_list(name: &str, values: Vec<f64>) -> AttributeProto {
    list(name, values.len(), doubles(values))
}

/// An attribute that is a list of bytes.
pub(super) fn byte_list(name: &str, values: Vec<u8>) -> AttributeProto {
    list(name, values.len(), raw(DataType::Uint8, values))
}

fn list(name: &str, length: usize, tensor: TensorProto) -> AttributeProto {
    let tensor = TensorProto {
        dims: vec![length as i64],
        name: name.to_owned(),
        ..tensor
    };
    AttributeProto {
        t: Some(tensor),
        ..attribute(name, AttributeType::Tensor)
    }
}
