//! Parameters as a table in Markdown.

use std::fmt::Write as _;

use domain::{
    catalog::{ParamKind, ParamSpec},
    value::Value,
};

/// A table of parameters with their types, bounds and defaults; those inside others have the path of their place.
pub(super) fn parameters(specs: &[ParamSpec]) -> String {
    if specs.is_empty() {
        return "It has no parameters.\n".into();
    }
    let mut text = String::from("| parameter | type and bounds | default | meaning |\n|---|---|---|---|\n");
    for spec in specs {
        rows(spec, "", &mut text);
    }
    text
}

fn rows(spec: &ParamSpec, path: &str, text: &mut String) {
    let name = format!("{path}{}", spec.name);
    let default = if spec.required {
        "required".into()
    } else {
        shown(&spec.default)
    };
    let (kind, doc) = (cell(&kind(&spec.kind)), cell(&spec.doc));
    let _ = writeln!(text, "| `{name}` | {kind} | {default} | {doc} |");
    if let Some((fields, step)) = fields(&spec.kind) {
        for field in fields {
            rows(field, &format!("{name}{step}."), text);
        }
    }
}

/// The parameters inside one, and how the path goes on to them.
fn fields(kind: &ParamKind) -> Option<(&[ParamSpec], String)> {
    match kind {
        ParamKind::Object(fields) => Some((fields, String::new())),
        ParamKind::List(item) => fields(item).map(|(fields, step)| (fields, format!("[]{step}"))),
        ParamKind::Map(item) => fields(item).map(|(fields, step)| (fields, format!(".*{step}"))),
        _ => None,
    }
}

/// The type in words; the parameters inside it have rows of their own.
fn kind(of: &ParamKind) -> String {
    match of {
        ParamKind::Object(_) => "object".into(),
        ParamKind::List(item) if fields(item).is_some() => format!("list of {}", kind(item)),
        ParamKind::Map(item) if fields(item).is_some() => format!("map from name to {}", kind(item)),
        other => other.describe(),
    }
}

fn shown(default: &Value) -> String {
    match default {
        Value::Null => "none".into(),
        Value::List(_) | Value::Object(_) if default.is_blank() => "blank".into(),
        other => format!("`{}`", cell(&other.to_string())),
    }
}

/// Text that stays within its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
