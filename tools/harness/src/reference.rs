//! What is generated from the learning library's lists and committed: the catalogue that the job-service reads, and
//! the two documents that people read. A test compares each with the committed file, so that none drifts.

mod markdown;
mod models;
mod nodes;
mod notes;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use domain::catalog::Catalog;

/// A committed file and what it has to hold.
#[derive(Debug)]
pub struct Generated {
    /// Its path below the root of the repository.
    pub path: &'static str,
    /// Its text.
    pub text: String,
}

impl Generated {
    /// Where the committed file lies.
    pub fn committed(&self) -> PathBuf {
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(self.path)
    }
}

/// Every generated file.
///
/// # Errors
/// When a spec cannot be said in JSON, a defect.
pub fn generate() -> serde_json::Result<Vec<Generated>> {
    let catalog = Catalog {
        models: ml::models::specs(),
        nodes: ml::nodes::specs(),
    };
    let json = serde_json::to_string_pretty(&catalog)? + "\n";
    Ok(vec![
        Generated {
            path: "shared/catalog/catalog.json",
            text: json,
        },
        Generated {
            path: "docs/NODES.md",
            text: nodes::document(&catalog.nodes),
        },
        Generated {
            path: "docs/MODELS.md",
            text: models::document(&catalog.models),
        },
    ])
}
