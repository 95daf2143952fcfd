#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy only knows the tests themselves"
)]

mod large;
mod parts;
mod refusals;

use std::{
    io::Read,
    path::Path,
    sync::{Arc, Barrier},
    time::{Duration, Instant},
};

use testkit::{Keys, Proxy, S3Server};
use tokio::task::spawn_blocking;

use super::*;
use crate::{ArtifactPath, ArtifactPlace, ArtifactRoot, ArtifactWriter, Error, ObjectUri, Uri, sha256_hex};

const POLICY: &str = include_str!("../../../../deploy/s3-policy.json");
const MODELS: &str = "s3://trainyard/models-of-ours";

fn options(address: &str, keys: &Keys) -> Options {
    let options: Options = S3Server::variables(address, keys).into_iter().collect();
    options
        .with(STORE_PATIENCE, "20s")
        .with("TOKEN", "of something else")
}

fn place(address: &str, keys: &Keys) -> ArtifactPlace {
    ArtifactPlace::with_options(Path::new(MODELS), options(address, keys)).unwrap()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    spawn_blocking(work).await.unwrap()
}

/// A server, and a root there as it is reached through a proxy.
async fn server() -> (S3Server, Proxy, ArtifactRoot) {
    let server = S3Server::start().await;
    let proxy = Proxy::start(&server.address()).await;
    let place = place(&proxy.address().to_string(), &Keys::any());
    let root = blocking(move || place.create_or_read_marker()).await.unwrap();
    (server, proxy, root)
}

fn attempt(job: &str, attempt: i32) -> ArtifactPath {
    ArtifactPath::new("churn", job, 3, attempt, "lease").unwrap()
}

fn key(path: &ArtifactPath, name: &str) -> String {
    format!("models-of-ours/{path}/{name}")
}

const MARKER_KEY: &str = "models-of-ours/.trainyard-root";

/// Two parts and a little.
fn large() -> Vec<u8> {
    (0..2 * upload::PART + 1000)
        .map(|at| u8::try_from(at % 251).unwrap())
        .collect()
}

#[tokio::test]
async fn a_table_is_copied_to_a_file_and_what_is_wrong_is_told() {
    let server = S3Server::start().await;
    let table = "a,b\n".repeat(100_000);
    for key in ["tables/x.csv", "tables/x%20y.csv"] {
        server.put(key, table.as_bytes()).await;
    }
    let get = |uri: &str, keys: &Keys| {
        let (uri, options) = (ObjectUri::parse(uri).unwrap(), options(&server.address(), keys));
        blocking(move || copy(&uri, &options))
    };
    let mut text = String::new();
    let mut file = get("s3://trainyard/tables/x%20y.csv", &Keys::any())
        .await
        .unwrap();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, table);
    let error = get("s3://trainyard/tables/none.csv", &Keys::any())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NoSuchObject { .. }), "{error:?}");
    let error = get("s3://nowhere/tables/x.csv", &Keys::any()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the bucket of s3://nowhere/tables/x.csv does not exist"
    );
    let keys = server.demand_keys(POLICY).await;
    let wrong = Keys {
        secret: "very secret".into(),
        ..keys.clone()
    };
    let error = get("s3://trainyard/tables/x.csv", &wrong).await.unwrap_err();
    assert!(matches!(error, Error::ObjectDenied { .. }), "{error:?}");
    assert!(
        error.to_string().ends_with("x.csv: SignatureDoesNotMatch"),
        "{error}"
    );
    assert!(!format!("{error:?}").contains("very secret"));
    assert!(get("s3://trainyard/tables/x.csv", &keys).await.is_ok());
}

#[cfg(not(feature = "gcs"))]
#[test]
fn a_store_the_program_was_not_built_with_is_named() {
    let error = copy(&ObjectUri::parse("gs://bucket/x").unwrap(), &Options::default()).unwrap_err();
    assert!(matches!(error, Error::UnsupportedScheme { .. }), "{error:?}");
}

#[test]
fn a_patience_that_is_none_is_refused_and_values_are_never_shown() {
    let options: Options = [
        ("TRAINYARD_STORE_PATIENCE", "long"),
        ("AWS_SECRET_ACCESS_KEY", "hush"),
    ]
    .into_iter()
    .collect();
    assert!(!format!("{options:?}").contains("hush"));
    let error = ArtifactPlace::with_options(Path::new(MODELS), options).unwrap_err();
    assert!(
        error.to_string().contains("TRAINYARD_STORE_PATIENCE=long"),
        "{error}"
    );
}

#[tokio::test]
async fn the_marker_is_made_once_however_many_processes_begin() {
    let server = S3Server::start().await;
    let begin = Arc::new(Barrier::new(8));
    let place = place(&server.address(), &Keys::any());
    let seen = place.clone();
    let error = blocking(move || seen.read_marker()).await.unwrap_err();
    assert!(matches!(error, Error::MissingMarker { .. }), "{error:?}");
    let mut roots = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (place, begin) = (place.clone(), Arc::clone(&begin));
        roots.spawn_blocking(move || {
            begin.wait();
            place.create_or_read_marker().unwrap().id()
        });
    }
    let ids = roots.join_all().await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(server.get(MARKER_KEY).await, ids[0].to_string().into_bytes());
    server.put(MARKER_KEY, b"hello").await;
    let error = blocking(move || place.read_marker()).await.unwrap_err();
    assert!(matches!(error, Error::BrokenMarker { .. }), "{error:?}");
}

#[tokio::test]
async fn files_are_written_read_checked_and_removed() {
    let (server, _proxy, root) = server().await;
    blocking(move || {
        let path = attempt("a", 1);
        let mut writer = root.writer(&path).unwrap();
        writer.write("pipeline.tyd", large()).unwrap();
        assert!(matches!(
            writer.write("pipeline.tyd", b"x"),
            Err(Error::AlreadyExists { .. })
        ));
        assert!(matches!(
            writer.write("../x", b"x"),
            Err(Error::InvalidName { .. })
        ));
        writer.write("empty", b"").unwrap();
        let (uri, files) = writer.finish().unwrap();
        assert_eq!(uri.to_string(), format!("{MODELS}/{path}"));
        assert_eq!(uri.to_string().parse::<Uri>().unwrap(), root.uri(&path));
        assert_eq!(files[0].sha256, sha256_hex(&large()));
        root.check_sizes(&path, &files).unwrap();
        assert!(matches!(root.writer(&path), Err(Error::AlreadyExists { .. })));

        let mut file = root.open(&path, "pipeline.tyd").unwrap();
        assert_eq!(file.size(), large().len() as u64);
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        assert!(content == large());
        assert_eq!(root.open(&path, "empty").unwrap().read(&mut [0; 8]).unwrap(), 0);
        let error = root.open(&path, "none").unwrap_err();
        assert!(matches!(error, Error::NoSuchObject { .. }), "{error:?}");

        let mut wrong = files.clone();
        wrong[0].bytes += 1;
        let error = root.check_sizes(&path, &wrong).unwrap_err();
        assert!(matches!(error, Error::WrongSize { .. }), "{error:?}");
        wrong[0].name = "none".into();
        let error = root.check_sizes(&path, &wrong).unwrap_err();
        assert!(matches!(error, Error::NoSuchObject { .. }), "{error:?}");
        root.remove(&path).unwrap();
        root.remove(&path).unwrap();
    })
    .await;
    assert_eq!(server.keys().await, [MARKER_KEY]);
    assert!(server.uploads().await.is_empty());
}

#[tokio::test]
async fn a_job_is_removed_with_all_its_attempts_or_all_but_one_and_with_what_was_never_ended() {
    let (server, _proxy, root) = server().await;
    let (kept, other) = (attempt("a", 2), attempt("ab", 1));
    for path in [&attempt("a", 1), &kept, &other] {
        server.put(&key(path, "model"), b"m").await;
        server.begin_upload(&key(path, "half")).await;
    }
    let (cleared, stays) = (root.clone(), kept.clone());
    blocking(move || cleared.remove_job("churn", "a", Some(&stays)).unwrap()).await;
    let left = [MARKER_KEY.to_owned(), key(&kept, "model"), key(&other, "model")];
    assert_eq!(server.keys().await, left);
    assert_eq!(server.uploads().await, [key(&other, "half")]);
    blocking(move || root.remove_job("churn", "a", None).unwrap()).await;
    assert_eq!(server.keys().await, [MARKER_KEY.to_owned(), key(&other, "model")]);
}

#[tokio::test]
async fn a_connection_that_breaks_half_way_is_made_again() {
    let (server, proxy, root) = server().await;
    proxy.cut_after(upload::PART);
    let written = blocking(move || {
        let mut writer = root.writer(&attempt("a", 1)).unwrap();
        writer.write("model", large()).unwrap();
        writer.finish().unwrap();
    });
    let mend = async {
        proxy.has_failed().await;
        proxy.pass();
    };
    tokio::join!(written, mend);
    assert!(server.get(&key(&attempt("a", 1), "model")).await == large());
    assert!(server.uploads().await.is_empty());
}

#[tokio::test]
async fn what_is_given_up_is_removed_once_the_store_is_back() {
    let (server, proxy, root) = server().await;
    let mut hasty = options(&proxy.address().to_string(), &Keys::any());
    hasty = hasty.with(STORE_PATIENCE, "100ms");
    let place = ArtifactPlace::with_options(Path::new(MODELS), hasty).unwrap();
    proxy.cut_after(upload::PART);
    let error = blocking(move || {
        let root = place.read_marker().unwrap();
        let mut writer = root.writer(&attempt("a", 1)).unwrap();
        writer.write("model", large()).unwrap_err()
    })
    .await;
    assert!(matches!(error, Error::Store { .. }), "{error:?}");
    proxy.pass();
    assert_eq!(server.uploads().await, [key(&attempt("a", 1), "model")]);
    blocking(move || root.remove(&attempt("a", 1)).unwrap()).await;
    assert_eq!(server.keys().await, [MARKER_KEY]);
    assert!(server.uploads().await.is_empty());
}

#[tokio::test]
async fn whatever_is_refused_is_told_with_the_word_of_the_store() {
    let (server, _proxy, root) = server().await;
    server.demand_keys(POLICY).await;
    let (path, place) = (attempt("a", 1), root.place().clone());
    blocking(move || {
        let refused = [
            place.read_marker().map(|_| ()),
            root.writer(&path).map(|_| ()),
            root.remove(&path),
        ];
        for refused in refused {
            let error = refused.unwrap_err();
            assert!(matches!(error, Error::ObjectDenied { .. }), "{error:?}");
            assert!(error.to_string().ends_with(": InvalidAccessKeyId"), "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_store_that_cuts_every_connection_is_asked_for_as_long_as_patience_lasts_and_once() {
    let (_server, proxy, _root) = server().await;
    let patience = Duration::from_secs(8);
    let told = options(&proxy.address().to_string(), &Keys::any()).with(STORE_PATIENCE, "8s");
    let place = ArtifactPlace::with_options(Path::new(MODELS), told).unwrap();
    let begin = |job: &str| {
        let (place, path) = (place.clone(), attempt(job, 1));
        blocking(move || place.read_marker().unwrap().writer(&path).unwrap())
    };
    let write = |mut writer: ArtifactWriter, bytes: Vec<u8>| {
        blocking(move || {
            let begun = Instant::now();
            let error = writer.write("model", bytes).unwrap_err();
            (error, begun.elapsed())
        })
    };
    let (small, parts) = (begin("a").await, begin("b").await);
    proxy.cut_after(upload::PART);
    let small = async {
        proxy.has_failed().await;
        write(small, b"m".to_vec()).await
    };
    let (small, parts) = tokio::join!(small, write(parts, large()));
    for (error, took) in [small, parts] {
        assert!(matches!(error, Error::Store { .. }), "{error:?}");
        // Neither given up early nor, with the parts given up, waited for once more.
        assert!(took >= patience && took < 2 * patience, "{took:?}: {error:?}");
    }
}

#[tokio::test]
async fn the_policy_as_shipped_allows_all_that_a_root_needs() {
    let server = S3Server::start().await;
    let path = attempt("a", 1);
    server.begin_upload(&key(&path, "half")).await;
    // S3 looks for the right to delete several objects at each of them; this server looks at their bucket.
    let policy = POLICY.replacen("\"s3:ListBucket\"", "\"s3:ListBucket\", \"s3:DeleteObject\"", 1);
    let keys = server.demand_keys(&policy).await;
    let place = place(&server.address(), &keys);
    blocking(move || {
        let root = place.create_or_read_marker().unwrap();
        let mut writer = root.writer(&path).unwrap();
        writer.write("model", large()).unwrap();
        writer.write("manifest.json", b"{}").unwrap();
        let (_, files) = writer.finish().unwrap();
        root.check_sizes(&path, &files).unwrap();
        let mut content = Vec::new();
        root.open(&path, "model")
            .unwrap()
            .read_to_end(&mut content)
            .unwrap();
        assert!(content == large());
        root.remove(&path).unwrap();
    })
    .await;
    server.demand_nothing().await;
    assert_eq!(server.keys().await, [MARKER_KEY]);
    assert!(server.uploads().await.is_empty());
}
