//! Messages as JSON. The generated types know no serde, and people want short names: `RUNNING` for
//! `JOB_STATE_RUNNING`, RFC 3339 for times, seconds for spans, `null` for what is absent.

mod catalog;
mod event;
mod job;

use messages::convert::{duration_from_pb, value_from_pb};
use prost_types::{Duration, Struct, Timestamp};
use serde_json::{Value, json};

pub(crate) use catalog::{dataset, model_type, node_type, plan};
pub(crate) use event::event;
pub(crate) use job::{job, job_in_brief};

/// The text, unless it is empty.
fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}

/// The enum value's name without the enum's, unless it is not set.
fn word(name: &'static str, prefix: &str) -> Value {
    match super::words::unprefixed(name, prefix) {
        "UNSPECIFIED" => Value::Null,
        word => word.into(),
    }
}

fn time(time: Option<Timestamp>) -> Value {
    time.map_or(Value::Null, |time| time.to_string().into())
}

fn seconds(span: Option<Duration>) -> Value {
    span.and_then(duration_from_pb)
        .map_or(Value::Null, |span| span.as_secs_f64().into())
}

fn value(value: prost_types::Value) -> Value {
    serde_json::to_value(value_from_pb(value)).unwrap_or_default()
}

fn object(fields: Option<Struct>) -> Value {
    let fields = fields.unwrap_or_default().fields.into_iter();
    fields.map(|(name, field)| (name, value(field))).collect()
}

/// `one` of what is there, `null` of what is not.
fn maybe<T>(this: Option<&T>, one: impl FnOnce(&T) -> Value) -> Value {
    this.map_or(Value::Null, one)
}

/// Lists what is there.
pub(crate) fn list<T>(items: &[T], one: impl FnMut(&T) -> Value) -> Value {
    items.iter().map(one).collect()
}

/// `count` where zero says that nothing was set.
fn set(count: i64) -> Value {
    if count == 0 { Value::Null } else { json!(count) }
}
