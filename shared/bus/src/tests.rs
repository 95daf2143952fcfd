//! The adapter against a real nats-server, which dies and comes back.

use std::time::{Duration, Instant};

use domain::id::Token;
use messages::{bus::v1::JobReady, route};
use testkit::{NatsServer, eventually};
use tokio::time::timeout;

use crate::{Bus, Error, Options, Topology};

const SOON: Duration = Duration::from_secs(20);

async fn connect(url: String) -> Bus {
    let identity: Token = "tester".parse().unwrap();
    Bus::connect(&Options {
        url,
        identity,
        name: "test".into(),
    })
    .await
    .unwrap()
}

async fn ready(server: &NatsServer) -> Bus {
    let bus = connect(server.url()).await;
    bus.ready().await.unwrap();
    bus
}

fn cpu() -> Token {
    "cpu".parse().unwrap()
}

fn topology() -> Topology {
    Topology {
        replicas: 1,
        ack_wait: Duration::from_secs(30),
        classes: vec![cpu()],
    }
}

fn bell(job_id: &str) -> JobReady {
    JobReady {
        job_id: job_id.into(),
        attempt: 1,
        dispatch_no: 1,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_topology_is_made_without_drift_and_made_again_after_a_loss() {
    let server = NatsServer::start().await;
    let bus = ready(&server).await;
    assert!(matches!(
        bus.incarnation(route::JOBS_STREAM).await,
        Err(Error::Missing { .. })
    ));
    assert_eq!(bus.ensure(&topology()).await.unwrap(), []);
    assert_eq!(bus.ensure(&topology()).await.unwrap(), []);
    let first = bus.incarnation(route::JOBS_STREAM).await.unwrap();
    let seq = bus
        .publish(route::job(&cpu()), "a", &bell("a"))
        .await
        .unwrap()
        .seq;
    let holds = async |seq, id| bus.holds(route::JOBS_STREAM, seq, id).await;
    assert!(holds(seq, "a").await.unwrap());
    assert!(!holds(seq + 1, "a").await.unwrap());
    assert!(!holds(seq, "b").await.unwrap(), "another message has the number");
    bus.jetstream.delete_stream(route::JOBS_STREAM).await.unwrap();
    let unproven = holds(seq, "a").await;
    assert!(matches!(unproven, Err(Error::Missing { .. })), "{unproven:?}");
    timeout(SOON, bus.found_missing()).await.unwrap();
    assert_eq!(bus.ensure(&topology()).await.unwrap(), []);
    assert!(!holds(seq, "a").await.unwrap());
    assert_ne!(bus.incarnation(route::JOBS_STREAM).await.unwrap(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_were_changed_are_set_back_or_named() {
    let server = NatsServer::start().await;
    let bus = ready(&server).await;
    bus.ensure(&topology()).await.unwrap();
    let first = bus.incarnation(route::JOBS_STREAM).await.unwrap();
    let publish = async |id| bus.publish(route::job(&cpu()), id, &bell(id)).await;
    publish("a").await.unwrap();
    let stream = async |name| bus.jetstream.get_stream(name).await.unwrap();
    // What can be changed back is, and nothing that is stored is lost.
    let mut config = stream(route::JOBS_STREAM).await.cached_info().config.clone();
    (config.max_message_size, config.duplicate_window) = (10, Duration::from_secs(1));
    bus.jetstream.update_stream(&config).await.unwrap();
    let pool = route::trainers(&cpu());
    let mut consumer = stream(route::JOBS_STREAM)
        .await
        .consumer_info(&pool)
        .await
        .unwrap();
    consumer.config.ack_wait = Duration::from_secs(7);
    let config = async_nats::jetstream::consumer::pull::Config {
        durable_name: Some(pool.clone()),
        ack_wait: Duration::from_secs(7),
        filter_subject: consumer.config.filter_subject.clone(),
        ..Default::default()
    };
    let tampered = bus
        .jetstream
        .create_consumer_on_stream(config, route::JOBS_STREAM)
        .await;
    assert_eq!(
        tampered.unwrap().cached_info().config.ack_wait,
        Duration::from_secs(7)
    );
    assert!(
        matches!(publish("b").await, Err(Error::Nats { .. })),
        "too large now"
    );
    assert_eq!(bus.ensure(&topology()).await.unwrap(), []);
    publish("b").await.unwrap();
    let set_back = stream(route::JOBS_STREAM).await;
    assert_eq!(
        set_back.cached_info().config.duplicate_window,
        Duration::from_secs(120)
    );
    assert_eq!(set_back.cached_info().state.messages, 2);
    let consumer = set_back.consumer_info(&pool).await.unwrap();
    assert_eq!(consumer.config.ack_wait, Duration::from_secs(30));
    assert_eq!(bus.incarnation(route::JOBS_STREAM).await.unwrap(), first);

    // What is for a stream's life is named, and keeps nothing else from being made.
    for name in [route::JOBS_STREAM, route::EVENTS_STREAM] {
        bus.jetstream.delete_stream(name).await.unwrap();
    }
    let wrong = async_nats::jetstream::stream::Config {
        name: route::JOBS_STREAM.to_owned(),
        subjects: vec![route::JOBS_SUBJECTS.to_owned()],
        storage: async_nats::jetstream::stream::StorageType::Memory,
        ..Default::default()
    };
    bus.jetstream.create_stream(wrong).await.unwrap();
    for _ in 0..2 {
        let drifts = bus.ensure(&topology()).await.unwrap();
        assert!(
            drifts
                .iter()
                .any(|drift| drift.object == route::JOBS_STREAM && drift.field == "storage"),
            "{drifts:?}"
        );
    }
    bus.incarnation(route::EVENTS_STREAM).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_stored_once_and_given_to_one_puller() {
    let server = NatsServer::start().await;
    let bus = ready(&server).await;
    let publish = async || bus.publish(route::job(&cpu()), "a:1:1", &bell("a")).await;
    assert!(matches!(publish().await, Err(Error::Missing { .. })));
    let mut consumer = bus.pull_consumer(route::JOBS_STREAM, &route::trainers(&cpu()));
    assert!(matches!(consumer.next(SOON).await, Err(Error::Missing { .. })));
    bus.ensure(&topology()).await.unwrap();
    let first = publish().await.unwrap();
    let again = publish().await.unwrap();
    assert_eq!(
        (first.duplicate, again.duplicate, again.seq),
        (false, true, first.seq)
    );

    let taken = consumer.next(SOON).await.unwrap().unwrap();
    assert_eq!(taken.decode::<JobReady>().unwrap(), bell("a"));
    assert_eq!(taken.position(), (first.seq, 1));
    assert!(
        taken.headers().contains("Nats-Msg-Id: a:1:1"),
        "{}",
        taken.headers()
    );
    let mut other = bus.pull_consumer(route::JOBS_STREAM, &route::trainers(&cpu()));
    assert!(
        other.next(Duration::from_millis(200)).await.unwrap().is_none(),
        "the first one holds it"
    );
    taken.nak(Duration::ZERO).await.unwrap();
    let taken = other.next(SOON).await.unwrap().unwrap();
    assert_eq!(taken.position(), (first.seq, 2));
    taken.ack().await.unwrap();
    eventually("the acknowledged message to go", SOON, async || {
        let held = bus.holds(route::JOBS_STREAM, first.seq, "a:1:1").await.ok()?;
        (!held).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_answered_by_one_of_the_group_or_fails_at_once() {
    let server = NatsServer::start().await;
    let (asker, answerer) = (ready(&server).await, ready(&server).await);
    let subject = route::rpc(route::Rpc::Beat, &cpu());
    let ask = async || asker.request::<JobReady>(subject.clone(), &bell("q"), SOON).await;
    assert!(matches!(ask().await, Err(Error::NoResponders { .. })));
    let subjects = route::rpc_subjects(route::Rpc::Beat);
    let mut requests = answerer
        .serve::<JobReady>(subjects, route::RPC_GROUP)
        .await
        .unwrap();
    // A server that answers what came behind a subscription has read it.
    let nobody = route::rpc(route::Rpc::Claim, &cpu());
    let behind = answerer.request::<JobReady>(nobody, &bell("q"), SOON).await;
    assert!(matches!(behind, Err(Error::NoResponders { .. })));
    let answer = async {
        let request = requests.next().await.unwrap();
        assert_eq!(
            (request.subject.as_str(), request.body.job_id.as_str()),
            (subject.as_str(), "q")
        );
        request.answer(&bell("a")).await.unwrap();
    };
    let (asked, ()) = tokio::join!(ask(), answer);
    assert_eq!(asked.unwrap(), bell("a"));
}

#[tokio::test(flavor = "multi_thread")]
async fn hints_arrive_while_connected() {
    let server = NatsServer::start().await;
    let bus = ready(&server).await;
    let mut hints = bus.listen::<JobReady>(route::NOTES.to_owned()).await.unwrap();
    let job = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
    bus.hint(route::note(job), &bell("a")).await.unwrap();
    let hint = hints.next().await.unwrap();
    assert_eq!(
        (route::parse_note(&hint.subject), hint.body),
        (Some(job), bell("a"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_everything_fails_at_once_and_works_again_after_its_return() {
    let mut server = NatsServer::start().await;
    let bus = ready(&server).await;
    bus.ensure(&topology()).await.unwrap();
    let mut consumer = bus.pull_consumer(route::JOBS_STREAM, &route::trainers(&cpu()));
    let mut hints = bus.listen::<JobReady>(route::NOTES.to_owned()).await.unwrap();
    let began = Instant::now();
    let (pulled, ()) = tokio::join!(consumer.next(Duration::from_secs(60)), async { server.kill() });
    assert!(matches!(pulled, Err(Error::Disconnected)), "{pulled:?}");
    assert!(began.elapsed() < SOON, "a pull does not outlive its connection");
    let publish = async || bus.publish(route::job(&cpu()), "x", &bell("x")).await;
    assert!(matches!(publish().await, Err(Error::Disconnected)));
    assert!(matches!(bus.ensure(&topology()).await, Err(Error::Disconnected)));

    server.restart().await;
    bus.ready().await.unwrap();
    publish().await.unwrap();
    assert!(consumer.next(SOON).await.unwrap().is_some());
    let job = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
    bus.hint(route::note(job), &bell("back")).await.unwrap();
    assert_eq!(
        hints.next().await.unwrap().body,
        bell("back"),
        "subscriptions are taken up again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_start_before_its_server() {
    let port = testkit::free_port();
    let bus = connect(format!("nats://127.0.0.1:{port}")).await;
    assert!(!bus.is_connected());
    assert!(matches!(bus.incarnation("x").await, Err(Error::Disconnected)));
    let wrong = Options {
        url: "nats://[".into(),
        identity: cpu(),
        name: String::new(),
    };
    assert!(matches!(Bus::connect(&wrong).await, Err(Error::Connect { .. })));
}
