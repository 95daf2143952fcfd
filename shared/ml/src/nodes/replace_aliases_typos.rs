//! `replace_aliases_typos`: one spelling for what is written in many: countries by their two-letter codes, truths as
//! `true` and `false`, names without punctuation, or pairs of one's own. Aliases are compared without regard to
//! case, white space and punctuation, so that `U.S.A.` and `usa` are one. A text that is no alias stays as it is.

mod countries;
mod pairs;

use std::borrow::Cow;

use domain::{
    catalog::{self, NodeSpec, ParamKind, ParamSpec, Requirement},
    value::Value,
};
use serde::Deserialize;

use self::pairs::Pairs;
use super::text_columns::{self, change_texts, require_length};
use crate::{
    error::Result,
    frame::{Frame, Training},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// Replaces aliases.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReplaceAliasesTypos;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    mode: Mode,
    custom_pairs: Value,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    CanonicalizeCountryCodes,
    NormalizeBoolean,
    Punctuation,
    Custom,
}

impl Node for ReplaceAliasesTypos {
    type Config = Config;
    type State = ();

    fn spec(&self) -> NodeSpec {
        text_columns::spec(
            "replace_aliases_typos",
            "Replace aliases and typos",
            "Gives one spelling to what is written in many; a text that is no alias stays as it is.",
            vec![
                catalog::choice(
                    "mode",
                    "canonicalize_country_codes",
                    &[
                        "canonicalize_country_codes",
                        "normalize_boolean",
                        "punctuation",
                        "custom",
                    ],
                    "canonicalize_country_codes writes countries as ISO 3166 two-letter codes; normalize_boolean \
                     writes yes, y, t, on and 1 as true, and no, n, f, off and 0 as false; punctuation removes it \
                     and leaves one space between words; custom uses custom_pairs.",
                ),
                ParamSpec::new(
                    "custom_pairs",
                    ParamKind::OneOf(vec![ParamKind::Map(Box::new(ParamKind::Text)), ParamKind::Pairs]),
                    Value::Object(Default::default()),
                    "What to write for each alias in mode custom: a map, or lines such as `st => Street`. An empty \
                     replacement makes the value missing.",
                )
                .used_if("mode", ["custom"]),
            ],
        )
        .requires(Requirement::given(&["custom_pairs"]).when("mode", ["custom"]))
    }

    fn fit(&self, _: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Ok(())
    }

    fn apply(&self, config: &Config, _: &(), frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        let columns = &config.columns;
        match config.mode {
            Mode::CanonicalizeCountryCodes => change_texts(frame, ctx, columns, |text| {
                Ok(Cow::Borrowed(countries::code(&key(text)).unwrap_or(text)))
            }),
            Mode::NormalizeBoolean => change_texts(frame, ctx, columns, |text| {
                Ok(Cow::Borrowed(
                    truth(text).map_or(text, |yes| if yes { "true" } else { "false" }),
                ))
            }),
            Mode::Punctuation => change_texts(frame, ctx, columns, |text| Ok(unpunctuated(text).into())),
            Mode::Custom => {
                let pairs = Pairs::new(&config.custom_pairs);
                change_texts(frame, ctx, columns, |text| {
                    let Some(replacement) = pairs.replacement(text) else {
                        return Ok(Cow::Borrowed(text));
                    };
                    require_length(replacement.len())?;
                    Ok(Cow::Owned(replacement.to_owned()))
                })
            }
        }
    }

    fn onnx(&self, _: &Config, _: &(), _: &mut Table<'_>) -> Result<(), Unmapped> {
        Err(Unmapped::because(
            "ONNX's operators cannot bring texts into the form in which aliases are looked up",
        ))
    }
}

/// A text without case, white space and punctuation.
fn key(text: &str) -> String {
    text.chars()
        .filter(|char| char.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// What a word of consent or refusal says.
pub(super) fn truth(text: &str) -> Option<bool> {
    let word = text.trim().trim_end_matches(['.', '!']).to_lowercase();
    match word.as_str() {
        "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Apostrophes and full stops are gone, but for a stop between digits; other punctuation is a space.
fn unpunctuated(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let (mut digit, mut space) = (false, false);
    while let Some(char) = chars.next() {
        let decimal = char == '.' && digit && chars.peek().is_some_and(char::is_ascii_digit);
        if char.is_alphanumeric() || decimal {
            if space && !out.is_empty() {
                out.push(' ');
            }
            out.push(char);
            space = false;
        } else if !matches!(char, '.' | '\'' | '’') {
            space = true;
        }
        digit = char.is_ascii_digit();
    }
    out
}

#[cfg(test)]
mod tests;
