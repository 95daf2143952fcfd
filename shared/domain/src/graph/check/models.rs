//! Which models are trained, and with which hyperparameters.

use super::{Member, ModelChoice, Submission};
use crate::{
    catalog::{self, Catalog},
    hint::did_you_mean,
    value::{Object, Value},
    violation::Violation,
};

/// The models with the node's hyperparameters merged in: the node's apply to its own model type, or to the only
/// model where the node names none.
pub(super) fn choose(
    submission: Submission<'_>,
    training: Member<'_>,
    catalog: &Catalog,
    violations: &mut Vec<Violation>,
) -> Vec<ModelChoice> {
    let own = training.text("model_type");
    let choices = match (submission.models, own) {
        ([], Some(own)) => vec![ModelChoice {
            model_type: own.to_owned(),
            hyperparameters: Object::new(),
        }],
        ([], None) => {
            violations.push(Violation::new(
                "models",
                "must name at least one model, as the training node names none",
            ));
            Vec::new()
        }
        (choices, _) => choices.to_vec(),
    };
    if let Some(Value::String(text)) = training.node.config.get("hyperparameters")
        && !text.trim().is_empty()
    {
        let field = format!("{}.config.hyperparameters", training.path());
        violations.push(Violation::new(
            field,
            "is text that is no JSON object of names and values",
        ));
    }
    let alone = choices.len() == 1;
    let mut merged = Vec::new();
    for (i, choice) in choices.iter().enumerate() {
        let Some(spec) = catalog.model(&choice.model_type) else {
            let known: Vec<&str> = catalog.models.iter().map(|m| m.key.as_str()).collect();
            let field = if submission.models.is_empty() {
                format!("{}.config.model_type", training.path())
            } else {
                format!("models[{i}].model_type")
            };
            let message = format!(
                "unknown model {:?}; {}known are {}",
                choice.model_type,
                did_you_mean(&choice.model_type, known.iter().copied()),
                known.join(", ")
            );
            violations.push(Violation::new(field, message));
            continue;
        };
        let mut hyperparameters = Object::new();
        let applies = applies(own, &choice.model_type, alone);
        let path = format!("{}.config.hyperparameters", training.path());
        if let Some(Value::Object(given)) = training.node.config.get("hyperparameters")
            && applies
        {
            catalog::check(&spec.parameters, given, &path, violations);
            hyperparameters.extend(given.clone());
        }
        let path = format!("models[{i}].hyperparameters");
        catalog::check(&spec.parameters, &choice.hyperparameters, &path, violations);
        hyperparameters.extend(choice.hyperparameters.clone());
        merged.push(ModelChoice {
            model_type: choice.model_type.clone(),
            hyperparameters,
        });
    }
    merged
}

/// Whether the node's hyperparameters are those of a model.
fn applies(own: Option<&str>, model_type: &str, alone: bool) -> bool {
    own.map_or(alone, |own| own == model_type)
}

/// What is to be known if the node's hyperparameters are those of none of the models.
pub(super) fn unused_hyperparameters(training: Member<'_>, models: &[ModelChoice]) -> Option<String> {
    let own = training.text("model_type");
    let given = training.node.config.get("hyperparameters")?;
    let used = models
        .iter()
        .any(|model| applies(own, &model.model_type, models.len() == 1));
    (!given.is_blank() && !used).then(|| {
        let reason = match own {
            Some(own) => format!("they are for {own}, which is not trained"),
            None => "several models are trained, and its model_type names none".to_owned(),
        };
        let id = &training.node.id;
        format!("the hyperparameters of node {id:?} are not used: {reason}")
    })
}
