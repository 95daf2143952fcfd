//! `models` and `nodes`.

use anyhow::{Result, bail};
use domain::hint::did_you_mean;
use messages::v1::{ListModelTypesRequest, ListNodeTypesRequest};
use serde_json::json;

use crate::{
    client::{Client, call},
    output::Output,
    show,
};

/// Lists the models, or shows one.
pub(super) async fn models(client: &Client, key: Option<String>, output: &mut Output) -> Result<()> {
    let response = call("list the models", || {
        let mut jobs = client.jobs();
        async move { jobs.list_model_types(ListModelTypesRequest {}).await }
    });
    let models = response.await?.model_types;
    let Some(key) = key else {
        return if output.json {
            output.json(&json!({ "model_types": show::json::list(&models, show::json::model_type) }))
        } else {
            output.line(&show::catalog::models(&models))
        };
    };
    let Some(model) = models.iter().find(|model| model.key == key) else {
        let hint = did_you_mean(&key, models.iter().map(|model| model.key.as_str()));
        bail!("there is no model {key:?}; {hint}`trainctl models` lists them");
    };
    if output.json {
        output.json(&show::json::model_type(model))
    } else {
        output.line(&show::catalog::model(model))
    }
}

/// Lists the nodes, or shows one.
pub(super) async fn nodes(client: &Client, key: Option<String>, output: &mut Output) -> Result<()> {
    let response = call("list the nodes", || {
        let mut jobs = client.jobs();
        async move { jobs.list_node_types(ListNodeTypesRequest {}).await }
    });
    let nodes = response.await?.node_types;
    let Some(key) = key else {
        return if output.json {
            output.json(&json!({ "node_types": show::json::list(&nodes, show::json::node_type) }))
        } else {
            output.line(&show::catalog::nodes(&nodes))
        };
    };
    let Some(node) = nodes
        .iter()
        .find(|node| node.key == key || node.aliases.contains(&key))
    else {
        let hint = did_you_mean(&key, nodes.iter().map(|node| node.key.as_str()));
        bail!("there is no node {key:?}; {hint}`trainctl nodes` lists them");
    };
    if output.json {
        output.json(&show::json::node_type(node))
    } else {
        output.line(&show::catalog::node(node))
    }
}
