//! `ordinal_encoding`: replaces each category by its place among the categories of the training rows, and says what
//! becomes of one that was never seen. Missing values stay missing.
//!
//! As scikit-learn's `OrdinalEncoder`, with the categories sorted; numbers sort by value.

use std::{collections::HashMap, sync::Arc};

use arrow::array::{ArrayRef, Int64Array};
use domain::catalog::{self, Learns, NodeRole, NodeSpec};
use serde::Deserialize;

use super::categories::{self, Categories, learn, warn_unseen};
use crate::{
    Error,
    error::Result,
    frame::{Frame, Training, texts},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// Encodes categories as their places.
#[derive(Debug, Clone, Copy)]
pub(super) struct OrdinalEncoding;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    max_categories: usize,
    handle_unknown: HandleUnknown,
    unknown_value: i64,
    drop_original: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum HandleUnknown {
    UseEncodedValue,
    Error,
}

impl Node for OrdinalEncoding {
    type Config = Config;
    type State = Vec<Categories>;

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "ordinal_encoding".into(),
            aliases: vec![],
            title: "Ordinal encoding".into(),
            category: "encoding".into(),
            summary:
                "Replaces each category by its place in their order; unknown ones get a number of their own."
                    .into(),
            parameters: vec![
                catalog::columns("columns", "The columns to encode; every text feature if blank."),
                catalog::integer(
                    "max_categories",
                    50,
                    1,
                    1_000_000,
                    "A column with more categories is left as it is, with a warning.",
                ),
                catalog::choice(
                    "handle_unknown",
                    "use_encoded_value",
                    &["use_encoded_value", "error"],
                    "Whether a category not seen in training becomes unknown_value or is an error.",
                ),
                catalog::integer(
                    "unknown_value",
                    -1,
                    i64::from(i32::MIN),
                    i64::from(i32::MAX),
                    "The number of categories not seen in training; it must be no category's place.",
                )
                .used_if("handle_unknown", ["use_encoded_value"]),
                catalog::boolean(
                    "drop_original",
                    true,
                    "Replace the column; if not, the places go to a new one that ends in `_encoded`.",
                ),
            ],
            role: NodeRole::Transform,
            learns: Learns::Always,
            columns: categories::coded_in_place(),
            ..NodeSpec::default()
        }
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Self::State> {
        let most = config.max_categories;
        let learned = learn(training, ctx, &config.columns, ("max_categories", most))?;
        if config.handle_unknown == HandleUnknown::UseEncodedValue {
            let unknown = config.unknown_value;
            let is_place = |known: &&Categories| (0..known.categories.len() as i64).contains(&unknown);
            if let Some(Categories { column, .. }) = learned.iter().find(is_place) {
                let message =
                    format!("unknown_value {unknown} is the place of a category of column {column:?}");
                return Err(Error::spec("UNKNOWN_VALUE_TAKEN", message));
            }
        }
        Ok(learned)
    }

    fn apply(
        &self,
        config: &Config,
        state: &Self::State,
        mut frame: Frame,
        ctx: &Context<'_>,
    ) -> Result<Frame> {
        for Categories { column, categories } in state {
            let data = frame.require(column)?.data.clone();
            let places: HashMap<&str, i64> = categories.iter().map(String::as_str).zip(0..).collect();
            let mut unseen = 0_usize;
            let mut place = |text: &str, row: u64| match (places.get(text), config.handle_unknown) {
                (Some(place), _) => Ok(*place),
                (None, HandleUnknown::UseEncodedValue) => {
                    unseen += 1;
                    Ok(config.unknown_value)
                }
                (None, HandleUnknown::Error) => {
                    let message = format!(
                        "column {column:?} holds {text:?} in row {row} (from 0), which no training row does"
                    );
                    Err(Error::data("UNKNOWN_CATEGORY", message))
                }
            };
            let places: Result<Int64Array> = texts(&data)
                .iter()
                .zip(frame.rows())
                .map(|(text, row)| text.map(|text| place(&text, *row)).transpose())
                .collect();
            let places = Arc::new(places?) as ArrayRef;
            warn_unseen(ctx, column, unseen, &format!("become {}", config.unknown_value));
            let name = categories::coded_name(column, config.drop_original);
            if config.drop_original {
                frame.set(&name, places)?;
            } else {
                frame.add(&name, places)?;
            }
        }
        Ok(frame)
    }

    /// Where an unknown category is an error, a row with one has no prediction.
    fn onnx(&self, config: &Config, state: &Self::State, table: &mut Table<'_>) -> Result<(), Unmapped> {
        for Categories { column, categories } in state {
            let codes = table.codes(column, categories)?;
            let places = (0..categories.len()).map(|place| place as f64);
            let unknown = config.unknown_value as f64;
            let places = table.number_of(&codes, unknown, places, f64::NAN);
            table.set(&categories::coded_name(column, config.drop_original), places);
            if config.handle_unknown == HandleUnknown::Error {
                let graph = table.graph();
                let unseen = graph.longs(&[1, 1], [0]);
                let unseen = graph.op("Equal", [&codes, &unseen]);
                table.refuse(&unseen);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        frame::text_column,
        nodes::testing::{apply, context, fails, fit, run},
    };

    fn sizes(values: &[Option<&str>]) -> Frame {
        Frame::new(vec![("s".into(), text_column(values.iter().copied()))]).unwrap()
    }

    fn places(frame: &Frame, name: &str) -> Vec<String> {
        let data = &frame.column(name).unwrap().data;
        texts(data)
            .iter()
            .map(|text| text.unwrap_or("-".into()).into_owned())
            .collect()
    }

    #[test]
    fn categories_become_their_places_and_an_unknown_one_its_number() {
        let table = sizes(&[Some("m"), Some("l"), None, Some("s")]);
        let fitted = fit("ordinal_encoding", "{}", &table).unwrap();
        assert_eq!(places(&apply(&*fitted, table), "s"), ["1", "0", "-", "2"]);
        let later = sizes(&[Some("xl"), Some("s"), None]);
        assert_eq!(places(&apply(&*fitted, later), "s"), ["-1", "2", "-"]);
    }

    #[test]
    fn an_unknown_category_is_an_error_if_so_asked() {
        let config = r#"{"handle_unknown": "error"}"#;
        let fitted = fit("ordinal_encoding", config, &sizes(&[Some("m")])).unwrap();
        let error = fitted.apply(sizes(&[Some("xl")]), &context()).unwrap_err();
        let failure = error.failure().unwrap();
        assert_eq!(failure.code, "UNKNOWN_CATEGORY");
        assert!(failure.message.contains("xl"));
    }

    #[test]
    fn the_number_of_the_unknown_is_no_place_of_a_category() {
        let table = sizes(&[Some("m"), Some("l")]);
        let config = |unknown: i64| format!(r#"{{"unknown_value": {unknown}}}"#);
        assert_eq!(
            fails("ordinal_encoding", &config(1), table.clone()),
            "UNKNOWN_VALUE_TAKEN"
        );
        run("ordinal_encoding", &config(2), table);
    }

    #[test]
    fn the_original_may_stay() {
        let out = run(
            "ordinal_encoding",
            r#"{"drop_original": false}"#,
            sizes(&[Some("m")]),
        );
        let found = (places(&out, "s"), places(&out, "s_encoded"));
        assert_eq!(found, (vec!["m".into()], vec!["0".into()]));
    }
}
