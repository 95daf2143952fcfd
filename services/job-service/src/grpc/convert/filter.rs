//! Which jobs a request is about.

use std::collections::BTreeMap;

use domain::{
    id::{NAME_RULE, Name},
    job::State,
    violation::Violation,
};
use messages::{
    convert::{state_from_pb, time_from_pb},
    v1,
};

use crate::{
    app::{Filter, Order},
    error::{Error, Result},
};

/// The most values of one field.
const MOST: usize = 32;
/// The longest value of a label.
const LONGEST_LABEL: usize = 256;

/// The order of a list.
pub(in crate::grpc) fn order(order: i32) -> Result<Order> {
    match v1::JobOrder::try_from(order) {
        Ok(v1::JobOrder::Unspecified | v1::JobOrder::CreateTime) => Ok(Order::Created),
        Ok(v1::JobOrder::Version) => Ok(Order::Version),
        Err(_) => Err(Error::invalid("order_by", "must be one of CREATE_TIME, VERSION")),
    }
}

/// The filter of a request. An empty field stands for none.
pub(in crate::grpc) fn filter(filter: Option<v1::JobFilter>) -> Result<Filter> {
    let filter = filter.unwrap_or_default();
    let mut violations = Vec::new();
    let mut name = |field: &str, text: String| {
        if !text.is_empty() && text.parse::<Name>().is_err() {
            violations.push(Violation::new(format!("filter.{field}"), NAME_RULE));
        }
        (!text.is_empty()).then_some(text)
    };
    let pipeline_id = name("pipeline_id", filter.pipeline_id);
    let node_id = name("node_id", filter.node_id);
    let dataset_source_id = name("dataset_source_id", filter.dataset_source_id);
    for (i, model) in filter.model_types.iter().enumerate() {
        if model.parse::<Name>().is_err() {
            violations.push(Violation::new(format!("filter.model_types[{i}]"), NAME_RULE));
        }
    }
    too_many("model_types", filter.model_types.len(), &mut violations);
    let states = states(&filter.states, &mut violations);
    labels(&filter.labels, &mut violations);
    if !violations.is_empty() {
        return Err(Error::Invalid(violations));
    }
    Ok(Filter {
        pipeline_id,
        node_id,
        dataset_source_id,
        model_types: filter.model_types,
        states,
        labels: filter.labels,
        created_after: filter.created_after.map(time_from_pb),
        created_before: filter.created_before.map(time_from_pb),
    })
}

fn states(numbers: &[i32], violations: &mut Vec<Violation>) -> Vec<State> {
    too_many("states", numbers.len(), violations);
    let mut states = Vec::new();
    for (i, number) in numbers.iter().enumerate().take(MOST) {
        match v1::JobState::try_from(*number).ok().and_then(state_from_pb) {
            Some(state) => states.push(state),
            None => violations.push(Violation::new(
                format!("filter.states[{i}]"),
                format!("{number} is not a state"),
            )),
        }
    }
    states
}

fn labels(labels: &BTreeMap<String, String>, violations: &mut Vec<Violation>) {
    too_many("labels", labels.len(), violations);
    for (name, value) in labels {
        if name.parse::<Name>().is_err() {
            violations.push(Violation::new(format!("filter.labels[{name:?}]"), NAME_RULE));
        }
        if value.len() > LONGEST_LABEL || value.chars().any(char::is_control) {
            let message = format!("must hold at most {LONGEST_LABEL} bytes and no control characters");
            violations.push(Violation::new(format!("filter.labels[{name:?}]"), message));
        }
    }
}

fn too_many(field: &str, count: usize, violations: &mut Vec<Violation>) {
    if count > MOST {
        let message = format!("holds {count}; at most {MOST} are accepted");
        violations.push(Violation::new(format!("filter.{field}"), message));
    }
}
