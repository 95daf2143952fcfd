//! `dummy_encoding`: one-hot encoding without the first category's column, which the others determine. Use it for
//! linear models without a penalty, where a redundant column leaves the coefficients undetermined.

use domain::catalog::{Learns, NodeRole, NodeSpec};

use super::{
    categories::Categories,
    one_hot_encoding::{self, OneHotEncoding},
};
use crate::{
    error::Result,
    frame::{Frame, Training},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// Encodes categories as columns, all but the first.
#[derive(Debug, Clone, Copy)]
pub(super) struct DummyEncoding;

impl Node for DummyEncoding {
    type Config = one_hot_encoding::Config;
    type State = Vec<Categories>;

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "dummy_encoding".into(),
            aliases: vec![],
            title: "Dummy encoding".into(),
            category: "encoding".into(),
            summary: "Replaces a column of categories by one true-or-false column for each but the first."
                .into(),
            parameters: one_hot_encoding::parameters(true),
            role: NodeRole::Transform,
            learns: Learns::Always,
            columns: one_hot_encoding::column_rules(),
            ..NodeSpec::default()
        }
    }

    fn fit(&self, config: &Self::Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Self::State> {
        Node::fit(&OneHotEncoding, config, training, ctx)
    }

    fn apply(
        &self,
        config: &Self::Config,
        state: &Self::State,
        frame: Frame,
        ctx: &Context<'_>,
    ) -> Result<Frame> {
        Node::apply(&OneHotEncoding, config, state, frame, ctx)
    }

    fn onnx(
        &self,
        config: &Self::Config,
        state: &Self::State,
        table: &mut Table<'_>,
    ) -> Result<(), Unmapped> {
        Node::onnx(&OneHotEncoding, config, state, table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        frame::{text_column, texts},
        nodes::testing::run,
    };

    #[test]
    fn every_category_but_the_first_gets_a_column() {
        let colours = text_column([Some("red"), Some("blue"), None, Some("green")]);
        let table = Frame::new(vec![("c".into(), colours)]).unwrap();
        let out = run("dummy_encoding", "{}", table.clone());
        let names: Vec<&str> = out.columns().iter().map(|column| &*column.name).collect();
        assert_eq!(names, ["c_green", "c_red"]);
        let red: Vec<String> = texts(&out.columns()[1].data)
            .iter()
            .flatten()
            .map(String::from)
            .collect();
        assert_eq!(red, ["true", "false", "false", "false"]);
        let out = run("dummy_encoding", r#"{"drop_first": false}"#, table);
        assert_eq!(out.width(), 3);
    }
}
