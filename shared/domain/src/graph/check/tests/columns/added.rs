//! Columns that are added where they are.

use super::*;

#[test]
fn a_column_is_added_once_unless_it_may_be_dropped_between() {
    let twice = |first: &str, between: &str, second: &str, dropped: &str| {
        let (a, b, c) = (
            format!("a:{first}"),
            format!("b:{between}"),
            format!("c:{second}"),
        );
        let words = [
            "d:dataset",
            "p:split",
            &a,
            &b,
            &c,
            "t:train",
            "d>p",
            "p>a",
            "a>b",
            "b>c",
            "c>t",
        ];
        told(&words, &[("a", &["x"]), ("b", &[dropped]), ("c", &["x"])])
    };
    let refused = "graph.nodes[4].config: adds column \"x_new\", which node \"a\" has made before node \"c\"; give one \
                   of them another name, or drop the first before";
    for first in ["adds", "sets"] {
        assert_eq!(twice(first, "changes", "adds", "z"), [refused], "{first}");
        assert_eq!(twice(first, "drops", "adds", "z"), [refused], "{first}");
    }
    for (first, between, second, dropped) in [
        ("adds", "drops", "adds", "x_new"),
        ("adds", "keeps", "adds", "x"),
        ("adds", "selects", "adds", "z"),
        ("adds", "changes", "sets", "z"),
        ("spreads", "changes", "adds", "z"),
        ("adds-learnt", "changes", "adds", "z"),
        ("adds", "changes", "adds-learnt", "z"),
    ] {
        let found = twice(first, between, second, dropped);
        assert_eq!(found, NONE, "{first} {between} {second}");
    }
    // A drop beside the way undoes nothing.
    let words = [
        "d:dataset",
        "a:adds",
        "c:adds",
        "b:selects",
        "t:train",
        "d>a",
        "a>c",
        "d>b",
        "b>c",
        "c>t",
    ];
    assert_eq!(told(&words, &[("a", &["x"]), ("c", &["x"])]).len(), 1);
}

#[test]
fn two_operations_add_one_column_only_where_a_failure_is_skipped_or_one_may_replace_it() {
    let of = |handling: &str, names: &[(&str, bool)]| {
        let mut graph = graph(&["d:dataset", "a:calculates", "t:train", "d>a", "a>t"]);
        let operation = |(name, overwrite): &(&str, bool)| {
            Value::Object(config(&[
                ("output_column", (*name).into()),
                ("allow_overwrite", (*overwrite).into()),
            ]))
        };
        let operations: Vec<Value> = names.iter().map(operation).collect();
        graph.nodes[1].config = config(&[
            ("operations", operations.into()),
            ("error_handling", handling.into()),
        ]);
        told_of(&graph, &column_catalog())
    };
    assert_eq!(
        of("fail", &[("r", false), ("s", false), ("r", false)]),
        ["graph.nodes[1].config: adds column \"r\" twice in node \"a\"; give each another name"]
    );
    assert_eq!(of("skip", &[("r", false), ("r", false)]), NONE);
    assert_eq!(of("fail", &[("r", false), ("r", true)]), NONE);
    assert_eq!(of("fail", &[("r", false), ("s", false)]), NONE);
}
