//! The page of promises names the tests that hold them; each of them is there.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The names of all functions below a directory.
fn functions(dir: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("source text");
            let names = text.split("fn ").skip(1).filter_map(|rest| {
                let name = rest
                    .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                    .next()?;
                Some(name.to_owned())
            });
            found.extend(names);
        }
    }
}

#[test]
fn every_promise_names_tests_that_are_there() {
    let page = fs::read_to_string(root().join("docs/GUARANTEES.md")).expect("the page");
    let mut known = BTreeSet::new();
    for dir in ["shared", "services", "tools"] {
        functions(&root().join(dir), &mut known);
    }
    let mut promises = 0;
    for section in page
        .split("\n## ")
        .skip(1)
        .filter(|section| section.starts_with('G'))
    {
        let title = section.lines().next().unwrap_or_default();
        let held = section.split("*Held by*").nth(1).unwrap_or_default();
        let named: Vec<&str> = held.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "{title} names no test");
        for name in named {
            assert!(known.contains(name), "{title} names {name}, which is not there");
        }
        promises += 1;
    }
    assert_eq!(promises, 13);
}
