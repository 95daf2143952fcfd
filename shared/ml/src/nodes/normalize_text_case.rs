//! `normalize_text_case`: writes texts in lower, upper, title or sentence case, so that `LYON` and `Lyon` are the
//! same category. Letters of every script with cases are treated, by Unicode's rules.
//!
//! In title case every word begins with a capital; apostrophes and accents do not end a word. In sentence case only
//! the first letter is one, unless a digit stands before it.

use std::borrow::Cow;

use domain::catalog::{self, NodeSpec};
use serde::Deserialize;

use super::text_columns::{self, change_texts};
use crate::{
    error::Result,
    frame::{Frame, Training},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// Changes the case of texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct NormalizeTextCase;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    mode: Mode,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Lower,
    Upper,
    Title,
    Sentence,
}

impl Node for NormalizeTextCase {
    type Config = Config;
    type State = ();

    fn spec(&self) -> NodeSpec {
        let mode = catalog::choice(
            "mode",
            "lower",
            &["lower", "upper", "title", "sentence"],
            "The case to write texts in.",
        );
        text_columns::spec(
            "normalize_text_case",
            "Normalize text case",
            "Writes texts in lower, upper, title or sentence case.",
            vec![mode],
        )
    }

    fn fit(&self, _: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Ok(())
    }

    fn apply(&self, config: &Config, _: &(), frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        change_texts(frame, ctx, &config.columns, |text| {
            Ok(Cow::Owned(match config.mode {
                Mode::Lower => text.to_lowercase(),
                Mode::Upper => text.to_uppercase(),
                Mode::Title => title(text),
                Mode::Sentence => sentence(text),
            }))
        })
    }

    fn onnx(&self, _: &Config, _: &(), _: &mut Table<'_>) -> Result<(), Unmapped> {
        Err(Unmapped::because(
            "ONNX's StringNormalizer follows the locale of the machine it runs on, which may know no other letters than a to z",
        ))
    }
}

fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_word = false;
    for char in text.to_lowercase().chars() {
        if in_word {
            out.push(char);
        } else {
            out.extend(char.to_uppercase());
        }
        in_word = char.is_alphanumeric() || (in_word && joins(char));
    }
    out
}

/// Whether a character within a word does not end it.
fn joins(char: char) -> bool {
    matches!(char, '\'' | '’' | '\u{300}'..='\u{36f}')
}

fn sentence(text: &str) -> String {
    let lower = text.to_lowercase();
    let Some(at) = lower.find(char::is_alphanumeric) else {
        return lower;
    };
    let (before, rest) = lower.split_at(at);
    let mut chars = rest.chars();
    let first = chars.next().map(char::to_uppercase);
    before
        .chars()
        .chain(first.into_iter().flatten())
        .chain(chars)
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::nodes::text_columns::testing::text_by;

    #[test]
    fn each_mode_writes_its_case() {
        for (mode, text, expected) in [
            ("lower", "ÀB c", "àb c"),
            ("upper", "straße", "STRASSE"),
            (
                "title",
                "o'NEIL-smith of cafe\u{301}s 2nd",
                "O'neil-Smith Of Cafe\u{301}s 2nd",
            ),
            ("sentence", "\"HELLO There. you", "\"Hello there. you"),
            ("sentence", "3 APPLES", "3 apples"),
            ("sentence", "--", "--"),
            ("title", "ΟΔΟΣ", "Οδος"),
        ] {
            let config = format!(r#"{{"mode": {mode:?}}}"#);
            let found = text_by("normalize_text_case", &config, text);
            assert_eq!(found.as_deref(), Some(expected), "{mode}");
        }
    }
}
