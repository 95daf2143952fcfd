//! What each node's spec says of columns, held against what the node does to a table.

mod cases;
mod names;

use std::collections::BTreeSet;

use arrow::array::UInt32Array;
use domain::{
    catalog::{ColumnEffect, NodeSpec},
    graph::ColumnChange,
};

use self::{
    cases::{By, CASES, Config, Table},
    names::{allowed, fits, resolved},
};
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

    /// A column that changes in place is one of which the spec says so, and one of which the config says so changes.
    /// Compared are the rows that stay.
    fn check_values(&self, after: &Frame) {
        let before = table();
        let stays = |row: &u64| before.rows().contains(row);
        let places = (0u32..).zip(after.rows()).filter(|(_, row)| stays(row));
        let (places, rows): (Vec<u32>, Vec<u32>) = places
            .map(|(place, row)| (place, u32::try_from(*row).unwrap()))
            .unzip();
        let before = before.take(&UInt32Array::from(rows)).unwrap();
        let after = after.take(&UInt32Array::from(places)).unwrap();
        let told = resolved(self.spec, &config(self.config), ColumnEffect::Changes);
        for column in before.columns() {
            let Some(now) = after.column(&column.name) else {
                continue;
            };
            let changed = *now.data != *column.data;
            let replaced = self.has_rule(ColumnEffect::Drops, &column.name)
                && self.has_rule(ColumnEffect::Adds, &column.name);
            let may = self.has_rule(ColumnEffect::Changes, &column.name) || replaced;
            assert!(!changed || may, "{} changes {}", self.told(), column.name);
            let must = told.iter().any(|name| **name == *column.name);
            assert!(changed || !must, "{} leaves {}", self.told(), column.name);
        }
    }

    /// Whether a rule with this effect means this name.
    fn has_rule(&self, effect: ColumnEffect, name: &str) -> bool {
        let columns: Vec<String> = (table().columns().iter())
            .map(|column| column.name.to_string())
            .collect();
        // What is set is added or changed, as the table has it.
        let effects = match effect {
            ColumnEffect::Adds | ColumnEffect::Changes => vec![effect, ColumnEffect::Sets],
            ColumnEffect::Drops | ColumnEffect::KeepsOnly | ColumnEffect::Sets => vec![effect],
        };
        let mut allowed = (effects.into_iter())
            .flat_map(|effect| allowed(self.spec, &config(self.config), effect, &columns));
        allowed.any(|allowed| fits(&allowed, name, &columns))
    }
}

#[test]
fn a_name_that_differs_from_the_documented_in_any_part_has_no_rule() {
    for (key, config, name, other) in [
        ("one_hot_encoding", r#"{"prefix_separator": "="}"#, "a=x", "a_x"),
        ("one_hot_encoding", "{}", "a_x", "x_a"),
        ("dummy_encoding", "{}", "a_x", "a_"),
        (
            "target_encoding",
            r#"{"target_type": "multiclass"}"#,
            "a_one",
            "q_one",
        ),
        (
            "binning_discretization",
            r#"{"columns": ["n"], "strategy": "kbins", "kbins_encode": "onehot", "output_suffix": "_b"}"#,
            "n_b_0",
            "n_binned_0",
        ),
        (
            "feature_math",
            r#"{"operations": [{"input_columns": ["n", "m"], "output_column": "sum"}]}"#,
            "sum",
            "add_n_m",
        ),
    ] {
        let (_, spec) = get(key).unwrap();
        let case = Case {
            spec: &spec,
            config,
            target: "target",
        };
        assert!(case.has_rule(ColumnEffect::Adds, name), "{key} {config} {name}");
        assert!(
            !case.has_rule(ColumnEffect::Adds, other),
            "{key} {config} {other}"
        );
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
