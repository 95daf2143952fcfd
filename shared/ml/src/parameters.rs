//! Parameters on their way from a spec's loose values to the type a model or node declares for them. Both take
//! this way, so that a bound means the same everywhere.

use domain::{
    catalog::{self, ParamSpec},
    value::Object,
};
use serde::de::DeserializeOwned;

/// `given` with the defaults of `specs` filled in; every violation in one message otherwise, each with its path
/// below `path`.
pub(crate) fn resolve(specs: &[ParamSpec], given: &Object, path: &str) -> Result<Object, String> {
    let mut violations = Vec::new();
    catalog::check(specs, given, path, &mut violations);
    if violations.is_empty() {
        return Ok(catalog::resolve(specs, given));
    }
    let told: Vec<String> = violations.iter().map(ToString::to_string).collect();
    Err(told.join("; "))
}

/// The same, read as `T`.
pub(crate) fn read<T: DeserializeOwned>(
    specs: &[ParamSpec],
    given: &Object,
    path: &str,
) -> Result<T, String> {
    let all = resolve(specs, given, path)?;
    serde_json::to_value(all)
        .and_then(serde_json::from_value)
        .map_err(|error| error.to_string())
}
