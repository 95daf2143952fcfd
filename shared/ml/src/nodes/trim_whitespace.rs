//! `trim_whitespace`: removes white space at the ends of texts, so that `" Lyon"` and `"Lyon "` are the same
//! category. White space is what Unicode calls so. A text of nothing else becomes missing.

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

/// Trims texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct TrimWhitespace;

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
    Both,
    Leading,
    Trailing,
}

impl Node for TrimWhitespace {
    type Config = Config;
    type State = ();

    fn spec(&self) -> NodeSpec {
        let mode = catalog::choice(
            "mode",
            "both",
            &["both", "leading", "trailing"],
            "Which ends to trim.",
        );
        text_columns::spec(
            "trim_whitespace",
            "Trim white space",
            "Removes white space at the ends of texts; a text of nothing else becomes missing.",
            vec![mode],
        )
    }

    fn fit(&self, _: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Ok(())
    }

    fn apply(&self, config: &Config, _: &(), frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        change_texts(frame, ctx, &config.columns, |text| {
            Ok(Cow::Borrowed(match config.mode {
                Mode::Both => text.trim(),
                Mode::Leading => text.trim_start(),
                Mode::Trailing => text.trim_end(),
            }))
        })
    }

    fn onnx(&self, _: &Config, _: &(), _: &mut Table<'_>) -> Result<(), Unmapped> {
        Err(Unmapped::because("ONNX's operators do not trim texts"))
    }
}

#[cfg(test)]
mod tests {
    use crate::nodes::text_columns::testing::text_by;

    #[test]
    fn each_mode_trims_its_ends() {
        for (mode, expected) in [
            ("both", "a b"),
            ("leading", "a b\u{a0}\n"),
            ("trailing", "\t a b"),
        ] {
            let config = format!(r#"{{"mode": {mode:?}}}"#);
            assert_eq!(
                text_by("trim_whitespace", &config, "\t a b\u{a0}\n").as_deref(),
                Some(expected)
            );
        }
    }
}
