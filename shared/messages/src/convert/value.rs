//! `google.protobuf.Struct` and the domain's values.

use domain::value::{Object, Value};
use prost_types::{ListValue, Struct, value::Kind};

/// The value a protobuf value stands for; an empty one is null.
pub fn value_from_pb(value: prost_types::Value) -> Value {
    match value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(value)) => Value::Bool(value),
        Some(Kind::NumberValue(value)) => Value::Number(value),
        Some(Kind::StringValue(value)) => Value::String(value),
        Some(Kind::ListValue(list)) => Value::List(list.values.into_iter().map(value_from_pb).collect()),
        Some(Kind::StructValue(fields)) => Value::Object(object_from_pb(fields)),
    }
}

/// A value as protobuf.
pub fn value_to_pb(value: &Value) -> prost_types::Value {
    let kind = match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(value) => Kind::BoolValue(*value),
        Value::Number(value) => Kind::NumberValue(*value),
        Value::String(value) => Kind::StringValue(value.clone()),
        Value::List(items) => Kind::ListValue(ListValue {
            values: items.iter().map(value_to_pb).collect(),
        }),
        Value::Object(fields) => Kind::StructValue(object_to_pb(fields)),
    };
    prost_types::Value { kind: Some(kind) }
}

/// The object a protobuf struct stands for.
pub fn object_from_pb(fields: Struct) -> Object {
    fields
        .fields
        .into_iter()
        .map(|(name, value)| (name, value_from_pb(value)))
        .collect()
}

/// An object as a protobuf struct.
pub fn object_to_pb(object: &Object) -> Struct {
    Struct {
        fields: object
            .iter()
            .map(|(name, value)| (name.clone(), value_to_pb(value)))
            .collect(),
    }
}
