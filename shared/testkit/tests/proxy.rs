//! A connection through a proxy fails as it is told to.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::time::{Duration, Instant};

use testkit::Proxy;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};

/// Long enough for anything that is not swallowed.
const SOON: Duration = Duration::from_secs(10);
/// How long silence is listened to.
const SILENCE: Duration = Duration::from_millis(200);

/// A server that says everything back, behind a proxy.
async fn echo(tasks: &mut JoinSet<()>) -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = listener.local_addr().unwrap().to_string();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            connections.spawn(async move {
                let (mut read, mut write) = stream.split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
            });
        }
    });
    Proxy::start(&upstream).await
}

/// What comes back; none when the connection is closed or nothing comes.
async fn said_back(stream: &mut TcpStream, word: &[u8; 4], wait: Duration) -> Option<[u8; 4]> {
    stream.write_all(word).await.ok()?;
    let mut back = [0; 4];
    timeout(wait, stream.read_exact(&mut back)).await.ok()?.ok()?;
    Some(back)
}

async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut byte = [0];
    !matches!(timeout(SOON, stream.read(&mut byte)).await.unwrap(), Ok(1..))
}

#[tokio::test]
async fn what_is_said_passes_both_ways() {
    let mut tasks = JoinSet::new();
    let proxy = echo(&mut tasks).await;
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(said_back(&mut stream, b"ping", SOON).await, Some(*b"ping"));
}

#[tokio::test]
async fn a_black_hole_swallows_without_closing_and_leaves_no_torn_connection_behind() {
    let mut tasks = JoinSet::new();
    let proxy = echo(&mut tasks).await;
    let mut old = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(said_back(&mut old, b"ping", SOON).await, Some(*b"ping"));

    proxy.black_hole();
    let mut new = TcpStream::connect(proxy.address()).await.unwrap();
    for stream in [&mut old, &mut new] {
        assert_eq!(said_back(stream, b"lost", SILENCE).await, None);
        assert!(
            timeout(SILENCE, stream.read(&mut [0])).await.is_err(),
            "it was closed"
        );
    }

    proxy.pass();
    assert!(is_closed(&mut old).await && is_closed(&mut new).await);
    let mut again = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(said_back(&mut again, b"pong", SOON).await, Some(*b"pong"));
}

#[tokio::test]
async fn a_cut_closes_old_connections_and_new_ones() {
    let mut tasks = JoinSet::new();
    let proxy = echo(&mut tasks).await;
    let mut old = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(said_back(&mut old, b"ping", SOON).await, Some(*b"ping"));

    proxy.cut();
    assert!(is_closed(&mut old).await);
    let mut new = TcpStream::connect(proxy.address()).await.unwrap();
    assert!(is_closed(&mut new).await);

    proxy.pass();
    let mut again = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(said_back(&mut again, b"pong", SOON).await, Some(*b"pong"));
}

#[tokio::test]
async fn it_fails_after_as_many_bytes_as_it_is_told_and_passes_again() {
    let mut tasks = JoinSet::new();
    let proxy = echo(&mut tasks).await;
    proxy.cut_after(9);
    let connect = || TcpStream::connect(proxy.address());
    let (mut first, mut second) = (connect().await.unwrap(), connect().await.unwrap());
    assert_eq!(said_back(&mut first, b"ping", SOON).await, Some(*b"ping"));
    assert_eq!(said_back(&mut second, b"pong", SOON).await, Some(*b"pong"));
    assert_eq!(said_back(&mut first, b"ping", SOON).await, None);
    proxy.has_failed().await;
    assert!(is_closed(&mut second).await);
    proxy.pass();
    let mut third = connect().await.unwrap();
    assert_eq!(said_back(&mut third, b"ping", SOON).await, Some(*b"ping"));
}

#[tokio::test]
async fn slowed_down_it_lets_all_come_back_in_its_time() {
    let mut tasks = JoinSet::new();
    let proxy = echo(&mut tasks).await;
    proxy.slow_down(100_000);
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    let begun = Instant::now();
    stream.write_all(&[7; 40_000]).await.unwrap();
    let mut back = vec![0; 40_000];
    timeout(SOON, stream.read_exact(&mut back))
        .await
        .unwrap()
        .unwrap();
    assert!(back.iter().all(|byte| *byte == 7));
    // The first and the last bytes are not waited for.
    assert!(begun.elapsed() >= SILENCE / 2, "{:?}", begun.elapsed());
}
