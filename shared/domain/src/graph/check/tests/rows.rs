//! Nodes that add rows: last, and on every path.

use super::*;

#[test]
fn rows_are_added_last_and_on_every_path() {
    let after = errors(&graph(&[
        "d:dataset",
        "o:oversample",
        "x:drop",
        "t:train",
        "d>o",
        "o>x",
        "x>t",
    ]));
    assert!(after[0].contains("\"x\" changes rows after \"o\""), "{after:?}");
    let around = errors(&graph(&[
        "d:dataset",
        "o:oversample",
        "t:train",
        "d>o",
        "o>t",
        "d>t",
    ]));
    assert!(around[0].contains("every path"), "{around:?}");
    let around_the_splitter = errors(&graph(&[
        "d:dataset",
        "p:split",
        "o:oversample",
        "t:train",
        "d>p",
        "p>o",
        "o>t",
        "d>t",
    ]));
    assert!(
        around_the_splitter[0].contains("every path"),
        "{around_the_splitter:?}"
    );
}

#[test]
fn a_node_adds_rows_only_where_its_config_says_so() {
    let mut graph = graph(&["d:dataset", "o:draw", "x:drop", "t:train", "d>o", "o>x", "x>t"]);
    let rows = |graph: &Graph| run(graph, &tree()).map(|checked| checked.plan.steps[1].rows);
    assert_eq!(rows(&graph), Ok(RowEffect::Drop));
    graph.nodes[1].config = config(&[("copies", true.into())]);
    let errors = rows(&graph).unwrap_err();
    assert!(errors[0].contains("\"x\" changes rows after \"o\""), "{errors:?}");
    graph.nodes.swap(1, 2);
    graph.edges = self::graph(&["d>x", "x>o", "o>t"]).edges;
    let rows = run(&graph, &tree()).unwrap().plan.steps[2].rows;
    assert_eq!(rows, RowEffect::Add);
}

#[test]
fn what_encodes_rows_by_the_targets_of_others_stands_before_copies_of_them() {
    let words = ["d:dataset", "o:oversample", "e:encode", "t:train"];
    let chained = |edges: [&'static str; 3]| graph(&[&words[..], &edges].concat());
    let after = errors(&chained(["d>o", "o>e", "e>t"]));
    assert!(
        matches!(&after[..], [one] if one.contains("\"e\" encodes rows") && one.contains("\"o\"")),
        "{after:?}"
    );
    assert!(run(&chained(["d>e", "e>o", "o>t"]), &tree()).is_ok());
}
