//! The committed catalogue says what the learning library can do, no more and no less.

use std::{path::Path, process::Command};

#[test]
fn the_committed_catalogue_is_what_the_generator_prints() {
    let generated = Command::new(env!("CARGO_BIN_EXE_catalog")).output().unwrap();
    assert!(generated.status.success());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/catalog/catalog.json");
    let committed = std::fs::read(path).unwrap();
    assert!(
        generated.stdout == committed,
        "shared/catalog/catalog.json drifted; run `cargo run -p harness --bin catalog > shared/catalog/catalog.json`"
    );
}
