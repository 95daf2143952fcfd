//! Submitting, reading, starting and cancelling.

use messages::v1::{self, JobState};
use testkit::NatsServer;
use tonic::Code;
use tonic_types::StatusExt;

use crate::support::{Service, model, submission};

#[tokio::test]
async fn a_submission_makes_one_queued_job_for_each_model() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let mut request = submission();
    request.models.push(model("random_forest_regressor", vec![]));
    request.models.push(model("ridge_regression", vec![]));
    request.labels = [("team".to_owned(), "blue".to_owned())].into();
    let made = service.submit(request).await.unwrap();
    assert!(made.created);
    let known: Vec<_> = made
        .jobs
        .iter()
        .map(|job| (job.model_type.as_str(), job.version))
        .collect();
    assert_eq!(
        known,
        [
            ("ridge_regression", 1),
            ("random_forest_regressor", 1),
            ("ridge_regression", 2)
        ]
    );
    let steps: Vec<_> = made
        .plan
        .unwrap()
        .steps
        .into_iter()
        .map(|step| step.node_id)
        .collect();
    assert_eq!(steps, ["data", "split", "train"]);
    for job in &made.jobs {
        let read = service.get(&job.job_id).await;
        assert_eq!(read.state(), JobState::Queued);
        assert_eq!(
            (read.event_no, read.labels["team"].as_str()),
            (job.event_no, "blue")
        );
        let spec = read.spec.unwrap();
        assert_eq!(
            (spec.model_type, spec.node_id.as_str()),
            (read.model_type, "train")
        );
        assert!(spec.dataset_source.unwrap().uri.ends_with("/data/table.csv"));
    }
}

#[tokio::test]
async fn the_same_request_id_gives_the_same_jobs_and_takes_no_other_payload() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let mut request = submission();
    request.request_id = "once".into();
    let first = service.submit(request.clone()).await.unwrap();
    let second = service.submit(request.clone()).await.unwrap();
    assert!(first.created && !second.created);
    assert_eq!(first.jobs[0].job_id, second.jobs[0].job_id);
    request.pipeline_id = "other".into();
    let refused = service.submit(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    assert_eq!(
        refused.get_error_details().error_info().unwrap().reason,
        "REQUEST_ID_REUSED"
    );
}

#[tokio::test]
async fn a_job_that_was_not_to_run_waits_for_its_start() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let mut request = submission();
    request.run_training = Some(false);
    let job_id = service.submit(request).await.unwrap().jobs.remove(0).job_id;
    assert_eq!(service.get(&job_id).await.state(), JobState::Created);
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let request = v1::StartTrainingJobRequest {
            job_id: job_id.clone(),
        };
        let job = service
            .jobs
            .start_training_job(request)
            .await
            .unwrap()
            .into_inner()
            .job
            .unwrap();
        assert_eq!(job.state(), JobState::Queued);
        numbers.push(job.event_no);
    }
    assert_eq!(numbers[0], numbers[1], "the second start changes nothing");
}

#[tokio::test]
async fn a_cancelled_job_stays_cancelled() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let job_id = service.submit_one().await.job_id;
    let first = service.cancel(&job_id).await;
    assert_eq!(
        (first.state(), first.cancel_reason.as_str()),
        (JobState::Cancelled, "enough")
    );
    assert_eq!(service.cancel(&job_id).await, first);
}

#[tokio::test]
async fn validating_writes_nothing() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let mut request = submission();
    request.validate_only = true;
    request.request_id = "dry".into();
    let answer = service.submit(request.clone()).await.unwrap();
    assert!(answer.jobs.is_empty() && !answer.created);
    assert_eq!(answer.plan.unwrap().steps.len(), 3);
    let listed = service
        .jobs
        .list_training_jobs(v1::ListTrainingJobsRequest::default())
        .await
        .unwrap();
    assert!(listed.into_inner().jobs.is_empty());
    request.validate_only = false;
    let made = service.submit(request).await.unwrap();
    assert_eq!((made.created, made.jobs[0].version), (true, 1));
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let mut newest_first = Vec::new();
    for i in 0..5 {
        let mut request = submission();
        request.labels = [("even".to_owned(), (i % 2 == 0).to_string())].into();
        newest_first.insert(0, service.submit(request).await.unwrap().jobs.remove(0).job_id);
    }
    let mut request = v1::ListTrainingJobsRequest {
        page_size: 2,
        ..Default::default()
    };
    let mut listed = Vec::new();
    loop {
        let page = service
            .jobs
            .list_training_jobs(request.clone())
            .await
            .unwrap()
            .into_inner();
        listed.extend(page.jobs.into_iter().map(|job| job.job_id));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(listed, newest_first);
    service.cancel(&newest_first[0]).await;
    let filter = v1::JobFilter {
        labels: [("even".to_owned(), "true".to_owned())].into(),
        states: vec![JobState::Queued.into()],
        ..Default::default()
    };
    let request = v1::ListTrainingJobsRequest {
        filter: Some(filter),
        ..Default::default()
    };
    let found = service
        .jobs
        .list_training_jobs(request)
        .await
        .unwrap()
        .into_inner()
        .jobs;
    let found: Vec<_> = found.into_iter().map(|job| job.job_id).collect();
    assert_eq!(found, [newest_first[2].clone(), newest_first[4].clone()]);
}

#[tokio::test]
async fn models_nodes_and_data_sources_are_listed() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let models = service
        .jobs
        .list_model_types(v1::ListModelTypesRequest {})
        .await
        .unwrap()
        .into_inner();
    let ridge = models
        .model_types
        .iter()
        .find(|model| model.key == "ridge_regression")
        .unwrap();
    assert_eq!(ridge.problem_type(), v1::ProblemType::Regression);
    let nodes = service
        .jobs
        .list_node_types(v1::ListNodeTypesRequest {})
        .await
        .unwrap()
        .into_inner();
    assert!(nodes.node_types.iter().any(|node| node.key == "train_test_split"));

    let again = service.register("table").await;
    service.register("another").await;
    let request = v1::GetDatasetSourceRequest {
        dataset_source_id: "table".into(),
    };
    let read = service
        .datasets
        .get_dataset_source(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(read.dataset_source.unwrap(), again);
    let listed = service
        .datasets
        .list_dataset_sources(v1::ListDatasetSourcesRequest::default())
        .await;
    let listed = listed.unwrap().into_inner().dataset_sources;
    let ids: Vec<_> = listed
        .into_iter()
        .map(|source| source.dataset_source_id)
        .collect();
    assert_eq!(ids, ["another", "table"]);
    let changed = v1::DatasetSource {
        uri: again.uri.replace("table", "other"),
        ..again
    };
    let request = v1::CreateDatasetSourceRequest {
        dataset_source: Some(changed),
    };
    let refused = service.datasets.create_dataset_source(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
}

#[tokio::test]
async fn one_model_is_told_as_the_list_tells_it() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let list = service.jobs.list_model_types(v1::ListModelTypesRequest {}).await;
    for model in list.unwrap().into_inner().model_types {
        let request = v1::GetModelTypeRequest {
            model_type: model.key.clone(),
        };
        let got = service.jobs.get_model_type(request).await.unwrap().into_inner();
        assert_eq!(got.model_type, Some(model));
    }
}

#[tokio::test]
async fn a_finished_job_is_submitted_again_as_the_next_version() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let job_id = service.submit_one().await.job_id;
    service.cancel(&job_id).await;
    let request = v1::RetryTrainingJobRequest {
        job_id: job_id.clone(),
        request_id: "again".into(),
    };
    let mut answers = Vec::new();
    for _ in 0..2 {
        let answer = service.jobs.retry_training_job(request.clone()).await;
        answers.push(answer.unwrap().into_inner());
    }
    assert_eq!((answers[0].created, answers[1].created), (true, false));
    assert_eq!(answers[0].job, answers[1].job);
    let job = answers.remove(0).job.unwrap();
    assert_eq!((job.version, job.state()), (2, JobState::Queued));
    assert_eq!(
        service.get(&job.job_id).await.spec,
        service.get(&job_id).await.spec
    );
}

#[tokio::test]
async fn many_jobs_are_cancelled_by_what_they_have_in_common() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let mut request = submission();
    request.labels = [("sweep".to_owned(), "7".to_owned())].into();
    let labels = request.labels.clone();
    request.models = vec![model("ridge_regression", vec![]); 3];
    let jobs = service.submit(request).await.unwrap().jobs;
    let bystander = service.submit_one().await.job_id;
    let filter = v1::JobFilter {
        labels,
        ..Default::default()
    };
    let request = v1::BatchCancelTrainingJobsRequest {
        filter: Some(filter),
        reason: "wrong table".into(),
        ..Default::default()
    };
    let answer = service.jobs.batch_cancel_training_jobs(request).await;
    let answer = answer.unwrap().into_inner();
    let cancelled = (v1::CancelResult::Cancelled, JobState::Cancelled);
    assert!(
        answer
            .outcomes
            .iter()
            .all(|o| (o.result(), o.state()) == cancelled)
    );
    assert_eq!((answer.outcomes.len(), answer.more), (3, false));
    assert_eq!(service.get(&jobs[0].job_id).await.cancel_reason, "wrong table");
    assert_eq!(service.get(&bystander).await.state(), JobState::Queued);
    let all = v1::BatchCancelTrainingJobsRequest {
        all: true,
        ..Default::default()
    };
    let answer = service.jobs.batch_cancel_training_jobs(all).await.unwrap();
    let outcomes = answer.into_inner().outcomes;
    assert_eq!((outcomes.len(), &outcomes[0].job_id), (1, &bystander));
}

#[tokio::test]
async fn a_data_source_is_forgotten_and_jobs_keep_their_copy() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let job_id = service.submit_one().await.job_id;
    let request = v1::DeleteDatasetSourceRequest {
        dataset_source_id: "table".into(),
    };
    service.datasets.delete_dataset_source(request).await.unwrap();
    let listed = service
        .datasets
        .list_dataset_sources(v1::ListDatasetSourcesRequest::default())
        .await;
    assert!(listed.unwrap().into_inner().dataset_sources.is_empty());
    let spec = service.get(&job_id).await.spec.unwrap();
    assert_eq!(spec.dataset_source.unwrap().dataset_source_id, "table");
    let refused = service.submit(submission()).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}
