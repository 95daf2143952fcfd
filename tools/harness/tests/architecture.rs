//! The arrows between rooms: which crate may use which, and which libraries must never reach it, even through
//! another crate.

use std::{collections::BTreeSet, process::Command};

/// Each crate and the crates of ours that it may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("storage", &[]),
    ("service-kit", &[]),
    ("messages", &["domain"]),
    ("catalog", &["domain"]),
    ("ml", &["domain"]),
    ("api", &["messages"]),
    ("bus", &["domain", "messages"]),
    ("testkit", &[]),
    (
        "job-service",
        &[
            "api",
            "bus",
            "catalog",
            "domain",
            "messages",
            "service-kit",
            "storage",
        ],
    ),
    (
        "trainer",
        &["bus", "domain", "messages", "ml", "service-kit", "storage"],
    ),
    ("trainctl", &["api", "domain", "messages", "ml", "storage"]),
    ("harness", &["api", "bus", "domain", "messages", "ml", "testkit"]),
];

/// Each crate and what must not be found among its dependencies, at any depth.
const BARRED: &[(&str, &[&str])] = &[
    (
        "domain",
        &[
            "tokio",
            "serde_json",
            "prost",
            "tonic",
            "sea-orm",
            "async-nats",
            "linfa",
            "arrow",
        ],
    ),
    ("ml", &["tokio", "tonic", "async-nats", "sea-orm"]),
    ("messages", &["tonic", "sea-orm", "sqlx"]),
    ("bus", &["tonic", "sea-orm", "sqlx"]),
    ("storage", &["tonic", "sea-orm", "sqlx"]),
    ("service-kit", &["tonic", "sea-orm", "sqlx"]),
    ("trainer", &["tonic", "sea-orm", "sqlx"]),
    ("job-service", &["linfa", "ndarray", "arrow", "ml"]),
    ("trainctl", &["sea-orm", "async-nats"]),
];

/// The names that `cargo tree` prints for a crate, itself left out.
fn dependencies(name: &str, depth: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "-p",
            name,
            "-e",
            "normal",
            "--prefix",
            "none",
            "--depth",
            depth,
        ])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .expect("cargo starts");
    assert!(
        output.status.success(),
        "cargo tree -p {name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("cargo prints text");
    text.lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|found| *found != name)
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_crate_uses_one_that_no_arrow_leads_to() {
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    for (name, allowed) in ARROWS {
        let used = dependencies(name, "1");
        let beyond: Vec<_> = used
            .iter()
            .filter(|d| ours.contains(d.as_str()) && !allowed.contains(&d.as_str()))
            .collect();
        assert!(
            beyond.is_empty(),
            "{name} uses {beyond:?}, but may only use {allowed:?}"
        );
    }
}

#[test]
fn no_library_reaches_a_crate_that_must_not_contain_it() {
    for (name, barred) in BARRED {
        let found = dependencies(name, "999");
        assert!(!found.is_empty(), "{name} has dependencies");
        let beyond: Vec<_> = barred
            .iter()
            .filter(|library| found.contains(**library))
            .collect();
        assert!(beyond.is_empty(), "{name} contains {beyond:?}");
    }
}

#[test]
fn every_crate_of_the_workspace_has_its_arrows_here() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let mut found = BTreeSet::new();
    for room in ["services", "shared", "tools"] {
        for entry in std::fs::read_dir(format!("{root}/{room}")).expect("the room exists") {
            let path = entry.expect("the room can be read").path();
            if path.join("Cargo.toml").is_file() {
                found.insert(path.file_name().expect("a name").to_string_lossy().into_owned());
            }
        }
    }
    let listed: BTreeSet<String> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, listed);
}
