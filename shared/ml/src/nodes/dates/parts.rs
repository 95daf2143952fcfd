//! The parts of a moment as whole numbers, for every node that takes dates apart.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use chrono::{Datelike, NaiveDateTime, Timelike};
use domain::catalog::ParamKind;
use serde::Deserialize;

/// A part of a moment; the week is that of ISO 8601, days of the week count from Monday, 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::nodes) enum Part {
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
    /// The words used in configs, in the order of the type.
    const WORDS: [&'static str; 11] = [
        "year",
        "quarter",
        "month",
        "week",
        "day",
        "dayofweek",
        "dayofyear",
        "is_weekend",
        "hour",
        "minute",
        "second",
    ];

    /// A list of parts, as a parameter.
    pub(in crate::nodes) fn list() -> ParamKind {
        let word = ParamKind::Choice(Self::WORDS.map(str::to_owned).to_vec());
        ParamKind::List(Box::new(word))
    }

    /// The word used in configs and in the names of columns.
    pub(in crate::nodes) fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    /// This part of each moment; missing where the moment is.
    pub(in crate::nodes) fn column(self, moments: &[Option<NaiveDateTime>]) -> ArrayRef {
        let parts: Int64Array = moments.iter().map(|at| at.map(|at| self.of(at))).collect();
        Arc::new(parts)
    }

    fn of(self, at: NaiveDateTime) -> i64 {
        let weekday = at.weekday().num_days_from_monday();
        let value = match self {
            Self::Year => return i64::from(at.year()),
            Self::Quarter => at.month0() / 3 + 1,
            Self::Month => at.month(),
            Self::Week => at.iso_week().week(),
            Self::Day => at.day(),
            Self::Dayofweek => weekday,
            Self::Dayofyear => at.ordinal(),
            Self::IsWeekend => u32::from(weekday >= 5),
            Self::Hour => at.hour(),
            Self::Minute => at.minute(),
            Self::Second => at.second(),
        };
        i64::from(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_word() {
        for (place, word) in Part::WORDS.iter().enumerate() {
            let part: Part = serde_json::from_value((*word).into()).unwrap();
            assert_eq!((part as usize, part.word()), (place, *word));
        }
    }
}
