//! What is generated from the learning library's specs says what the library can do, no more and no less.

use harness::reference;

#[test]
fn the_committed_catalogue_and_documents_are_what_the_generator_writes() {
    for file in reference::generate().unwrap() {
        let committed = std::fs::read_to_string(file.committed()).unwrap_or_default();
        assert!(
            file.text == committed,
            "{} drifted; run `cargo run -p harness --bin catalog`",
            file.path
        );
    }
}
