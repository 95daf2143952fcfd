//! `remove_special_characters`: keeps letters, digits or both of a text and removes or replaces every other
//! character. Letters are those of every script; digits are 0 to 9 where only they are kept. A text of which
//! nothing is left becomes missing.

use std::borrow::Cow;

use domain::catalog::{self, NodeSpec};
use serde::Deserialize;

use super::text_columns::{self, change_texts, require_length};
use crate::{
    error::Result,
    frame::{Frame, Training},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// Removes characters.
#[derive(Debug, Clone, Copy)]
pub(super) struct RemoveSpecialCharacters;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    mode: Mode,
    replacement: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    KeepAlphanumeric,
    KeepAlphanumericSpace,
    LettersOnly,
    DigitsOnly,
}

impl Mode {
    fn keeps(self, char: char) -> bool {
        match self {
            Self::KeepAlphanumeric => char.is_alphanumeric(),
            Self::KeepAlphanumericSpace => char.is_alphanumeric() || char.is_whitespace(),
            Self::LettersOnly => char.is_alphabetic(),
            Self::DigitsOnly => char.is_ascii_digit(),
        }
    }
}

impl Node for RemoveSpecialCharacters {
    type Config = Config;
    type State = ();

    fn spec(&self) -> NodeSpec {
        text_columns::spec(
            "remove_special_characters",
            "Remove special characters",
            "Keeps letters, digits or both of a text, and removes or replaces every other character.",
            vec![
                catalog::choice(
                    "mode",
                    "keep_alphanumeric",
                    &[
                        "keep_alphanumeric",
                        "keep_alphanumeric_space",
                        "letters_only",
                        "digits_only",
                    ],
                    "The characters to keep.",
                ),
                catalog::text(
                    "replacement",
                    "",
                    "What stands for each character that is not kept; nothing if blank.",
                ),
            ],
        )
    }

    fn fit(&self, _: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Ok(())
    }

    fn apply(&self, config: &Config, _: &(), frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        change_texts(frame, ctx, &config.columns, |text| cleaned(config, text))
    }

    fn onnx(&self, _: &Config, _: &(), _: &mut Table<'_>) -> Result<(), Unmapped> {
        Err(Unmapped::because(
            "ONNX's operators take no characters out of texts",
        ))
    }
}

fn cleaned<'t>(config: &Config, text: &'t str) -> Result<Cow<'t, str>> {
    let gone = text.chars().filter(|char| !config.mode.keeps(*char)).count();
    if gone == 0 {
        return Ok(Cow::Borrowed(text));
    }
    require_length(
        text.len()
            .saturating_add(gone.saturating_mul(config.replacement.len())),
    )?;
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if config.mode.keeps(char) {
            out.push(char);
        } else {
            out.push_str(&config.replacement);
        }
    }
    Ok(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    use crate::nodes::{
        testing::fails,
        text_columns::testing::{text_by, texts_of},
    };

    #[test]
    fn each_mode_keeps_its_characters() {
        for (config, expected) in [
            ("{}", "Aé9b"),
            (r#"{"mode": "keep_alphanumeric_space"}"#, "Aé 9 b"),
            (r#"{"mode": "letters_only"}"#, "Aéb"),
            (r#"{"mode": "digits_only", "replacement": "."}"#, "...9..."),
        ] {
            assert_eq!(
                text_by("remove_special_characters", config, "Aé 9 b!").as_deref(),
                Some(expected),
                "{config}"
            );
        }
        assert_eq!(text_by("remove_special_characters", "{}", "?!"), None);
    }

    #[test]
    fn a_text_that_would_grow_beyond_all_use_is_refused() {
        let config = format!(r#"{{"replacement": "{}"}}"#, "x".repeat(4096));
        let table = texts_of(&[&"!".repeat(5000)]);
        assert_eq!(fails("remove_special_characters", &config, table), "TOO_LARGE");
    }
}
