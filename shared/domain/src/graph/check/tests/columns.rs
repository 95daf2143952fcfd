//! Columns that are dropped and then named, and columns that are changed in two branches.

mod added;

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
        NodeSpec {
            learns: Learns::Always,
            ..node("adds-learnt", vec![ColumnRule::adds("{columns}{suffix}")])
        },
        node_spec_of_operations(),
        node("selects", vec![ColumnRule::drops("{weak_column}")]),
    ]);
    catalog
}

/// A node with operations that may each add a column, skipped or not where that fails.
fn node_spec_of_operations() -> NodeSpec {
    let mut parameters = methods();
    parameters.push(choice("error_handling", "skip", &["skip", "fail"], "Failures."));
    let rule = |rule: ColumnRule, overwrite| rule.when("allow_overwrite", [overwrite]).each("operations");
    NodeSpec {
        columns: vec![
            rule(ColumnRule::adds("{output_column}"), false),
            rule(ColumnRule::sets("{output_column}"), true),
        ],
        ..node_spec(
            "calculates",
            NodeRole::Transform,
            Learns::No,
            RowEffect::Keep,
            parameters,
        )
    }
}

/// What is wrong with a graph whose nodes name these columns.
fn told(words: &[&str], named: &[(&str, &[&str])]) -> Vec<String> {
    let mut graph = graph(words);
    for (id, names) in named {
        let node = graph.nodes.iter_mut().find(|node| node.id == *id).unwrap();
        node.config = config(&[("columns", names.to_vec().into())]);
    }
    told_of(&graph, &column_catalog())
}

fn told_of(graph: &Graph, catalog: &Catalog) -> Vec<String> {
    let submission = Submission {
        graph,
        node_id: "t",
        dataset_source_id: "ds",
        models: &tree(),
    };
    match check(submission, catalog) {
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
    // What it adds itself, one column for each category, does not bring back what it names.
    let spread = [
        "d:dataset",
        "a:drops",
        "b:spreads",
        "t:train",
        "d>a",
        "a>b",
        "b>t",
    ];
    assert_eq!(told(&spread, &[("a", &["x"]), ("b", &["x"])]), [refused]);
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

#[test]
fn a_column_that_one_branch_leaves_out_is_not_changed_in_the_other() {
    let words = [
        "d:dataset",
        "a:changes",
        "b:keeps",
        "t:train",
        "d>a",
        "a>t",
        "d>b",
        "b>t",
    ];
    let refused = "graph.nodes[3]: column \"x\" is changed by node \"a\" in one branch and by node \"b\" (which keeps \
                   only others) in another; change it in one branch only (node \"t\")";
    assert_eq!(told(&words, &[("a", &["x"]), ("b", &["z"])]), [refused]);
    assert_eq!(told(&words, &[("a", &["x"]), ("b", &["x", "z"])]), NONE);
    // What one branch adds, drops too, or only keeps, the other may leave out.
    for other in ["a:adds", "a:drops", "a:keeps"] {
        let words = [
            "d:dataset",
            other,
            "b:keeps",
            "t:train",
            "d>a",
            "a>t",
            "d>b",
            "b>t",
        ];
        assert_eq!(told(&words, &[("a", &["x"]), ("b", &["x"])]), NONE, "{other}");
    }
    let dropped = [
        "d:dataset",
        "a:drops",
        "b:keeps",
        "t:train",
        "d>a",
        "a>t",
        "d>b",
        "b>t",
    ];
    assert_eq!(told(&dropped, &[("a", &["x"]), ("b", &["z"])]), NONE);
}

#[test]
fn a_column_that_may_not_reach_the_selection_is_no_conflict() {
    let named: [(&str, &[&str]); 3] = [("m", &["x"]), ("a", &["x_new"]), ("b", &["z"])];
    let made = |edges: &[&str]| {
        let nodes = [
            "d:dataset",
            "m:adds",
            "a:changes",
            "b:keeps",
            "n:changes",
            "t:train",
        ];
        told(&[&nodes[..], edges].concat(), &named)
    };
    assert_eq!(made(&["d>m", "m>a", "a>t", "d>b", "b>t"]), NONE);
    assert_eq!(made(&["d>m", "m>a", "a>t", "m>b", "b>t"]).len(), 1);
    assert_eq!(made(&["d>m", "m>a", "a>t", "d>b", "b>n", "m>n", "n>t"]), NONE);
}

#[test]
fn a_key_of_a_map_names_a_column_unless_a_list_says_which_are_looked_up() {
    let mut catalog = column_catalog();
    let scale = catalog.nodes.iter_mut().find(|node| node.key == "scale").unwrap();
    *scale = scale
        .clone()
        .requires(Requirement::keys("custom_bins", "columns"));
    let mut graph = graph(&[
        "d:dataset",
        "p:split",
        "a:drops",
        "b:scale",
        "t:train",
        "d>p",
        "p>a",
        "a>b",
        "b>t",
    ]);
    graph.nodes[2].config = config(&[("columns", vec!["x"].into())]);
    let mut of = |fields: &[(&str, Value)]| {
        graph.nodes[3].config = config(fields);
        told_of(&graph, &catalog)
    };
    let map = |keys: &[&str]| Value::Object(keys.iter().map(|key| ((*key).to_owned(), "m".into())).collect());
    let refused = |path: &str| {
        format!("graph.nodes[3].config.{path}: names column \"x\", which node \"a\" drops before node \"b\"")
    };
    assert_eq!(
        of(&[("column_methods", map(&["x", "z"]))]),
        [refused("column_methods.x")]
    );
    assert_eq!(
        of(&[("columns", vec!["z"].into()), ("column_methods", map(&["x"]))]),
        [refused("column_methods.x")]
    );
    assert_eq!(
        of(&[("custom_bins", map(&["x", "z"]))]),
        [refused("custom_bins.x")]
    );
    assert_eq!(
        of(&[("columns", vec!["z"].into()), ("custom_bins", map(&["x", "z"]))]),
        NONE
    );
    assert_eq!(of(&[("column_methods", map(&["z"]))]), NONE);
}

/// It would take minutes if each name were looked for among all others.
#[test]
fn as_many_names_as_a_request_can_hold_are_checked() {
    let names = |letter: char, number: usize| -> Vec<String> {
        (0..number).map(|at| format!("{letter}{at:x}")).collect()
    };
    let dropped = names('a', 150_000);
    let mut graph = graph(&["d:dataset", "b:changes", "t:train"]);
    let mut ids = vec!["d".to_owned()];
    for (at, piece) in dropped.chunks(1_000).enumerate() {
        let (id, kind) = (format!("a{at}"), "drops".to_owned());
        let config = config(&[("columns", piece.to_vec().into())]);
        graph.nodes.push(Node {
            id: id.clone(),
            kind,
            config,
        });
        ids.push(id);
    }
    ids.extend(["b".to_owned(), "t".to_owned()]);
    for pair in ids.windows(2) {
        graph.edges.push(Edge {
            source: pair[0].clone(),
            target: pair[1].clone(),
            source_handle: String::new(),
            target_handle: String::new(),
        });
    }
    let mut named = names('b', 150_000);
    named.push(dropped[77_777].clone());
    graph.nodes[1].config = config(&[("columns", named.into())]);
    assert_eq!(
        told_of(&graph, &column_catalog()),
        [
            "graph.nodes[1].config.columns: names column \"a12fd1\", which node \"a77\" drops before node \"b\""
        ]
    );
}
