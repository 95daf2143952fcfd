//! What each node's spec says of columns, held against what the node does to a table.

mod cases;

use std::collections::BTreeSet;

use domain::{
    catalog::{ColumnEffect, NodeSpec, RowEffect},
    graph::ColumnChange,
};

use self::cases::{By, CASES, Config, Table};
use super::{
    get, specs,
    testing::{config, context},
};
use crate::{
    frame::{Frame, boolean_column, float_column, text_column},
    node::Context,
};

/// Columns of each kind, one of dates, one without a value, and targets of two classes, three and numbers.
fn table() -> Frame {
    let n = 24;
    let letters = [" x", "y y", "z"];
    let text = |words: &'static [&'static str]| {
        text_column((0..n).map(move |i| (i != 5).then_some(words[i % words.len()])))
    };
    Frame::new(vec![
        (
            "a".into(),
            text_column((0..n).map(|i| (i != 5).then_some(letters[i % 3]))),
        ),
        ("c".into(), text(&["p", "q"])),
        (
            "n".into(),
            float_column((0..n).map(|i| (i != 7).then_some(i as f64 * 1.5))),
        ),
        (
            "m".into(),
            float_column((0..n).map(|i| Some(1.0 + (i * i % 17) as f64))),
        ),
        ("y".into(), float_column((0..n).map(|i| Some(0.25 + i as f64)))),
        (
            "b".into(),
            boolean_column((0..n).map(|i| (i != 2).then_some(i % 2 == 0))),
        ),
        ("t".into(), text(&["2021-01-03", "2020-12-31 10:00"])),
        ("e".into(), float_column((0..n).map(|_| None))),
        ("z".into(), text(&["one", "two", "three"])),
        (
            "target".into(),
            text_column((0..n).map(|i| Some(if i % 2 == 0 { "no" } else { "yes" }))),
        ),
    ])
    .unwrap()
}

fn names(frame: &Frame) -> BTreeSet<String> {
    frame
        .columns()
        .iter()
        .map(|column| column.name.to_string())
        .collect()
}

/// A case as it is told on failure.
struct Case<'a> {
    spec: &'a NodeSpec,
    config: &'a str,
    target: &'a str,
}

impl Case<'_> {
    fn told(&self) -> String {
        format!("{} {}", self.spec.key, self.config)
    }

    /// The table as it leaves the node in training; at apply it has the same columns.
    fn run(&self) -> Frame {
        let ctx = Context {
            target: self.target,
            ..context()
        };
        let (node, _) = get(&self.spec.key).unwrap();
        let run = node.fit_apply(&config(self.config), table(), &ctx);
        let (fitted, trained) = run.unwrap_or_else(|error| panic!("{}: {error}", self.told()));
        let applied = fitted.apply(table(), &ctx).unwrap();
        assert_eq!(names(&trained), names(&applied), "{}", self.told());
        trained
    }

    /// Holds what the spec says against what happens.
    fn check(&self, by: By) {
        let (before, after) = (names(&table()), self.run());
        let adds: BTreeSet<String> = names(&after).difference(&before).cloned().collect();
        let drops: BTreeSet<String> = before.difference(&names(&after)).cloned().collect();
        let change = ColumnChange::of(self.spec, &config(self.config));
        let told_adds: BTreeSet<String> = change.adds.into_iter().collect();
        let mut told_drops: BTreeSet<String> = change.drops.into_iter().collect();
        if !change.keeps_only.is_empty() {
            let leaves = |name: &&String| *name != self.target && !change.keeps_only.contains(name);
            told_drops.extend(before.iter().filter(leaves).cloned());
        }
        let case = self.told();
        if by == Config {
            assert_eq!((&adds, &drops), (&told_adds, &told_drops), "{case}");
        } else {
            assert_ne!(
                (&adds, &drops),
                (&told_adds, &told_drops),
                "{case} is decided by its config"
            );
            assert!(
                adds.is_superset(&told_adds),
                "{case}: {adds:?}, not {told_adds:?}"
            );
            assert!(
                drops.is_superset(&told_drops),
                "{case}: {drops:?}, not {told_drops:?}"
            );
        }
        for name in &adds {
            assert!(self.has_rule(ColumnEffect::Adds, name), "{case} adds {name}");
        }
        for name in &drops {
            let has = self.has_rule(ColumnEffect::Drops, name) || !change.keeps_only.is_empty();
            assert!(has, "{case} drops {name}");
        }
        self.check_values(&after);
    }

    /// A column that changes in place is one of which the spec says so.
    fn check_values(&self, after: &Frame) {
        if self.spec.rows != RowEffect::Keep {
            return;
        }
        for column in table().columns() {
            let changed = after
                .column(&column.name)
                .is_some_and(|now| *now.data != *column.data);
            let replaced = self.has_rule(ColumnEffect::Drops, &column.name)
                && self.has_rule(ColumnEffect::Adds, &column.name);
            let told = self.has_rule(ColumnEffect::Changes, &column.name) || replaced;
            assert!(!changed || told, "{} changes {}", self.told(), column.name);
        }
    }

    /// Whether a rule with this effect can mean this name: its text fits, whatever the placeholders stand for.
    fn has_rule(&self, effect: ColumnEffect, name: &str) -> bool {
        let rules = self.spec.columns.iter().filter(|rule| rule.effect == effect);
        let fits = |template: &str| {
            let written: Vec<&str> = template.split(['{', '}']).step_by(2).collect();
            let (first, last) = (written[0], written[written.len() - 1]);
            let mut rest = name;
            let all_there = written.iter().all(|text| match rest.split_once(text) {
                Some((_, after)) => {
                    rest = after;
                    true
                }
                None => false,
            });
            all_there && name.starts_with(first) && name.ends_with(last)
        };
        rules.into_iter().any(|rule| fits(&rule.name))
    }
}

#[test]
fn every_node_does_to_columns_what_its_spec_says() {
    let specs = specs();
    let keys: Vec<&str> = specs.iter().map(|spec| spec.key.as_str()).collect();
    let cases: Vec<&str> = CASES.iter().map(|(key, _)| *key).collect();
    assert_eq!(keys, cases, "each node has its configs here");
    for (spec, (_, configs)) in specs.iter().zip(CASES) {
        for (by, config) in *configs {
            Case {
                spec,
                config,
                target: "target",
            }
            .check(*by);
        }
    }
}

#[test]
fn target_encoding_adds_a_column_per_class_or_one_as_the_target_has_it() {
    let (_, spec) = get("target_encoding").unwrap();
    for (by, target, config) in [
        (Table, "z", r#"{"columns": ["a"], "target_type": "multiclass"}"#),
        (Table, "z", r#"{"columns": ["a"]}"#),
        (Config, "y", r#"{"columns": ["a"], "target_type": "continuous"}"#),
        (
            Config,
            "y",
            r#"{"columns": ["a"], "target_type": "continuous", "drop_original": false}"#,
        ),
        (Table, "y", r#"{"columns": ["a"], "drop_original": false}"#),
    ] {
        let spec = &spec;
        Case { spec, config, target }.check(by);
    }
}
