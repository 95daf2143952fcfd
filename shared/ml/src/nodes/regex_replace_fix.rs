//! `regex_replace_fix`: replaces what a regular expression matches in texts, by one of three presets or a pattern of
//! one's own. A text that becomes empty is missing.
//!
//! Patterns are those of the `regex` crate: each match is found in time linear in the text, whatever the pattern,
//! and so there is neither look-around nor reference back. A pattern that would need more than a mebibyte compiled is refused.

use std::{borrow::Cow, sync::LazyLock};

use domain::catalog::{self, NodeSpec};
use regex::{Captures, Regex, RegexBuilder};
use serde::Deserialize;

use super::{
    dates::{self, Order},
    text_columns::{self, change_texts, require_length},
};
use crate::{
    Error,
    error::Result,
    frame::{Frame, Training},
    node::{Context, Node},
};

/// The most bytes a compiled pattern may take.
const LARGEST_PATTERN: usize = 1 << 20;

/// Replaces matches.
#[derive(Debug, Clone, Copy)]
pub(super) struct RegexReplaceFix;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    mode: Mode,
    pattern: String,
    replacement: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    NormalizeSlashDates,
    CollapseWhitespace,
    ExtractDigits,
    Custom,
}

impl Node for RegexReplaceFix {
    type Config = Config;
    type State = ();

    fn spec(&self) -> NodeSpec {
        text_columns::spec(
            "regex_replace_fix",
            "Regex clean-up",
            "Replaces what a regular expression matches in texts; a text that becomes empty is missing.",
            vec![
                catalog::choice(
                    "mode",
                    "normalize_slash_dates",
                    &[
                        "normalize_slash_dates",
                        "collapse_whitespace",
                        "extract_digits",
                        "custom",
                    ],
                    "normalize_slash_dates writes 1/31/2020 as 2020-01-31, the month first where both can be one; \
                     collapse_whitespace makes one space of each run of white space; extract_digits keeps 0 to 9; \
                     custom replaces the pattern.",
                ),
                catalog::text(
                    "pattern",
                    "",
                    "The regular expression of mode custom, without look-around and back-references.",
                ),
                catalog::text(
                    "replacement",
                    "",
                    "What stands for each match in mode custom; $1 or ${name} is what a group matched, $$ a dollar.",
                ),
            ],
        )
    }

    fn fit(&self, config: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Rule::new(config).map(drop)
    }

    fn apply(&self, config: &Config, _: &(), frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        let rule = Rule::new(config)?;
        change_texts(frame, ctx, &config.columns, |text| rule.apply(text))
    }
}

/// A mode ready to be applied.
enum Rule<'c> {
    SlashDates,
    Whitespace,
    Digits,
    Custom(Box<Regex>, &'c str),
}

impl<'c> Rule<'c> {
    fn new(config: &'c Config) -> Result<Self> {
        Ok(match config.mode {
            Mode::NormalizeSlashDates => Self::SlashDates,
            Mode::CollapseWhitespace => Self::Whitespace,
            Mode::ExtractDigits => Self::Digits,
            Mode::Custom => Self::Custom(Box::new(compiled(&config.pattern)?), &config.replacement),
        })
    }

    fn apply<'t>(&self, text: &'t str) -> Result<Cow<'t, str>> {
        match self {
            Self::SlashDates => Ok(slash_dates(text)),
            Self::Whitespace => Ok(collapsed(text)),
            Self::Digits => Ok(text
                .chars()
                .filter(char::is_ascii_digit)
                .collect::<String>()
                .into()),
            Self::Custom(pattern, replacement) => replaced(pattern, replacement, text),
        }
    }
}

/// The pattern, ready to match.
///
/// # Errors
/// `INVALID_PATTERN`.
fn compiled(pattern: &str) -> Result<Regex> {
    let refuse = |message: String| Err(Error::spec("INVALID_PATTERN", message));
    if pattern.is_empty() {
        return refuse("mode custom needs a pattern".into());
    }
    let built = RegexBuilder::new(pattern)
        .size_limit(LARGEST_PATTERN)
        .dfa_size_limit(LARGEST_PATTERN)
        .build();
    match built {
        Ok(regex) => Ok(regex),
        Err(regex::Error::CompiledTooBig(_)) => refuse(
            "the pattern is too large: it would take more than 1 MiB compiled; repeat less in it".into(),
        ),
        Err(error) => {
            let lines: Vec<String> = error.to_string().lines().map(|line| line.trim().into()).collect();
            let reason = lines.last().map_or("", |line| line.trim_start_matches("error: "));
            refuse(format!(
                "the pattern {pattern:?} is no regular expression: {reason}"
            ))
        }
    }
}

fn replaced<'t>(pattern: &Regex, replacement: &str, text: &'t str) -> Result<Cow<'t, str>> {
    let groups = replacement.matches('$').count();
    let (mut out, mut done, mut any) = (String::new(), 0, false);
    for found in pattern.captures_iter(text) {
        let whole = found.get_match();
        let most = replacement.len() + groups.saturating_mul(whole.len());
        require_length(out.len().saturating_add(most).saturating_add(text.len()))?;
        out.push_str(&text[done..whole.start()]);
        found.expand(replacement, &mut out);
        (done, any) = (whole.end(), true);
    }
    if !any {
        return Ok(Cow::Borrowed(text));
    }
    out.push_str(&text[done..]);
    Ok(Cow::Owned(out))
}

fn slash_dates(text: &str) -> Cow<'_, str> {
    static SLASHED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b\d{1,4}/\d{1,2}/\d{1,4}\b").expect("the pattern is a constant"));
    SLASHED.replace_all(text, |found: &Captures<'_>| {
        let date = &found[0];
        dates::parse(date, Order::MonthFirst).map_or_else(|| date.to_owned(), dates::iso_date)
    })
}

fn collapsed(text: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for char in text.chars() {
        if !char.is_whitespace() {
            out.push(char);
        } else if !space {
            out.push(' ');
        }
        space = char.is_whitespace();
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use crate::nodes::{
        testing::fails,
        text_columns::testing::{text_by, texts_of},
    };

    fn custom(pattern: &str, replacement: &str) -> String {
        format!(r#"{{"mode": "custom", "pattern": {pattern:?}, "replacement": {replacement:?}}}"#)
    }

    #[test]
    fn presets_and_patterns_replace_what_they_match() {
        for (config, text, expected) in [
            (
                "{}",
                "from 1/31/2020 to 2020/2/9, 99/99/2020",
                "from 2020-01-31 to 2020-02-09, 99/99/2020",
            ),
            (r#"{"mode": "collapse_whitespace"}"#, "a\t\n b  ", "a b "),
            (r#"{"mode": "extract_digits"}"#, "no. 12-34", "1234"),
            (&custom("(?i)acct#:?", ""), "Acct#: 7 ACCT#8", " 7 8"),
            (&custom("(a+)(?P<tail>b)", "$tail${1}$$"), "xaabab", "xbaa$ba$"),
            (&custom("x*", "-"), "ab", "-a-b-"),
            (&custom("zzz", "-"), "ab", "ab"),
        ] {
            assert_eq!(
                text_by("regex_replace_fix", config, text).as_deref(),
                Some(expected),
                "{config}"
            );
        }
        assert_eq!(text_by("regex_replace_fix", &custom(".*", ""), "ab"), None);
    }

    #[test]
    fn a_pattern_that_is_none_or_too_large_is_refused() {
        for pattern in ["", "(", "(?=x)", r"(a)\1", r"\w{1000}{100}"] {
            let config = serde_json::json!({"mode": "custom", "pattern": pattern}).to_string();
            assert_eq!(
                fails("regex_replace_fix", &config, texts_of(&["x"])),
                "INVALID_PATTERN",
                "{pattern}"
            );
        }
    }

    #[test]
    fn a_pattern_that_ruins_backtracking_engines_ends() {
        let text = "a".repeat(20_000);
        let found = text_by("regex_replace_fix", &custom("(a+)+$|b", "x"), &format!("{text}!"));
        assert_eq!(found.map(|text| text.len()), Some(20_001));
    }

    #[test]
    fn a_text_that_would_grow_beyond_all_use_is_refused() {
        let table = || texts_of(&[&"y".repeat(20_000)]);
        for config in [custom(".", &"x".repeat(4096)), custom(".+", &"$0".repeat(2000))] {
            assert_eq!(fails("regex_replace_fix", &config, table()), "TOO_LARGE");
        }
    }
}
