//! Missing values before a model that cannot take them: where they are, and what to do about it.

use std::{collections::BTreeSet, ops::Range};

use domain::graph::{Graph, Node};
use ndarray::{ArrayView2, s};

use super::matrix::{columns_with, listed};
use crate::{Error, error::Result, frame::Frame};

/// Refuses missing values among the features of a frame, of which the rows in `training` train. Where those have none,
/// an encoder may have made them of values that it did not learn, so that the table shows none either.
///
/// # Errors
/// `MISSING_VALUES_LEFT`, naming the columns.
pub(super) fn refuse(
    x: ArrayView2<'_, f64>,
    training: Range<usize>,
    features: &[String],
    frame: &Frame,
    graph: &Graph,
) -> Result<()> {
    let missing = columns_with(x, features, f64::is_nan);
    if missing.is_empty() {
        return Ok(());
    }
    let in_training = columns_with(x.slice(s![training, ..]), features, f64::is_nan);
    let message = if in_training.is_empty() {
        let told = format!(
            "missing values are left in rows that do not train, and in none that does, in {}",
            listed(&missing)
        );
        let encoders = encoders(&missing, frame, graph);
        if encoders.is_empty() {
            format!(
                "{told}; if the table has none there, an encoder made unseen values missing: have it encode them, fill \
                 them behind it (imputation_methods), drop the rows (drop_missing_rows), or choose a model that handles \
                 missing values"
            )
        } else {
            format!(
                "{told}; label_encoding makes values missing that were not seen in training: set missing_strategy of {} \
                 to encode, or choose a model that handles missing values",
                listed(&encoders)
            )
        }
    } else {
        format!(
            "missing values are left in {}; fill them (imputation_methods), drop the rows (drop_missing_rows), or choose a model that handles them",
            listed(&missing)
        )
    };
    Err(Error::data("MISSING_VALUES_LEFT", message))
}

/// The nodes that made these columns what they are and leave values missing that they did not learn.
fn encoders<'a>(columns: &[&str], frame: &'a Frame, graph: &Graph) -> Vec<&'a str> {
    let leaves_missing = |node: &Node| {
        let strategy = node.config.get("missing_strategy").and_then(|word| word.as_str());
        node.kind == "label_encoding" && strategy != Some("encode")
    };
    let nodes = columns.iter().filter_map(|name| frame.column(name));
    let nodes = nodes.flat_map(|column| column.changed_by());
    let nodes: BTreeSet<&str> = nodes
        .filter(|id| graph.node(id).is_some_and(leaves_missing))
        .collect();
    nodes.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use crate::{
        Silent,
        attempt::train,
        testing::{chain, csv, spec},
    };

    const SPLIT: (&str, &str, &str) = (
        "split",
        "train_test_split",
        r#"{"test_size": 0.25, "shuffle": false}"#,
    );

    fn failure(nodes: &[(&str, &str, &str)], table: &str) -> Option<String> {
        let mut all = vec![("load", "dataset", "{}")];
        all.extend_from_slice(nodes);
        let training = r#"{"target_column": "y"}"#;
        if !nodes.iter().any(|(id, _, _)| *id == "train") {
            all.push(("train", "train_model", training));
        }
        let spec = spec(chain(&all), "ridge_regression", "{}");
        let error = train(&spec, csv(table), "00", 1, &Silent).err()?;
        let failure = error.failure().unwrap();
        assert_eq!(failure.code, "MISSING_VALUES_LEFT");
        assert_eq!(failure.node_id.as_deref(), Some("train"));
        Some(failure.message.clone())
    }

    /// Eight rows, of which the first six train.
    const UNSEEN: &str = "g,y\na,1\nb,2\na,3\nb,4\na,5\nb,6\nc,7\na,8\n";

    #[test]
    fn values_that_an_encoder_did_not_see_are_told_of_and_not_taken_for_missing_ones() {
        let encode = |config| [SPLIT, ("enc", "label_encoding", config)];
        let message = failure(&encode("{}"), UNSEEN).unwrap();
        assert_eq!(
            message,
            "missing values are left in rows that do not train, and in none that does, in \"g\"; label_encoding makes \
             values missing that were not seen in training: set missing_strategy of \"enc\" to encode, or choose a \
             model that handles missing values"
        );
        assert_eq!(
            failure(&encode(r#"{"missing_strategy": "encode"}"#), UNSEEN),
            None
        );
        // A missing value that trains is none that an encoder made.
        let missing = UNSEEN.replace("b,2", ",2");
        let message = failure(&encode("{}"), &missing).unwrap();
        assert!(
            message.starts_with("missing values are left in \"g\"; fill them"),
            "{message}"
        );
    }

    #[test]
    fn in_a_fold_too() {
        let folds = r#"{"target_column": "y", "cv_enabled": true, "cv_folds": 4, "cv_shuffle": false}"#;
        let nodes = [("enc", "label_encoding", "{}"), ("train", "train_model", folds)];
        let message = failure(&nodes, UNSEEN).unwrap();
        assert!(
            message.starts_with("fold 4 of 4: missing values are left in rows that do not"),
            "{message}"
        );
        assert!(message.contains("set missing_strategy of \"enc\""), "{message}");
    }

    #[test]
    fn missing_values_of_held_out_rows_that_no_known_encoder_made_are_told_apart() {
        let message = failure(&[SPLIT], "x,y\n1,1\n2,2\n3,3\n4,4\n5,5\n6,6\n,7\n8,8\n").unwrap();
        assert!(
            message.contains("in none that does, in \"x\"; if the table has none there"),
            "{message}"
        );
    }
}
