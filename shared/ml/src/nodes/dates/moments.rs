//! A column of dates read as a whole, for what needs every one of them.

use arrow::array::ArrayRef;
use chrono::NaiveDateTime;

use super::{Order, parse, reader::TOLD};
use crate::frame::texts;

/// The values of a column that are no dates where the other ones are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoDates {
    pub(crate) count: usize,
    /// The start of the first of them.
    pub(crate) example: String,
    /// What is first in dates such as `3/4/2020` where they are counted so: the month or the day.
    pub(crate) first: &'static str,
}

/// The moments that the values of a column name, all in one order: the month is first in `3/4/2020`, unless every value
/// is a date with the day first only. Missing values have none.
///
/// # Errors
/// Where some values are no dates, those of the order that reads more of them.
pub(crate) fn moments(data: &ArrayRef) -> Result<Vec<Option<NaiveDateTime>>, NoDates> {
    in_order(data, Order::MonthFirst).or_else(|month_first| {
        in_order(data, Order::DayFirst).map_err(|day_first| {
            if day_first.count < month_first.count {
                day_first
            } else {
                month_first
            }
        })
    })
}

fn in_order(data: &ArrayRef, order: Order) -> Result<Vec<Option<NaiveDateTime>>, NoDates> {
    let mut none = NoDates {
        count: 0,
        example: String::new(),
        first: order.first(),
    };
    let shown = texts(data);
    let read = shown.iter().map(|text| {
        let text = text?;
        let at = parse(&text, order);
        if at.is_none() {
            if none.count == 0 {
                none.example = text.chars().take(TOLD).collect();
            }
            none.count += 1;
        }
        at
    });
    let read = read.collect();
    if none.count == 0 { Ok(read) } else { Err(none) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{frame::text_column, nodes::dates::iso_date};

    fn read(values: &[Option<&str>]) -> Result<Vec<String>, (usize, String, &'static str)> {
        let told = |at: Option<NaiveDateTime>| at.map_or("-".to_owned(), iso_date);
        moments(&text_column(values.iter().copied()))
            .map(|all| all.into_iter().map(told).collect())
            .map_err(|none| (none.count, none.example, none.first))
    }

    #[test]
    fn a_column_is_read_in_one_order_and_the_month_is_first_if_it_may_be() {
        for (values, expected) in [
            (["10/1/2020", "2/3/2020"], ["2020-10-01", "2020-02-03"]),
            (["31/1/2020", "2/3/2020"], ["2020-01-31", "2020-03-02"]),
            (["2020-01-31", "1/2/2020"], ["2020-01-31", "2020-01-02"]),
        ] {
            let [first, second] = values.map(Some);
            let [a, b] = expected.map(str::to_owned);
            assert_eq!(read(&[first, None, second]).unwrap(), [a, "-".to_owned(), b]);
        }
    }

    #[test]
    fn what_is_no_date_in_the_likelier_order_is_counted_and_shown() {
        let mixed = [Some("31/1/2020"), Some("1/31/2020"), None, Some("30/1/2020")];
        assert_eq!(read(&mixed), Err((1, "1/31/2020".into(), "day")));
        let words = [Some("soon"), Some("1/2/2020"), Some("late")];
        assert_eq!(read(&words), Err((2, "soon".into(), "month")));
    }
}
