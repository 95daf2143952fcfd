//! Parameters on their way from a spec's loose values to the type a model or node declares for them. Both take
//! this way, so that a bound means the same everywhere.

use domain::{
    catalog::{self, ParamSpec},
    value::Object,
    violation::Violation,
};
use serde::de::DeserializeOwned;

/// `given` with the defaults of `specs` filled in; every violation in one message otherwise, each with its path
/// below `path`.
pub(crate) fn resolve(specs: &[ParamSpec], given: &Object, path: &str) -> Result<Object, String> {
    let mut violations = Vec::new();
    catalog::check(specs, given, path, &mut violations);
    sound(&violations)?;
    Ok(catalog::resolve(specs, given))
}

/// The same, read as `T`.
pub(crate) fn read<T: DeserializeOwned>(
    specs: &[ParamSpec],
    given: &Object,
    path: &str,
) -> Result<T, String> {
    let mut violations = Vec::new();
    catalog::check(specs, given, path, &mut violations);
    typed(specs, given, &violations)
}

/// `given` with the defaults of `specs` filled in, read as `T`, if nothing was found to be wrong with it; every
/// violation in one message otherwise.
pub(crate) fn typed<T: DeserializeOwned>(
    specs: &[ParamSpec],
    given: &Object,
    violations: &[Violation],
) -> Result<T, String> {
    sound(violations)?;
    serde_json::to_value(catalog::resolve(specs, given))
        .and_then(serde_json::from_value)
        .map_err(|error| error.to_string())
}

fn sound(violations: &[Violation]) -> Result<(), String> {
    let told: Vec<String> = violations.iter().map(ToString::to_string).collect();
    if told.is_empty() {
        Ok(())
    } else {
        Err(told.join("; "))
    }
}
