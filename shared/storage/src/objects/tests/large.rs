//! Objects that take longer to come than a store is waited for.

use super::*;

const PATIENCE: Duration = Duration::from_secs(2);
const TABLE: &str = "s3://trainyard/tables/large.csv";

#[tokio::test]
async fn what_comes_slowly_is_waited_for_and_what_does_not_come_at_all_is_not() {
    let server = S3Server::start().await;
    let table: Vec<u8> = (0..96 << 20)
        .map(|at: u32| at.to_le_bytes()[at as usize % 3])
        .collect();
    server.put("tables/large.csv", &table).await;
    let proxy = Proxy::start(&server.address()).await;
    let told = options(&proxy.address().to_string(), &Keys::any())
        .with(STORE_PATIENCE, "2s")
        .with("AWS_TIMEOUT", "1s");
    let fetch = || {
        let told = told.clone();
        blocking(move || copy(&ObjectUri::parse(TABLE).unwrap(), &told))
    };
    // Four seconds for all of it, less than one for a piece.
    proxy.slow_down(24 << 20);
    let begun = Instant::now();
    let mut file = fetch().await.unwrap();
    assert!(
        begun.elapsed() > PATIENCE + Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
    let mut content = Vec::new();
    file.read_to_end(&mut content).unwrap();
    assert!(content == table);

    // In the midst of it: a piece is asked for in less than a thousand bytes.
    proxy.black_hole_after(2000);
    let silent = async {
        proxy.has_failed().await;
        Instant::now()
    };
    let (fetched, silent) = tokio::join!(fetch(), silent);
    let (error, took) = (fetched.unwrap_err(), silent.elapsed());
    assert!(matches!(error, Error::Store { .. }), "{error:?}");
    assert!(took >= PATIENCE && took < 4 * PATIENCE, "{took:?}");
}

#[tokio::test]
async fn a_table_that_is_replaced_while_it_is_copied_is_no_mixture_of_both() {
    let server = S3Server::start().await;
    let (one, other) = (vec![b'1'; 40 << 20], vec![b'2'; 40 << 20]);
    server.put("tables/large.csv", &one).await;
    let proxy = Proxy::start(&server.address()).await;
    proxy.slow_down(24 << 20);
    let told = options(&proxy.address().to_string(), &Keys::any());
    // The second piece is asked for when another table is there.
    proxy.black_hole_after(1000);
    let copied = blocking(move || copy(&ObjectUri::parse(TABLE).unwrap(), &told.with("AWS_TIMEOUT", "2s")));
    let replaced = async {
        proxy.has_failed().await;
        server.put("tables/large.csv", &other).await;
        proxy.pass();
    };
    let (copied, ()) = tokio::join!(copied, replaced);
    let error = copied.unwrap_err();
    assert!(matches!(error, Error::Store { .. }), "{error:?}");
}

#[tokio::test]
async fn an_empty_table_is_copied() {
    let server = S3Server::start().await;
    server.put("tables/large.csv", b"").await;
    let told = options(&server.address(), &Keys::any());
    let file = blocking(move || copy(&ObjectUri::parse(TABLE).unwrap(), &told)).await;
    assert_eq!(file.unwrap().metadata().unwrap().len(), 0);
}
