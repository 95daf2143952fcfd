//! What a node does to the number of rows, told in its spec.

use serde::{Deserialize, Serialize};

use super::Condition;
use crate::value::Object;

/// What a node does to the number of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowEffect {
    /// Every row stays.
    Keep,
    /// Rows may be dropped.
    Drop,
    /// Rows may be added.
    Add,
}

/// One thing that a node may do to the number of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowRule {
    /// What it does.
    pub effect: RowEffect,
    /// It does so if any of these holds; always if there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
}

impl RowRule {
    /// Whatever the config is.
    pub fn always(effect: RowEffect) -> Self {
        Self {
            effect,
            when: Vec::new(),
        }
    }

    /// If any of these conditions holds.
    pub fn when(effect: RowEffect, conditions: impl Into<Vec<Condition>>) -> Self {
        Self {
            effect,
            when: conditions.into(),
        }
    }

    /// What rules do to the number of rows, in words: the first that applies counts.
    pub fn told(rules: &[RowRule]) -> String {
        let told = |rule: &RowRule| {
            let effect = match rule.effect {
                RowEffect::Keep => "kept",
                RowEffect::Drop => "may be dropped",
                RowEffect::Add => "may be added",
            };
            match &rule.when[..] {
                [] => effect.to_owned(),
                when => format!("{effect} when {}", Condition::told(when, " or ")),
            }
        };
        let mut parts: Vec<String> = rules.iter().map(told).collect();
        if rules.iter().all(|rule| !rule.when.is_empty()) {
            parts.push("kept".to_owned());
        }
        parts.join(", otherwise ")
    }

    /// Whether it applies to a config with its defaults.
    pub(super) fn applies(&self, config: &Object) -> bool {
        self.when.is_empty() || self.when.iter().any(|condition| condition.holds_in(config))
    }
}
