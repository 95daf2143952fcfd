//! How much memory learning from a table takes, and whether that fits what may be used: one rule for tables that are
//! read and for rows and columns that nodes add.

/// A table takes its own size once as columns and once as the matrix that a model is fitted on.
pub(crate) const COPIES: u64 = 2;

/// That something of this size is too much, as the end of a sentence with the estimate and the budget, both in bytes;
/// nothing where it fits or memory is not limited.
pub(crate) fn excess(estimate: u64, budget: Option<u64>) -> Option<String> {
    let budget = budget.filter(|budget| estimate > *budget)?;
    Some(format!(
        "would take about {} MiB of memory to learn from, and the attempt may use {} MiB",
        estimate.div_ceil(1 << 20),
        budget >> 20
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_over_the_budget_is_too_much() {
        assert_eq!(excess(u64::MAX, None), None);
        assert_eq!(excess(3 << 20, Some(3 << 20)), None);
        assert_eq!(
            excess((3 << 20) + 1, Some(3 << 20)).as_deref(),
            Some("would take about 4 MiB of memory to learn from, and the attempt may use 3 MiB")
        );
    }
}
