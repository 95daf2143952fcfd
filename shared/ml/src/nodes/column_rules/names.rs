//! The names that a node's rules allow for a config, with marks where only the table tells.

use domain::{
    catalog::{ColumnEffect, ColumnRule, NodeSpec, ParamKind, ParamSpec},
    graph::ColumnChange,
    value::{Object, Value},
};

/// Stands for the name of a column that is in the table.
const COLUMN: char = '\u{1}';
/// Stands for any text, though not for none.
const TEXT: char = '\u{2}';

/// The parameter that means every column of a kind where it is blank.
const BLANK_IS_ALL: &str = "columns";

/// The names that rules with this effect and met conditions stand for, resolved as a planner does; `columns` are the
/// table's in its order.
pub(super) fn allowed(
    spec: &NodeSpec,
    config: &Object,
    effect: ColumnEffect,
    columns: &[String],
) -> Vec<String> {
    let mut names = resolved(spec, config, effect);
    if config.get(BLANK_IS_ALL).is_none() && has_parameter(spec, BLANK_IS_ALL) {
        let all = columns.iter().cloned().map(Value::from).collect();
        let mut filled = config.clone();
        filled.insert(BLANK_IS_ALL.to_owned(), Value::List(all));
        names.extend(resolved(spec, &filled, effect));
    }
    names
}

/// The names as the config alone has them; where the table has its say there are marks.
pub(super) fn resolved(spec: &NodeSpec, config: &Object, effect: ColumnEffect) -> Vec<String> {
    let mut alone = spec.clone();
    alone.columns.retain(|rule| rule.effect == effect);
    for rule in &mut alone.columns {
        rule.effect = ColumnEffect::Adds;
        rule.name = marked(spec, rule);
    }
    ColumnChange::of(&alone, config).adds
}

/// Whether a name is one of those that this stands for.
pub(super) fn fits(allowed: &str, name: &str, columns: &[String]) -> bool {
    let Some((before, after)) = allowed.split_once([COLUMN, TEXT]) else {
        return allowed == name;
    };
    let is_column = allowed[before.len()..].starts_with(COLUMN);
    let Some(rest) = name.strip_prefix(before) else {
        return false;
    };
    let ends = (1..=rest.len()).filter(|end| rest.is_char_boundary(*end));
    ends.map(|end| rest.split_at(end))
        .filter(|(piece, _)| !is_column || columns.iter().any(|column| column == piece))
        .any(|(_, rest)| fits(after, rest, columns))
}

/// A rule's template, with a mark for each placeholder that is no parameter.
fn marked(spec: &NodeSpec, rule: &ColumnRule) -> String {
    let pieces = rule.name.split(['{', '}']).enumerate();
    let mark = |(at, piece): (usize, &str)| match piece {
        _ if at % 2 == 0 => piece.to_owned(),
        _ if is_parameter(spec, rule, piece) => format!("{{{piece}}}"),
        _ if piece.contains("column") => COLUMN.to_string(),
        _ => TEXT.to_string(),
    };
    pieces.map(mark).collect()
}

/// Whether a placeholder is filled from the config, or from the objects of a list that the rule is read for.
fn is_parameter(spec: &NodeSpec, rule: &ColumnRule, placeholder: &str) -> bool {
    let list = (rule.each.iter()).flat_map(|each| spec.parameters.iter().filter(move |of| of.name == *each));
    let of_objects = list.flat_map(|list| match &list.kind {
        ParamKind::List(item) => fields(item),
        _ => &[],
    });
    let mut held = of_objects.map(|field| field.name.as_str());
    let calculates = placeholder.contains([':', '^', '*']);
    calculates || has_parameter(spec, placeholder) || held.any(|name| name == placeholder)
}

fn fields(kind: &ParamKind) -> &[ParamSpec] {
    match kind {
        ParamKind::Object(fields) => fields,
        _ => &[],
    }
}

fn has_parameter(spec: &NodeSpec, name: &str) -> bool {
    spec.parameters.iter().any(|parameter| parameter.name == name)
}
