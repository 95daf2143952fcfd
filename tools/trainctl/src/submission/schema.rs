//! The shape of a submission file. Types of its own, because the generated messages know no serde and the
//! domain's graph takes keys it does not know.

use std::{collections::BTreeMap, time::Duration};

use domain::value::Value;
use messages::{convert::duration_to_pb, v1};
use serde::{Deserialize, Deserializer, de::Error};

use super::strict::Fields;

/// A whole file.
#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a mapping with dataset_source_id, graph and models"
)]
pub(super) struct Submission {
    #[serde(default)]
    request_id: String,
    #[serde(default)]
    dataset_source_id: String,
    #[serde(default)]
    pipeline_id: String,
    #[serde(default)]
    node_id: String,
    #[serde(default)]
    target_node_id: String,
    graph: Graph,
    #[serde(default)]
    models: Vec<Model>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    metadata: Option<Fields>,
    policy: Option<Policy>,
    run_training: Option<bool>,
    #[serde(default)]
    validate_only: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with nodes and edges")]
struct Graph {
    nodes: Vec<Node>,
    #[serde(default)]
    edges: Vec<Edge>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with id, type and config")]
struct Node {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    config: Option<Fields>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with source and target")]
struct Edge {
    source: String,
    target: String,
    #[serde(default)]
    source_handle: String,
    #[serde(default)]
    target_handle: String,
}

#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a mapping with model_type and hyperparameters, such as `model_type: ridge_regression`"
)]
struct Model {
    model_type: String,
    hyperparameters: Option<Fields>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with timeouts and retry")]
struct Policy {
    queue_timeout: Option<Span>,
    run_timeout: Option<Span>,
    total_timeout: Option<Span>,
    cancel_grace: Option<Span>,
    retry: Option<Retry>,
    #[serde(default)]
    resource_class: String,
    #[serde(default)]
    memory_limit_bytes: i64,
    #[serde(default)]
    threads: i32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with max_attempts and backoffs")]
struct Retry {
    #[serde(default)]
    max_attempts: i32,
    initial_backoff: Option<Span>,
    #[serde(default)]
    factor: f64,
    max_backoff: Option<Span>,
}

/// A span of time as people write it, such as `1h 30m`.
#[derive(Debug)]
struct Span(Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = |given: &str| {
            D::Error::custom(format!(
                "expected a span of time such as 30s or 1h 30m, not {given}"
            ))
        };
        let value = Value::deserialize(deserializer)?;
        let text = value.as_str().ok_or_else(|| wrong(&value.to_string()))?;
        humantime::parse_duration(text)
            .map(Span)
            .map_err(|_| wrong(&value.to_string()))
    }
}

impl From<Submission> for v1::SubmitTrainingJobRequest {
    fn from(file: Submission) -> Self {
        let models = file.models.into_iter().map(|model| v1::ModelChoice {
            model_type: model.model_type,
            hyperparameters: Fields::to_pb(model.hyperparameters),
        });
        Self {
            request_id: file.request_id,
            dataset_source_id: file.dataset_source_id,
            pipeline_id: file.pipeline_id,
            node_id: file.node_id,
            target_node_id: file.target_node_id,
            graph: Some(file.graph.into()),
            models: models.collect(),
            labels: file.labels,
            metadata: Fields::to_pb(file.metadata),
            policy: file.policy.map(Into::into),
            run_training: file.run_training,
            validate_only: file.validate_only,
        }
    }
}

impl From<Graph> for v1::Graph {
    fn from(graph: Graph) -> Self {
        let nodes = graph.nodes.into_iter().map(|node| v1::Node {
            id: node.id,
            r#type: node.kind,
            config: Fields::to_pb(node.config),
        });
        let edges = graph.edges.into_iter().map(|edge| v1::Edge {
            source: edge.source,
            target: edge.target,
            source_handle: edge.source_handle,
            target_handle: edge.target_handle,
        });
        Self {
            nodes: nodes.collect(),
            edges: edges.collect(),
        }
    }
}

impl From<Policy> for v1::JobPolicy {
    fn from(policy: Policy) -> Self {
        Self {
            queue_timeout: to_pb(policy.queue_timeout),
            run_timeout: to_pb(policy.run_timeout),
            total_timeout: to_pb(policy.total_timeout),
            cancel_grace: to_pb(policy.cancel_grace),
            retry: policy.retry.map(|retry| v1::RetryPolicy {
                max_attempts: retry.max_attempts,
                initial_backoff: to_pb(retry.initial_backoff),
                factor: retry.factor,
                max_backoff: to_pb(retry.max_backoff),
            }),
            resource_class: policy.resource_class,
            memory_limit_bytes: policy.memory_limit_bytes,
            threads: policy.threads,
        }
    }
}

fn to_pb(span: Option<Span>) -> Option<prost_types::Duration> {
    span.map(|Span(span)| duration_to_pb(span))
}
