//! Dates of one column read in one order, and those that are none in it counted, so that a column whose dates are
//! written the other way round is told of and never read by half.

use std::cell::{Cell, RefCell};

use arrow::array::ArrayRef;
use chrono::NaiveDateTime;
use domain::catalog::{self, ParamSpec};

use super::{Order, parse};
use crate::{frame::texts, node::Context};

/// How many characters of a text are told.
pub(super) const TOLD: usize = 40;

/// The parameter that says in which order dates are read.
pub(in crate::nodes) fn day_first() -> ParamSpec {
    catalog::boolean(
        "day_first",
        false,
        "Whether 3/4/2020 is the 3rd of April; else it is the 4th of March. A text that is a date the other way \
         round only, such as 31/1/2020 where the month is first, counts as none.",
    )
}

/// Reads the dates of one column.
pub(in crate::nodes) struct Reader {
    order: Order,
    /// How many texts were no dates.
    unread: Cell<usize>,
    /// How many of them are in the other order.
    reversed: Cell<usize>,
    /// The first of those.
    example: RefCell<String>,
}

impl Reader {
    pub(in crate::nodes) fn new(day_first: bool) -> Self {
        let order = if day_first {
            Order::DayFirst
        } else {
            Order::MonthFirst
        };
        Self {
            order,
            unread: Cell::new(0),
            reversed: Cell::new(0),
            example: RefCell::default(),
        }
    }

    /// The moment that a text names in this order.
    pub(in crate::nodes) fn read(&self, text: &str) -> Option<NaiveDateTime> {
        let at = parse(text, self.order);
        if at.is_none() {
            self.unread.set(self.unread.get() + 1);
            if parse(text, self.order.reversed()).is_some() {
                self.reversed.set(self.reversed.get() + 1);
                if self.reversed.get() == 1 {
                    self.example.replace(text.chars().take(TOLD).collect());
                }
            }
        }
        at
    }

    /// The moments that the values of a column name in this order.
    pub(in crate::nodes) fn read_all(&self, data: &ArrayRef) -> Vec<Option<NaiveDateTime>> {
        texts(data).iter().map(|text| self.read(&text?)).collect()
    }

    /// Whether every text so far was a date in this order.
    pub(in crate::nodes) fn read_every_one(&self) -> bool {
        self.unread.get() == 0
    }

    /// Whether every text so far was a date in this order or in the other.
    pub(in crate::nodes) fn met_only_dates(&self) -> bool {
        self.unread == self.reversed
    }

    /// What to add to a message about texts that are no dates: how many are in the other order, and what reads them.
    /// Empty if none is.
    pub(in crate::nodes) fn hint(&self) -> String {
        let (count, other) = (self.reversed.get(), self.order.reversed());
        if count == 0 {
            return String::new();
        }
        format!(
            "; {count} of them, such as {:?}, would be with the {} first, which day_first {} reads",
            self.example.borrow(),
            other.first(),
            other == Order::DayFirst
        )
    }

    /// Warns of the texts that were no dates, if any; `fate` says what becomes of them.
    pub(in crate::nodes) fn warn(&self, ctx: &Context<'_>, column: &str, fate: &str) {
        let unread = self.unread.get();
        if unread > 0 {
            let hint = self.hint();
            ctx.warn(&format!(
                "{unread} values of {column:?} are no dates; {fate}{hint}"
            ));
            ctx.odd_values(column, unread, &format!("that are no dates: {fate}"));
        }
    }

    /// The same, only where some of them would be dates in the other order.
    pub(in crate::nodes) fn warn_of_order(&self, ctx: &Context<'_>, column: &str, fate: &str) {
        if self.reversed.get() > 0 {
            self.warn(ctx, column, fate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{node::Context, nodes::testing::context, testing::Recorder};

    fn warned(reader: &Reader) -> Vec<String> {
        let recorder = Recorder::default();
        let ctx = Context {
            observer: &recorder,
            ..context()
        };
        reader.warn(&ctx, "when", "they stay");
        recorder.warnings.into_inner().unwrap()
    }

    #[test]
    fn what_is_no_date_is_counted_and_what_would_be_the_other_way_round_is_shown() {
        let reader = Reader::new(false);
        for (text, read) in [("1/2/2020", true), ("14/2/2020", false), ("x", false)] {
            assert_eq!(reader.read(text).is_some(), read, "{text}");
        }
        assert!(!reader.read_every_one() && !reader.met_only_dates());
        assert_eq!(
            warned(&reader),
            [
                "2 values of \"when\" are no dates; they stay; 1 of them, such as \"14/2/2020\", would be with the \
              day first, which day_first true reads"
            ]
        );
        let reader = Reader::new(true);
        assert!(reader.read("2/14/2020").is_none() && reader.met_only_dates());
        assert!(
            reader
                .hint()
                .ends_with("would be with the month first, which day_first false reads")
        );
    }

    #[test]
    fn dates_and_texts_that_are_none_in_either_order_give_no_hint() {
        let reader = Reader::new(false);
        assert!(reader.read("2020-01-31").is_some());
        assert!(reader.read_every_one() && warned(&reader).is_empty());
        assert!(reader.read("soon").is_none());
        assert_eq!(warned(&reader), ["1 values of \"when\" are no dates; they stay"]);
    }
}
