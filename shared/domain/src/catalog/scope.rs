//! Where a rule of a spec looks parameters up: the config, or each object that a parameter holds, within the config.

use super::Condition;
use crate::value::{Object, Value};

/// Where the parameters of a rule are looked up.
pub(crate) struct Scope<'a> {
    /// The path below the config: `operations[1].`, or nothing for the config itself.
    pub(crate) path: String,
    /// The object's place in its list or map, counted from 0.
    pub(crate) place: usize,
    item: Option<&'a Object>,
    config: &'a Object,
}

/// The scopes that a rule is read in: the config, or each object of its list or map within the config.
pub(crate) fn scopes<'a>(each: Option<&str>, config: &'a Object) -> Vec<Scope<'a>> {
    let scope = |place, path, item| Scope {
        path,
        place,
        item,
        config,
    };
    let Some(each) = each else {
        return vec![scope(0, String::new(), None)];
    };
    let items: Vec<(String, &Value)> = match config.get(each) {
        Some(Value::List(items)) => (items.iter().enumerate())
            .map(|(place, item)| (format!("{each}[{place}]."), item))
            .collect(),
        Some(Value::Object(fields)) => (fields.iter())
            .map(|(name, item)| (format!("{each}.{name}."), item))
            .collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => Vec::new(),
    };
    let object = |(place, (path, item)): (usize, (String, &'a Value))| match item {
        Value::Object(fields) => Some(scope(place, path, Some(fields))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_) => None,
    };
    items.into_iter().enumerate().filter_map(object).collect()
}

impl<'a> Scope<'a> {
    /// A parameter's value: what the object holds goes before what the config holds. The fields of an object are
    /// found as `options.value`.
    pub(crate) fn value(&self, parameter: &str) -> Option<&'a Value> {
        let own = self.item.and_then(|item| field(item, parameter));
        own.or_else(|| field(self.config, parameter))
    }

    /// Whether all of these hold and none of those.
    pub(crate) fn meets(&self, when: &[Condition], unless: &[Condition]) -> bool {
        let holds = |condition: &Condition| condition.holds(self.value(&condition.parameter));
        when.iter().all(holds) && !unless.iter().any(holds)
    }
}

fn field<'a>(object: &'a Object, path: &str) -> Option<&'a Value> {
    match path.split_once('.') {
        None => object.get(path),
        Some((name, rest)) => match object.get(name)? {
            Value::Object(fields) => field(fields, rest),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_) => None,
        },
    }
}
