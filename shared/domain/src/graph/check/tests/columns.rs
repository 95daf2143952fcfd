//! Columns that are dropped and then named, and columns that are changed in two branches.

use super::*;
use crate::catalog::ColumnRule;

/// Nodes that do to the columns they name what their key says.
fn column_catalog() -> Catalog {
    let mut catalog = catalog();
    let node = |key: &str, rules: Vec<ColumnRule>| {
        let parameters = vec![columns("columns", "Columns."), text("suffix", "_new", "Suffix.")];
        let role = NodeRole::Transform;
        NodeSpec {
            columns: rules,
            ..node_spec(key, role, Learns::No, RowEffect::Keep, parameters)
        }
    };
    catalog.nodes.extend([
        node("drops", vec![ColumnRule::drops("{columns}")]),
        node("keeps", vec![ColumnRule::keeps_only("{columns}")]),
        node("changes", vec![ColumnRule::changes("{columns}")]),
        node("adds", vec![ColumnRule::adds("{columns}{suffix}")]),
        node("sets", vec![ColumnRule::sets("{columns}{suffix}")]),
        node("spreads", vec![ColumnRule::adds("{columns}_{category}")]),
        node("selects", vec![ColumnRule::drops("{weak_column}")]),
    ]);
    catalog
}

/// What is wrong with a graph whose nodes name these columns.
fn told(words: &[&str], named: &[(&str, &[&str])]) -> Vec<String> {
    let mut graph = graph(words);
    for (id, names) in named {
        let node = graph.nodes.iter_mut().find(|node| node.id == *id).unwrap();
        node.config = config(&[("columns", names.to_vec().into())]);
    }
    let submission = Submission {
        graph: &graph,
        node_id: "t",
        dataset_source_id: "ds",
        models: &tree(),
    };
    match check(submission, &column_catalog()) {
        Ok(_) => Vec::new(),
        Err(found) => found.iter().map(ToString::to_string).collect(),
    }
}

const NONE: [&str; 0] = [];

#[test]
fn a_column_that_is_dropped_is_not_named_later() {
    let chain = [
        "d:dataset",
        "a:drops",
        "b:changes",
        "t:train",
        "d>a",
        "a>b",
        "b>t",
    ];
    let refused =
        "graph.nodes[2].config.columns: names column \"x\", which node \"a\" drops before node \"b\"";
    assert_eq!(told(&chain, &[("a", &["x"]), ("b", &["x", "z"])]), [refused]);
    assert_eq!(told(&chain, &[("a", &["x"]), ("b", &["z"])]), NONE);
    let kept = [
        "d:dataset",
        "a:keeps",
        "b:changes",
        "t:train",
        "d>a",
        "a>b",
        "b>t",
    ];
    assert_eq!(told(&kept, &[("a", &["z"]), ("b", &["x", "z"])]), [refused]);
    let around = [
        "d:dataset",
        "a:drops",
        "b:changes",
        "t:train",
        "d>a",
        "a>b",
        "d>b",
        "b>t",
    ];
    assert_eq!(told(&around, &[("a", &["x"]), ("b", &["x"])]), [refused]);
    let beside = [
        "d:dataset",
        "a:drops",
        "b:changes",
        "t:train",
        "d>a",
        "a>t",
        "d>b",
        "b>t",
    ];
    let found = told(&beside, &[("a", &["x"]), ("b", &["z"])]);
    assert_eq!(found, NONE);
}

#[test]
fn a_column_that_may_be_made_anew_may_be_named() {
    for maker in ["m:adds", "m:sets", "m:spreads"] {
        let chain = [
            "d:dataset",
            "a:drops",
            maker,
            "b:changes",
            "t:train",
            "d>a",
            "a>m",
            "m>b",
            "b>t",
        ];
        let named: [(&str, &[&str]); 3] = [("a", &["x_new"]), ("m", &["x"]), ("b", &["x_new"])];
        assert_eq!(told(&chain, &named), NONE, "{maker}");
        let other: [(&str, &[&str]); 3] = [("a", &["y2"]), ("m", &["x"]), ("b", &["y2"])];
        let certain = maker != "m:spreads";
        assert_eq!(told(&chain, &other).len(), usize::from(certain), "{maker}");
    }
}

#[test]
fn a_column_is_changed_in_one_branch_only() {
    let meet = |a: &str, b: &str| {
        let (a, b) = (format!("a:{a}"), format!("b:{b}"));
        let words = ["d:dataset", &a, &b, "t:train", "d>a", "a>t", "d>b", "b>t"];
        told(&words, &[("a", &["x"]), ("b", &["x"])])
    };
    for (a, b) in [
        ("changes", "changes"),
        ("adds", "adds"),
        ("adds", "sets"),
        ("changes", "drops"),
    ] {
        let found = meet(a, b);
        assert_eq!(found.len(), 1, "{a} {b}: {found:?}");
        assert!(found[0].starts_with("graph.nodes[3]: column \"x"), "{found:?}");
        assert!(
            found[0].contains("by node \"a\" in one branch and by node \"b\" in another"),
            "{found:?}"
        );
    }
    for (a, b) in [("drops", "drops"), ("changes", "adds"), ("spreads", "spreads")] {
        assert_eq!(meet(a, b), NONE, "{a} {b}");
    }
    // Both branches may end without the column.
    let both = [
        "d:dataset",
        "a:changes",
        "s:selects",
        "b:drops",
        "t:train",
        "d>a",
        "a>s",
        "s>t",
        "d>b",
        "b>t",
    ];
    assert_eq!(told(&both, &[("a", &["x"]), ("b", &["x"])]), NONE);
    // One branch continues the other.
    let chain = [
        "d:dataset",
        "a:changes",
        "b:changes",
        "t:train",
        "d>a",
        "a>b",
        "a>t",
        "b>t",
    ];
    assert_eq!(told(&chain, &[("a", &["x"]), ("b", &["x"])]), NONE);
}

#[test]
fn no_name_that_is_formed_is_the_targets_even_where_it_may_replace_a_column() {
    let chain = ["d:dataset", "a:sets", "t:train", "d>a", "a>t"];
    let mut graph = graph(&chain);
    graph.nodes[1].config = config(&[("columns", vec!["x"].into()), ("suffix", "y".into())]);
    graph.nodes[2].config = config(&[("target_column", "xy".into())]);
    let submission = Submission {
        graph: &graph,
        node_id: "t",
        dataset_source_id: "ds",
        models: &tree(),
    };
    let found = check(submission, &column_catalog()).unwrap_err();
    assert_eq!(
        found[0].to_string(),
        "graph.nodes[1].config: would make a column \"xy\", which is the name of the target (node \"a\")"
    );
}
