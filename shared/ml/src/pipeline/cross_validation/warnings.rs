//! What nodes and the model warn of inside folds. It is kept while the folds are at work and told once each when the
//! model has been fitted on all training rows, unless that fit warns of the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use crate::Observer;

/// A warning and the node it is from.
#[derive(Debug, Clone)]
struct Warning {
    node_id: Option<String>,
    message: String,
}

/// What makes warnings the same: the node, and the message but for its figures, which differ from fold to fold.
type Kind = (Option<String>, String);

impl Warning {
    fn new(node_id: Option<&str>, message: &str) -> Self {
        Self {
            node_id: node_id.map(str::to_owned),
            message: message.to_owned(),
        }
    }

    fn kind(&self) -> Kind {
        (self.node_id.clone(), without_figures(&self.message))
    }
}

/// A message with `#` for each number in it; what stands in quotes is a name and stays.
fn without_figures(message: &str) -> String {
    let (mut kept, mut quoted, mut escaped) = (String::with_capacity(message.len()), false, false);
    for character in message.chars() {
        if !escaped && character == '"' {
            quoted = !quoted;
        }
        escaped = quoted && !escaped && character == '\\';
        let figure = character.is_ascii_digit() || character == '.';
        if quoted || !figure {
            kept.push(character);
        } else if !kept.ends_with('#') {
            kept.push('#');
        }
    }
    kept
}

/// Follows a fold: passes on whether to stop, and keeps the warnings.
pub(super) struct InFold<'a> {
    observer: &'a dyn Observer,
    warnings: Mutex<Vec<Warning>>,
}

impl<'a> InFold<'a> {
    pub(super) fn new(observer: &'a dyn Observer) -> Self {
        Self {
            observer,
            warnings: Mutex::default(),
        }
    }

    pub(super) fn into_warnings(self) -> FoldWarnings {
        FoldWarnings(self.warnings.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Observer for InFold<'_> {
    fn warning(&self, node_id: Option<&str>, message: &str) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        warnings.push(Warning::new(node_id, message));
    }
    fn cancelled(&self) -> bool {
        self.observer.cancelled()
    }
}

/// What was warned of in one fold.
#[derive(Debug)]
pub(crate) struct FoldWarnings(Vec<Warning>);

/// Listens to a fit on all training rows, and keeps what was warned of.
#[derive(Default)]
pub(crate) struct Heard(Mutex<BTreeSet<Kind>>);

impl Heard {
    /// Tells the observer what was warned of in folds and not here.
    pub(crate) fn tell_others(&self, folds: &[FoldWarnings], observer: &dyn Observer) {
        // Not locked while it tells: the observer may be one that this listens to.
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut others: BTreeMap<Kind, Vec<(usize, &Warning)>> = BTreeMap::new();
        for (at, FoldWarnings(warnings)) in folds.iter().enumerate() {
            for warning in warnings {
                let kind = warning.kind();
                if heard.contains(&kind) {
                    continue;
                }
                let found = others.entry(kind).or_default();
                if found.last().is_none_or(|(fold, _)| *fold != at) {
                    found.push((at, warning));
                }
            }
        }
        let total = folds.len();
        for ((node_id, _), found) in &others {
            let Some((first, Warning { message, .. })) = found.first() else {
                continue;
            };
            let place = match found.len() {
                1 => format!("fold {} of {total}", first + 1),
                count if found.iter().all(|(_, other)| other.message == *message) => {
                    format!("in {count} of {total} folds")
                }
                count => format!("in {count} of {total} folds, such as fold {}", first + 1),
            };
            observer.warning(node_id.as_deref(), &format!("{place}: {message}"));
        }
    }
}

impl Observer for Heard {
    fn warning(&self, node_id: Option<&str>, message: &str) {
        let kind = Warning::new(node_id, message).kind();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(kind);
    }
    fn cancelled(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{observer::Overheard, testing::Recorder};

    #[test]
    fn warnings_of_folds_are_told_once_each_unless_heard_already() {
        let recorder = Recorder::default();
        let heard = Heard::default();
        let observer = Overheard::new(&heard, &recorder);
        observer.warning(Some("cast"), "7 values of \"x1\" cannot be cast");
        let folds: Vec<FoldWarnings> = (1..=3)
            .map(|fold| {
                let follower = InFold::new(&recorder);
                for name in ["x1", "x2"] {
                    let message = format!("{fold} values of {name:?} cannot be cast");
                    follower.warning(Some("cast"), &message);
                    follower.warning(Some("cast"), &message);
                }
                follower.warning(Some("late"), "7 values of \"x1\" cannot be cast");
                if fold == 2 {
                    follower.warning(None, "the fit did not settle in 1.5e3 rounds");
                }
                follower.into_warnings()
            })
            .collect();
        heard.tell_others(&folds, &observer);
        assert_eq!(
            *recorder.warnings.lock().unwrap(),
            [
                "7 values of \"x1\" cannot be cast",
                "fold 2 of 3: the fit did not settle in 1.5e3 rounds",
                "in 3 of 3 folds, such as fold 1: 1 values of \"x2\" cannot be cast",
                "in 3 of 3 folds: 7 values of \"x1\" cannot be cast",
            ]
        );
    }

    #[test]
    fn figures_in_names_tell_warnings_apart() {
        assert_eq!(
            without_figures(r#"column "a\"1": 3.50 of 12 in "b2", 4."#),
            r##"column "a\"1": # of # in "b2", #"##
        );
    }
}
