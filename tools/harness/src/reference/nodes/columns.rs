//! What a node does to columns, in words.

use domain::{
    catalog::{ColumnRule, NodeSpec},
    graph::ColumnChange,
    value::Object,
};

/// The rules of a node: one on the line that is begun, several on lines of their own.
pub(super) fn lines(rules: &[ColumnRule]) -> String {
    match rules {
        [] => " kept as they are.\n".to_owned(),
        [rule] => format!(" {}.\n", rule),
        rules => {
            let line = |rule: &ColumnRule| format!("\n  - {}", rule);
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
