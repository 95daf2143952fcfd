//! Dates and times as people write them, read into one form: what every node that knows dates begins with.
//!
//! Read are `2020-01-31` (also with `/` or `.`), `20200131`, `1/31/2020`, `31.1.2020`, `31 Jan 2020`,
//! `January 31, 2020`, each with a time behind it or not: `14:05`, `14:05:09.5`, `2:05 PM`, a zone such as `Z` or
//! `+02:00`, by which the time is moved to UTC. Years of two digits are 1969 to 2068, as POSIX has it. Months are
//! in English.
//!
//! Whether `3/4/2020` is the 3rd of April or the 4th of March is said once for a column and never guessed from a value:
//! `31/1/2020` is no date where the month is first. A day is always first where `.` separates.

mod moments;
mod parts;
mod reader;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

pub(crate) use moments::{NoDates, moments};
pub(super) use parts::Part;
pub(super) use reader::{Reader, day_first};

/// The longest text that can be a date.
const LONGEST: usize = 64;

/// Which number is the day in `3/4/2020`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// The second, as in America.
    MonthFirst,
    /// The first.
    DayFirst,
}

impl Order {
    fn reversed(self) -> Self {
        match self {
            Self::MonthFirst => Self::DayFirst,
            Self::DayFirst => Self::MonthFirst,
        }
    }

    /// The word for what is first.
    fn first(self) -> &'static str {
        match self {
            Self::MonthFirst => "month",
            Self::DayFirst => "day",
        }
    }
}

/// The moment that a text names; a date alone names its midnight.
fn parse(text: &str, order: Order) -> Option<NaiveDateTime> {
    let text = text.trim();
    if text.len() > LONGEST || !text.is_ascii() {
        return None;
    }
    let Some(colon) = text.find(':') else {
        return Some(date(text, order)?.and_time(NaiveTime::MIN));
    };
    let hours = text[..colon].trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (before, after) = text.split_at(hours);
    let day = before.trim_end_matches([' ', ',']);
    let day = day.strip_suffix(['T', 't']).unwrap_or(day);
    if day.len() == before.len() {
        return None;
    }
    let (time, offset) = time(after)?;
    date(day, order)?.and_time(time).checked_sub_signed(offset)
}

/// `2020-01-31`.
pub(super) fn iso_date(at: NaiveDateTime) -> String {
    format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day())
}

/// `2020-01-31T14:05:09`, a fraction of a second cut off.
pub(super) fn iso_datetime(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// A number or a word of a date, and what stands before it.
struct Piece<'t> {
    before: &'t str,
    text: &'t str,
}

impl Piece<'_> {
    fn is_number(&self) -> bool {
        self.text.as_bytes()[0].is_ascii_digit()
    }

    /// A day or a month.
    fn small(&self) -> Option<u32> {
        (self.is_number() && self.text.len() <= 2)
            .then(|| self.text.parse().ok())
            .flatten()
    }

    fn year(&self) -> Option<i32> {
        let number: i32 = self.text.parse().ok()?;
        match (self.text.len(), number) {
            (4, 1..) => Some(number),
            (2, ..=68) => Some(2000 + number),
            (2, _) => Some(1900 + number),
            _ => None,
        }
    }
}

/// The pieces of a date, their separators checked; none if it is made of anything else.
fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let (mut pieces, mut rest): (Vec<Piece<'_>>, _) = (Vec::with_capacity(4), text);
    while !rest.is_empty() {
        let from = rest.find(|c: char| c.is_ascii_alphanumeric())?;
        let (before, piece) = rest.split_at(from);
        let digits = piece.as_bytes()[0].is_ascii_digit();
        let same = |c: char| {
            if digits {
                c.is_ascii_digit()
            } else {
                c.is_ascii_alphabetic()
            }
        };
        let end = piece.find(|c| !same(c)).unwrap_or(piece.len());
        let (piece, after) = piece.split_at(end);
        rest = after;
        let separates = if pieces.is_empty() {
            before.is_empty()
        } else {
            matches!(before, "" | "-" | "/" | "." | " " | ", " | "," | ". ")
        };
        if pieces.len() == 4 || !separates {
            return None;
        }
        let ordinal = before.is_empty() && matches!(piece, "st" | "nd" | "rd" | "th");
        if !(ordinal && pieces.last().is_some_and(Piece::is_number)) {
            pieces.push(Piece { before, text: piece });
        }
    }
    Some(pieces)
}

fn date(text: &str, order: Order) -> Option<NaiveDate> {
    let all = pieces(text)?;
    let pieces = match all.as_slice() {
        [day_of_week, rest @ ..] if rest.len() == 3 && weekday(day_of_week.text) => rest,
        all => all,
    };
    match pieces {
        [one] if one.text.len() == 8 && one.is_number() => {
            let number: u32 = one.text.parse().ok()?;
            let year = i32::try_from(number / 10_000).ok().filter(|year| *year >= 1000)?;
            NaiveDate::from_ymd_opt(year, number / 100 % 100, number % 100)
        }
        [a, b, c] if pieces.iter().all(Piece::is_number) => numeric(a, b, c, order),
        [a, b, c] if !b.is_number() => {
            let month = month(b.text)?;
            if a.text.len() == 4 {
                NaiveDate::from_ymd_opt(a.year()?, month, c.small()?)
            } else {
                NaiveDate::from_ymd_opt(c.year()?, month, a.small()?)
            }
        }
        [a, b, c] => NaiveDate::from_ymd_opt(c.year()?, month(a.text)?, b.small()?),
        _ => None,
    }
}

fn numeric(a: &Piece<'_>, b: &Piece<'_>, c: &Piece<'_>, order: Order) -> Option<NaiveDate> {
    if b.before != c.before || !matches!(b.before, "-" | "/" | ".") {
        return None;
    }
    if a.text.len() == 4 {
        return NaiveDate::from_ymd_opt(a.year()?, b.small()?, c.small()?);
    }
    let (year, first, second) = (c.year()?, a.small()?, b.small()?);
    let day_first = b.before == "." || order == Order::DayFirst;
    let (day, month) = if day_first {
        (first, second)
    } else {
        (second, first)
    };
    NaiveDate::from_ymd_opt(year, month, day)
}

/// Whether a word is a name, in full or by at least its first three letters.
fn names(word: &str, name: &str) -> bool {
    word.len() >= 3
        && name
            .get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    (1..)
        .zip(MONTHS)
        .find(|(_, name)| names(word, name))
        .map(|(number, _)| number)
}

fn weekday(word: &str) -> bool {
    [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ]
    .iter()
    .any(|name| names(word, name))
}

/// A time of day, and how far it is ahead of UTC.
fn time(text: &str) -> Option<(NaiveTime, TimeDelta)> {
    let clock = text
        .find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.'))
        .unwrap_or(text.len());
    let (clock, rest) = text.split_at(clock);
    let rest = rest.trim_start();
    let upper = rest.get(..2).map(str::to_ascii_uppercase);
    let half = match upper.as_deref() {
        Some("AM") => Some(0),
        Some("PM") => Some(12),
        _ => None,
    };
    let zone = if half.is_some() {
        rest[2..].trim_start()
    } else {
        rest
    };

    let mut parts = clock.split(':');
    let (hour, minute, seconds) = (
        two_digits(parts.next()?)?,
        two_digits(parts.next()?)?,
        parts.next(),
    );
    if parts.next().is_some() {
        return None;
    }
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
        None => hour,
    };
    let (second, nanosecond) = seconds.map_or(Some((0, 0)), second)?;
    let time = NaiveTime::from_hms_nano_opt(hour, minute, second, nanosecond)?;
    Some((time, offset(zone)?))
}

fn two_digits(text: &str) -> Option<u32> {
    (matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// Whole seconds and nanoseconds.
fn second(text: &str) -> Option<(u32, u32)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nine: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    Some((two_digits(whole)?, nine.parse().ok()?))
}

/// How far a zone is ahead of UTC.
fn offset(zone: &str) -> Option<TimeDelta> {
    if zone.is_empty()
        || ["z", "utc", "gmt"]
            .iter()
            .any(|name| zone.eq_ignore_ascii_case(name))
    {
        return Some(TimeDelta::zero());
    }
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest.len() {
        2 => (rest, "0"),
        4 => rest.split_at_checked(2)?,
        _ => rest.split_once(':')?,
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    let minutes = i64::from(hours * 60 + minutes);
    (minutes < 24 * 60).then(|| TimeDelta::minutes(sign * minutes))
}

#[cfg(test)]
mod tests;
