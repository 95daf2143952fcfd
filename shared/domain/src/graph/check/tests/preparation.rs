use super::*;

fn told(graph: &Graph, node_id: &str) -> Vec<String> {
    match check_preparation(graph, node_id, &catalog()) {
        Ok(()) => Vec::new(),
        Err(violations) => violations.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn a_graph_without_target_model_and_data_source_can_prepare() {
    let graph = graph(&["d:dataset", "p:split", "s:scale", "d>p", "p>s"]);
    assert_eq!(told(&graph, "s"), [""; 0]);
    assert_eq!(told(&graph, "p"), [""; 0]);
}

#[test]
fn a_training_graph_can_end_at_any_of_its_nodes() {
    let graph = graph(&["d:dataset", "s:scale", "t:train", "d>s", "s>t"]);
    assert_eq!(told(&graph, "t"), [""; 0]);
    assert_eq!(told(&graph, "s"), [""; 0]);
}

#[test]
fn all_that_is_wrong_with_a_preparation_is_told_at_once() {
    let mut graph = graph(&["d:dataset", "s:scale", "p:split", "l:drop", "d>s", "s>p", "p>l"]);
    graph.nodes[1].config = config(&[("colums", Value::List(Vec::new()))]);
    let told = told(&graph, "l");
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("graph.nodes[1]: \"s\" learns from rows that \"p\" has yet to split"));
    assert!(told[1].contains("graph.nodes[1].config.colums"));
}

#[test]
fn a_preparation_begins_at_one_dataset_node_and_ends_at_a_node_of_the_graph() {
    let two = graph(&["d:dataset", "e:dataset", "s:scale", "d>s", "e>s"]);
    assert_eq!(
        told(&two, "s"),
        ["graph.nodes: node \"s\" must have one dataset node before it, not \"d\" and \"e\""]
    );
    let none = graph(&["x:drop", "s:scale", "x>s"]);
    assert_eq!(
        told(&none, "s"),
        [
            "graph.nodes: node \"s\" has no dataset node before it",
            "graph.nodes[0]: \"x\" has no input; only a dataset node begins a graph"
        ]
    );
    assert_eq!(
        told(&two, "z"),
        ["node_id: no node of the graph has the id \"z\""]
    );
}

#[test]
fn a_node_that_trains_prepares_nothing() {
    let graph = graph(&["d:dataset", "t:train", "s:scale", "d>t", "t>s"]);
    assert_eq!(
        told(&graph, "s"),
        ["graph.nodes[1]: \"t\" trains a model and cannot prepare rows for \"s\""]
    );
}

#[test]
fn a_target_that_is_named_is_left_alone_here_too() {
    let mut graph = graph(&["d:dataset", "s:scale", "t:train", "d>s", "s>t"]);
    graph.nodes[1].config = config(&[("columns", Value::List(vec!["y".into()]))]);
    assert_eq!(
        told(&graph, "t"),
        ["graph.nodes[1].config.columns: must not list the target \"y\" (node \"s\")"]
    );
}
