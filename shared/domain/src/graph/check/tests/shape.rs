use super::*;

#[test]
fn every_mistake_in_shape_is_told_at_once() {
    let mut broken = graph(&[
        "d:dataset",
        "d:scale",
        "../x:split",
        "u:unknown",
        "t:train",
        "d>t",
        "d>t",
        "d>nowhere",
    ]);
    broken.nodes[1].config = config(&[("colums", "a".into())]);
    let found = errors(&broken);
    let fields: Vec<&str> = found.iter().map(|e| e.split(": ").next().unwrap()).collect();
    assert_eq!(
        fields,
        [
            "graph.edges[1]",
            "graph.edges[2].target",
            "graph.nodes[1].config.colums",
            "graph.nodes[1].id",
            "graph.nodes[2].id",
            "graph.nodes[3].type",
        ]
    );
}

#[test]
fn a_misspelt_type_is_told_with_the_nearest_one() {
    let found = errors(&graph(&["d:dataset", "s:scael", "t:train", "d>s", "s>t"]));
    let told = "graph.nodes[1].type: unknown node type \"scael\"; did you mean \"scale\"? known are ";
    assert!(found[0].starts_with(told), "{found:?}");
}

#[test]
fn a_circle_is_named_by_the_nodes_on_it() {
    let found = errors(&graph(&[
        "d:dataset",
        "a:scale",
        "b:scale",
        "t:train",
        "d>a",
        "a>b",
        "b>a",
        "b>t",
    ]));
    assert_eq!(found, ["graph.edges: must not run in a circle; on one lie a, b"]);
}
