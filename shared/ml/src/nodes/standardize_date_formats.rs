//! `standardize_date_formats`: writes dates and times in one format, whatever format each of them is in; see
//! `nodes/dates.rs` for those that are read. A text that is no date stays as it is, so that nothing is lost; cast
//! to `date` to make it missing instead.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDateTime};
use domain::{
    catalog::{self, NodeSpec, ParamSpec},
    value::Value,
};
use serde::Deserialize;

use super::{
    columns::pick_to_change,
    dates::{self, Reader},
    text_columns::{self, change_texts},
};
use crate::{
    error::Result,
    frame::{ColumnKind, Frame, Training},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// Rewrites dates.
#[derive(Debug, Clone, Copy)]
pub(super) struct StandardizeDateFormats;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    mode: Mode,
    day_first: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    IsoDate,
    IsoDatetime,
    MonthDayYear,
    DayMonthYear,
}

impl Mode {
    fn write(self, at: NaiveDateTime) -> String {
        let (year, month, day) = (at.year(), at.month(), at.day());
        match self {
            Self::IsoDate => dates::iso_date(at),
            Self::IsoDatetime => dates::iso_datetime(at),
            Self::MonthDayYear => format!("{month:02}/{day:02}/{year:04}"),
            Self::DayMonthYear => format!("{day:02}/{month:02}/{year:04}"),
        }
    }
}

impl Node for StandardizeDateFormats {
    type Config = Config;
    type State = ();

    fn spec(&self) -> NodeSpec {
        let day_first = dates::day_first();
        text_columns::spec(
            "standardize_date_formats",
            "Standardize date formats",
            "Writes dates and times in one format; a text that is no date stays as it is.",
            vec![
                catalog::choice(
                    "mode",
                    "iso_date",
                    &["iso_date", "iso_datetime", "month_day_year", "day_month_year"],
                    "The format to write: 2020-01-31, 2020-01-31T14:05:09 (UTC), 01/31/2020 or 31/01/2020.",
                ),
                ParamSpec {
                    default: Value::Null,
                    doc: format!("{} If blank: only in mode day_month_year.", day_first.doc),
                    ..day_first
                },
            ],
        )
    }

    fn fit(&self, _: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Ok(())
    }

    fn apply(&self, config: &Config, _: &(), mut frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        // What a mode has written it reads alike, so that running it again changes nothing.
        let day_first = config.day_first.unwrap_or(config.mode == Mode::DayMonthYear);
        let is_text = |kind| kind == ColumnKind::Text;
        for name in pick_to_change(&mut frame, ctx, &config.columns, is_text, "text")? {
            let reader = Reader::new(day_first);
            frame = change_texts(frame, ctx, std::slice::from_ref(&name), |text| {
                Ok(match reader.read(text) {
                    Some(at) => Cow::Owned(config.mode.write(at)),
                    None => Cow::Borrowed(text),
                })
            })?;
            if config.columns.is_empty() {
                reader.warn_of_order(ctx, &name, "they stay as they are");
            } else {
                reader.warn(ctx, &name, "they stay as they are");
            }
        }
        Ok(frame)
    }

    fn onnx(&self, _: &Config, _: &(), _: &mut Table<'_>) -> Result<(), Unmapped> {
        Err(Unmapped::because("ONNX's operators read and write no dates"))
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        node::Context,
        nodes::{
            get,
            testing::{config as parsed, context},
            text_columns::testing::{text_by, texts_of},
        },
        testing::Recorder,
    };

    #[test]
    fn each_mode_writes_its_format() {
        for (config, text, expected) in [
            ("{}", "3/4/2020", "2020-03-04"),
            (r#"{"day_first": true}"#, "3/4/2020", "2020-04-03"),
            (
                r#"{"mode": "iso_datetime"}"#,
                "Jan 31, 2020 2:05 PM",
                "2020-01-31T14:05:00",
            ),
            (r#"{"mode": "month_day_year"}"#, "2020-01-31", "01/31/2020"),
            (r#"{"mode": "day_month_year"}"#, "2020-01-31", "31/01/2020"),
            ("{}", "next week", "next week"),
            ("{}", "14/3/2020", "14/3/2020"),
            (r#"{"mode": "day_month_year"}"#, "14/3/2020", "14/03/2020"),
        ] {
            let found = text_by("standardize_date_formats", config, text);
            assert_eq!(found.as_deref(), Some(expected), "{config}");
        }
    }

    #[test]
    fn only_texts_that_another_order_would_read_are_told_of_where_no_column_is_named() {
        for (config, texts, warnings) in [
            ("{}", ["14/3/2020", "soon"], 1),
            ("{}", ["3/4/2020", "soon"], 0),
            (r#"{"columns": ["t"]}"#, ["3/4/2020", "soon"], 1),
        ] {
            let recorder = Recorder::default();
            let ctx = Context {
                observer: &recorder,
                ..context()
            };
            let (node, _) = get("standardize_date_formats").unwrap();
            node.fit_apply(&parsed(config), texts_of(&texts), &ctx).unwrap();
            let told = recorder.warnings.into_inner().unwrap();
            assert_eq!(told.len(), warnings, "{config}: {told:?}");
        }
    }

    #[test]
    fn running_it_again_changes_nothing() {
        for mode in ["iso_date", "iso_datetime", "month_day_year", "day_month_year"] {
            let config = format!(r#"{{"mode": {mode:?}}}"#);
            let once = text_by("standardize_date_formats", &config, "3 Apr 2020").unwrap();
            let twice = text_by("standardize_date_formats", &config, &once);
            assert_eq!(twice.as_deref(), Some(once.as_str()), "{mode}");
        }
    }
}
