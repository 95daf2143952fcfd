//! What PostgreSQL did for a call: its own account of the plan it ran, as the module `auto_explain` logs it. The
//! plan of a statement typed in again would be another one's.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;
use testkit::Postgres;

/// Has new sessions load the module, which stays silent until [`listen`].
pub(super) fn install(server: &Postgres, url: &str) {
    server.sql(
        url,
        "LOAD 'auto_explain';
         ALTER SYSTEM SET session_preload_libraries = 'auto_explain';
         ALTER SYSTEM SET auto_explain.log_min_duration = -1;
         ALTER SYSTEM SET auto_explain.log_format = 'json';
         ALTER SYSTEM SET auto_explain.log_analyze = on;
         ALTER SYSTEM SET auto_explain.log_timing = off;
         SELECT pg_reload_conf();",
        &[],
    );
}

/// Logs the plan of every statement from now on, or of none.
pub(super) fn listen(server: &Postgres, url: &str, on: bool) {
    let from = if on { 0 } else { -1 };
    server.sql(
        url,
        &format!(
            "LOAD 'auto_explain';
             ALTER SYSTEM SET auto_explain.log_min_duration = {from};
             SELECT pg_reload_conf();"
        ),
        &[],
    );
}

/// A statement that was run.
#[derive(Debug, Clone)]
pub struct Executed {
    /// The statement.
    pub sql: String,
    /// How long it took.
    pub took: Duration,
    /// Its scans and sorts, outermost first.
    pub nodes: Vec<String>,
    /// The rows that its scans looked at.
    pub rows_read: f64,
}

/// The statements in a log that read `table` for a tenant, which what goes on in the background does not.
pub(super) fn executed(log: &str, table: &str) -> Result<Vec<Executed>> {
    let mut found = Vec::new();
    let mut lines = log.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((_, entry)) = line.split_once("duration: ") else {
            continue;
        };
        let Some((millis, _)) = entry.split_once(" ms  plan:") else {
            continue;
        };
        let mut plan = String::new();
        while let Some(more) = lines.next_if(|line| line.starts_with('\t')) {
            plan.push_str(more);
        }
        let plan: Value = serde_json::from_str(&plan).context("a plan")?;
        let sql = plan["Query Text"].as_str().unwrap_or_default().to_owned();
        let mut statement = Executed {
            took: Duration::try_from_secs_f64(millis.parse::<f64>()? / 1000.0)?,
            nodes: Vec::new(),
            rows_read: 0.0,
            sql,
        };
        statement.add(&plan["Plan"]);
        let asked = [format!("FROM \"{table}\""), "\"tenant\" = ".to_owned()];
        if asked.iter().all(|part| statement.sql.contains(part)) {
            found.push(statement);
        }
    }
    Ok(found)
}

impl Executed {
    fn add(&mut self, node: &Value) {
        let text = |name: &str| node[name].as_str();
        let number = |name: &str| node[name].as_f64().unwrap_or_default();
        let kind = text("Node Type").unwrap_or_default();
        let backwards = match text("Scan Direction") {
            Some("Backward") => " backward",
            Some(_) | None => "",
        };
        match (text("Relation Name"), text("Index Name")) {
            (Some(table), Some(index)) => self.nodes.push(format!("{kind}{backwards} {table} by {index}")),
            (Some(table), None) => self.nodes.push(format!("{kind} {table}")),
            (None, Some(index)) => self.nodes.push(format!("{kind} {index}")),
            (None, None) if kind.contains("Sort") => self.nodes.push(kind.to_owned()),
            (None, None) => {}
        }
        if kind.contains("Scan") && text("Relation Name").is_some() {
            let dropped = number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
            self.rows_read += (number("Actual Rows") + dropped) * number("Actual Loops").max(1.0);
        }
        for below in node["Plans"].as_array().into_iter().flatten() {
            self.add(below);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "2026-01-01 LOG:  duration: 1.500 ms  plan:\n\
        \t{\n\t\"Query Text\": \"SELECT x FROM \\\"jobs\\\" WHERE \\\"tenant\\\" = $1\",\n\t\"Plan\": {\"Node Type\": \"Sort\", \"Plans\": [\n\
        \t{\"Node Type\": \"Index Scan\", \"Scan Direction\": \"Backward\", \"Relation Name\": \"jobs\",\n\
        \t\"Index Name\": \"jobs_y\", \"Actual Rows\": 51, \"Actual Loops\": 2, \"Rows Removed by Filter\": 9}]}\n\t}\n\
        2026-01-01 LOG:  duration: 0.1 ms\n";

    #[test]
    fn a_logged_plan_is_read() {
        let found = executed(LOG, "jobs").unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].nodes, ["Sort", "Index Scan backward jobs by jobs_y"]);
        assert_eq!(found[0].took, Duration::from_micros(1500));
        assert!((found[0].rows_read - 120.0).abs() < 1e-9);
        assert!(executed(LOG, "events").unwrap().is_empty());
    }
}
