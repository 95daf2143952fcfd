//! Lists of jobs.

use std::collections::{BTreeMap, BTreeSet};

use domain::job::State;
use job_service::{
    app::{Filter, JobRow, Order, PageRequest},
    error::Error,
};

use crate::stage::{Stage, request};

pub(crate) async fn pages_are_exact_while_jobs_are_submitted(stage: Stage) {
    let mut before = Vec::new();
    for _ in 0..5 {
        before.extend(stage.submit(&["tree", "line"]).await);
    }
    let mut page = PageRequest {
        size: 3,
        token: String::new(),
    };
    let mut seen = Vec::new();
    loop {
        let found = stage
            .app
            .list(&stage.tenant, &Filter::default(), Order::Created, &page)
            .await
            .unwrap();
        seen.extend(found.rows);
        if found.next_token.is_empty() {
            break;
        }
        page.token = found.next_token;
        stage.submit(&["forest"]).await;
    }
    let ids: BTreeSet<_> = seen.iter().map(|row| row.id).collect();
    assert_eq!(
        (seen.len(), ids.len()),
        (10, 10),
        "none twice, none of those that came later"
    );
    assert!(before.iter().all(|row| ids.contains(&row.id)), "none left out");
    assert!(seen.is_sorted_by_key(|row| std::cmp::Reverse((row.created_at, row.id))));
    let other = Filter {
        states: vec![State::Failed],
        ..Filter::default()
    };
    let refused = stage.app.list(&stage.tenant, &other, Order::Created, &page).await;
    assert!(
        matches!(refused, Err(Error::Invalid(_))),
        "a token of another list"
    );
}

pub(crate) async fn every_order_is_paged_exactly_with_and_without_labels(stage: Stage) {
    let mut asked = request(&["tree", "line", "tree"]);
    asked.labels = BTreeMap::from([("team".to_owned(), "blue".to_owned())]);
    for _ in 0..3 {
        stage.app.submit(asked.clone()).await.unwrap();
        stage.submit(&["forest", "tree"]).await;
    }
    let labelled = Filter {
        labels: asked.labels.clone(),
        ..Filter::default()
    };
    for (filter, total) in [(Filter::default(), 15), (labelled, 9)] {
        assert_eq!(stage.app.count(&stage.tenant, &filter).await.unwrap(), total);
        for order in [Order::Created, Order::Version] {
            let rows = all_pages(&stage, &filter, order, 2).await;
            assert_eq!(rows.len() as u64, total);
            let key = |row: &JobRow| match order {
                Order::Created => (0, row.created_at, row.id),
                Order::Version => (row.version, row.created_at, row.id),
            };
            assert!(
                rows.windows(2).all(|two| key(&two[0]) > key(&two[1])),
                "{order:?} {filter:?}"
            );
        }
    }
    let (all, mut page) = (Filter::default(), PageRequest::default());
    page.size = 2;
    let list = async |order, page: PageRequest| stage.app.list(&stage.tenant, &all, order, &page).await;
    page.token = list(Order::Created, page.clone()).await.unwrap().next_token;
    let other = list(Order::Version, page.clone()).await;
    assert!(
        matches!(other, Err(Error::Invalid(_))),
        "a token of another order"
    );
}

async fn all_pages(stage: &Stage, filter: &Filter, order: Order, size: i32) -> Vec<JobRow> {
    let mut page = PageRequest {
        size,
        token: String::new(),
    };
    let mut rows = Vec::new();
    loop {
        let found = stage.app.list(&stage.tenant, filter, order, &page).await.unwrap();
        rows.extend(found.rows);
        if found.next_token.is_empty() {
            return rows;
        }
        page.token = found.next_token;
    }
}

pub(crate) async fn filters_combine(stage: Stage) {
    let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut asked = request(&["tree", "line"]);
    asked.labels = BTreeMap::from([label("team", "blue"), label("env", "dev")]);
    let blue = stage.app.submit(asked.clone()).await.unwrap().jobs;
    asked.labels = BTreeMap::from([label("team", "blue")]);
    asked.pipeline_id = "other".into();
    let other = stage.app.submit(asked).await.unwrap().jobs;
    stage.claim(blue[0].id).await;
    let count = |filter: Filter| {
        let stage = &stage;
        async move {
            let page = PageRequest::default();
            let found = stage
                .app
                .list(&stage.tenant, &filter, Order::Created, &page)
                .await
                .unwrap();
            found.rows.iter().map(|row| row.id).collect::<Vec<_>>()
        }
    };
    let by = |change: fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        filter
    };
    let team = |filter: &mut Filter| filter.labels = BTreeMap::from([("team".into(), "blue".into())]);
    assert_eq!(count(by(|_| {})).await.len(), 4);
    assert_eq!(count(by(team)).await.len(), 4);
    let env =
        by(|f| f.labels = BTreeMap::from([("team".into(), "blue".into()), ("env".into(), "dev".into())]));
    assert_eq!(count(env).await, [blue[1].id, blue[0].id]);
    assert_eq!(
        count(by(|f| f.labels = BTreeMap::from([("team".into(), "red".into())])))
            .await
            .len(),
        0
    );
    assert_eq!(count(by(|f| f.states = vec![State::Running])).await, [blue[0].id]);
    let two = by(|f| {
        f.pipeline_id = Some("other".into());
        f.model_types = vec!["line".into(), "forest".into()];
        f.dataset_source_id = Some("churn".into());
        f.node_id = Some("train".into());
    });
    assert_eq!(count(two).await, [other[1].id]);
    let created = other[0].created_at;
    let after = Filter {
        created_after: Some(created),
        ..Filter::default()
    };
    assert!(count(after).await.contains(&other[0].id));
    let before = Filter {
        created_before: Some(created),
        ..Filter::default()
    };
    assert!(!count(before).await.contains(&other[0].id));
}
