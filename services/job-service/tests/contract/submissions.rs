//! T1: what becomes of a submission.

use std::collections::BTreeMap;

use domain::{
    job::{Phase, State},
    value::Value,
};
use job_service::{
    app::{Filter, Hint, Order, PageRequest, Tenant},
    error::Error,
};
use messages::v1;

use crate::stage::{Stage, choice, object, request};

pub(crate) async fn a_submission_makes_one_queued_job_for_each_model(mut stage: Stage) {
    let mut request = request(&["tree", "line", "tree"]);
    request.models[2] = choice("tree", object([("depth", 3.into())]));
    request.labels = BTreeMap::from([("team".into(), "blue".into())]);
    request.metadata = object([("ticket", "A-1".into())]);
    let submitted = stage.app.submit(request.clone()).await.unwrap();
    assert!(submitted.created);
    assert_eq!(submitted.plan.steps.len(), 2);
    assert_eq!(submitted.warnings.len(), 1, "{:?}", submitted.warnings);
    let got: Vec<_> = submitted
        .jobs
        .iter()
        .map(|row| (row.model_type.as_str(), row.version))
        .collect();
    assert_eq!(got, [("tree", 1), ("line", 1), ("tree", 2)]);
    for row in &submitted.jobs {
        assert_eq!(
            row,
            &stage.job(row.id).await,
            "what is returned is what is stored"
        );
        assert_eq!((row.job.state, row.job.phase), (State::Queued, Phase::Waiting));
        assert_eq!((&row.labels, &row.metadata), (&request.labels, &request.metadata));
        assert_eq!(stage.history(row.id).await, (vec![1], vec![v1::JobState::Queued]));
    }
    let details = stage
        .app
        .details(&stage.tenant, submitted.jobs[2].id)
        .await
        .unwrap();
    let spec = messages::convert::spec_from_pb(details.spec).unwrap();
    assert_eq!(spec.hyperparameters, object([("depth", 3.into())]));
    assert_eq!(
        (spec.graph, spec.dataset.id.as_str()),
        (request.graph.clone(), "churn")
    );
    let mut hints = Vec::new();
    while let Ok(hint) = stage.hints.try_recv() {
        hints.push(hint);
    }
    assert_eq!(hints.len(), 4);
    assert!(hints.contains(&Hint::Outbox) && hints.contains(&Hint::Note(submitted.jobs[0].id)));
    assert_eq!(stage.submit(&["tree"]).await[0].version, 3);
}

pub(crate) async fn a_job_not_to_be_run_waits_until_it_is_started(stage: Stage) {
    let mut request = request(&["tree"]);
    request.run_training = false;
    let row = &stage.app.submit(request).await.unwrap().jobs[0];
    assert_eq!(row.job.state, State::Created);
    assert_eq!(
        stage.app.outbox_due_in().await.unwrap(),
        None,
        "nothing is announced"
    );
    let started = stage.app.start(&stage.tenant, row.id).await.unwrap();
    assert_eq!((started.job.state, started.event_no), (State::Queued, 2));
    assert!(stage.app.outbox_due_in().await.unwrap().is_some());
    let again = stage.app.start(&stage.tenant, row.id).await.unwrap();
    assert_eq!(again, started, "starting is idempotent");
    stage.claim(row.id).await;
}

pub(crate) async fn validate_only_writes_nothing(stage: Stage) {
    let mut asked = request(&["tree"]);
    asked.validate_only = true;
    asked.request_id = "r1".into();
    let answer = stage.app.submit(asked.clone()).await.unwrap();
    assert!(answer.jobs.is_empty() && !answer.created);
    assert_eq!(answer.plan.steps.len(), 2);
    asked.dataset_source_id = "nobody".into();
    let error = stage.app.submit(asked).await.unwrap_err();
    assert!(matches!(error, Error::DatasetNotFound(id) if id == "nobody"));
    let (all, first) = (Filter::default(), PageRequest::default());
    let page = stage
        .app
        .list(&stage.tenant, &all, Order::Created, &first)
        .await
        .unwrap();
    assert!(page.rows.is_empty());
    let mut real = request(&["tree"]);
    real.request_id = "r1".into();
    let made = stage.app.submit(real).await.unwrap();
    assert_eq!((made.created, made.jobs[0].version), (true, 1));
}

pub(crate) async fn every_violation_is_told_at_once(stage: Stage) {
    let mut asked = request(&["oak"]);
    asked.request_id = "r".repeat(129);
    asked.pipeline_id = "../up".into();
    asked.target_node_id = "other".into();
    asked.labels = BTreeMap::from([("a b".into(), "x\0".into())]);
    asked.metadata = object([("long", "x".repeat(40_000).as_str().into())]);
    asked.graph.nodes[1].kind = "what".into();
    asked.policy = Some(v1::JobPolicy {
        threads: -1,
        ..Default::default()
    });
    let Error::Invalid(violations) = stage.app.submit(asked).await.unwrap_err() else {
        panic!("not refused as invalid");
    };
    let mut fields: Vec<&str> = violations.iter().map(|v| v.field.as_str()).collect();
    fields.dedup();
    assert_eq!(
        fields,
        [
            "graph.nodes[1].type",
            "labels[\"a b\"]",
            "metadata",
            "pipeline_id",
            "policy.threads",
            "request_id",
            "target_node_id",
        ]
    );
    let mut asked = request(&["oak"]);
    asked.policy = Some(v1::JobPolicy {
        resource_class: "gpu".into(),
        ..Default::default()
    });
    let wrong = async |asked| match stage.app.submit(asked).await.unwrap_err() {
        Error::Invalid(violations) => violations.into_iter().map(|v| v.field).collect::<Vec<_>>(),
        other => panic!("not refused as invalid: {other}"),
    };
    assert_eq!(
        wrong(asked.clone()).await,
        ["models[0].model_type", "policy.resource_class"]
    );
    // What is wrong with the data source is told beside the rest, wherever it is named.
    let with_dataset = [
        "dataset_source_id",
        "models[0].model_type",
        "policy.resource_class",
    ];
    for id in ["nobody", "../up"] {
        asked.dataset_source_id = id.into();
        assert_eq!(wrong(asked.clone()).await, with_dataset, "{id}");
    }
    asked.dataset_source_id = String::new();
    asked.graph.nodes[0].config = object([("dataset_source_id", "nobody".into())]);
    assert_eq!(wrong(asked).await, with_dataset);
}

pub(crate) async fn a_spec_too_large_for_a_claim_is_refused(stage: Stage) {
    let mut asked = request(&["line", "tree"]);
    let notes = Value::String("n".repeat(600 << 10));
    asked.models[1] = choice("tree", object([("notes", notes)]));
    let error = stage.app.submit(asked).await.unwrap_err();
    assert!(
        matches!(&error, Error::SpecTooLarge { model_type, limit: 524_288, .. } if model_type == "tree"),
        "{error}"
    );
    assert_eq!(
        stage.submit(&["line"]).await[0].version,
        1,
        "the whole batch was refused"
    );
}

pub(crate) async fn the_same_request_returns_the_same_jobs(stage: Stage) {
    let mut asked = request(&["tree", "line"]);
    asked.request_id = "r1".into();
    let first = stage.app.submit(asked.clone()).await.unwrap();
    stage.claim(first.jobs[0].id).await;
    let second = stage.app.submit(asked.clone()).await.unwrap();
    assert!(first.created && !second.created);
    let ids = |jobs: &[job_service::app::JobRow]| jobs.iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(&first.jobs), ids(&second.jobs));
    assert_eq!(
        second.jobs[0].job.state,
        State::Running,
        "the jobs are as they are now"
    );
    assert_eq!((&first.plan, &first.warnings), (&second.plan, &second.warnings));
    let mut other = asked.clone();
    other.payload_sha256 = vec![2; 32];
    let error = stage.app.submit(other).await.unwrap_err();
    assert!(matches!(error, Error::RequestIdReused(id) if id == "r1"));
    asked.request_id = "r2".into();
    assert_eq!(stage.app.submit(asked).await.unwrap().jobs[0].version, 2);
}

pub(crate) async fn another_tenant_sees_nothing(stage: Stage) {
    let mut asked = request(&["tree"]);
    asked.request_id = "r1".into();
    let id = stage.app.submit(asked.clone()).await.unwrap().jobs[0].id;
    let app = &stage.app;
    let other = Tenant::new(&"other".parse().unwrap());
    assert!(matches!(app.get(&other, id).await, Err(Error::JobNotFound(_))));
    assert!(matches!(
        app.details(&other, id).await,
        Err(Error::JobNotFound(_))
    ));
    assert!(matches!(
        app.events(&other, id, 0, 1).await,
        Err(Error::JobNotFound(_))
    ));
    assert!(matches!(app.start(&other, id).await, Err(Error::JobNotFound(_))));
    assert!(matches!(
        app.cancel(&other, id, "").await,
        Err(Error::JobNotFound(_))
    ));
    let (all, first) = (Filter::default(), PageRequest::default());
    assert!(
        app.list(&other, &all, Order::Created, &first)
            .await
            .unwrap()
            .rows
            .is_empty()
    );
    assert!(app.datasets(&other, &first).await.unwrap().rows.is_empty());
    // Names are its own as well: of data sources, of requests, of versions.
    asked.tenant = other.clone();
    let error = app.submit(asked.clone()).await.unwrap_err();
    assert!(matches!(error, Error::DatasetNotFound(_)), "{error}");
    let source = stage.source("churn", "other.csv");
    app.create_dataset(&other, source).await.unwrap();
    let theirs = app.submit(asked).await.unwrap();
    assert_eq!((theirs.created, theirs.jobs[0].version), (true, 1));
    assert_eq!(stage.job(id).await.job.state, State::Queued);
}

pub(crate) async fn an_id_that_no_database_takes_is_refused(stage: Stage) {
    let mut asked = request(&["tree"]);
    asked.dataset_source_id = String::new();
    asked.graph.nodes[0].config = object([("dataset_source_id", "nul\0".into())]);
    let Err(Error::Invalid(violations)) = stage.app.submit(asked).await else {
        panic!("not refused as invalid");
    };
    assert_eq!(violations[0].field, "dataset_source_id");
}
