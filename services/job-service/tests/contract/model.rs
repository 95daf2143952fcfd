//! Random commands, against the pure machine: whatever is asked in whatever order, table and model agree.

mod relay;

use std::time::Duration;

use domain::{
    id::JobId,
    job::{
        Failure, FailureKind, Job, Policy, State,
        machine::{Action, Context, Event, Fence, apply},
    },
    time::Time,
};
use job_service::app::{App, JobRow, Released};
use messages::v1;
use relay::{Announced, Relay};

use crate::stage::{Stage, failed, fence, progress, stopped, trainer};

const SEED: u64 = 20_260_101;
const JOBS: usize = 4;
const COMMANDS: usize = 800;
/// The model's clock stands still: whatever lasts is not over yet, and what lasts for nothing is over at once. The
/// database's clock comes to the same, because its spans are either hours or nothing.
const NOW: Time = Time(1_000_000_000_000_000);
const NOTHING: Duration = Duration::from_nanos(1);
const LONG: Duration = Duration::from_secs(3600);

/// A generator as small as a test needs (`SplitMix64`).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as usize % end
    }
}

/// A job as the model knows it.
struct Modelled {
    id: JobId,
    job: Job,
    events: i64,
    /// Every fence a trainer ever had or made up.
    fences: Vec<Fence>,
    seq: i64,
    /// How far the current attempt is.
    fraction: f64,
    announced: Announced,
}

impl Modelled {
    /// Lets something happen; tells whether it was not refused.
    fn apply(&mut self, event: &Event) -> bool {
        let context = Context {
            now: NOW,
            jitter: 0.0,
        };
        let Ok(transition) = apply(&self.job, event, context) else {
            return false;
        };
        let before = std::mem::replace(&mut self.job, transition.job);
        self.events += i64::from(transition.change.is_some());
        if transition.actions.contains(&Action::OpenAttempt) || self.job.attempt != before.attempt {
            self.fraction = 0.0;
        }
        if self.job.state == State::Succeeded {
            self.fraction = 1.0;
        }
        if before.state == State::Queued && self.job.state.is_terminal() {
            self.announced.withdraw();
        }
        if transition.actions.contains(&Action::Announce) {
            self.announced.announce(self.job.attempt, 1);
        }
        true
    }

    fn holds(&self, fence: Fence) -> bool {
        domain::job::machine::holds(&self.job, fence)
            && matches!(self.job.state, State::Running | State::Cancelling)
    }
}

pub(crate) async fn random_commands_leave_table_and_model_equal(stage: Stage) {
    let hasty = stage.replica(Duration::ZERO).await;
    let mut random = Random(SEED);
    let mut jobs = Vec::new();
    let mut ends = std::collections::BTreeSet::new();
    let mut timed = [0, 0];
    let mut relay = Relay::default();
    for step in 0..COMMANDS {
        while jobs.len() < JOBS {
            jobs.push(submit(&stage, &mut random).await);
        }
        let at = random.below(jobs.len());
        let what = match random.below(24) {
            0 => {
                timed[0] += pass_time(&stage, &mut jobs).await;
                "deadlines pass".to_owned()
            }
            1 => {
                timed[1] += expire(&stage, &mut jobs).await;
                "leases expire".to_owned()
            }
            12.. => relay.command(&stage, &mut jobs, &mut random).await.to_owned(),
            choice => command(&stage, &hasty, &mut jobs[at], choice, &mut random).await,
        };
        for job in &jobs {
            let row = stage.job(job.id).await;
            assert_eq!(seen(&row), modelled(job), "seed {SEED}, step {step}: {what}");
        }
        relay::compare(&stage, &jobs).await;
        let (numbers, _) = stage.history(jobs[at].id).await;
        assert_eq!(numbers, (1..=jobs[at].events).collect::<Vec<_>>());
        if jobs[at].job.state.is_terminal() && random.below(2) == 0 {
            ends.insert(jobs[at].job.state);
            jobs.remove(at);
        }
    }
    assert_eq!(ends.len(), 3, "every end was reached: {ends:?}");
    assert!(timed.iter().all(|moved| *moved >= 5), "{timed:?}");
    assert!(relay.done.iter().all(|done| *done >= 5), "{:?}", relay.done);
}

async fn submit(stage: &Stage, random: &mut Random) -> Modelled {
    let mut policy = Policy {
        cancel_grace: LONG,
        ..stage.app.settings.policy.clone()
    };
    match random.below(4) {
        0 => policy.queue_timeout = NOTHING,
        1 => policy.run_timeout = NOTHING,
        2 => policy.total_timeout = NOTHING,
        _ => {}
    }
    let run = random.below(4) > 0;
    let mut request = crate::stage::request(&["tree"]);
    request.policy = Some(messages::convert::policy_to_pb(&policy));
    request.run_training = run;
    let row = stage.app.submit(request).await.unwrap().jobs.remove(0);
    assert_eq!(row.job.policy, policy);
    let mut announced = Announced::default();
    if run {
        announced.announce(1, 1);
    }
    Modelled {
        id: row.id,
        job: Job::submitted(policy, run, NOW),
        events: 1,
        fences: Vec::new(),
        seq: 0,
        fraction: 0.0,
        announced,
    }
}

/// T11 for everything that is due, in both.
async fn pass_time(stage: &Stage, jobs: &mut [Modelled]) -> usize {
    let mut expected = 0;
    for job in jobs {
        while job.apply(&Event::DeadlinePassed) {
            expected += 1;
        }
    }
    let mut moved = 0;
    loop {
        match stage.app.pass_deadlines(2).await.unwrap() {
            0 => break,
            some => moved += some,
        }
    }
    assert_eq!(moved, expected);
    moved
}

/// T8 for everything that is due, in both.
async fn expire(stage: &Stage, jobs: &mut [Modelled]) -> usize {
    let mut expected = 0;
    for job in jobs {
        let held = job.job.lease.as_ref().map(|lease| lease.id);
        if let Some(lease) = held {
            let attempt = job.job.attempt;
            expected += usize::from(job.apply(&Event::LeaseExpired(Fence { attempt, lease })));
        }
    }
    let ended = stage.app.expire_leases(100).await.unwrap();
    assert_eq!(ended, expected);
    ended
}

/// Gives both the same command and tells which it was.
async fn command(
    stage: &Stage,
    hasty: &App,
    job: &mut Modelled,
    choice: usize,
    random: &mut Random,
) -> String {
    let id = job.id;
    let known = random.below(job.fences.len() + 1);
    // Mostly the one that holds, often an old one, now and then one nobody was granted.
    let mine = match (&job.job.lease, job.fences.get(known)) {
        (Some(lease), _) if random.below(3) > 0 => Fence {
            attempt: job.job.attempt,
            lease: lease.id,
        },
        (_, Some(known)) => *known,
        (_, None) => fence(1),
    };
    job.seq += 1;
    match choice {
        2 => {
            stage.app.start(&stage.tenant, id).await.unwrap();
            job.apply(&Event::Start);
        }
        3 if random.below(3) == 0 => {
            stage.app.cancel(&stage.tenant, id, "random").await.unwrap();
            job.apply(&Event::Cancel);
        }
        3..=5 => {
            let claimed = if random.below(4) == 0 {
                mine
            } else {
                fence(job.job.attempt)
            };
            // A lease of no length is over at once, unless a beat revives it.
            let app = if random.below(2) == 0 { hasty } else { &stage.app };
            app.claim(&stage.claim_of(id, claimed)).await.unwrap();
            job.fences.push(claimed);
            job.apply(&Event::Claim {
                attempt: claimed.attempt,
                lease: claimed.lease,
                trainer: trainer(),
                ttl: app.settings.lease_ttl,
            });
        }
        6 => {
            let ttl = stage.app.settings.lease_ttl;
            let answer = stage.beat(trainer(), id, mine).await;
            job.apply(&Event::Beat { fence: mine, ttl });
            assert_eq!(answer, domain::job::machine::beat_answer(&job.job, mine));
        }
        7 => {
            let fraction = random.below(10) as f64 / 10.0;
            stage.tell(id, mine, job.seq, progress(fraction)).await;
            if job.holds(mine) {
                job.events += 1;
                job.fraction = job.fraction.max(fraction);
                job.job.phase = domain::job::Phase::Fitting;
            }
        }
        8 => {
            let kinds = [
                FailureKind::Crashed,
                FailureKind::OutOfMemory,
                FailureKind::InvalidData,
                FailureKind::Released,
            ];
            let kind = kinds[random.below(kinds.len())];
            stage.tell(id, mine, job.seq, failed(kind_to_pb(kind))).await;
            job.apply(&Event::AttemptFailed(mine, Failure::new(kind, "CODE", "x")));
        }
        9 => {
            stage.tell(id, mine, job.seq, stopped()).await;
            job.apply(&Event::Stopped(mine));
        }
        10 => {
            let released = stage.app.release(&trainer(), id, mine, None).await.unwrap();
            let taken = job.apply(&Event::Stopped(mine));
            assert_eq!(released == Released::Taken, taken);
        }
        _ => {
            let body = stage.finished(id, mine).await;
            stage.tell(id, mine, job.seq, body).await;
            job.apply(&Event::Succeeded(mine));
        }
    }
    format!("command {choice} with {mine:?} on {:?}", job.job)
}

fn kind_to_pb(kind: FailureKind) -> v1::FailureKind {
    messages::convert::failure_to_pb(&Failure::new(kind, "", "")).kind()
}

type Compared = (
    State,
    domain::job::Phase,
    [i32; 3],
    Option<domain::id::LeaseId>,
    [bool; 4],
    i64,
    (i32, f64),
);

fn seen(row: &JobRow) -> Compared {
    let told = (row.dispatch_no, row.progress.fraction);
    compared(&row.job, row.result.is_some(), row.event_no, told)
}

fn modelled(job: &Modelled) -> Compared {
    let has_result = job.job.state == State::Succeeded;
    compared(
        &job.job,
        has_result,
        job.events,
        (job.announced.number, job.fraction),
    )
}

/// `told` is how often the attempt was announced, and how far it is.
fn compared(job: &Job, has_result: bool, events: i64, told: (i32, f64)) -> Compared {
    (
        job.state,
        job.phase,
        [job.attempt, job.failures, job.oom_failures],
        job.lease.as_ref().map(|lease| lease.id),
        [
            job.stop_reason.is_some(),
            job.deadline.is_some(),
            job.total_deadline.is_some(),
            has_result,
        ],
        events,
        told,
    )
}
