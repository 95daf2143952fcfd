//! Free-form objects (configs, hyperparameters, notes), read more strictly than the domain's values are: a key
//! given twice and a number that would change on its way are mistakes to tell, not to swallow.

use std::fmt;

use domain::value::{Object, Value};
use messages::convert::object_to_pb;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

/// An object whose keys differ and whose numbers a double holds.
#[derive(Debug)]
pub(super) struct Fields(Object);

impl Fields {
    /// As a message, if there is one.
    pub(super) fn to_pb(this: Option<Self>) -> Option<prost_types::Struct> {
        this.map(|Fields(object)| object_to_pb(&object))
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Strict::deserialize(deserializer)?.0 {
            Value::Object(object) => Ok(Fields(object)),
            // `config:` with nothing after it.
            Value::Null => Ok(Fields(Object::new())),
            other => Err(D::Error::custom(format!("expected keys and values, not {other}"))),
        }
    }
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor)
    }
}

struct StrictVisitor;

/// Up to here neighbouring whole numbers are apart as doubles.
const EXACT: u64 = 1 << 53;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a boolean, a number, text, a list or keys and values")
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
        Ok(Strict(Value::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Strict, E> {
        exact(value.unsigned_abs(), value).map(|()| Strict(Value::Number(value as f64)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Strict, E> {
        exact(value, value).map(|()| Strict(Value::Number(value as f64)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Strict, E> {
        if value.is_finite() {
            Ok(Strict(Value::Number(value)))
        } else {
            Err(E::custom(format!("{value} is no finite number")))
        }
    }

    fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
        Ok(Strict(Value::String(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Strict, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Strict(Value::List(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Strict, A::Error> {
        let mut object = Object::new();
        while let Some((name, Strict(value))) = fields.next_entry::<String, Strict>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format!("duplicate key `{name}`")));
            }
            object.insert(name, value);
        }
        Ok(Strict(Value::Object(object)))
    }
}

fn exact<E: Error>(magnitude: u64, value: impl fmt::Display) -> Result<(), E> {
    if magnitude <= EXACT {
        Ok(())
    } else {
        Err(E::custom(format!(
            "{value} is beyond 2^53, where whole numbers are no longer exact"
        )))
    }
}
