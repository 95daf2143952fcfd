//! `label_encoding`: the place of each category in their order, from 0. Use it for trees, or where the order
//! means something; a category never seen in training counts as missing.

use std::{collections::HashMap, sync::Arc};

use arrow::array::{ArrayRef, Int64Array};
use domain::catalog::{self, Learns, NodeRole, NodeSpec};
use serde::Deserialize;

use super::categories::{self, Categories, learn, warn_unseen};
use crate::{
    error::Result,
    frame::{Frame, Training, texts},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// The code of a missing value where those are encoded.
const MISSING: i64 = -1;

/// Encodes categories as numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct LabelEncoding;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    max_unique_values: usize,
    missing_strategy: MissingStrategy,
    drop_original: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MissingStrategy {
    KeepNa,
    Encode,
}

impl Node for LabelEncoding {
    type Config = Config;
    type State = Vec<Categories>;

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "label_encoding".into(),
            aliases: vec![],
            title: "Label encoding".into(),
            category: "encoding".into(),
            summary: "Replaces each category by its place in their order.".into(),
            parameters: vec![
                catalog::columns("columns", "The columns to encode; every text feature if blank."),
                catalog::integer(
                    "max_unique_values",
                    50,
                    1,
                    1_000_000,
                    "A column with more categories is left as it is, with a warning.",
                ),
                catalog::choice(
                    "missing_strategy",
                    "keep_na",
                    &["keep_na", "encode"],
                    "Whether missing and unseen values stay missing or become -1.",
                ),
                catalog::boolean(
                    "drop_original",
                    true,
                    "Replace the column; if not, the codes go to a new one that ends in `_encoded`.",
                ),
            ],
            role: NodeRole::Transform,
            learns: Learns::Always,
            columns: categories::coded_in_place(),
            ..NodeSpec::default()
        }
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Self::State> {
        learn(
            training,
            ctx,
            &config.columns,
            ("max_unique_values", config.max_unique_values),
        )
    }

    fn apply(
        &self,
        config: &Config,
        state: &Self::State,
        mut frame: Frame,
        ctx: &Context<'_>,
    ) -> Result<Frame> {
        let missing = (config.missing_strategy == MissingStrategy::Encode).then_some(MISSING);
        for Categories { column, categories } in state {
            let data = frame.require(column)?.data.clone();
            let codes: HashMap<&str, i64> = categories.iter().map(String::as_str).zip(0..).collect();
            let mut unseen = 0_usize;
            let code = |text: Option<std::borrow::Cow<'_, str>>| {
                let text = text?;
                let found = codes.get(&*text).copied();
                unseen += usize::from(found.is_none());
                found
            };
            let codes: Int64Array = texts(&data)
                .iter()
                .map(code)
                .map(|code| code.or(missing))
                .collect();
            warn_unseen(ctx, column, unseen, "count as missing");
            let name = categories::coded_name(column, config.drop_original);
            if config.drop_original {
                frame.set(&name, Arc::new(codes) as ArrayRef)?;
            } else {
                frame.add(&name, Arc::new(codes) as ArrayRef)?;
            }
        }
        Ok(frame)
    }

    fn onnx(&self, config: &Config, state: &Self::State, table: &mut Table<'_>) -> Result<(), Unmapped> {
        let missing = match config.missing_strategy {
            MissingStrategy::Encode => MISSING as f64,
            MissingStrategy::KeepNa => f64::NAN,
        };
        for Categories { column, categories } in state {
            let codes = table.codes(column, categories)?;
            let places = (0..categories.len()).map(|place| place as f64);
            let places = table.number_of(&codes, missing, places, missing);
            table.set(&categories::coded_name(column, config.drop_original), places);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        frame::text_column,
        nodes::testing::{apply, fit, run},
    };

    fn sizes(values: &[Option<&str>]) -> Frame {
        Frame::new(vec![("s".into(), text_column(values.iter().copied()))]).unwrap()
    }

    fn codes(frame: &Frame, name: &str) -> Vec<String> {
        let data = &frame.column(name).unwrap().data;
        texts(data)
            .iter()
            .map(|text| text.unwrap_or("-".into()).into_owned())
            .collect()
    }

    #[test]
    fn categories_become_their_places_and_missing_stays_missing() {
        let table = sizes(&[Some("m"), Some("l"), None, Some("s")]);
        let fitted = fit("label_encoding", "{}", &table).unwrap();
        assert_eq!(codes(&apply(&*fitted, table), "s"), ["1", "0", "-", "2"]);
        assert_eq!(
            codes(&apply(&*fitted, sizes(&[Some("xl"), Some("s")])), "s"),
            ["-", "2"]
        );
    }

    #[test]
    fn missing_and_unseen_become_minus_one_if_so_asked() {
        let fitted = fit(
            "label_encoding",
            r#"{"missing_strategy": "encode"}"#,
            &sizes(&[Some("m")]),
        )
        .unwrap();
        assert_eq!(
            codes(&apply(&*fitted, sizes(&[None, Some("xl"), Some("m")])), "s"),
            ["-1", "-1", "0"]
        );
    }

    #[test]
    fn the_original_may_stay() {
        let out = run(
            "label_encoding",
            r#"{"drop_original": false}"#,
            sizes(&[Some("m")]),
        );
        assert_eq!(
            (codes(&out, "s"), codes(&out, "s_encoded")),
            (vec!["m".into()], vec!["0".into()])
        );
    }

    #[test]
    fn a_column_with_too_many_categories_is_left_as_it_is() {
        let out = run(
            "label_encoding",
            r#"{"max_unique_values": 1}"#,
            sizes(&[Some("m"), Some("l")]),
        );
        assert_eq!(codes(&out, "s"), ["m", "l"]);
    }
}
