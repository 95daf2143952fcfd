//! Every list of jobs walks an index, from its place on: PostgreSQL itself tells what it did.

use harness::lists::{self, Plan};

/// Rows that a call may look at beside those it returns: one to know that there is another page, those of the other
/// states or pipelines of a filter that no index has, and what deleted jobs leave behind.
const BESIDE: f64 = 10.0;

#[tokio::test]
async fn no_list_looks_at_more_rows_than_it_returns_times_ten() {
    const JOBS: usize = 4000;
    let plan = Plan {
        jobs: JOBS,
        events_per_job: 6,
        repetitions: 1,
        page_sizes: vec![20],
    };
    let measured = lists::measure(&plan).await.expect("every call is answered");
    assert!(measured.len() > 20, "{measured:#?}");
    for one in &measured {
        assert!(!one.statements.is_empty(), "{}: no statement was seen", one.call);
        for statement in &one.statements {
            let what = format!("{}, page {}: {statement:?}", one.call, one.page);
            let counts = statement.sql.contains("COUNT(");
            let scans: Vec<_> = statement
                .nodes
                .iter()
                .filter(|node| node.contains("Scan"))
                .collect();
            assert!(
                counts || scans.iter().all(|scan| !scan.starts_with("Seq Scan")),
                "{what}"
            );
            assert!(
                counts || statement.rows_read <= BESIDE * (one.rows as f64 + 1.0),
                "{what}"
            );
        }
    }
}
