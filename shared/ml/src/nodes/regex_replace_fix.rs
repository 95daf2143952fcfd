//! `regex_replace_fix`: replaces what a regular expression matches in texts, by one of three presets or a pattern of
//! one's own. A text that becomes empty is missing.
//!
//! Patterns are those of the `regex` crate: each match is found in time linear in the text, whatever the pattern,
//! and so there is neither look-around nor reference back. A pattern that would need more than a mebibyte compiled is refused.

use std::{borrow::Cow, sync::LazyLock};

use domain::catalog::{self, NodeSpec, ParamKind, ParamSpec, Requirement};
use regex::{Captures, Regex, RegexBuilder};
use serde::Deserialize;

use super::{
    columns::pick_to_change,
    dates::{self, Reader},
    text_columns::{self, change_texts, require_length},
};
use crate::{
    Error,
    error::Result,
    frame::{ColumnKind, Frame, Training},
    node::{Context, Node},
    onnx::{Table, Unmapped},
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
    day_first: bool,
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
                    "normalize_slash_dates writes 1/31/2020 as 2020-01-31; \
                     collapse_whitespace makes one space of each run of white space; extract_digits keeps 0 to 9; \
                     custom replaces the pattern.",
                ),
                ParamSpec::new(
                    "pattern",
                    ParamKind::Pattern,
                    "",
                    "The regular expression of mode custom, without look-around and back-references.",
                )
                .used_if("mode", ["custom"]),
                catalog::text(
                    "replacement",
                    "",
                    "What stands for each match in mode custom; $1 or ${name} is what a group matched, $$ a dollar. \
                     Where a letter, a digit or _ follows the group, it is ${1}.",
                )
                .used_if("mode", ["custom"]),
                dates::day_first().used_if("mode", ["normalize_slash_dates"]),
            ],
        )
        .requires(Requirement::given(&["pattern"]).when("mode", ["custom"]))
        .requires(Requirement::groups("replacement", "pattern").when("mode", ["custom"]))
    }

    fn fit(&self, config: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Rule::new(config).map(drop)
    }

    fn apply(&self, config: &Config, _: &(), mut frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        let rule = Rule::new(config)?;
        let is_text = |kind| kind == ColumnKind::Text;
        for name in pick_to_change(&mut frame, ctx, &config.columns, is_text, "text")? {
            let dates = Reader::new(config.day_first);
            let only = std::slice::from_ref(&name);
            frame = change_texts(frame, ctx, only, |text| rule.apply(text, &dates))?;
            dates.warn_of_order(ctx, &name, "they stay as they are");
        }
        Ok(frame)
    }

    fn onnx(&self, _: &Config, _: &(), _: &mut Table<'_>) -> Result<(), Unmapped> {
        Err(Unmapped::because(
            "ONNX's operators match texts by regular expressions, and replace nothing in them",
        ))
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

    fn apply<'t>(&self, text: &'t str, dates: &Reader) -> Result<Cow<'t, str>> {
        match self {
            Self::SlashDates => Ok(slash_dates(text, dates)),
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
    let built = RegexBuilder::new(pattern)
        .size_limit(LARGEST_PATTERN)
        .dfa_size_limit(LARGEST_PATTERN)
        .build();
    built.map_err(|error| {
        let message = match error {
            regex::Error::CompiledTooBig(_) => {
                "the pattern is too large: it would take more than 1 MiB compiled; repeat less in it".into()
            }
            error => format!("the pattern {pattern:?} cannot be used: {error}"),
        };
        Error::spec("INVALID_PATTERN", message)
    })
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

fn slash_dates<'t>(text: &'t str, dates: &Reader) -> Cow<'t, str> {
    static SLASHED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b\d{1,4}/\d{1,2}/\d{1,4}\b").expect("the pattern is a constant"));
    SLASHED.replace_all(text, |found: &Captures<'_>| {
        let date = &found[0];
        dates.read(date).map_or_else(|| date.to_owned(), dates::iso_date)
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
    use crate::{
        node::Context,
        nodes::{
            get,
            testing::{config, context, fails},
            text_columns::testing::{text_by, texts_of},
        },
        testing::Recorder,
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
            ("{}", "3/4/2020, 14/3/2020", "2020-03-04, 14/3/2020"),
            (
                r#"{"day_first": true}"#,
                "3/4/2020, 14/3/2020",
                "2020-04-03, 2020-03-14",
            ),
            (r#"{"mode": "collapse_whitespace"}"#, "a\t\n b  ", "a b "),
            (r#"{"mode": "extract_digits"}"#, "no. 12-34", "1234"),
            (&custom("(?i)acct#:?", ""), "Acct#: 7 ACCT#8", " 7 8"),
            (&custom("(a+)(?P<tail>b)", "$tail${1}$$"), "xaabab", "xbaa$ba$"),
            (&custom("(a)(b)", "${2}_$1 $ ${"), "ab", "b_a $ ${"),
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
        for (pattern, code) in [
            ("", "INVALID_CONFIG"),
            ("(", "INVALID_CONFIG"),
            ("(?=x)", "INVALID_CONFIG"),
            (r"(a)\1", "INVALID_CONFIG"),
            (r"\p{Nothing}", "INVALID_CONFIG"),
            (r"\w{1000}{100}", "INVALID_PATTERN"),
        ] {
            let config = serde_json::json!({"mode": "custom", "pattern": pattern}).to_string();
            let failed = fails("regex_replace_fix", &config, texts_of(&["x"]));
            assert_eq!(failed, code, "{pattern}");
        }
    }

    #[test]
    fn slash_dates_of_the_other_order_are_told_of() {
        let recorder = Recorder::default();
        let ctx = Context {
            observer: &recorder,
            ..context()
        };
        let (node, _) = get("regex_replace_fix").unwrap();
        let table = texts_of(&["due 14/3/2020, 99/99/2020", "3/4/2020"]);
        node.fit_apply(&config("{}"), table, &ctx).unwrap();
        assert_eq!(
            *recorder.warnings.lock().unwrap(),
            [
                "2 values of \"t\" are no dates; they stay as they are; 1 of them, such as \"14/3/2020\", would be \
                 with the day first, which day_first true reads"
            ]
        );
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
