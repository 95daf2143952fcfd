//! Registrations of tables.

use domain::spec::DataFormat;
use job_service::{
    app::{PageRequest, Tenant},
    error::Error,
};
use messages::v1;

use crate::stage::{Stage, request};

pub(crate) async fn the_same_registration_is_made_once(stage: Stage) {
    let source = stage.source("iris", "iris.parquet");
    let create = || stage.app.create_dataset(&stage.tenant, source.clone());
    let (first, second) = tokio::join!(create(), create());
    let first = first.unwrap();
    assert_eq!(first, second.unwrap());
    assert_eq!(first.dataset.format, DataFormat::Parquet);
    assert_eq!(stage.app.dataset(&stage.tenant, "iris").await.unwrap(), first);
    let other = stage.source("iris", "other.parquet");
    let error = stage.app.create_dataset(&stage.tenant, other).await.unwrap_err();
    assert!(matches!(error, Error::DatasetExists(id) if id == "iris"));
    let missing = stage.app.dataset(&stage.tenant, "none").await;
    assert!(matches!(missing, Err(Error::DatasetNotFound(id)) if id == "none"));
}

pub(crate) async fn registrations_are_checked_and_listed_by_id(stage: Stage) {
    for uri in ["file:///etc/passwd.csv", "s3://bucket/a.csv", "a.csv"] {
        let source = v1::DatasetSource {
            dataset_source_id: "../x".into(),
            uri: uri.into(),
            ..Default::default()
        };
        let refused = stage.app.create_dataset(&stage.tenant, source).await;
        let Err(Error::Invalid(violations)) = refused else {
            panic!("{uri} was not refused");
        };
        let fields: Vec<&str> = violations.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(
            fields,
            ["dataset_source.dataset_source_id", "dataset_source.uri"],
            "{uri}"
        );
    }
    for id in ["b", "a", "d"] {
        let source = stage.source(id, "x.csv");
        stage.app.create_dataset(&stage.tenant, source).await.unwrap();
    }
    let mut page = PageRequest {
        size: 3,
        token: String::new(),
    };
    let first = stage.app.datasets(&stage.tenant, &page).await.unwrap();
    page.token = first.next_token;
    let second = stage.app.datasets(&stage.tenant, &page).await.unwrap();
    let rows = first.rows.iter().chain(&second.rows);
    let ids: Vec<&str> = rows.map(|row| row.dataset.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "churn", "d"]);
    assert_eq!((first.rows.len(), second.next_token.as_str()), (3, ""));
}

pub(crate) async fn a_registration_can_be_forgotten_and_made_anew(stage: Stage) {
    let row = stage.submit(&["tree"]).await.remove(0);
    let other = Tenant::new(&"other".parse().unwrap());
    let missing = stage.app.delete_dataset(&other, "churn").await;
    assert!(matches!(missing, Err(Error::DatasetNotFound(id)) if id == "churn"));
    stage.app.delete_dataset(&stage.tenant, "churn").await.unwrap();
    let missing = stage.app.delete_dataset(&stage.tenant, "churn").await;
    assert!(matches!(missing, Err(Error::DatasetNotFound(id)) if id == "churn"));
    let refused = stage.app.submit(request(&["tree"])).await;
    assert!(matches!(refused, Err(Error::DatasetNotFound(id)) if id == "churn"));
    // What was submitted with it keeps its copy.
    stage.claim(row.id).await;
    let elsewhere = stage.source("churn", "elsewhere.csv");
    stage.app.create_dataset(&stage.tenant, elsewhere).await.unwrap();
    assert_eq!(
        stage.submit(&["tree"]).await[0].version,
        2,
        "versions go on counting"
    );
}
