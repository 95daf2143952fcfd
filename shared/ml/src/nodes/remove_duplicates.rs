//! `remove_duplicates`: removes rows that say the same as another. Once there is a split, rows are compared with
//! those of their own split only, so that what trains never depends on what is tested; put the node before the
//! splitter to keep copies of a training row out of the test. Rows to predict are never removed.
//!
//! Two missing values are the same, and so are 0 and -0. Where no column is named, the target is compared with the
//! rest: rows that disagree about it are no copies of each other.

use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray},
    datatypes::{Float64Type, Int64Type},
};
use domain::catalog::{self, Learns, NodeRole, NodeSpec, RowEffect, RowRule};
use serde::Deserialize;

use super::columns::refuse_target;
use crate::{
    error::Result,
    frame::{Frame, Training},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// Removes copies of rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct RemoveDuplicates;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    keep: Keep,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Keep {
    First,
    Last,
    None,
}

impl Node for RemoveDuplicates {
    type Config = Config;
    type State = ();

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "remove_duplicates".into(),
            aliases: vec![],
            title: "Remove duplicate rows".into(),
            category: "cleaning".into(),
            summary: "Removes rows that say the same as another of their split; not when rows are predicted."
                .into(),
            parameters: vec![
                catalog::columns(
                    "columns",
                    "The columns to compare; every column, the target included, if blank.",
                ),
                catalog::choice(
                    "keep",
                    "first",
                    &["first", "last", "none"],
                    "Which of equal rows stays, by their order in the source.",
                ),
            ],
            role: NodeRole::Transform,
            learns: Learns::No,
            rows: vec![RowRule::always(RowEffect::Drop)],
            ..NodeSpec::default()
        }
    }

    fn fit(&self, _: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Ok(())
    }

    fn apply(&self, config: &Config, _: &(), mut frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        let mut compared = Vec::with_capacity(config.columns.len());
        for name in &config.columns {
            refuse_target(name, ctx)?;
            compared.push(Values::new(&frame.require(name)?.data));
        }
        if ctx.predicting {
            return Ok(frame);
        }
        if compared.is_empty() {
            compared.extend(frame.columns().iter().map(|column| Values::new(&column.data)));
        }
        let keep = kept(&frame, &compared, config.keep);
        frame.filter(&keep, "the row says the same as another")?;
        Ok(frame)
    }

    /// Rows to predict stay as they are.
    fn onnx(&self, _: &Config, _: &(), _: &mut Table<'_>) -> Result<(), Unmapped> {
        Ok(())
    }
}

/// A set of equal rows: how many, and the place of the one that may stay.
struct Group {
    rows: usize,
    place: usize,
}

fn kept(frame: &Frame, compared: &[Values<'_>], keep: Keep) -> BooleanArray {
    let (rows, splits) = (frame.rows(), frame.splits());
    let split = |at: usize| splits.map(|splits| splits[at]);
    let mut groups: Vec<Group> = Vec::new();
    // The groups whose rows share a hash; looked up only, so that its order reaches nothing.
    let mut found: HashMap<u64, Vec<usize>> = HashMap::with_capacity(frame.height());
    for at in 0..frame.height() {
        let mut hasher = DefaultHasher::new();
        split(at).map(|split| split as u8).hash(&mut hasher);
        compared.iter().for_each(|values| values.hash(at, &mut hasher));
        let candidates = found.entry(hasher.finish()).or_default();
        let same = |group: &&usize| {
            let other = groups[**group].place;
            split(at) == split(other) && compared.iter().all(|values| values.same(at, other))
        };
        if let Some(&group) = candidates.iter().find(same) {
            let group = &mut groups[group];
            group.rows += 1;
            let earlier = rows[at] < rows[group.place];
            if earlier == matches!(keep, Keep::First | Keep::None) {
                group.place = at;
            }
        } else {
            candidates.push(groups.len());
            groups.push(Group { rows: 1, place: at });
        }
    }
    let mut kept = vec![false; frame.height()];
    for group in groups {
        kept[group.place] = group.rows == 1 || !matches!(keep, Keep::None);
    }
    kept.into()
}

/// A column's values, to be compared.
enum Values<'a> {
    Floats(&'a arrow::array::Float64Array),
    Integers(&'a arrow::array::Int64Array),
    Booleans(&'a BooleanArray),
    Texts(&'a arrow::array::StringArray),
}

impl<'a> Values<'a> {
    fn new(data: &'a ArrayRef) -> Self {
        if let Some(values) = data.as_primitive_opt::<Float64Type>() {
            Self::Floats(values)
        } else if let Some(values) = data.as_primitive_opt::<Int64Type>() {
            Self::Integers(values)
        } else if let Some(values) = data.as_boolean_opt() {
            Self::Booleans(values)
        } else {
            // A frame holds nothing else.
            Self::Texts(data.as_string())
        }
    }

    fn is_null(&self, at: usize) -> bool {
        match self {
            Self::Floats(values) => values.is_null(at),
            Self::Integers(values) => values.is_null(at),
            Self::Booleans(values) => values.is_null(at),
            Self::Texts(values) => values.is_null(at),
        }
    }

    fn hash(&self, at: usize, hasher: &mut impl Hasher) {
        if self.is_null(at) {
            return 0_u8.hash(hasher);
        }
        1_u8.hash(hasher);
        match self {
            // The sum makes -0 a 0.
            Self::Floats(values) => (values.value(at) + 0.0).to_bits().hash(hasher),
            Self::Integers(values) => values.value(at).hash(hasher),
            Self::Booleans(values) => values.value(at).hash(hasher),
            Self::Texts(values) => values.value(at).hash(hasher),
        }
    }

    fn same(&self, a: usize, b: usize) -> bool {
        match (self.is_null(a), self.is_null(b)) {
            (true, true) => return true,
            (false, false) => {}
            _ => return false,
        }
        match self {
            Self::Floats(values) => values.value(a) == values.value(b),
            Self::Integers(values) => values.value(a) == values.value(b),
            Self::Booleans(values) => values.value(a) == values.value(b),
            Self::Texts(values) => values.value(a) == values.value(b),
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::UInt32Array;

    use super::*;
    use crate::{
        frame::{Split, boolean_column, float_column, text_column},
        nodes::testing::{context, fails, fit, frame, run},
    };

    /// Rows 0, 2 and 4 are equal, and rows 1 and 3 but for the target.
    fn copies() -> Frame {
        let x = [Some(0.0), Some(1.0), Some(-0.0), Some(1.0), Some(0.0), None];
        let t = [None, Some("a"), None, Some("a"), None, None];
        let target = [true, true, true, false, true, true];
        Frame::new(vec![
            ("x".into(), float_column(x)),
            ("t".into(), text_column(t)),
            ("target".into(), boolean_column(target.map(Some))),
        ])
        .unwrap()
    }

    #[test]
    fn the_first_the_last_or_none_of_equal_rows_stays() {
        for (config, rows) in [
            ("{}", vec![0, 1, 3, 5]),
            (r#"{"keep": "last"}"#, vec![1, 3, 4, 5]),
            (r#"{"keep": "none"}"#, vec![1, 3, 5]),
            (r#"{"columns": ["x"]}"#, vec![0, 1, 5]),
            (r#"{"columns": ["t"], "keep": "none"}"#, vec![]),
        ] {
            let out = run("remove_duplicates", config, copies());
            assert_eq!(out.rows(), rows, "{config}");
            assert_eq!(out.dropped().len(), 6 - rows.len(), "{config}");
        }
    }

    #[test]
    fn which_row_stays_does_not_depend_on_the_order_of_the_table() {
        let places = UInt32Array::from(vec![4, 3, 5, 2, 1, 0]);
        for (config, rows) in [("{}", [3, 5, 1, 0]), (r#"{"keep": "last"}"#, [4, 3, 5, 1])] {
            let out = run("remove_duplicates", config, copies().take(&places).unwrap());
            assert_eq!(out.rows(), rows, "{config}");
        }
    }

    #[test]
    fn rows_of_different_splits_are_not_compared() {
        let mut table = copies();
        let (train, test) = (Split::Train, Split::Test);
        table
            .assign(vec![test, train, train, train, train, test])
            .unwrap();
        assert_eq!(run("remove_duplicates", "{}", table).rows(), [0, 1, 2, 3, 5]);
    }

    #[test]
    fn rows_to_predict_are_never_removed() {
        let fitted = fit("remove_duplicates", "{}", &copies()).unwrap();
        let ctx = Context {
            predicting: true,
            ..context()
        };
        assert_eq!(fitted.apply(copies(), &ctx).unwrap().height(), 6);
    }

    #[test]
    fn an_unknown_column_and_the_target_are_refused() {
        for (column, code) in [("zzz", "COLUMN_NOT_FOUND"), ("target", "TARGET_IN_COLUMNS")] {
            let config = format!(r#"{{"columns": [{column:?}]}}"#);
            assert_eq!(fails("remove_duplicates", &config, frame()), code);
        }
    }
}
