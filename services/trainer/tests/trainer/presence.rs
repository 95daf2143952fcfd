//! What a trainer says of itself.

use messages::{bus::v1::Presence, route};

use crate::{
    attempts::SOME_SHA256,
    job_service::{JobService, SOON, grant},
    trainers::Place,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_trainer_says_that_it_is_there_with_every_connection_and_how_busy_it_is() {
    let mut place = Place::new();
    place.options.insert("--slots", "3".into());
    let mut service = JobService::start(grant(&place.endless_table(), SOME_SHA256)).await;
    let mut heard = service
        .bus
        .listen::<Presence>(route::PRESENCES.to_owned())
        .await
        .unwrap();
    let _trainer = place.process(&service.nats.url());
    let mut next = async |running: i32| {
        loop {
            let hint = tokio::time::timeout(SOON, heard.next()).await.unwrap().unwrap();
            assert_eq!(
                route::parse_presence(&hint.subject).unwrap().as_str(),
                place.trainer_id()
            );
            let Presence {
                resource_class,
                slots,
                running: found,
            } = hint.body;
            assert_eq!((resource_class.as_str(), slots), ("cpu", 3));
            if found == running {
                break;
            }
        }
    };
    next(0).await;
    for _ in 0..2 {
        service.announce().await;
    }
    next(2).await;
    service.nats.kill();
    service.nats.restart().await;
    next(2).await;
}
