//! T5, T6, T7: what trainers tell, taken once, in order.

use domain::job::{FailureKind, Phase, State};
use job_service::{
    app::{DeadLetter, Recorded},
    error::Error,
};
use messages::{bus::v1::trainer_event::Body, v1};

use crate::stage::{Stage, event, failed, log, progress, trainer};

pub(crate) async fn a_success_is_taken_once_its_files_are_there(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let mine = stage.claim(id).await;
    stage.tell(id, mine, 1, progress(0.5)).await;
    let body = stage.finished(id, mine).await;
    assert_eq!(
        stage.tell(id, mine, 2, body.clone()).await,
        Recorded::Committed(4)
    );
    assert_eq!(stage.tell(id, mine, 2, body).await, Recorded::Stale);
    let details = stage.app.details(&stage.tenant, id).await.unwrap();
    let row = details.row;
    assert_eq!(
        (row.job.state, row.job.phase, row.event_no),
        (State::Succeeded, Phase::Done, 4)
    );
    assert!((row.progress.fraction - 1.0).abs() < f64::EPSILON);
    let result = row.result.unwrap();
    assert_eq!(
        result.metrics["test"].values["accuracy"].to_bits(),
        (0.1f64 + 0.2).to_bits()
    );
    assert_eq!(result.artifact.as_ref().unwrap().files.len(), 1);
    let attempt = &details.attempts[0];
    assert_eq!(
        (
            attempt.outcome.as_str(),
            attempt.exit_code,
            attempt.peak_rss_bytes
        ),
        ("succeeded", Some(3), 4096)
    );
    assert_eq!(attempt.finished_at, row.finished_at);
    let history = stage.app.events(&stage.tenant, id, 3, 10).await.unwrap();
    let v1::job_event::Payload::State(change) = &history.events[0].payload else {
        panic!("{history:?}")
    };
    assert_eq!(
        (&change.metrics, &change.artifact),
        (&result.metrics, &result.artifact)
    );
}

pub(crate) async fn a_success_without_its_files_costs_the_attempt(stage: Stage) {
    let break_it: [fn(&std::path::Path, &mut v1::Artifact); 7] = [
        |dir, _| std::fs::remove_file(dir.join("pipeline.tyd")).unwrap(),
        |dir, _| std::fs::write(dir.join("pipeline.tyd"), b"a modem or two").unwrap(),
        |dir, _| std::fs::write(dir.join("manifest.json"), b"{\"files\":[]}").unwrap(),
        |_, artifact| artifact.uri = "file:///etc".into(),
        |_, artifact| artifact.files[0].bytes += 1,
        |_, artifact| artifact.files.clear(),
        |_, artifact| {
            let file = artifact.files[0].clone();
            artifact.files.push(v1::ArtifactFile {
                name: "model.onnx".into(),
                ..file
            });
        },
    ];
    for (i, break_it) in break_it.into_iter().enumerate() {
        let id = stage.submit(&["tree"]).await[0].id;
        let mine = stage.claim(id).await;
        let mut body = stage.finished(id, mine).await;
        let artifact = artifact_of(&mut body);
        let dir = artifact.uri.trim_start_matches("file://").to_owned();
        break_it(dir.as_ref(), artifact);
        stage.tell(id, mine, 1, body).await;
        let row = stage.job(id).await;
        assert_eq!(
            (row.job.state, row.job.attempt, row.result),
            (State::Queued, 2, None),
            "case {i}"
        );
    }
    // The root itself being away says nothing about the artifact: the report waits.
    let id = stage.submit(&["tree"]).await[0].id;
    let mine = stage.claim(id).await;
    let body = stage.finished(id, mine).await;
    let root = stage.dir.path().join("artifacts");
    let aside = stage.dir.path().join("aside");
    std::fs::rename(&root, &aside).unwrap();
    let told = stage
        .app
        .record(&trainer(), event(id, mine, 1, body.clone()))
        .await;
    assert!(matches!(told, Err(Error::ArtifactRoot(_))), "{told:?}");
    std::fs::rename(&aside, &root).unwrap();
    stage.tell(id, mine, 1, body).await;
    assert_eq!(stage.job(id).await.job.state, State::Succeeded);
}

fn artifact_of(body: &mut Body) -> &mut v1::Artifact {
    use messages::bus::v1::terminal_report::Outcome;

    let Body::Terminal(report) = body else {
        panic!("{body:?}")
    };
    let Some(Outcome::Success(success)) = &mut report.outcome else {
        panic!("no success")
    };
    success.artifact.as_mut().unwrap()
}

pub(crate) async fn the_files_of_a_model_that_came_too_late_are_removed(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let mine = stage.claim(id).await;
    let body = stage.finished(id, mine).await;
    let dir = directory_of(&body);
    // A stranger's word about the holder's attempt touches nothing.
    let event = event(id, mine, 1, body.clone());
    let stranger = "t-stranger".parse().unwrap();
    assert_eq!(stage.app.record(&stranger, event).await.unwrap(), Recorded::Stale);
    assert!(dir.exists());
    stage.app.cancel(&stage.tenant, id, "enough").await.unwrap();
    let told = stage.tell(id, mine, 1, body).await;
    assert!(matches!(told, Recorded::Committed(_)), "{told:?}");
    assert_eq!(stage.job(id).await.job.state, State::Cancelled);
    assert!(!dir.exists());

    let id = stage.submit(&["tree"]).await[0].id;
    let mine = stage.claim(id).await;
    let body = stage.finished(id, mine).await;
    for _ in 0..2 {
        stage.tell(id, mine, 1, body.clone()).await;
        assert!(directory_of(&body).exists(), "the job's model stays");
    }
}

fn directory_of(body: &Body) -> std::path::PathBuf {
    let uri = artifact_of(&mut body.clone()).uri.clone();
    uri.strip_prefix("file://").unwrap().into()
}

pub(crate) async fn a_failure_of_the_data_ends_the_job(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let mine = stage.claim(id).await;
    stage
        .tell(id, mine, 1, failed(v1::FailureKind::InvalidData))
        .await;
    let details = stage.app.details(&stage.tenant, id).await.unwrap();
    let failure = details.row.failure.unwrap();
    assert_eq!(
        (details.row.job.state, failure.kind),
        (State::Failed, FailureKind::InvalidData)
    );
    assert_eq!(failure.node_id.as_deref(), Some("train"));
    assert_eq!(
        failure.message, "it \u{fffd} broke",
        "no database refuses what broke"
    );
    assert_eq!(details.attempts[0].log_tail, "last \u{fffd} words");
}

pub(crate) async fn a_crash_is_retried_until_the_attempts_are_spent(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    for attempt in 1..=3 {
        let mine = stage.claim(id).await;
        assert_eq!(mine.attempt, attempt);
        stage.tell(id, mine, 1, progress(0.3)).await;
        stage.tell(id, mine, 2, failed(v1::FailureKind::Crashed)).await;
        let row = stage.job(id).await;
        if attempt < 3 {
            assert_eq!(
                (row.job.state, row.job.phase),
                (State::Queued, Phase::RetryBackoff)
            );
            assert_eq!(
                row.progress,
                v1::Progress::default(),
                "the next attempt starts over"
            );
            assert_eq!(row.failure, None);
        }
    }
    let row = stage.job(id).await;
    assert_eq!((row.job.state, row.job.failures), (State::Failed, 3));
    assert_eq!(row.failure.unwrap().kind, FailureKind::Crashed);
    let (numbers, _) = stage.history(id).await;
    assert_eq!(numbers, (1..=10).collect::<Vec<i64>>());
    let attempts = stage.app.details(&stage.tenant, id).await.unwrap().attempts;
    assert_eq!(attempts.iter().map(|a| a.attempt).collect::<Vec<_>>(), [1, 2, 3]);
}

pub(crate) async fn duplicate_and_stale_events_are_dropped(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let mine = stage.claim(id).await;
    assert_eq!(stage.tell(id, mine, 1, log("one")).await, Recorded::Committed(3));
    assert_eq!(stage.tell(id, mine, 1, log("one")).await, Recorded::Stale);
    assert_eq!(stage.tell(id, mine, 2, log("two")).await, Recorded::Committed(4));
    stage.tell(id, mine, 3, failed(v1::FailureKind::Crashed)).await;
    assert_eq!(
        stage.tell(id, mine, 4, log("late")).await,
        Recorded::Stale,
        "the attempt is over"
    );
    let next = stage.claim(id).await;
    assert_eq!(stage.tell(id, mine, 5, log("zombie")).await, Recorded::Stale);
    assert_eq!(
        stage.tell(id, next, 1, log("again from one")).await,
        Recorded::Committed(7)
    );
    assert_eq!(stage.history(id).await.0, (1..=7).collect::<Vec<i64>>());
}

pub(crate) async fn progress_never_falls_and_does_not_extend_the_lease(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let mine = stage.claim(id).await;
    let lease = stage.job(id).await.job.lease;
    for (seq, fraction, expected) in [
        (1, 0.2, 0.2),
        (2, 0.1, 0.2),
        (3, f64::NAN, 0.2),
        (5, 0.6, 0.6),
        // Late: neither the row nor a watcher goes back.
        (4, 0.4, 0.6),
        (6, 7.0, 0.999),
    ] {
        stage.tell(id, mine, seq, progress(fraction)).await;
        let row = stage.job(id).await;
        assert!(
            (row.progress.fraction - expected).abs() < 1e-12,
            "{seq}: {:?}",
            row.progress
        );
        assert_eq!(row.job.phase, Phase::Fitting);
        let history = stage
            .app
            .events(&stage.tenant, id, row.event_no - 1, 1)
            .await
            .unwrap();
        let v1::job_event::Payload::Progress(shown) = &history.events[0].payload else {
            panic!("{history:?}")
        };
        assert_eq!(shown.progress.as_ref().unwrap().fraction, row.progress.fraction);
    }
    assert_eq!(stage.job(id).await.job.lease, lease);
}

pub(crate) async fn events_can_be_read_from_any_number_on(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let mine = stage.claim(id).await;
    for seq in 1..=5 {
        stage.tell(id, mine, seq, log("line")).await;
    }
    let read = |after, limit| stage.app.events(&stage.tenant, id, after, limit);
    let part = read(2, 3).await.unwrap();
    assert_eq!((part.event_no, part.state), (7, State::Running));
    let numbers: Vec<i64> = part.events.iter().map(|event| event.event_no).collect();
    assert_eq!(numbers, [3, 4, 5]);
    assert!(part.events.is_sorted_by_key(|event| event.time));
    assert!(part.events.iter().all(|event| event.attempt == 1));
    assert_eq!(read(0, 1).await.unwrap().events[0].attempt, 0);
    assert!(read(7, 3).await.unwrap().events.is_empty());
    for after in [-1, 8] {
        assert!(matches!(read(after, 3).await, Err(Error::Invalid(_))), "{after}");
    }
}

pub(crate) async fn events_that_make_no_sense_are_put_aside(stage: Stage) {
    let id = stage.submit(&["tree"]).await[0].id;
    let mine = stage.claim(id).await;
    let good = event(id, mine, 1, log("x"));
    let mut bad = vec![good.clone(); 4];
    bad[0].job_id = "job".into();
    bad[1].lease_id = String::new();
    bad[2].seq = 0;
    bad[3].body = None;
    for event in bad {
        let told = stage.app.record(&trainer(), event.clone()).await.unwrap();
        let Recorded::Malformed(error) = told else {
            panic!("{event:?}: {told:?}")
        };
        let letter = DeadLetter {
            source: "applier".into(),
            subject: "train.v1.ev.\0".into(),
            headers: String::new(),
            payload: vec![0, 1],
            error,
        };
        stage.app.dead_letter(&letter).await.unwrap();
    }
    assert_eq!(stage.job(id).await.event_no, 2);
}
