//! `one_hot_encoding`: one true-or-false column per category of the training rows. A category never seen in
//! training sets none of them. Use it for categories without an order.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, BooleanArray},
    buffer::BooleanBuffer,
};
use domain::catalog::{self, ColumnRule, Learns, NodeRole, NodeSpec, ParamSpec};
use rayon::prelude::*;
use serde::Deserialize;

use super::{
    categories::{Categories, learn, warn_unseen},
    room::{NewColumns, TRUTH},
};
use crate::{
    error::Result,
    frame::{Frame, NO_CODE, Training, codes},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// Encodes categories as columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct OneHotEncoding;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    max_categories: usize,
    drop_first: bool,
    include_missing: bool,
    prefix_separator: String,
    drop_original: bool,
}

impl Config {
    /// The defaults, for `auto_encode` of the training node.
    pub(super) fn automatic() -> Self {
        Self {
            columns: Vec::new(),
            max_categories: 20,
            drop_first: false,
            include_missing: false,
            prefix_separator: "_".into(),
            drop_original: true,
        }
    }
}

/// The parameters, which [`super::dummy_encoding`] shares but for this default.
pub(super) fn parameters(drop_first: bool) -> Vec<ParamSpec> {
    vec![
        catalog::columns("columns", "The columns to encode; every text feature if blank."),
        catalog::integer(
            "max_categories",
            20,
            1,
            10_000,
            "A column with more categories is left as it is, with a warning.",
        ),
        catalog::boolean("drop_first", drop_first, "Leave out the first category's column."),
        catalog::boolean(
            "include_missing",
            false,
            "Add a column that tells whether the value is missing.",
        ),
        catalog::text(
            "prefix_separator",
            "_",
            "What stands between the column and the category in a new name.",
        ),
        catalog::boolean("drop_original", true, "Remove the encoded column."),
    ]
}

/// What becomes of columns; one with too many categories is left as it is, so that the table decides of which.
pub(super) fn column_rules() -> Vec<ColumnRule> {
    vec![
        ColumnRule::adds("{column}{prefix_separator}{category}").when("drop_first", [false]),
        ColumnRule::adds("{column}{prefix_separator}{category_but_the_first}").when("drop_first", [true]),
        ColumnRule::adds("{column}{prefix_separator}missing").when("include_missing", [true]),
        ColumnRule::drops("{column}").when("drop_original", [true]),
    ]
}

impl Node for OneHotEncoding {
    type Config = Config;
    type State = Vec<Categories>;

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "one_hot_encoding".into(),
            aliases: vec![],
            title: "One-hot encoding".into(),
            category: "encoding".into(),
            summary: "Replaces a column of categories by one true-or-false column per category.".into(),
            parameters: parameters(false),
            role: NodeRole::Transform,
            learns: Learns::Always,
            columns: column_rules(),
            ..NodeSpec::default()
        }
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Self::State> {
        learn(
            training,
            ctx,
            &config.columns,
            ("max_categories", config.max_categories),
        )
    }

    fn apply(
        &self,
        config: &Config,
        state: &Self::State,
        mut frame: Frame,
        ctx: &Context<'_>,
    ) -> Result<Frame> {
        new_columns(config, state).require_room(&frame, TRUTH, ctx)?;
        let encoded = state
            .par_iter()
            .map(|learned| Ok(encode(config, learned, &frame.require(&learned.column)?.data)))
            .collect::<Result<Vec<Encoded>>>()?;
        for (learned, encoded) in state.iter().zip(&encoded) {
            if config.drop_original {
                frame.remove(&learned.column);
            }
            let fate = if config.drop_first {
                "set none of its columns, as the first category does"
            } else {
                "set none of its columns"
            };
            warn_unseen(ctx, &learned.column, encoded.unseen, fate);
        }
        frame.add_all(encoded.into_iter().flat_map(|encoded| encoded.columns))?;
        Ok(frame)
    }

    fn onnx(&self, config: &Config, state: &Self::State, table: &mut Table<'_>) -> Result<(), Unmapped> {
        for Categories { column, categories } in state {
            let codes = table.codes(column, categories)?;
            let named = |name: &str| format!("{column}{}{name}", config.prefix_separator);
            for (place, category) in categories.iter().enumerate().skip(usize::from(config.drop_first)) {
                let truths = (0..categories.len()).map(|other| f64::from(u8::from(other == place)));
                let truths = table.number_of(&codes, 0.0, truths, 0.0);
                table.set(&named(category), truths);
            }
            if config.include_missing {
                let truths = table.number_of(&codes, 0.0, categories.iter().map(|_| 0.0), 1.0);
                table.set(&named("missing"), truths);
            }
        }
        Ok(())
    }
}

fn new_columns(config: &Config, state: &[Categories]) -> NewColumns {
    let made = |learned: &Categories| {
        let categories = learned.categories.len();
        categories.saturating_sub(usize::from(config.drop_first)) + usize::from(config.include_missing)
    };
    NewColumns::of_each(
        state
            .iter()
            .map(|learned| (learned.column.as_str(), made(learned))),
        "categories",
        "name fewer columns, drop some before (drop_columns), or lower max_categories",
    )
}

/// What a column becomes.
struct Encoded {
    columns: Vec<(String, ArrayRef)>,
    /// How many values are no category.
    unseen: usize,
}

fn encode(config: &Config, learned: &Categories, data: &ArrayRef) -> Encoded {
    let Categories { column, categories } = learned;
    let codes = codes(data, categories);
    let named = |name: &str, truths: BooleanBuffer| {
        let name = format!("{column}{}{name}", config.prefix_separator);
        (name, Arc::new(BooleanArray::new(truths, None)) as ArrayRef)
    };
    let mut columns = Vec::with_capacity(categories.len() + 1);
    for (code, category) in (0_u32..).zip(categories).skip(usize::from(config.drop_first)) {
        let hits = BooleanBuffer::collect_bool(codes.len(), |at| codes[at] == code);
        columns.push(named(category, hits));
    }
    if config.include_missing {
        let missing = BooleanBuffer::collect_bool(data.len(), |at| data.is_null(at));
        columns.push(named("missing", missing));
    }
    let unknown = codes.iter().filter(|code| **code == NO_CODE).count();
    Encoded {
        columns,
        unseen: unknown.saturating_sub(data.null_count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        frame::{text_column, texts},
        nodes::testing::{apply, fails, fit, run},
    };

    fn colours(values: &[Option<&str>]) -> Frame {
        Frame::new(vec![("c".into(), text_column(values.iter().copied()))]).unwrap()
    }

    fn shown(frame: &Frame) -> Vec<String> {
        let column = |c: &crate::frame::Column| {
            let bits = texts(&c.data)
                .iter()
                .map(|v| if v.as_deref() == Some("true") { '1' } else { '0' });
            format!("{}={}", c.name, bits.collect::<String>())
        };
        frame.columns().iter().map(column).collect()
    }

    #[test]
    fn each_category_gets_a_column_and_an_unseen_one_sets_none() {
        let table = colours(&[Some("red"), Some("blue"), None, Some("red")]);
        let fitted = fit("one_hot_encoding", "{}", &table).unwrap();
        assert_eq!(shown(&apply(&*fitted, table)), ["c_blue=0100", "c_red=1001"]);
        assert_eq!(
            shown(&apply(&*fitted, colours(&[Some("green"), Some("blue")]))),
            ["c_blue=01", "c_red=00"]
        );
    }

    #[test]
    fn numbers_that_are_named_are_encoded_in_numeric_order() {
        let table = Frame::new(vec![(
            "n".into(),
            crate::frame::float_column([Some(10.0), Some(9.0)]),
        )])
        .unwrap();
        let out = run(
            "one_hot_encoding",
            r#"{"columns": ["n"], "prefix_separator": "="}"#,
            table,
        );
        assert_eq!(shown(&out), ["n=9=01", "n=10=10"]);
    }

    #[test]
    fn the_first_category_may_go_and_missing_may_have_its_column() {
        let config = r#"{"drop_first": true, "include_missing": true}"#;
        let out = run(
            "one_hot_encoding",
            config,
            colours(&[Some("red"), Some("blue"), None]),
        );
        assert_eq!(shown(&out), ["c_red=100", "c_missing=001"]);
    }

    #[test]
    fn a_column_with_too_many_categories_is_left_as_it_is() {
        let out = run(
            "one_hot_encoding",
            r#"{"max_categories": 1}"#,
            colours(&[Some("red"), Some("blue")]),
        );
        assert_eq!(out.columns()[0].kind(), crate::frame::ColumnKind::Text);
    }

    #[test]
    fn a_new_column_never_replaces_another() {
        let config = r#"{"include_missing": true}"#;
        assert_eq!(
            fails("one_hot_encoding", config, colours(&[Some("missing")])),
            "COLUMN_EXISTS"
        );
    }
}
