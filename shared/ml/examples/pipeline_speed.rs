//! Reads a CSV file, splits, scales and one-hot encodes it, and prints how long that took and how much memory the
//! process held at most: our side of `tools/harness/parity/pipeline_speed.py`.
//!
//! Usage: `pipeline_speed FILE TARGET [THREADS]`.

#![allow(
    clippy::unwrap_used,
    reason = "a measurement that fails may say so in any way"
)]

use std::{fs::File, time::Instant};

use domain::spec::{CsvOptions, DataFormat};
use ml::{
    Silent,
    io::{self, Source},
    node::Context,
    nodes,
};

/// What runs after the file is read, with the configs that do not follow from defaults.
const STEPS: [(&str, &str); 3] = [
    ("train_test_split", r#"{"test_size": 0.2, "random_state": 42}"#),
    ("scale_numeric_features", "{}"),
    ("one_hot_encoding", "{}"),
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (file, target) = (arguments.next().unwrap(), arguments.next().unwrap());
    if let Some(threads) = arguments.next() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.parse().unwrap());
        pool.build_global().unwrap();
    }
    let started = Instant::now();
    let source = Source::new(file.as_str(), File::open(&file).unwrap());
    let mut frame = io::read(source, DataFormat::Csv, &CsvOptions::default(), &Silent).unwrap();
    let mut steps = vec![("read", started.elapsed())];
    for (kind, config) in STEPS {
        let began = Instant::now();
        let ctx = Context {
            node_id: kind,
            target: &target,
            problem_type: None,
            positive_class: None,
            memory_budget: None,
            predicting: false,
            fold: None,
            observer: &Silent,
        };
        let (node, _) = nodes::get(kind).unwrap();
        let config = serde_json::from_str(config).unwrap();
        let fitted = node.fit(&config, &frame.training(), &ctx).unwrap();
        frame = fitted.apply(frame, &ctx).unwrap();
        steps.push((kind, began.elapsed()));
    }
    let wall_s = started.elapsed().as_secs_f64();
    let steps: serde_json::Map<String, serde_json::Value> = steps
        .into_iter()
        .map(|(step, took)| (step.to_owned(), took.as_secs_f64().into()))
        .collect();
    let report = serde_json::json!({
        "wall_s": wall_s,
        "rss_mib": peak_mib(),
        "rows": frame.height(),
        "columns": frame.width(),
        "steps": steps,
    });
    println!("{report}");
}

/// The most memory the process held.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().unwrap();
    kib / 1024.0
}
