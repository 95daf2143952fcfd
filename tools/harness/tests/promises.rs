//! The page of promises names the tests that hold them; each of them is there.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The names of all tests below a directory.
fn tests(dir: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            tests(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("source text");
            found.extend(marked(&text).chain(listed(&text)).map(str::to_owned));
        }
    }
}

/// The functions that an attribute makes tests.
fn marked(text: &str) -> impl Iterator<Item = &str> {
    let mut is_test = false;
    text.lines().map(str::trim).filter_map(move |line| {
        is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        let name = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
        std::mem::take(&mut is_test).then(|| name.split('(').next())?
    })
}

/// The functions that `on_every_database!` makes tests.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    let list = text.split("\non_every_database! {").nth(1).unwrap_or_default();
    let list = list.split("\n}").next().unwrap_or_default();
    list.lines()
        .filter_map(|line| line.trim().strip_suffix(',')?.split_once("::"))
        .map(|(_, case)| case)
}

#[test]
fn only_what_is_run_is_known_as_a_test() {
    let text = "#[test]\n#[should_panic]\nfn a() {\n#[tokio::test(flavor = \"x\")]\nasync fn b() {\nfn c(x: u8) {\n\
                // fn d() {\nasync fn e() {\n\non_every_database! {\n    module::f,\n}\nmodule::g,\n";
    assert_eq!(marked(text).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(listed(text).collect::<Vec<_>>(), ["f"]);
}

#[test]
fn every_promise_names_tests_that_are_there() {
    let page = fs::read_to_string(root().join("docs/GUARANTEES.md")).expect("the page");
    let mut known = BTreeSet::new();
    for dir in ["shared", "services", "tools"] {
        tests(&root().join(dir), &mut known);
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
            assert!(known.contains(name), "{title} names {name}, which is no test");
        }
        promises += 1;
    }
    assert_eq!(promises, 13);
}
