//! The largest graphs there may be.

use domain::{
    graph::{Edge, Graph, MAX_EDGES, MAX_NODES, Node, Submission, check},
    value::Object,
};

use super::catalog;

/// Of the shapes that ask most of the check.
#[test]
fn the_largest_graphs_are_checked_without_walking_them_for_ever() {
    let catalog = catalog();
    let scale = |at: usize| Node {
        id: format!("n{at}"),
        kind: "scale_numeric_features".into(),
        config: Object::new(),
    };
    let edge = |source: usize, target: usize| Edge {
        source: format!("n{source}"),
        target: format!("n{target}"),
        source_handle: String::new(),
        target_handle: String::new(),
    };
    let nodes: Vec<Node> = (0..MAX_NODES).map(scale).collect();
    let onward = |at: usize, step: usize| edge(at % MAX_NODES, (at + step) % MAX_NODES);
    let circle = (0..MAX_EDGES).map(|at| onward(at, 1 + at / MAX_NODES)).collect();
    let chain = (0..MAX_NODES - 4).flat_map(|at| (1..5).map(move |step| (at, at + step)));
    let chain = chain.map(|(source, target)| edge(source, target)).collect();
    for (edges, told) in [(circle, "circle"), (chain, "dataset node")] {
        let mut graph = Graph {
            nodes: nodes.clone(),
            edges,
        };
        graph.nodes[MAX_NODES - 1].kind = "train_model".into();
        let submission = Submission {
            graph: &graph,
            node_id: &format!("n{}", MAX_NODES - 1),
            dataset_source_id: "table",
            models: &[],
        };
        let violations = check(submission, &catalog).unwrap_err();
        assert!(
            violations
                .iter()
                .any(|violation| violation.message.contains(told))
        );
    }
}
