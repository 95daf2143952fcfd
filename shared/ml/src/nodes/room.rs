//! Whether there is room for the columns that a node makes: one rule for all of them.

use crate::{
    Error,
    error::Result,
    frame::Frame,
    memory::{self, excess},
    node::Context,
};

/// A node that makes more new columns than this is refused.
pub(super) const MOST_COLUMNS: usize = 10_000;

/// The bits of a number.
pub(super) const NUMBER: u64 = 64;

/// The bits of what is true or false.
pub(super) const TRUTH: u64 = 1;

/// Columns that a node is about to make.
pub(super) struct NewColumns {
    /// How many there will be.
    pub(super) count: usize,
    /// What makes how many of them, as the start of a sentence.
    pub(super) told: String,
    /// What to do about too many.
    pub(super) remedy: &'static str,
}

impl NewColumns {
    /// Those that come of columns, given by name and how many come of each.
    pub(super) fn of_each<'a>(
        columns: impl Iterator<Item = (&'a str, usize)> + Clone,
        what: &str,
        remedy: &'static str,
    ) -> Self {
        let count = columns.clone().map(|(_, made)| made).sum();
        let most = columns.clone().max_by_key(|(_, made)| *made);
        let most = most.map_or_else(String::new, |(name, most)| {
            format!(", {most} of them of {name:?}")
        });
        Self {
            count,
            told: format!("{} columns make {count} columns of {what}{most}", columns.count()),
            remedy,
        }
    }

    /// Refuses more columns than there is room for in a frame, before any is made; not when rows are predicted. A value
    /// takes so many bits in the frame, and those of a number once more in the matrix that a model is fitted on.
    ///
    /// # Errors
    /// As [`NewColumns::require`].
    pub(super) fn require_room(&self, frame: &Frame, bits: u64, ctx: &Context<'_>) -> Result<()> {
        if ctx.predicting {
            return Ok(());
        }
        let values = (frame.height() as u64).saturating_mul(self.count as u64);
        let bytes = values.saturating_mul(bits + NUMBER) / 8;
        self.require(frame.bytes(), bytes, ctx)
    }

    /// Refuses more columns than there is room for beside a table of so many bytes, where they take so many.
    ///
    /// # Errors
    /// `TOO_MANY_COLUMNS`; `MEMORY_BUDGET` where memory is limited.
    pub(super) fn require(&self, table: usize, bytes: u64, ctx: &Context<'_>) -> Result<()> {
        let Self { told, remedy, .. } = self;
        if self.count > MOST_COLUMNS {
            let message = format!("{told}, more than {MOST_COLUMNS}; {remedy}");
            return Err(Error::spec("TOO_MANY_COLUMNS", message));
        }
        let estimate = (table as u64 * memory::COPIES).saturating_add(bytes);
        let Some(excess) = excess(estimate, ctx.memory_budget) else {
            return Ok(());
        };
        let message = format!("{told}, with which the table {excess}; {remedy}");
        Err(Error::memory(message))
    }
}

#[cfg(test)]
mod tests {
    use domain::job::FailureKind;

    use crate::{
        frame::{Frame, float_column, text_column},
        node::Context,
        nodes::{get, testing},
    };

    fn refusal(
        key: &str,
        config: &str,
        frame: Frame,
        memory_budget: Option<u64>,
    ) -> Option<(FailureKind, String, String)> {
        let ctx = Context {
            memory_budget,
            ..testing::context()
        };
        let result = get(key)
            .unwrap()
            .0
            .fit_apply(&testing::config(config), frame, &ctx);
        let error = result.err()?;
        let failure = error.failure().unwrap();
        Some((failure.kind, failure.code.clone(), failure.message.clone()))
    }

    /// Two columns with so many categories, and one with one.
    fn words(categories: usize) -> Frame {
        let words: Vec<String> = (0..categories).map(|word| format!("w{word}")).collect();
        let column = || text_column(words.iter().map(|word| Some(word.as_str())));
        let one = text_column(words.iter().map(|_| Some("one")));
        Frame::new(vec![
            ("a".into(), column()),
            ("b".into(), one),
            ("c".into(), column()),
        ])
        .unwrap()
    }

    fn numbers(rows: usize) -> Frame {
        let column = |at: usize| {
            let values = (0..rows).map(|row| Some((row + at) as f64));
            (format!("x{at}"), float_column(values))
        };
        Frame::new((0..101).map(column).collect()).unwrap()
    }

    #[test]
    fn more_columns_than_ten_thousand_are_refused() {
        let told = |key: &str, config: &str, frame: Frame| {
            let (kind, code, message) = refusal(key, config, frame, None).unwrap();
            assert_eq!(
                (kind, &*code),
                (FailureKind::InvalidSpec, "TOO_MANY_COLUMNS"),
                "{key}"
            );
            message
        };
        let all = r#"{"max_categories": 10000}"#;
        assert_eq!(
            told("one_hot_encoding", all, words(5_000)),
            "3 columns make 10001 columns of categories, 5000 of them of \"c\", more than 10000; name fewer columns, drop \
             some before (drop_columns), or lower max_categories"
        );
        assert!(told("dummy_encoding", all, words(5_002)).contains("make 10002 columns"));
        assert_eq!(refusal("dummy_encoding", all, words(5_001), None), None);
        let bins = r#"{"strategy": "kbins", "kbins_strategy": "uniform", "kbins_n_bins": 100,
            "kbins_encode": "onehot"}"#;
        assert_eq!(
            told("binning_discretization", bins, numbers(200)),
            "101 columns make 10100 columns of bins, 100 of them of \"x100\", more than 10000; name fewer columns, lower \
             kbins_n_bins, or set kbins_encode to ordinal"
        );
        assert_eq!(
            told("polynomial_features", r#"{"degree": 10}"#, numbers(1)),
            "101 columns and degree 10 make at least 10001 columns of products, more than 10000; name fewer columns or \
             lower the degree"
        );
    }

    #[test]
    fn columns_that_memory_has_no_room_for_are_refused() {
        // 400 true-or-false columns of 200 rows take 10,000 bytes in the frame and 640,000 in the matrix.
        for (key, config, frame) in [
            ("one_hot_encoding", r#"{"max_categories": 200}"#, words(200)),
            (
                "binning_discretization",
                r#"{"columns": ["x0", "x1"], "strategy": "kbins", "kbins_strategy": "uniform", "kbins_n_bins": 200,
                    "kbins_encode": "onehot"}"#,
                numbers(200),
            ),
            (
                "polynomial_features",
                r#"{"columns": ["x0", "x1", "x2"], "degree": 9}"#,
                numbers(200),
            ),
        ] {
            assert_eq!(refusal(key, config, frame.clone(), Some(2 << 20)), None, "{key}");
            let (kind, code, message) = refusal(key, config, frame, Some(600 << 10)).unwrap();
            assert_eq!(
                (kind, &*code),
                (FailureKind::OutOfMemory, "MEMORY_BUDGET"),
                "{key}"
            );
            assert!(
                message.contains(", with which the table would take about 1 MiB"),
                "{message}"
            );
        }
    }
}
