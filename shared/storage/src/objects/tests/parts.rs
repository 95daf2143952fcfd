//! Objects of more parts than go at a time.

use std::io::{self, Write};

use super::*;

/// So that some are sent while others are made.
const PARTS: usize = 7;

/// Writes these parts, of one byte each over and over, and a little more.
fn parts(out: &mut dyn Write) -> io::Result<()> {
    for part in 0..PARTS {
        out.write_all(&vec![u8::try_from(part).unwrap(); upload::PART])?;
    }
    out.write_all(b"end")
}

#[tokio::test]
async fn parts_that_are_sent_while_the_next_are_made_come_in_their_order() {
    let (server, _proxy, root) = server().await;
    let path = attempt("a", 1);
    let (files, content) = blocking(move || {
        let mut writer = root.writer(&path).unwrap();
        writer.write_by("model", parts).unwrap();
        let (_, files) = writer.finish().unwrap();
        let mut content = Vec::new();
        let mut file = root.open(&path, "model").unwrap();
        file.read_to_end(&mut content).unwrap();
        (files, content)
    })
    .await;
    let mut wanted = Vec::new();
    parts(&mut wanted).unwrap();
    assert!(content == wanted);
    assert_eq!(files[0].bytes, wanted.len() as u64);
    assert_eq!(files[0].sha256, sha256_hex(&wanted));
    assert!(server.uploads().await.is_empty());
}

#[tokio::test]
async fn a_store_that_is_gone_half_way_ends_the_making_and_what_it_has_goes() {
    let (server, proxy, root) = server().await;
    let hasty = options(&proxy.address().to_string(), &Keys::any()).with(STORE_PATIENCE, "100ms");
    let place = ArtifactPlace::with_options(Path::new(MODELS), hasty).unwrap();
    proxy.cut_after(2 * upload::PART);
    let (error, made) = blocking(move || {
        let root = place.read_marker().unwrap();
        let mut writer = root.writer(&attempt("a", 1)).unwrap();
        let mut made = 0;
        // It would go on for ever.
        let endless = |out: &mut dyn Write| loop {
            out.write_all(&vec![0; upload::PART])?;
            made += 1;
        };
        (writer.write_by("model", endless).unwrap_err(), made)
    })
    .await;
    assert!(matches!(error, Error::Store { .. }), "{error:?}");
    assert!(made > 1, "{made} parts were made");
    proxy.pass();
    blocking(move || root.remove(&attempt("a", 1)).unwrap()).await;
    assert_eq!(server.keys().await, [MARKER_KEY]);
    assert!(server.uploads().await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_made_to_its_end_leaves_nothing() {
    let (server, _proxy, root) = server().await;
    let error = blocking(move || {
        let mut writer = root.writer(&attempt("a", 1)).unwrap();
        let broken = |out: &mut dyn Write| {
            parts(out)?;
            Err(io::Error::other("the model is broken"))
        };
        writer.write_by("model", broken).unwrap_err()
    })
    .await;
    assert!(
        matches!(&error, Error::Io { source, .. } if source.to_string() == "the model is broken"),
        "{error:?}"
    );
    assert_eq!(server.keys().await, [MARKER_KEY]);
    assert!(server.uploads().await.is_empty());
}
