//! `standardize_date_formats`: writes dates and times in one format, whatever format each of them is in; see
//! `nodes/dates.rs` for those that are read. A text that is no date stays as it is, so that nothing is lost; cast
//! to `date` to make it missing instead.

use std::{borrow::Cow, cell::Cell};

use chrono::{Datelike, NaiveDateTime};
use domain::{
    catalog::{self, NodeSpec, ParamKind, ParamSpec},
    value::Value,
};
use serde::Deserialize;

use super::{
    dates::{self, Order},
    text_columns::{self, change_texts},
};
use crate::{
    error::Result,
    frame::{Frame, Training},
    node::{Context, Node},
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
                ParamSpec::new(
                    "day_first",
                    ParamKind::Boolean,
                    Value::Null,
                    "Whether 3/4/2020 is the 3rd of April; if blank, only in mode day_month_year.",
                ),
            ],
        )
    }

    fn fit(&self, _: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Ok(())
    }

    fn apply(&self, config: &Config, _: &(), frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        // What a mode has written it reads alike, so that running it again changes nothing.
        let day_first = config.day_first.unwrap_or(config.mode == Mode::DayMonthYear);
        let order = Order::day_first(day_first);
        let unread = Cell::new(0_usize);
        let frame = change_texts(frame, ctx, &config.columns, |text| {
            Ok(if let Some(at) = dates::parse(text, order) {
                Cow::Owned(config.mode.write(at))
            } else {
                unread.set(unread.get() + 1);
                Cow::Borrowed(text)
            })
        })?;
        if !config.columns.is_empty() && unread.get() > 0 {
            ctx.warn(&format!(
                "{} values in {} are no dates and stay as they are",
                unread.get(),
                config.columns.join(", ")
            ));
        }
        Ok(frame)
    }
}

#[cfg(test)]
mod tests {
    use crate::nodes::text_columns::testing::text_by;

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
        ] {
            let found = text_by("standardize_date_formats", config, text);
            assert_eq!(found.as_deref(), Some(expected), "{config}");
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
