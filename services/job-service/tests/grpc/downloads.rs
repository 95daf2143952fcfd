//! Fetching a model's files.

use messages::v1::{self, get_artifact_response::Part};
use testkit::NatsServer;
use tonic::{Code, Status};

use crate::{deletions::succeeded, errors::told, support::Service};

/// The header and the bytes.
async fn fetch(
    service: &mut Service,
    job_id: &str,
    file: &str,
) -> Result<(v1::ArtifactFile, Vec<u8>), Status> {
    let request = v1::GetArtifactRequest {
        job_id: job_id.to_owned(),
        file: file.to_owned(),
    };
    let mut parts = service.jobs.get_artifact(request).await?.into_inner();
    let mut header = None;
    let mut bytes = Vec::new();
    while let Some(part) = parts.message().await? {
        match part.part.unwrap() {
            Part::Header(file) => {
                assert!(
                    header.replace(file).is_none() && bytes.is_empty(),
                    "the header comes first"
                );
            }
            Part::Chunk(chunk) => {
                assert!((1..=1 << 20).contains(&chunk.len()));
                bytes.extend(chunk);
            }
        }
    }
    Ok((header.unwrap(), bytes))
}

#[tokio::test]
async fn every_file_of_a_model_comes_whole_after_its_size_and_hash() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let (job, dir) = succeeded(&mut service, &nats).await;
    let artifact = job.artifact.unwrap();
    let names = artifact.files.iter().map(|file| file.name.as_str());
    for name in names.chain(["manifest.json"]) {
        let (header, bytes) = fetch(&mut service, &job.job_id, name).await.unwrap();
        assert_eq!(bytes, std::fs::read(dir.join(name)).unwrap());
        assert_eq!(header.name, name);
        assert_eq!(header.bytes, i64::try_from(bytes.len()).unwrap());
        assert_eq!(header.sha256, storage::sha256_hex(&bytes));
    }
}

#[tokio::test]
async fn what_is_no_file_of_a_model_is_refused_by_its_name() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let (job, _dir) = succeeded(&mut service, &nats).await;
    for name in ["", "other.bin", "../manifest.json", "/etc/passwd"] {
        let (code, reason, _) = told(fetch(&mut service, &job.job_id, name).await.map(|_| ()));
        assert_eq!(
            (code, reason.as_str()),
            (Code::NotFound, "ARTIFACT_FILE_NOT_FOUND"),
            "{name}"
        );
    }

    let waiting = service.submit_one().await.job_id;
    let (code, reason, metadata) = told(fetch(&mut service, &waiting, "manifest.json").await.map(|_| ()));
    assert_eq!(
        (code, reason.as_str()),
        (Code::FailedPrecondition, "JOB_NOT_SUCCEEDED")
    );
    assert!(
        metadata.contains(&("state".to_owned(), "QUEUED".to_owned())),
        "{metadata:?}"
    );
    let cancelled = service.cancel(&waiting).await;
    assert!(
        fetch(&mut service, &cancelled.job_id, "manifest.json")
            .await
            .is_err()
    );
}

#[tokio::test]
async fn what_is_lost_is_told_apart_from_what_cannot_be_seen() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let (job, dir) = succeeded(&mut service, &nats).await;
    let file = dir.join("pipeline.tyd");
    std::fs::write(&file, "cut").unwrap();
    let lost = (Code::DataLoss, "ARTIFACT_LOST");
    let (code, reason, _) = told(fetch(&mut service, &job.job_id, "pipeline.tyd").await.map(|_| ()));
    assert_eq!((code, reason.as_str()), lost);
    std::fs::remove_file(&file).unwrap();
    let (code, reason, _) = told(fetch(&mut service, &job.job_id, "pipeline.tyd").await.map(|_| ()));
    assert_eq!((code, reason.as_str()), lost);

    // Without its marker it may be another directory, such as the place where the root is not mounted.
    let root = &service.config.storage.artifact_root;
    std::fs::rename(root.join(storage::MARKER), root.join("away")).unwrap();
    let (code, reason, _) = told(fetch(&mut service, &job.job_id, "pipeline.tyd").await.map(|_| ()));
    assert_eq!(
        (code, reason.as_str()),
        (Code::Unavailable, "ARTIFACT_ROOT_UNAVAILABLE")
    );
}
