//! How violations are told: with the id of their node.

use super::*;

#[test]
fn a_violation_names_the_node_that_its_field_counts() {
    let mut graph = graph(&["d:dataset", "my scale:scale", "s:scale", "t:train", "d>s", "s>t"]);
    graph.nodes[2].config = config(&[("columns", 5.into())]);
    graph.nodes[1].config = config(&[("columns", 5.into())]);
    let found = errors(&graph);
    assert!(
        found.contains(
            &"graph.nodes[2].config.columns: must be list of column names, not 5 (node \"s\")".into()
        ),
        "{found:?}"
    );
    // An id that is none names nothing.
    assert!(
        found.contains(&"graph.nodes[1].config.columns: must be list of column names, not 5".into()),
        "{found:?}"
    );
}

#[test]
fn a_node_is_of_use_for_the_problem_of_the_model() {
    let mut catalog = catalog();
    let classes = || crate::catalog::ProblemRule::only(ProblemType::Classification);
    for spec in &mut catalog.nodes {
        match spec.key.as_str() {
            "oversample" => spec.problems = vec![classes()],
            "draw" => spec.problems = vec![classes().when("copies", [true])],
            _ => {}
        }
    }
    let told = |graph: &Graph, model_type: &str| {
        let models = [ModelChoice {
            model_type: model_type.into(),
            hyperparameters: Object::new(),
        }];
        let submission = Submission {
            graph,
            node_id: "t",
            dataset_source_id: "ds",
            models: &models,
        };
        check(submission, &catalog).map_err(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let over = graph(&["d:dataset", "o:oversample", "t:train", "d>o", "o>t"]);
    assert_eq!(
        told(&over, "line").unwrap_err(),
        [
            "graph.nodes[1]: node \"o\" is of use for classification only, and node \"t\" trains line, which is for regression"
        ]
    );
    assert!(told(&over, "tree").is_ok());
    let mut draw = graph(&["d:dataset", "o:draw", "t:train", "d>o", "o>t"]);
    assert!(told(&draw, "line").is_ok());
    draw.nodes[1].config = config(&[("copies", true.into())]);
    let found = told(&draw, "line").unwrap_err();
    assert!(
        found[0].starts_with("graph.nodes[1].config.copies: node \"o\""),
        "{found:?}"
    );
}

#[test]
fn parameters_without_effect_are_warned_of_by_node() {
    let mut graph = graph(&["d:dataset", "p:split", "t:train", "d>p", "p>t"]);
    graph.nodes[2].config.insert("cv_strategy".into(), "kfold".into());
    let warnings = run(&graph, &tree()).unwrap().warnings;
    assert_eq!(
        warnings,
        ["node \"t\": cv_strategy has no effect, as cv_enabled is false"]
    );
}
