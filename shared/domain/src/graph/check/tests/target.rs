//! The target: named, agreed on, and left alone.

use super::*;

#[test]
fn the_target_is_named_agreed_on_and_left_alone() {
    let mut unnamed = graph(&["d:dataset", "t:train", "d>t"]);
    unnamed.nodes[1].config = Object::new();
    assert_eq!(
        errors(&unnamed),
        ["graph.nodes[1].config.target_column: must be given: no node names the target (node \"t\")"]
    );
    let mut touched = graph(&["d:dataset", "s:scale", "t:train", "d>s", "s>t"]);
    touched.nodes[1].config = config(&[("columns", vec!["x", "y"].into())]);
    let by_name = Value::Object(config(&[("y", "robust".into())]));
    let nested = Value::Object(config(&[("column", "y".into()), ("method", "y".into())]));
    touched.nodes[1].config.extend(config(&[
        ("column_methods", by_name),
        (
            "transformations",
            vec![Value::Object(Object::new()), nested].into(),
        ),
    ]));
    assert_eq!(
        errors(&touched),
        [
            "graph.nodes[1].config.column_methods: must not list the target \"y\" (node \"s\")",
            "graph.nodes[1].config.columns: must not list the target \"y\" (node \"s\")",
            "graph.nodes[1].config.transformations[1].column: must not list the target \"y\" (node \"s\")",
        ]
    );
}

#[test]
fn the_target_is_no_key_of_what_is_given_by_column_and_no_output() {
    let mut graph = graph(&["d:dataset", "s:scale", "t:train", "d>s", "s>t"]);
    let output = |name: &str| {
        let overwrite = ("allow_overwrite", true.into());
        Value::Object(config(&[("output_column", name.into()), overwrite]))
    };
    let bins = |name: &str| Value::Object(config(&[(name, vec![1, 2].into())]));
    graph.nodes[1].config = config(&[
        ("custom_bins", bins("y")),
        ("operations", vec![output("new"), output("y")].into()),
    ]);
    assert_eq!(
        errors(&graph),
        [
            "graph.nodes[1].config.custom_bins: must not list the target \"y\" (node \"s\")",
            "graph.nodes[1].config.operations[1].output_column: must not be the target \"y\" (node \"s\")",
        ]
    );
    graph.nodes[2]
        .config
        .insert("sample_weight_column".into(), "w".into());
    graph.nodes[1].config = config(&[
        ("custom_bins", bins("w")),
        ("operations", vec![output("w")].into()),
    ]);
    assert_eq!(
        errors(&graph),
        [
            "graph.nodes[1].config.custom_bins: must not list the sample weights \"w\" (node \"s\")",
            "graph.nodes[1].config.operations[0].output_column: must not be the sample weights \"w\" (node \"s\")",
        ]
    );
}
