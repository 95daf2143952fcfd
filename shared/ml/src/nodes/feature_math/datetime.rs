//! Parts of dates, as `nodes/dates.rs` reads them; the month is first in `3/4/2020`, and a time with a zone is moved
//! to UTC.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use chrono::{Datelike, NaiveDateTime, Timelike};
use serde::Deserialize;

use crate::{
    frame::texts,
    nodes::dates::{Order, parse},
};

/// The words for parts, in the order of their type.
pub(super) const PARTS: [&str; 11] = [
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "dayofyear",
    "dayofweek",
    "is_weekend",
    "hour",
    "minute",
    "second",
];

/// A part of a date; the week is that of ISO 8601, days of the week count from Monday, 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    #[serde(rename = "dayofyear")]
    DayOfYear,
    #[serde(rename = "dayofweek")]
    DayOfWeek,
    IsWeekend,
    Hour,
    Minute,
    Second,
}

/// The parts of a column of dates, each with its word; missing where the text is no date.
pub(super) fn parts(data: &ArrayRef, wanted: &[Part]) -> Vec<(&'static str, ArrayRef)> {
    let dates: Vec<Option<NaiveDateTime>> = texts(data)
        .iter()
        .map(|text| parse(&text?, Order::MonthFirst))
        .collect();
    let column = |part: &Part| {
        let values: Int64Array = dates.iter().map(|at| at.map(|at| part.of(at))).collect();
        (PARTS[*part as usize], Arc::new(values) as ArrayRef)
    };
    wanted.iter().map(column).collect()
}

impl Part {
    fn of(self, at: NaiveDateTime) -> i64 {
        let day = at.weekday().num_days_from_monday();
        let value = match self {
            Part::Year => return i64::from(at.year()),
            Part::Quarter => at.month0() / 3 + 1,
            Part::Month => at.month(),
            Part::Week => at.iso_week().week(),
            Part::Day => at.day(),
            Part::DayOfYear => at.ordinal(),
            Part::DayOfWeek => day,
            Part::IsWeekend => u32::from(day >= 5),
            Part::Hour => at.hour(),
            Part::Minute => at.minute(),
            Part::Second => at.second(),
        };
        i64::from(value)
    }
}
