//! What the documents say beyond the specs: what a node learns in words with an example of its config, and how a
//! model differs from scikit-learn's.

mod models;
mod nodes;

/// What is said of a node.
pub(super) struct NodeNote {
    pub(super) key: &'static str,
    /// What it learns; nothing for a node that never learns.
    pub(super) learns: &'static str,
    /// A config as JSON, one that the node accepts.
    pub(super) example: &'static str,
}

/// What is said of a model.
pub(super) struct ModelNote {
    pub(super) key: &'static str,
    /// scikit-learn's class.
    pub(super) peer: &'static str,
    /// What is different, in sentences.
    pub(super) differs: &'static str,
}

/// What is said of the node with this key.
pub(super) fn node(key: &str) -> Option<&'static NodeNote> {
    nodes::NOTES.iter().find(|note| note.key == key)
}

/// What is said of the model with this key.
pub(super) fn model(key: &str) -> Option<&'static ModelNote> {
    models::NOTES.iter().find(|note| note.key == key)
}
