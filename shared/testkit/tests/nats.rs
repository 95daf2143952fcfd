//! The nats-server of a test dies and comes back with its streams.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::time::Duration;

use async_nats::jetstream::{self, stream};
use testkit::{NatsServer, eventually};

async fn stream_of(server: &NatsServer) -> stream::Stream {
    let client = async_nats::connect(server.url()).await.unwrap();
    let config = stream::Config {
        name: "KEPT".into(),
        subjects: vec!["kept".into()],
        ..Default::default()
    };
    jetstream::new(client).get_or_create_stream(config).await.unwrap()
}

async fn publish(server: &NatsServer, text: &'static str) {
    let client = async_nats::connect(server.url()).await.unwrap();
    jetstream::new(client)
        .publish("kept", text.into())
        .await
        .unwrap()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_killed_server_comes_back_on_the_same_port_with_its_store() {
    let mut server = NatsServer::start().await;
    let (url, pid) = (server.url(), server.pid());
    stream_of(&server).await;
    publish(&server, "before").await;

    server.kill();
    assert!(async_nats::connect(&url).await.is_err());

    server.restart().await;
    assert_eq!(server.url(), url);
    assert_ne!(server.pid(), pid);
    let message = stream_of(&server).await.get_raw_message(1).await.unwrap();
    assert_eq!(&message.payload[..], b"before");
}

#[tokio::test]
async fn a_wiped_server_comes_back_on_the_same_port_with_nothing() {
    let mut server = NatsServer::start().await;
    let url = server.url();
    stream_of(&server).await;
    publish(&server, "before").await;

    server.wipe().await;
    assert_eq!(server.url(), url);
    assert_eq!(stream_of(&server).await.cached_info().state.messages, 0);
}

#[tokio::test]
async fn a_stopped_server_answers_again_once_it_is_continued() {
    let mut server = NatsServer::start().await;
    let client = async_nats::connect(server.url()).await.unwrap();
    server.stop();
    let context = jetstream::new(client);
    let answer = tokio::time::timeout(Duration::from_millis(200), context.query_account()).await;
    assert!(!matches!(answer, Ok(Ok(_))));
    server.cont();
    eventually("an answer", Duration::from_secs(10), || async {
        context.query_account().await.ok()
    })
    .await;
}

#[tokio::test]
async fn two_servers_share_nothing() {
    let (one, two) = tokio::join!(NatsServer::start(), NatsServer::start());
    assert_ne!(one.url(), two.url());
    stream_of(&one).await;
    publish(&one, "only here").await;
    assert_eq!(stream_of(&one).await.cached_info().state.messages, 1);
    assert_eq!(stream_of(&two).await.cached_info().state.messages, 0);
}

#[tokio::test]
async fn a_dropped_server_is_gone() {
    let server = NatsServer::start().await;
    let url = server.url();
    drop(server);
    assert!(async_nats::connect(url).await.is_err());
}
