//! The committed catalogue: every model and node with its parameters, so that a service can refuse a bad request
//! without knowing how anything is computed. It is generated from the learning library's lists
//! (`cargo run -p harness --bin catalog`), and a test fails when it drifts.

use domain::catalog::Catalog;

/// Why there is no catalogue.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The committed file is not a catalogue; the tests see to it that it is.
    #[error("catalog.json is not a catalogue")]
    Invalid(#[source] serde_json::Error),
}

/// The committed text, as generated.
pub const JSON: &str = include_str!("../catalog.json");

/// The catalogue.
///
/// # Errors
/// If the committed file is not a catalogue, a defect of the build.
pub fn load() -> Result<Catalog, Error> {
    serde_json::from_str(JSON).map_err(Error::Invalid)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::{
        catalog::{NodeRole, ParamSpec, check},
        value::Object,
    };

    use super::*;

    #[test]
    fn the_committed_catalogue_loads_and_is_sorted() {
        let catalog = load().unwrap();
        assert!(catalog.models.iter().map(|model| &model.key).is_sorted());
        assert!(catalog.nodes.iter().map(|node| &node.key).is_sorted());
        assert!(!catalog.models.is_empty() && !catalog.nodes.is_empty());
    }

    #[test]
    fn every_key_and_alias_names_one_thing() {
        let catalog = load().unwrap();
        let names = catalog
            .nodes
            .iter()
            .flat_map(|node| node.aliases.iter().chain([&node.key]));
        let all: Vec<&String> = names
            .chain(catalog.models.iter().map(|model| &model.key))
            .collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
    }

    #[test]
    fn there_is_a_source_a_splitter_and_a_training_node() {
        let catalog = load().unwrap();
        for role in [NodeRole::Source, NodeRole::Splitter, NodeRole::Training] {
            assert!(catalog.nodes.iter().any(|node| node.role == role), "{role:?}");
        }
        assert!(catalog.node("train_model_draft").is_some());
    }

    #[test]
    fn every_default_passes_the_check_of_its_own_parameter() {
        let catalog = load().unwrap();
        let models = catalog.models.iter().map(|model| (&model.key, &model.parameters));
        let nodes = catalog.nodes.iter().map(|node| (&node.key, &node.parameters));
        for (key, parameters) in models.chain(nodes) {
            let optional = |spec: &&ParamSpec| !spec.required;
            let given = parameters
                .iter()
                .filter(optional)
                .map(|spec| (spec.name.clone(), spec.default.clone()));
            let specs: Vec<ParamSpec> = parameters.iter().filter(optional).cloned().collect();
            let mut violations = Vec::new();
            check(&specs, &given.collect::<Object>(), "config", &mut violations);
            assert!(violations.is_empty(), "{key}: {violations:?}");
            assert!(
                parameters.iter().all(|spec| !spec.doc.is_empty()),
                "{key} has an undocumented parameter"
            );
        }
    }
}
