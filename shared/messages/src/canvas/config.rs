//! Configs as forms write them: `"true"`, `"0.2"`, `"age, income"`, and names of long ago.

use domain::catalog::{self, Catalog, ModelSpec, NodeRole, ParamKind, ParamSpec};
use domain::value::{Object, Value};

use crate::convert::json_object;

/// Hyperparameters that others know and nothing here needs.
const WITHOUT_EFFECT: [&str; 3] = ["multi_class", "n_jobs", "solver"];

/// Any number.
const NUMBER: ParamKind = ParamKind::Number {
    min: f64::MIN,
    max: f64::MAX,
    above_min: false,
    below_max: false,
};

/// A node's config, with values of the types its parameters have. What cannot be understood stays as it is and is
/// told by the check of the graph.
pub(super) fn convert(
    id: &str,
    kind: &str,
    given: &Object,
    catalog: &Catalog,
    warnings: &mut Vec<String>,
) -> Object {
    let Some(spec) = catalog.node(kind) else {
        return given.clone();
    };
    let mut config = object(&spec.parameters, given, &mut |old, new| {
        warnings.push(format!("node {id:?}: {old:?} is written {new:?}"));
    });
    if spec.role == NodeRole::Training
        && let Some(Value::Object(own)) = config.get("hyperparameters")
    {
        let model = config.get("model_type").and_then(Value::as_str);
        let model = model.and_then(|key| catalog.model(key));
        let own = hyperparameters(own, model, &format!("node {id:?}"), warnings);
        config.insert("hyperparameters".to_owned(), Value::Object(own));
    }
    config
}

/// A model's hyperparameters, with values of the types they have and by the names they have here. `place` names where
/// they stand in a warning.
pub fn hyperparameters(
    given: &Object,
    model: Option<&ModelSpec>,
    place: &str,
    warnings: &mut Vec<String>,
) -> Object {
    let known = |name: &str| model.is_some_and(|model| model.parameters.iter().any(|spec| spec.name == name));
    let mut kept = Object::new();
    for (name, value) in given {
        if WITHOUT_EFFECT.contains(&name.as_str()) && !known(name) {
            warnings.push(format!(
                "{place}: the hyperparameter {name:?} has no effect and is left out"
            ));
        } else if name == "C" && !given.contains_key("c") && !known("C") {
            warnings.push(format!("{place}: the hyperparameter \"C\" is written \"c\""));
            kept.insert("c".to_owned(), value.clone());
        } else {
            kept.insert(name.clone(), value.clone());
        }
    }
    match model {
        Some(model) => object(&model.parameters, &kept, &mut |old, new| {
            warnings.push(format!("{place}: the hyperparameter {old:?} is written {new:?}"));
        }),
        None => kept,
    }
}

/// `given` with the names and types of `specs`; what says nothing is left out, so that defaults take its place.
fn object(specs: &[ParamSpec], given: &Object, renamed: &mut dyn FnMut(&str, &str)) -> Object {
    let find = |name: &str| specs.iter().find(|spec| spec.name == name);
    let mut all = Object::new();
    for (name, value) in given {
        let snake = snake_case(name);
        let spec = find(name).or_else(|| find(&snake).filter(|_| !given.contains_key(&snake)));
        let Some(spec) = spec else {
            all.insert(name.clone(), value.clone());
            continue;
        };
        if spec.name != *name {
            renamed(name, &spec.name);
        }
        let blank = matches!(value, Value::String(text) if text.trim().is_empty());
        // An empty text may be what is meant; anything else that is blank was left out of a form. Null is told apart
        // where it means something of its own.
        let left_out = blank
            && !matches!(
                spec.kind,
                ParamKind::Text | ParamKind::Pattern | ParamKind::Scalar | ParamKind::Any
            )
            || *value == Value::Null && spec.default != Value::Null && !takes(&spec.kind, value);
        if !left_out {
            all.insert(spec.name.clone(), convert_value(&spec.kind, value));
        }
    }
    all
}

fn convert_value(kind: &ParamKind, value: &Value) -> Value {
    let converted = match (kind, value) {
        (ParamKind::OneOf(kinds), value) if !takes(kind, value) => kinds
            .iter()
            .map(|kind| convert_value(kind, value))
            .zip(kinds)
            .find(|(converted, kind)| takes(kind, converted))
            .map(|(converted, _)| converted),
        (ParamKind::OneOf(kinds), Value::String(_)) => more_than_text(kinds, value),
        (ParamKind::List(item), Value::List(items)) => {
            let items = items.iter().map(|value| convert_value(item, value));
            Some(Value::List(items.collect()))
        }
        (ParamKind::Map(item), Value::Object(fields)) => {
            let fields = fields.iter();
            let convert = |(name, value): (&String, &Value)| (name.clone(), convert_value(item, value));
            Some(Value::Object(fields.map(convert).collect()))
        }
        (ParamKind::Object(specs), Value::Object(fields)) => {
            Some(Value::Object(object(specs, fields, &mut |_, _| {})))
        }
        (ParamKind::Map(_) | ParamKind::Object(_), Value::String(text)) => {
            json_object(text).map(|fields| convert_value(kind, &Value::Object(fields)))
        }
        (ParamKind::Columns | ParamKind::Edges | ParamKind::List(_), Value::String(text)) => {
            Some(match json_list(text) {
                Some(items) => convert_value(kind, &Value::List(items)),
                None => listed(kind, text),
            })
        }
        (ParamKind::Edges, Value::List(items)) => {
            let items = items.iter().map(|value| convert_value(&NUMBER, value));
            Some(Value::List(items.collect()))
        }
        (ParamKind::Columns, Value::List(items)) => {
            let items = items.iter().map(|value| convert_value(&ParamKind::Text, value));
            Some(Value::List(items.collect()))
        }
        (kind, Value::String(text)) => from_text(kind, text.trim()),
        (ParamKind::Boolean, Value::Number(number)) if *number == 0.0 || *number == 1.0 => {
            Some(Value::Bool(*number == 1.0))
        }
        (ParamKind::Text | ParamKind::Pattern, Value::Number(_) | Value::Bool(_)) => {
            Some(Value::String(value.to_string()))
        }
        (_, _) => None,
    };
    converted.unwrap_or_else(|| value.clone())
}

/// What a text in a form stands for.
fn from_text(kind: &ParamKind, text: &str) -> Option<Value> {
    let lower = text.to_ascii_lowercase();
    match kind {
        ParamKind::Boolean => match lower.as_str() {
            "true" | "yes" | "on" | "1" => Some(true.into()),
            "false" | "no" | "off" | "0" => Some(false.into()),
            _ => None,
        },
        ParamKind::Integer { .. } | ParamKind::Number { .. } => text
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .map(Value::Number),
        ParamKind::Choice(words) => words
            .iter()
            .find(|word| **word == lower)
            .map(|word| word.as_str().into()),
        ParamKind::Scalar => scalar(text),
        ParamKind::Text
        | ParamKind::Pattern
        | ParamKind::Pairs
        | ParamKind::Multiple(_)
        | ParamKind::Columns
        | ParamKind::Edges
        | ParamKind::List(_)
        | ParamKind::Target
        | ParamKind::Any
        | ParamKind::OneOf(_)
        | ParamKind::Map(_)
        | ParamKind::Object(_) => None,
    }
}

/// The number that a text is, where it is written as that number is: `007` and `1.0` are words of a table, and a
/// number would no longer say which.
fn scalar(text: &str) -> Option<Value> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    let number = Value::Number(number);
    (number.to_string() == text).then_some(number)
}

/// What a text stands for that may be text, unless it is a word that is offered: a number or JSON text is itself
/// before it is text.
fn more_than_text(kinds: &[ParamKind], text: &Value) -> Option<Value> {
    let others = || {
        kinds
            .iter()
            .filter(|kind| !matches!(kind, ParamKind::Text | ParamKind::Pairs))
    };
    if others().any(|kind| takes(kind, text)) {
        return None;
    }
    let converted = others().map(|kind| (kind, convert_value(kind, text)));
    converted
        .into_iter()
        .find_map(|(kind, value)| takes(kind, &value).then_some(value))
}

/// The list that a JSON text holds, if it is one.
fn json_list(text: &str) -> Option<Vec<Value>> {
    match serde_json::from_str(text) {
        Ok(Value::List(items)) => Some(items),
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_))
        | Err(_) => None,
    }
}

/// The items of a comma list.
fn listed(kind: &ParamKind, text: &str) -> Value {
    let items = text.split(',').map(str::trim).filter(|text| !text.is_empty());
    let item = |text: &str| match kind {
        ParamKind::List(item) => convert_value(item, &text.into()),
        ParamKind::Edges => convert_value(&NUMBER, &text.into()),
        _ => text.into(),
    };
    Value::List(items.map(item).collect())
}

/// Whether a parameter of this kind takes the value as it is.
fn takes(kind: &ParamKind, value: &Value) -> bool {
    let spec = ParamSpec::new("value", kind.clone(), true, "");
    let given = Object::from([("value".to_owned(), value.clone())]);
    let mut violations = Vec::new();
    catalog::check(&[spec], &given, "", &mut violations);
    violations.is_empty()
}

/// `targetColumn` as `target_column`.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            if !snake.is_empty() {
                snake.push('_');
            }
            snake.push(character.to_ascii_lowercase());
        } else {
            snake.push(character);
        }
    }
    snake
}
