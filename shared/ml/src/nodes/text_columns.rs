//! Text columns changed value by value: what all nodes that clean text share, so that each of them is left with
//! its rule alone.

use std::{borrow::Cow, sync::Arc};

use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use domain::catalog::{self, ColumnRule, Learns, NodeRole, NodeSpec, ParamSpec};

use super::columns::pick_to_change;
use crate::{
    Error,
    error::Result,
    frame::{ColumnKind, Frame},
    node::Context,
};

/// The most bytes one value may grow to.
const LONGEST_VALUE: usize = 16 << 20;

/// The spec of a node that changes text columns: its own parameters follow `columns`.
pub(super) fn spec(key: &str, title: &str, summary: &str, own: Vec<ParamSpec>) -> NodeSpec {
    let columns = catalog::columns("columns", "The columns to change; every text feature if blank.");
    NodeSpec {
        key: key.into(),
        aliases: vec![],
        title: title.into(),
        category: "cleaning".into(),
        summary: summary.into(),
        parameters: std::iter::once(columns).chain(own).collect(),
        role: NodeRole::Transform,
        learns: Learns::No,
        columns: vec![ColumnRule::changes("{columns}")],
        ..NodeSpec::default()
    }
}

/// Changes every known value of the named columns, or of every text feature where none is named. A value that
/// becomes empty is missing from then on.
///
/// # Errors
/// As [`pick_to_change`]; `TOO_LARGE`; what `change` says.
pub(super) fn change_texts(
    mut frame: Frame,
    ctx: &Context<'_>,
    columns: &[String],
    change: impl for<'t> Fn(&'t str) -> Result<Cow<'t, str>>,
) -> Result<Frame> {
    for name in pick_to_change(&mut frame, ctx, columns, |kind| kind == ColumnKind::Text, "text")? {
        let data = &frame.require(&name)?.data;
        if let Some(values) = data.as_string_opt::<i32>() {
            let changed = changed(&name, values, &change)?;
            frame.set(&name, changed)?;
        }
    }
    Ok(frame)
}

fn changed(
    name: &str,
    values: &StringArray,
    change: impl for<'t> Fn(&'t str) -> Result<Cow<'t, str>>,
) -> Result<ArrayRef> {
    let mut out = StringBuilder::with_capacity(values.len(), values.values().len());
    for value in values {
        let value = value.map(&change).transpose()?;
        match value.as_deref() {
            None | Some("") => out.append_null(),
            Some(text) if out.values_slice().len() + text.len() > i32::MAX as usize => {
                return Err(too_large(&format!(
                    "column {name:?} would hold more than 2 GiB of text"
                )));
            }
            Some(text) => out.append_value(text),
        }
    }
    Ok(Arc::new(out.finish()))
}

/// Refuses a value that would grow beyond all use, before it is made.
///
/// # Errors
/// `TOO_LARGE`.
pub(super) fn require_length(bytes: usize) -> Result<()> {
    if bytes > LONGEST_VALUE {
        return Err(too_large("a text would grow to more than 16 MiB"));
    }
    Ok(())
}

fn too_large(message: &str) -> Error {
    Error::unsupported("TOO_LARGE", message)
}

/// Short cuts for tests of nodes that change texts.
#[cfg(test)]
pub(super) mod testing {
    use crate::{
        frame::{Frame, text_column, texts},
        nodes::testing::run,
    };

    /// A table with these texts in its column `t`.
    pub(in crate::nodes) fn texts_of(values: &[&str]) -> Frame {
        Frame::new(vec![("t".into(), text_column(values.iter().map(Some)))]).unwrap()
    }

    /// The values of a column, written as texts.
    pub(in crate::nodes) fn shown(frame: &Frame, column: &str) -> Vec<Option<String>> {
        let data = &frame.column(column).unwrap().data;
        texts(data).iter().map(|text| text.map(String::from)).collect()
    }

    /// What a node makes of one text.
    pub(in crate::nodes) fn text_by(key: &str, json: &str, text: &str) -> Option<String> {
        shown(&run(key, json, texts_of(&[text])), "t").remove(0)
    }
}

#[cfg(test)]
mod tests {
    use super::testing::shown;
    use crate::{
        frame::{ColumnKind, Frame, float_column, text_column},
        node::Context,
        nodes::testing::{context, fails, fit, frame, run},
    };

    #[test]
    fn what_becomes_empty_is_missing_and_what_is_missing_stays_so() {
        let table = Frame::new(vec![("a".into(), text_column([Some(" "), None, Some(" x ")]))]).unwrap();
        let out = run("trim_whitespace", "{}", table);
        assert_eq!(shown(&out, "a"), [None, None, Some("x".into())]);
    }

    #[test]
    fn a_named_column_must_be_text_unless_nothing_is_known_of_it() {
        let named = r#"{"columns": ["n"]}"#;
        assert_eq!(fails("trim_whitespace", named, frame()), "COLUMN_TYPE");
        let table = |value| Frame::new(vec![("n".into(), float_column([value]))]).unwrap();
        let out = run("trim_whitespace", named, table(None));
        assert_eq!(out.columns()[0].kind(), ColumnKind::Float);
        let fitted = fit("trim_whitespace", named, &table(None)).unwrap();
        let ctx = Context {
            predicting: true,
            ..context()
        };
        let out = fitted.apply(table(Some(1.0)), &ctx).unwrap();
        assert_eq!(out.columns()[0].kind(), ColumnKind::Float);
    }

    #[test]
    fn the_target_and_an_unknown_column_are_refused() {
        for (columns, code) in [("target", "TARGET_IN_COLUMNS"), ("zzz", "COLUMN_NOT_FOUND")] {
            let config = format!(r#"{{"columns": [{columns:?}]}}"#);
            assert_eq!(fails("trim_whitespace", &config, frame()), code);
        }
    }
}
