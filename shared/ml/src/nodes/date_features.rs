//! `date_features`: the year, month, day and other parts of dates as whole numbers, a column for each. See
//! `nodes/dates.rs` for the dates that are read; a text that is none has missing parts.
//!
//! Where no column is named, those are taken whose every known training value is a date: picking them learns.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};
use chrono::{Datelike, NaiveDateTime, Timelike};
use domain::{
    catalog::{self, ColumnRule, Condition, Learns, NodeRole, NodeSpec, ParamKind, ParamSpec, RowEffect},
    value::Value,
};
use serde::Deserialize;

use super::{
    columns::pick,
    dates::{self, Order},
};
use crate::{
    error::Result,
    frame::{ColumnKind, Frame, Training, texts},
    node::{Context, Node},
};

/// Takes dates apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct DateFeatures;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    parts: Vec<Part>,
    day_first: bool,
    drop_original: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Dayofweek,
    Dayofyear,
    IsWeekend,
    Hour,
    Minute,
    Second,
}

impl Part {
    const WORDS: [(&'static str, Part); 11] = [
        ("year", Part::Year),
        ("quarter", Part::Quarter),
        ("month", Part::Month),
        ("week", Part::Week),
        ("day", Part::Day),
        ("dayofweek", Part::Dayofweek),
        ("dayofyear", Part::Dayofyear),
        ("is_weekend", Part::IsWeekend),
        ("hour", Part::Hour),
        ("minute", Part::Minute),
        ("second", Part::Second),
    ];

    fn of(self, at: NaiveDateTime) -> i64 {
        match self {
            Self::Year => i64::from(at.year()),
            Self::Quarter => i64::from(at.month0() / 3 + 1),
            Self::Month => i64::from(at.month()),
            Self::Week => i64::from(at.iso_week().week()),
            Self::Day => i64::from(at.day()),
            Self::Dayofweek => i64::from(at.weekday().num_days_from_monday()),
            Self::Dayofyear => i64::from(at.ordinal()),
            Self::IsWeekend => i64::from(at.weekday().num_days_from_monday() >= 5),
            Self::Hour => i64::from(at.hour()),
            Self::Minute => i64::from(at.minute()),
            Self::Second => i64::from(at.second()),
        }
    }

    fn name(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(_, part)| *part == self)
            .map_or("", |(word, _)| word)
    }
}

impl Node for DateFeatures {
    type Config = Config;
    /// The columns to take apart.
    type State = Vec<String>;

    fn spec(&self) -> NodeSpec {
        let words = Part::WORDS.map(|(word, _)| word.to_owned()).to_vec();
        NodeSpec {
            key: "date_features".into(),
            aliases: vec![],
            title: "Date features".into(),
            category: "cleaning".into(),
            summary: "Adds the year, month, day and other parts of dates as columns named COLUMN_PART."
                .into(),
            parameters: vec![
                catalog::columns(
                    "columns",
                    "The columns of dates; if blank, every text feature whose training values are all dates.",
                ),
                ParamSpec::new(
                    "parts",
                    ParamKind::List(Box::new(ParamKind::Choice(words))),
                    vec!["year", "month", "day", "dayofweek"],
                    "The parts to add. Weeks are those of ISO 8601; dayofweek is 0 on Monday; is_weekend is 1 or 0.",
                ),
                catalog::boolean("day_first", false, "Whether 3/4/2020 is the 3rd of April."),
                catalog::boolean("drop_original", true, "Remove the column of dates."),
            ],
            role: NodeRole::Transform,
            learns: Learns::When(vec![Condition {
                parameter: "columns".into(),
                values: Vec::<Value>::new(),
            }]),
            rows: RowEffect::Keep,
            columns: vec![
                ColumnRule::adds("{columns}_{parts}"),
                ColumnRule::drops("{columns}").when("drop_original", [true]),
            ],
        }
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Vec<String>> {
        let mut names = pick(
            training,
            ctx,
            &config.columns,
            |kind| kind == ColumnKind::Text,
            "text",
        )?;
        if config.columns.is_empty() {
            let mut dates = Vec::with_capacity(names.len());
            for name in names {
                if all_dates(&training.values(&name)?, Order::day_first(config.day_first)) {
                    dates.push(name);
                }
            }
            names = dates;
        }
        Ok(names)
    }

    fn apply(
        &self,
        config: &Config,
        columns: &Vec<String>,
        mut frame: Frame,
        ctx: &Context<'_>,
    ) -> Result<Frame> {
        let order = Order::day_first(config.day_first);
        for name in columns {
            let data = frame.require(name)?.data.clone();
            let moments: Vec<Option<NaiveDateTime>> = texts(&data)
                .iter()
                .map(|text| dates::parse(&text?, order))
                .collect();
            let known = moments.iter().flatten().count() + data.null_count();
            if known < data.len() {
                let unread = data.len() - known;
                ctx.warn(&format!(
                    "{unread} values of {name:?} are no dates; their parts are missing"
                ));
            }
            if config.drop_original {
                frame.remove(name);
            }
            for (at, part) in config.parts.iter().enumerate() {
                if !config.parts[..at].contains(part) {
                    let values: Int64Array = moments.iter().map(|m| m.map(|m| part.of(m))).collect();
                    frame.add(&format!("{name}_{}", part.name()), Arc::new(values))?;
                }
            }
        }
        Ok(frame)
    }
}

/// Whether every known value is a date, and one is known.
fn all_dates(values: &ArrayRef, order: Order) -> bool {
    values.null_count() < values.len()
        && texts(values)
            .iter()
            .flatten()
            .all(|text| dates::parse(&text, order).is_some())
}

#[cfg(test)]
mod tests {
    use crate::{
        frame::{Frame, text_column},
        nodes::{
            testing::{apply, fails, fit, frame, run},
            text_columns::testing::{shown, texts_of},
        },
    };

    fn columns(frame: &Frame) -> Vec<&str> {
        frame.columns().iter().map(|column| &*column.name).collect()
    }

    #[test]
    fn every_part_is_a_column_of_whole_numbers() {
        let parts = r#"{"columns": ["t"], "parts": ["year", "quarter", "month", "week", "day", "dayofweek",
            "dayofyear", "is_weekend", "hour", "minute", "second", "year"]}"#;
        let out = run("date_features", parts, texts_of(&["2021-01-03 14:05:09", "soon"]));
        for (part, value) in [
            ("year", "2021"),
            ("quarter", "1"),
            ("month", "1"),
            ("week", "53"),
            ("day", "3"),
            ("dayofweek", "6"),
            ("dayofyear", "3"),
            ("is_weekend", "1"),
            ("hour", "14"),
            ("minute", "5"),
            ("second", "9"),
        ] {
            assert_eq!(
                shown(&out, &format!("t_{part}")),
                [Some(value.to_owned()), None],
                "{part}"
            );
        }
        assert_eq!(out.width(), 11);
    }

    #[test]
    fn columns_of_dates_are_found_in_the_training_rows() {
        let table = Frame::new(vec![
            ("when".into(), text_column([Some("3/4/2020"), None])),
            ("what".into(), text_column([Some("3/4/2020"), Some("tea")])),
            ("none".into(), text_column([None::<&str>, None])),
        ])
        .unwrap();
        let config = r#"{"parts": ["day"], "day_first": true, "drop_original": false}"#;
        let fitted = fit("date_features", config, &table).unwrap();
        let out = apply(&*fitted, table);
        assert_eq!(columns(&out), ["when", "what", "none", "when_day"]);
        assert_eq!(shown(&out, "when_day"), [Some("3".into()), None]);
    }

    #[test]
    fn a_new_column_never_replaces_another_and_numbers_are_no_dates() {
        let table = || {
            let mut table = texts_of(&["2020-01-01"]);
            table.add("t_day", text_column([Some("x")])).unwrap();
            table
        };
        assert_eq!(
            fails("date_features", r#"{"columns": ["t"]}"#, table()),
            "COLUMN_EXISTS"
        );
        assert_eq!(
            fails("date_features", r#"{"columns": ["n"]}"#, frame()),
            "COLUMN_TYPE"
        );
    }
}
