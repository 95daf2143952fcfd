//! The categories of a column, learned from the training rows in their order: what every encoder begins with.

use std::collections::HashMap;

use arrow::array::ArrayRef;
use domain::catalog::{ColumnRule, ProblemType};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::columns::{pick, sorted_categories};
use crate::{
    Error,
    error::Result,
    frame::{ColumnKind, Training, numbers, texts},
    node::Context,
};

/// A column's categories.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Categories {
    pub(super) column: String,
    pub(super) categories: Vec<String>,
}

/// The distinct values of an array in their order, and each row's place among them unless missing.
pub(super) fn coded(data: &ArrayRef) -> (Vec<String>, Vec<Option<usize>>) {
    let values = sorted_categories(texts(data).iter().flatten().map(String::from));
    let places: HashMap<&str, usize> = values.iter().map(String::as_str).zip(0..).collect();
    let codes = texts(data)
        .iter()
        .map(|text| places.get(&*text?).copied())
        .collect();
    (values, codes)
}

/// The same of the target where it tells classes, which `needed` says in words is needed. Whole numbers are classes,
/// unless the training node takes them for numbers.
///
/// # Errors
/// `TARGET_NOT_CATEGORICAL`.
pub(super) fn coded_classes(
    ctx: &Context<'_>,
    kind: ColumnKind,
    data: &ArrayRef,
    needed: &str,
) -> Result<(Vec<String>, Vec<Option<usize>>)> {
    let target = ctx.target;
    if ctx.problem_type == Some(ProblemType::Regression) {
        let message = format!("the target {target:?} is a number to the training node; {needed}");
        return Err(Error::spec("TARGET_NOT_CATEGORICAL", message));
    }
    let values = numbers(data).filter(|_| kind.is_number());
    if values.is_some_and(|values| values.iter().flatten().any(|value| value.fract() != 0.0)) {
        let message = format!("the target {target:?} holds fractions; {needed}");
        return Err(Error::spec("TARGET_NOT_CATEGORICAL", message));
    }
    Ok(coded(data))
}

/// What becomes of columns whose categories are replaced by numbers; one with too many categories is left as it is, so
/// that the table decides of which.
pub(super) fn coded_in_place() -> Vec<ColumnRule> {
    vec![
        ColumnRule::changes("{column}").when("drop_original", [true]),
        ColumnRule::adds("{column}_encoded").when("drop_original", [false]),
    ]
}

/// Where the numbers of a column's categories go.
pub(super) fn coded_name(column: &str, drop_original: bool) -> String {
    if drop_original {
        column.to_owned()
    } else {
        format!("{column}_encoded")
    }
}

/// Warns, once for a column, that so many of its values are in no training row, and says what becomes of them.
pub(super) fn warn_unseen(ctx: &Context<'_>, column: &str, unseen: usize, fate: &str) {
    if unseen > 0 {
        let values = if unseen == 1 { "value" } else { "values" };
        ctx.warn(&format!(
            "column {column:?}: {unseen} {values} not seen in the training rows {fate}"
        ));
        let fate = format!("not seen in the training rows {fate}");
        ctx.odd_values(column, unseen, &fate);
    }
}

/// The categories of the named columns, or of every text feature where none is named. A column with more than the
/// limit, given by its parameter's name and value, is warned of and left out.
///
/// # Errors
/// As [`pick`].
pub(super) fn learn(
    training: &Training<'_>,
    ctx: &Context<'_>,
    named: &[String],
    (limit, most): (&str, usize),
) -> Result<Vec<Categories>> {
    let fits = |kind| kind == ColumnKind::Text || !named.is_empty();
    let names = pick(training, ctx, named, fits, "text")?;
    let distinct = |column: &String| Ok(sorted_categories(training.distinct(column)?));
    let distinct: Vec<Result<Vec<String>>> = names.par_iter().map(distinct).collect();
    let mut learned = Vec::with_capacity(names.len());
    for (column, categories) in names.into_iter().zip(distinct) {
        let categories = categories?;
        if categories.len() > most {
            ctx.warn(&format!(
                "column {column:?} has {} categories, more than {limit} {most}, and is left as it is",
                categories.len()
            ));
        } else {
            learned.push(Categories { column, categories });
        }
    }
    Ok(learned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        frame::{Frame, text_column},
        nodes::testing::{context, fit},
        testing::Recorder,
    };

    fn table(words: &[Option<&str>]) -> Frame {
        let target = text_column((0..words.len()).map(|row| Some(["no", "yes"][row % 2])));
        let words = text_column(words.iter().copied());
        Frame::new(vec![("w".into(), words), ("target".into(), target)]).unwrap()
    }

    #[test]
    fn every_node_with_categories_warns_once_of_the_values_of_a_column_that_no_training_row_has() {
        let known = table(&[Some("a"), Some("b"), None, Some("a")]);
        let later = table(&[Some("a"), Some("z"), None, Some("y"), Some("z")]);
        for (key, config, fate) in [
            ("one_hot_encoding", "{}", "set none of its columns"),
            (
                "dummy_encoding",
                "{}",
                "set none of its columns, as the first category does",
            ),
            ("label_encoding", "{}", "count as missing"),
            (
                "label_encoding",
                r#"{"missing_strategy": "encode"}"#,
                "count as missing",
            ),
            ("ordinal_encoding", r#"{"unknown_value": -7}"#, "become -7"),
            ("target_encoding", "{}", "become the mean over all training rows"),
            (
                "cast_column_types",
                r#"{"target_dtype": "category"}"#,
                "become missing",
            ),
        ] {
            let fitted = fit(key, config, &known).unwrap();
            let recorder = Recorder::default();
            let ctx = Context {
                observer: &recorder,
                ..context()
            };
            fitted.apply(known.clone(), &ctx).unwrap();
            fitted.apply(later.clone(), &ctx).unwrap();
            let expected = format!("column \"w\": 3 values not seen in the training rows {fate}");
            assert_eq!(*recorder.warnings.lock().unwrap(), [expected], "{key}");
        }
    }
}
