//! Which models are trained, and with whose hyperparameters.

use super::*;

#[test]
fn hyperparameters_of_the_node_reach_its_own_model_only_and_the_jobs_win() {
    let mut graph = graph(&["d:dataset", "t:train", "d>t"]);
    graph.nodes[1].config.insert("model_type".into(), "tree".into());
    let own = config(&[("alpha", 2.0.into()), ("seed", 3.into())]);
    graph.nodes[1]
        .config
        .insert("hyperparameters".into(), Value::Object(own));
    let models = [
        ModelChoice {
            model_type: "tree".into(),
            hyperparameters: config(&[("alpha", 5.0.into())]),
        },
        ModelChoice {
            model_type: "line".into(),
            hyperparameters: Object::new(),
        },
    ];
    let checked = run(&graph, &models).unwrap();
    assert_eq!(
        checked.models[0].hyperparameters,
        config(&[("alpha", 5.0.into()), ("seed", 3.into())])
    );
    assert!(checked.models[1].hyperparameters.is_empty());
    assert_eq!(run(&graph, &[]).unwrap().models.len(), 1);
}

#[test]
fn hyperparameters_of_the_node_that_no_model_takes_are_warned_of() {
    let mut graph = graph(&["d:dataset", "s:split", "t:train", "d>s", "s>t"]);
    let own = config(&[("alpha", 2.0.into())]);
    graph.nodes[2]
        .config
        .insert("hyperparameters".into(), Value::Object(own));
    let model = |model_type: &str| ModelChoice {
        model_type: model_type.into(),
        hyperparameters: Object::new(),
    };
    let warnings = |graph: &Graph, models: &[ModelChoice]| run(graph, models).unwrap().warnings;
    assert!(warnings(&graph, &[model("tree")]).is_empty());
    assert_eq!(
        warnings(&graph, &[model("tree"), model("line")]),
        [
            "the hyperparameters of node \"t\" are not used: several models are trained, and its model_type names none"
        ]
    );
    graph.nodes[2].config.insert("model_type".into(), "line".into());
    assert_eq!(
        warnings(&graph, &[model("tree")]),
        ["the hyperparameters of node \"t\" are not used: they are for line, which is not trained"]
    );
    assert!(warnings(&graph, &[model("tree"), model("line")]).is_empty());
}

#[test]
fn hyperparameters_of_the_node_that_are_no_map_are_refused() {
    let mut graph = graph(&["d:dataset", "t:train", "d>t"]);
    for (wrong, told) in [
        (Value::from("{\"alpha\": "), "is text that is no JSON object"),
        (7.into(), "must be map from name to any value or text, not 7"),
    ] {
        graph.nodes[1].config.insert("hyperparameters".into(), wrong);
        let found = errors(&graph);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with(&format!("graph.nodes[1].config.hyperparameters: {told}")),
            "{found:?}"
        );
    }
    graph.nodes[1].config.insert("hyperparameters".into(), " ".into());
    assert!(run(&graph, &tree()).is_ok());
}

#[test]
fn unknown_models_and_parameters_are_told_with_what_is_known() {
    let models = [
        ModelChoice {
            model_type: "forest".into(),
            hyperparameters: Object::new(),
        },
        ModelChoice {
            model_type: "tree".into(),
            hyperparameters: config(&[("alpha", 11.0.into())]),
        },
        ModelChoice {
            model_type: "Trees".into(),
            hyperparameters: Object::new(),
        },
    ];
    let found = run(&graph(&["d:dataset", "t:train", "d>t"]), &models).unwrap_err();
    assert_eq!(
        found,
        [
            "models[0].model_type: unknown model \"forest\"; known are line, tree",
            "models[1].hyperparameters.alpha: must be number in [0, 10], not 11",
            "models[2].model_type: unknown model \"Trees\"; did you mean \"tree\"? known are line, tree",
        ]
    );
}
