//! Objects that take longer to come than a store is waited for.

use super::*;
use crate::objects::copy::copy_in_pieces;

const PATIENCE: Duration = Duration::from_secs(3);
const TABLE: &str = "s3://trainyard/tables/large.csv";
const PIECE: u64 = 256 << 10;

/// What the copy of the table by this address holds.
async fn copied(address: &str) -> Result<Vec<u8>, Error> {
    let told = options(address, &Keys::any())
        .with(STORE_PATIENCE, "3s")
        .with("AWS_TIMEOUT", "2s");
    blocking(move || {
        let mut file = copy_in_pieces(&ObjectUri::parse(TABLE).unwrap(), &told, PIECE)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        Ok(content)
    })
    .await
}

#[tokio::test]
async fn what_comes_slowly_is_waited_for_and_what_does_not_come_at_all_is_not() {
    let server = S3Server::start().await;
    let table = large()[..8 << 20].to_vec();
    server.put("tables/large.csv", &table).await;
    let proxy = Proxy::start(&server.address()).await;
    // Eight seconds for all of it, a quarter of one for a piece.
    proxy.slow_down(1 << 20);
    let begun = Instant::now();
    let content = copied(&proxy.address().to_string()).await.unwrap();
    assert!(content == table);
    assert!(begun.elapsed() > 2 * PATIENCE, "{:?}", begun.elapsed());

    // In the midst of it: a piece is asked for in less than a thousand bytes.
    proxy.black_hole_after(2000);
    let address = proxy.address().to_string();
    let silent = async {
        proxy.has_failed().await;
        Instant::now()
    };
    let given_up = async { (copied(&address).await.unwrap_err(), Instant::now()) };
    let ((error, end), silent) = tokio::join!(given_up, silent);
    assert!(matches!(error, Error::Store { .. }), "{error:?}");
    let took = end - silent;
    assert!(took >= PATIENCE && took < 5 * PATIENCE, "{took:?}");
}

#[tokio::test]
async fn a_table_that_is_replaced_while_it_is_copied_is_no_mixture_of_both() {
    let server = S3Server::start().await;
    server.put("tables/large.csv", &[b'1'; 1 << 20]).await;
    let proxy = Proxy::start(&server.address()).await;
    // The second piece is asked for when another table is there.
    proxy.black_hole_after(1000);
    let replaced = async {
        proxy.has_failed().await;
        server.put("tables/large.csv", &[b'2'; 1 << 20]).await;
        proxy.pass();
    };
    let address = proxy.address().to_string();
    let (copied, ()) = tokio::join!(copied(&address), replaced);
    let text = format!("{:?}", copied.unwrap_err());
    assert!(text.contains("412 Precondition Failed"), "{text}");
}

#[tokio::test]
async fn an_empty_table_is_copied() {
    let server = S3Server::start().await;
    server.put("tables/large.csv", b"").await;
    assert!(copied(&server.address()).await.unwrap().is_empty());
}
