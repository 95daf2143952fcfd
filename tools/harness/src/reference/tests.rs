use domain::{
    catalog::{self, Learns},
    value::Object,
};

use super::*;

#[test]
fn every_node_has_an_example_that_it_accepts() {
    for spec in ml::nodes::specs() {
        let note = notes::node(&spec.key).unwrap_or_else(|| panic!("{} has no note", spec.key));
        let config: Object = serde_json::from_str(note.example).unwrap();
        let mut violations = Vec::new();
        catalog::check(&spec.parameters, &config, "config", &mut violations);
        assert!(violations.is_empty(), "{}: {violations:?}", spec.key);
    }
}

#[test]
fn every_node_that_learns_says_what() {
    for spec in ml::nodes::specs().iter().filter(|spec| spec.learns != Learns::No) {
        let note = notes::node(&spec.key).unwrap_or_else(|| panic!("{} has no note", spec.key));
        assert!(
            !note.learns.is_empty(),
            "{} does not say what it learns",
            spec.key
        );
    }
}

#[test]
fn every_model_says_how_it_differs_from_scikit_learn() {
    for spec in ml::models::specs() {
        assert!(notes::model(&spec.key).is_some(), "{} has no note", spec.key);
    }
}

#[test]
fn a_parameter_inside_others_has_a_row_with_its_path() {
    let text = nodes::document(&ml::nodes::specs());
    for name in ["`strategies[].method`", "`strategies[].options.value`"] {
        assert!(text.contains(name), "{name}");
    }
}

#[test]
fn what_a_node_does_to_columns_is_told_with_its_conditions_and_an_example() {
    let text = nodes::document(&ml::nodes::specs());
    for told in [
        "- Columns: adds `{columns}{flag_suffix}`.\n- The example adds `income_was_missing`.",
        "  - drops `{column}` when `drop_original` is true",
        "- Columns: keeps only `{feature_columns}` and the target unless `feature_columns` is blank.",
        "- Columns: changes `{column}` in place for each of `transformations`.",
        "- Columns: kept as they are.",
    ] {
        assert!(text.contains(told), "{told}");
    }
}
