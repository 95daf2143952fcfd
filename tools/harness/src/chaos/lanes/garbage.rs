//! Publishes messages that nobody can make sense of, where trainers and replicas take theirs from.

use std::time::{Duration, Instant};

use domain::id::{JobId, Token};
use messages::{bus::v1::TrainerEvent, route};
use prost::Message as _;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::chaos::{history::History, random::Random};

/// What the report calls such a message.
pub(crate) const MALFORMED_MESSAGE: &str = "malformed_message";
/// How long the server may take to store one.
const STORED: Duration = Duration::from_secs(2);

/// Publishes one every now and then, for as long as it is polled.
pub(crate) async fn publish_garbage(history: &History, nats: &str, seed: u64) {
    let mut random = Random::new(seed, "garbage");
    loop {
        sleep(random.seconds(1.0..6.0)).await;
        let (subject, payload) = garbage(&mut random);
        let began = Instant::now();
        // The server is away every now and then; that time none is published.
        if let Ok(Ok(())) = timeout(STORED, store(nats, subject.clone(), payload)).await {
            super::happened(history, MALFORMED_MESSAGE, &subject, began);
        }
    }
}

fn garbage(random: &mut Random) -> (String, Vec<u8>) {
    let word = |text: String| -> Token { text.parse().expect("a token") };
    let noise: Vec<u8> = (0..random.below(64))
        .map(|_| u8::try_from(random.below(256)).unwrap_or(0))
        .collect();
    let event = route::event(
        &word(format!("t-{}", Uuid::new_v4().simple())),
        JobId(Uuid::now_v7()),
    );
    match random.below(3) {
        0 => (route::job(&word("cpu".to_owned())), noise),
        1 => (event, noise),
        // It can be read, but speaks of another job than its subject does.
        _ => {
            let other = TrainerEvent {
                job_id: Uuid::now_v7().to_string(),
                attempt: 1,
                lease_id: Uuid::new_v4().to_string(),
                seq: 1,
                body: None,
            };
            (event, other.encode_to_vec())
        }
    }
}

async fn store(nats: &str, subject: String, payload: Vec<u8>) -> anyhow::Result<()> {
    let stream = async_nats::jetstream::new(async_nats::connect(nats).await?);
    stream.publish(subject, payload.into()).await?.await?;
    Ok(())
}
