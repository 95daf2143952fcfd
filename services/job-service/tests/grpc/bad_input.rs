//! What bad input gets: every violation at once, named by its field, and nothing written.

use std::collections::BTreeSet;

use messages::v1::{self, SubmitTrainingJobRequest};
use prost_types::value::Kind;
use testkit::NatsServer;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::support::{Service, model, object, submission};

fn fields(status: &Status) -> BTreeSet<String> {
    let details = status.get_error_details();
    let violations = &details.bad_request().expect("field violations").field_violations;
    assert!(
        violations
            .iter()
            .all(|violation| !violation.description.is_empty())
    );
    violations
        .iter()
        .map(|violation| violation.field.clone())
        .collect()
}

fn number(value: f64) -> Kind {
    Kind::NumberValue(value)
}

type Spoil = fn(&mut SubmitTrainingJobRequest);

/// What is spoilt, and the fields that are told.
const CASES: &[(&str, Spoil, &[&str])] = &[
    (
        "an unknown model",
        |r| r.models = vec![model("oracle", vec![])],
        &["models[0].model_type"],
    ),
    (
        "an unknown parameter and one out of bounds",
        |r| {
            r.models = vec![model(
                "ridge_regression",
                vec![("alpha", number(-1.0)), ("alhpa", number(1.0))],
            )]
        },
        &[
            "models[0].hyperparameters.alpha",
            "models[0].hyperparameters.alhpa",
        ],
    ),
    (
        "an unknown node",
        |r| r.graph.as_mut().unwrap().nodes[1].r#type = "sort_of_split".into(),
        &["graph.nodes[1].type"],
    ),
    (
        "a node's parameter out of bounds",
        |r| r.graph.as_mut().unwrap().nodes[1].config = Some(object(vec![("test_size", number(2.0))])),
        &["graph.nodes[1].config.test_size"],
    ),
    (
        "a cycle",
        |r| {
            let edge = v1::Edge {
                source: "train".into(),
                target: "split".into(),
                ..Default::default()
            };
            r.graph.as_mut().unwrap().edges.push(edge);
        },
        &["graph.edges"],
    ),
    (
        "a dangling edge",
        |r| r.graph.as_mut().unwrap().edges[1].target = "nowhere".into(),
        &["graph.edges[1].target"],
    ),
    (
        "a missing target",
        |r| r.graph.as_mut().unwrap().nodes[2].config = Some(object(vec![])),
        &["graph.nodes[2].config.target_column"],
    ),
    ("no graph", |r| r.graph = None, &["graph.nodes", "node_id"]),
    (
        "an unknown training node",
        |r| r.node_id = "elsewhere".into(),
        &["node_id"],
    ),
    (
        "two names for the training node",
        |r| r.target_node_id = "split".into(),
        &["target_node_id"],
    ),
    ("no training node", |r| r.node_id = String::new(), &["node_id"]),
    (
        "ids that are paths",
        |r| r.pipeline_id = "../../etc".into(),
        &["pipeline_id"],
    ),
    ("no pipeline", |r| r.pipeline_id = String::new(), &["pipeline_id"]),
    (
        "a request id that is too long",
        |r| r.request_id = "x".repeat(129),
        &["request_id"],
    ),
    (
        "too many labels",
        |r| r.labels = (0..33).map(|i| (format!("k{i}"), String::new())).collect(),
        &["labels"],
    ),
    (
        "an unknown resource class",
        |r| r.policy.as_mut().unwrap().resource_class = "quantum".into(),
        &["policy.resource_class"],
    ),
    (
        "a policy out of bounds",
        |r| r.policy.as_mut().unwrap().retry.as_mut().unwrap().max_attempts = -1,
        &["policy.retry.max_attempts"],
    ),
    (
        "everything at once",
        |r| {
            r.pipeline_id = "a/b".into();
            r.request_id = "x".repeat(129);
            r.models = vec![model("oracle", vec![])];
            r.policy.as_mut().unwrap().threads = -1;
            r.graph.as_mut().unwrap().nodes[1].config = Some(object(vec![("test_size", number(2.0))]));
        },
        &[
            "pipeline_id",
            "request_id",
            "models[0].model_type",
            "policy.threads",
            "graph.nodes[1].config.test_size",
        ],
    ),
];

#[tokio::test]
async fn every_bad_submission_is_told_all_its_violations_and_writes_nothing() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    for (what, spoil, expected) in CASES {
        let mut request = submission();
        spoil(&mut request);
        let refused = service.submit(request).await.expect_err(what);
        assert_eq!(refused.code(), Code::InvalidArgument, "{what}: {refused:?}");
        let info = refused.get_error_details().error_info().cloned().unwrap();
        assert_eq!(
            (info.reason.as_str(), info.domain.as_str()),
            ("INVALID_SPEC", "trainyard"),
            "{what}"
        );
        let told = fields(&refused);
        let expected: BTreeSet<String> = expected.iter().map(|field| (*field).to_owned()).collect();
        assert_eq!(told, expected, "{what}: {}", refused.message());
    }
    let listed = service
        .jobs
        .list_training_jobs(v1::ListTrainingJobsRequest::default())
        .await
        .unwrap();
    assert!(listed.into_inner().jobs.is_empty());
}

#[tokio::test]
async fn an_unknown_data_source_is_named() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let mut request = submission();
    request.dataset_source_id = "missing".into();
    request.graph.as_mut().unwrap().nodes[0].config = None;
    let refused = service.submit(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert_eq!(
        refused.get_error_details().error_info().unwrap().reason,
        "DATASET_SOURCE_NOT_FOUND"
    );
    assert_eq!(fields(&refused), ["dataset_source_id".to_owned()].into());
}

#[tokio::test]
async fn a_malformed_or_unknown_job_id_is_told_apart() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let unknown = "01890a5d-ac96-774b-bcce-b302099a8057";
    for (id, code) in [
        ("../x", Code::InvalidArgument),
        ("", Code::InvalidArgument),
        (unknown, Code::NotFound),
    ] {
        let job_id = id.to_owned();
        let get = v1::GetTrainingJobRequest {
            job_id: job_id.clone(),
            view: 0,
        };
        let watch = v1::WatchJobRequest {
            job_id: job_id.clone(),
            ..Default::default()
        };
        let events = v1::ListJobEventsRequest {
            job_id: job_id.clone(),
            ..Default::default()
        };
        let start = v1::StartTrainingJobRequest {
            job_id: job_id.clone(),
        };
        let cancel = v1::CancelTrainingJobRequest {
            job_id,
            reason: String::new(),
        };
        let codes = [
            service.jobs.get_training_job(get).await.unwrap_err().code(),
            service.jobs.watch_job(watch).await.unwrap_err().code(),
            service.jobs.list_job_events(events).await.unwrap_err().code(),
            service.jobs.start_training_job(start).await.unwrap_err().code(),
            service.jobs.cancel_training_job(cancel).await.unwrap_err().code(),
        ];
        assert_eq!(codes, [code; 5], "{id:?}");
    }
}

#[tokio::test]
async fn pages_and_filters_out_of_bounds_are_refused() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let size = v1::ListTrainingJobsRequest {
        page_size: 501,
        ..Default::default()
    };
    let token = v1::ListTrainingJobsRequest {
        page_token: "abc".into(),
        ..Default::default()
    };
    let states = v1::JobFilter {
        states: vec![99],
        ..Default::default()
    };
    let filter = v1::ListTrainingJobsRequest {
        filter: Some(states),
        ..Default::default()
    };
    // PostgreSQL takes no NUL in a text.
    let name = v1::ListTrainingJobsRequest {
        filter: Some(v1::JobFilter {
            pipeline_id: "a\0".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let label = v1::ListTrainingJobsRequest {
        filter: Some(v1::JobFilter {
            labels: [("team".to_owned(), "a\0".to_owned())].into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    for (request, field) in [
        (size, "page_size"),
        (token, "page_token"),
        (filter, "filter.states[0]"),
        (name, "filter.pipeline_id"),
        (label, "filter.labels[\"team\"]"),
    ] {
        let refused = service.jobs.list_training_jobs(request).await.unwrap_err();
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, [field.to_owned()].into())
        );
    }
}

#[tokio::test]
async fn a_batch_to_be_cancelled_is_named_in_one_way() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let job_id = service.submit_one().await.job_id;
    let asked = |job_ids: &[&str], filter: Option<v1::JobFilter>| v1::BatchCancelTrainingJobsRequest {
        job_ids: job_ids.iter().map(|id| (*id).to_owned()).collect(),
        filter,
        ..Default::default()
    };
    let all = |request| v1::BatchCancelTrainingJobsRequest { all: true, ..request };
    let many = vec![job_id.as_str(); 501];
    for (request, field) in [
        (asked(&[], None), "job_ids"),
        (asked(&[&job_id], Some(v1::JobFilter::default())), "filter"),
        (asked(&[&job_id, "../x"], None), "job_ids[1]"),
        (asked(&many, None), "job_ids"),
        (asked(&[], Some(v1::JobFilter::default())), "filter"),
        (all(asked(&[], Some(v1::JobFilter::default()))), "filter"),
        (all(asked(&[&job_id], None)), "all"),
    ] {
        let refused = service.jobs.batch_cancel_training_jobs(request).await;
        let refused = refused.unwrap_err();
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, [field.to_owned()].into())
        );
    }
    assert_eq!(service.get(&job_id).await.state(), v1::JobState::Queued);
}

#[tokio::test]
async fn a_data_source_outside_the_roots_is_refused() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let inside = format!("file://{}/../secret.csv", service.data_root().display());
    for uri in [
        "file:///etc/passwd.csv",
        "s3://bucket/x.csv",
        "table.csv",
        inside.as_str(),
    ] {
        let source = v1::DatasetSource {
            dataset_source_id: "bad".into(),
            uri: uri.to_owned(),
            ..Default::default()
        };
        let request = v1::CreateDatasetSourceRequest {
            dataset_source: Some(source),
        };
        let refused = service.datasets.create_dataset_source(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{uri}");
        assert_eq!(
            fields(&refused),
            ["dataset_source.uri".to_owned()].into(),
            "{uri}"
        );
    }
}
