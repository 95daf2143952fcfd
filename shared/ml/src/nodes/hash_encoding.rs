//! `hash_encoding`: puts each text into one of a fixed number of buckets by a hash of it, so that no list of
//! categories is kept and every later text has its bucket. Different texts may share one. Use it for columns with
//! very many categories, before trees or another encoder.
//!
//! The bucket is the 64-bit FNV-1a hash of the text's UTF-8 bytes (Fowler, Noll and Vo,
//! <https://datatracker.ietf.org/doc/html/rfc9923>) modulo the number of buckets.

use std::sync::Arc;

use arrow::array::Int64Array;
use domain::catalog::{self, ColumnRule, Condition, Learns, NodeRole, NodeSpec};
use serde::Deserialize;

use super::columns::pick;
use crate::{
    error::Result,
    frame::{ColumnKind, Frame, Training, texts},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// Encodes texts as buckets.
#[derive(Debug, Clone, Copy)]
pub(super) struct HashEncoding;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    n_buckets: u64,
    drop_original: bool,
}

impl Node for HashEncoding {
    type Config = Config;
    type State = Vec<String>;

    fn spec(&self) -> NodeSpec {
        let when_blank = Condition {
            parameter: "columns".into(),
            values: Vec::new(),
        };
        NodeSpec {
            key: "hash_encoding".into(),
            aliases: vec![],
            title: "Hash encoding".into(),
            category: "encoding".into(),
            summary: "Replaces each text by the number of its bucket, from a hash; missing stays missing."
                .into(),
            parameters: vec![
                catalog::columns("columns", "The columns to encode; every text feature if blank."),
                catalog::integer(
                    "n_buckets",
                    64,
                    2,
                    1 << 32,
                    "How many buckets there are; fewer mean more texts in each.",
                ),
                catalog::boolean(
                    "drop_original",
                    true,
                    "Replace the column; if not, the buckets go to a new one that ends in `_encoded`.",
                ),
            ],
            role: NodeRole::Transform,
            learns: Learns::When(vec![when_blank]),
            columns: vec![
                ColumnRule::changes("{columns}").when("drop_original", [true]),
                ColumnRule::adds("{columns}_encoded").when("drop_original", [false]),
            ],
            ..NodeSpec::default()
        }
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Self::State> {
        let fits = |kind| kind == ColumnKind::Text || !config.columns.is_empty();
        pick(training, ctx, &config.columns, fits, "text")
    }

    fn apply(
        &self,
        config: &Config,
        columns: &Self::State,
        mut frame: Frame,
        _: &Context<'_>,
    ) -> Result<Frame> {
        for column in columns {
            let data = frame.require(column)?.data.clone();
            let bucket = |text: &str| (fnv1a(text.as_bytes()) % config.n_buckets) as i64;
            let buckets: Int64Array = texts(&data)
                .iter()
                .map(|text| text.map(|text| bucket(&text)))
                .collect();
            if config.drop_original {
                frame.set(column, Arc::new(buckets))?;
            } else {
                frame.add(&format!("{column}_encoded"), Arc::new(buckets))?;
            }
        }
        Ok(frame)
    }

    fn onnx(&self, _: &Config, _: &Self::State, _: &mut Table<'_>) -> Result<(), Unmapped> {
        Err(Unmapped::because("ONNX's operators have no hash"))
    }
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{frame::text_column, nodes::testing::run};

    fn buckets(config: &str, column: &str) -> Vec<Option<String>> {
        let words = text_column([Some("red"), Some("blue"), None, Some("red")]);
        let table = Frame::new(vec![("c".into(), words)]).unwrap();
        let out = run("hash_encoding", config, table);
        let data = &out.column(column).unwrap().data;
        texts(data).iter().map(|text| text.map(String::from)).collect()
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        // Test vectors of the authors.
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn equal_texts_share_a_bucket_and_missing_stays_missing() {
        let found = buckets("{}", "c");
        assert_eq!((&found[0], &found[2]), (&found[3], &None));
        let number: u64 = found[1].as_ref().unwrap().parse().unwrap();
        assert_eq!(number, fnv1a(b"blue") % 64);
    }

    #[test]
    fn the_original_may_stay() {
        let config = r#"{"drop_original": false, "n_buckets": 2}"#;
        assert_eq!(buckets(config, "c")[0].as_deref(), Some("red"));
        let low = |bucket: &Option<String>| matches!(bucket.as_deref(), None | Some("0" | "1"));
        assert!(buckets(config, "c_encoded").iter().all(low));
    }
}
