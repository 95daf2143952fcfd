//! Random commands, against the pure machine: whatever is asked in whatever order, table and model agree.

use domain::{
    id::JobId,
    job::{
        Failure, FailureKind, Job, State,
        machine::{Context, Event, Fence, apply},
    },
    time::Time,
};
use job_service::app::JobRow;
use messages::v1;

use crate::stage::{Stage, failed, fence, progress, stopped, trainer};

const SEED: u64 = 20_260_101;
const JOBS: usize = 4;
const COMMANDS: usize = 250;

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
}

impl Modelled {
    fn apply(&mut self, event: &Event) {
        // Late enough for every backoff; the times themselves are the database's and are not compared.
        let context = Context {
            now: Time(i64::MAX / 2),
            jitter: 0.0,
        };
        if let Ok(transition) = apply(&self.job, event, context) {
            self.job = transition.job;
            self.job.not_before = Time(0);
            self.events += i64::from(transition.change.is_some());
        }
    }

    fn holds(&self, fence: Fence) -> bool {
        domain::job::machine::holds(&self.job, fence)
            && matches!(self.job.state, State::Running | State::Cancelling)
    }
}

pub(crate) async fn random_commands_leave_table_and_model_equal(stage: Stage) {
    let mut random = Random(SEED);
    let mut jobs = Vec::new();
    let mut ends = std::collections::BTreeSet::new();
    for step in 0..COMMANDS {
        if jobs.len() < JOBS {
            jobs.push(submit(&stage, random.below(2) == 0).await);
        }
        let at = random.below(jobs.len());
        let job = &mut jobs[at];
        let what = command(&stage, job, &mut random).await;
        let row = stage.job(job.id).await;
        assert_eq!(seen(&row), modelled(job), "seed {SEED}, step {step}: {what}");
        let (numbers, _) = stage.history(job.id).await;
        assert_eq!(numbers, (1..=job.events).collect::<Vec<_>>());
        if job.job.state.is_terminal() && random.below(4) == 0 {
            ends.insert(job.job.state);
            jobs.remove(at);
        }
    }
    assert_eq!(ends.len(), 3, "every end was reached: {ends:?}");
}

async fn submit(stage: &Stage, run: bool) -> Modelled {
    let mut request = crate::stage::request(&["tree"]);
    request.run_training = run;
    let row = stage.app.submit(request).await.unwrap().jobs.remove(0);
    Modelled {
        id: row.id,
        job: row.job,
        events: 1,
        fences: Vec::new(),
        seq: 0,
    }
}

/// Gives both the same command and tells which it was.
async fn command(stage: &Stage, job: &mut Modelled, random: &mut Random) -> String {
    let id = job.id;
    let known = random.below(job.fences.len() + 2);
    // Mostly the newest fence, often an old one, now and then one nobody was granted.
    let mine = match job.fences.get(known) {
        Some(fence) if random.below(3) == 0 => *fence,
        _ => job.fences.last().copied().unwrap_or_else(|| fence(1)),
    };
    job.seq += 1;
    let choice = random.below(10);
    match choice {
        0 => {
            stage.app.start(&stage.tenant, id).await.unwrap();
            job.apply(&Event::Start);
        }
        1 if random.below(3) == 0 => {
            stage.app.cancel(&stage.tenant, id, "random").await.unwrap();
            job.apply(&Event::Cancel);
        }
        1..=4 => {
            let claimed = if random.below(4) == 0 {
                mine
            } else {
                fence(job.job.attempt)
            };
            stage.app.claim(&stage.claim_of(id, claimed)).await.unwrap();
            job.fences.push(claimed);
            job.apply(&Event::Claim {
                attempt: claimed.attempt,
                lease: claimed.lease,
                trainer: trainer(),
                ttl: stage.app.settings.lease_ttl,
            });
        }
        5 => {
            let answer = stage.app.beat(&trainer(), id, mine).await.unwrap();
            assert_eq!(answer, domain::job::machine::beat_answer(&job.job, mine));
        }
        6 => {
            stage.tell(id, mine, job.seq, progress(0.5)).await;
            if job.holds(mine) {
                job.events += 1;
                job.job.phase = domain::job::Phase::Fitting;
            }
        }
        7 => {
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
        8 => {
            stage.tell(id, mine, job.seq, stopped()).await;
            job.apply(&Event::Stopped(mine));
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
    bool,
    i64,
);

fn seen(row: &JobRow) -> Compared {
    compared(&row.job, row.event_no)
}

fn modelled(job: &Modelled) -> Compared {
    compared(&job.job, job.events)
}

fn compared(job: &Job, events: i64) -> Compared {
    (
        job.state,
        job.phase,
        [job.attempt, job.failures, job.oom_failures],
        job.lease.as_ref().map(|lease| lease.id),
        job.stop_reason.is_some(),
        events,
    )
}
