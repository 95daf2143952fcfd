//! One line of an NDJSON file given to the columns as it is parsed, without a tree of values in between.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::table::{Mistake, Table};

/// A value of a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Boolean(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Text(Cow<'a, str>),
    Nested,
}

/// Reads a line into the next row of the table.
pub(super) fn read(line: &[u8], table: &mut Table) -> Result<(), Mistake> {
    let text = str::from_utf8(line).map_err(|_| Mistake::BadUtf8)?;
    let mut mistake = None;
    let mut json = serde_json::Deserializer::from_str(text);
    let row = Row {
        table,
        mistake: &mut mistake,
    };
    let read = row.deserialize(&mut json).and_then(|()| json.end());
    if let Some(mistake) = mistake {
        return Err(mistake);
    }
    read.map_err(|error| {
        let told = error.to_string();
        let message = told
            .rsplit_once(" at line ")
            .map_or(told.as_str(), |(message, _)| message);
        Mistake::Syntax {
            column: error.column(),
            message: message.to_owned(),
        }
    })?;
    table.end_row();
    Ok(())
}

struct Row<'t> {
    table: &'t mut Table,
    /// What was wrong, since serde's errors are mere texts.
    mistake: &'t mut Option<Mistake>,
}

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut at = 0;
        while let Some(Scalar::Text(key)) = map.next_key_seed(ScalarSeed)? {
            let value = map.next_value_seed(ScalarSeed)?;
            if let Err(mistake) = self.table.push(&key, at, value) {
                *self.mistake = Some(mistake);
                return Err(A::Error::custom("refused"));
            }
            at += 1;
        }
        Ok(())
    }
}

struct ScalarSeed;

impl<'de> DeserializeSeed<'de> for ScalarSeed {
    type Value = Scalar<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Scalar<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ScalarSeed {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Signed(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Scalar::Unsigned(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Float(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }
}
