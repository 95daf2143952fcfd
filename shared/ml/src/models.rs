//! The list of models. A model is one file beside this one and one line in [`MODELS`], so that whoever adds one
//! touches nothing else.

use domain::catalog::ModelSpec;

use crate::model::ErasedModel;

/// Every model, sorted by key.
static MODELS: &[&dyn ErasedModel] = &[];

/// The specs of all models, sorted by key.
pub fn specs() -> Vec<ModelSpec> {
    MODELS.iter().map(|model| model.spec()).collect()
}

/// The model with this key.
pub fn get(key: &str) -> Option<&'static dyn ErasedModel> {
    MODELS.iter().copied().find(|model| model.spec().key == key)
}
