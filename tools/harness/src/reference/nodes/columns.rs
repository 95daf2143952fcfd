//! What a node does to columns, in words.

use domain::{
    catalog::{ColumnEffect, ColumnRule, Condition, NodeSpec},
    graph::ColumnChange,
    value::{Object, Value},
};

/// The rules of a node: one on the line that is begun, several on lines of their own.
pub(super) fn lines(rules: &[ColumnRule]) -> String {
    match rules {
        [] => " kept as they are.\n".to_owned(),
        [rule] => format!(" {}.\n", sentence(rule)),
        rules => {
            let line = |rule: &ColumnRule| format!("\n  - {}", sentence(rule));
            rules.iter().map(line).collect::<String>() + "\n"
        }
    }
}

/// The names that a config decides, on a line of its own; nothing if it decides none.
pub(super) fn example(spec: &NodeSpec, config: &str) -> String {
    let config: Object = serde_json::from_str(config).unwrap_or_default();
    let change = ColumnChange::of(spec, &config);
    let told = |what: &str, names: &[String]| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")))
    };
    let parts = [
        told("adds", &change.adds),
        told("drops", &change.drops),
        told("keeps only", &change.keeps_only),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match &parts[..] {
        [] => String::new(),
        parts => format!("- The example {}.\n", parts.join(" and ")),
    }
}

fn sentence(rule: &ColumnRule) -> String {
    let (before, after) = match rule.effect {
        ColumnEffect::Adds => ("adds", ""),
        ColumnEffect::Drops => ("drops", ""),
        ColumnEffect::KeepsOnly => ("keeps only", " and the target"),
        ColumnEffect::Changes => ("changes", " in place"),
    };
    let each = rule.each.as_ref().map(|list| format!(" for each of `{list}`"));
    let conditions = |word: &str, of: &[Condition], and: &str| match of {
        [] => String::new(),
        of => {
            let words: Vec<String> = of.iter().map(condition).collect();
            format!(" {word} {}", words.join(and))
        }
    };
    format!(
        "{before} `{}`{after}{}{}{}",
        rule.name,
        each.unwrap_or_default(),
        conditions("when", &rule.when, " and "),
        conditions("unless", &rule.unless, " or "),
    )
}

fn condition(condition: &Condition) -> String {
    let values: Vec<String> = condition.values.iter().map(shown).collect();
    match &values[..] {
        [] => format!("`{}` is blank", condition.parameter),
        values => format!("`{}` is {}", condition.parameter, values.join(" or ")),
    }
}

fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), |text| format!("`{text}`"))
}
